import { createPublicKey, hash, verify } from 'node:crypto';
import type { Ed25519Verify } from '../../proof/note.ts';
import type { TreeHasher } from '../../proof/tree.ts';

/** Text of the 32 bytes, and they from it, costs half of what a buffer made for each would. */
const digest = (data: Uint8Array | string): Uint8Array =>
  Buffer.from(hash('sha256', data, 'binary'), 'binary');

export const sha256 = (data: Uint8Array): Uint8Array => digest(data);

/** RFC 6962 hashing by the platform; the node buffer is reused, so one hasher per owner. */
export function nodeTreeHasher(): TreeHasher {
  const buffer = Buffer.alloc(65);
  buffer[0] = 1;
  return {
    empty: sha256(new Uint8Array(0)),
    leaf: (body) => digest(Buffer.concat([Buffer.of(0), body])),
    node: (left, right) => {
      buffer.set(left, 1);
      buffer.set(right, 33);
      return digest(buffer);
    },
  };
}

/** Leaf hash of a body given as text (hashed as its UTF-8 bytes). */
export const leafOfText = (body: string): Uint8Array => digest(`\0${body}`);

/** Lower-case hex leaf hash of a body given as text (hashed as its UTF-8 bytes). */
export function leafHexOfText(body: string): string {
  return hash('sha256', `\0${body}`, 'hex');
}

export const ed25519Verify: Ed25519Verify = (publicKey, message, signature) => {
  const x = Buffer.from(publicKey).toString('base64url');
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  return verify(null, message, key, signature);
};
