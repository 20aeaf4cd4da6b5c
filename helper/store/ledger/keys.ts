import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto';
import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  openSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '../../../shared/node/audit/hash.ts';
import {
  formatVkey,
  keyId,
  parseVkey,
  type SignatureLine,
  type VerifierKey,
} from '../../../shared/proof/note.ts';
import { broken, unavailable } from './faults.ts';
import { syncDir, writeNew } from './files.ts';

export const KEY_FILE = 'key.pem';
export const NEXT_KEY_FILE = 'key.next.pem';
export const HMAC_FILE = 'hmac.key';
export const VKEY_FILE = 'log.vkey';

/** A signing key of one log; the private half never leaves this object. */
export interface Signer {
  key: VerifierKey;
  vkey: string;
  sign(text: string): SignatureLine;
}

function signerOf(privateKey: KeyObject, origin: string): Signer {
  const jwk = createPublicKey(privateKey).export({ format: 'jwk' });
  const publicKey = Uint8Array.from(Buffer.from(jwk.x ?? '', 'base64url'));
  const id = keyId(sha256, origin, publicKey);
  return {
    key: { name: origin, id, publicKey },
    vkey: formatVkey(sha256, origin, publicKey),
    sign: (text) => ({ name: origin, id, signature: sign(null, Buffer.from(text), privateKey) }),
  };
}

/** Creates an Ed25519 key file (PKCS#8, 0400) that must not exist yet, and flushes it. */
export function createKey(file: string, origin: string): Signer {
  const { privateKey } = generateKeyPairSync('ed25519');
  writeNew(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), 0o400);
  return signerOf(privateKey, origin);
}

/** Reads a key file; refuses links, other owners and modes that let others read it. */
export function loadKey(file: string, origin: string): Signer {
  const privateKey = createPrivateKey(readSecret(file));
  if (privateKey.asymmetricKeyType !== 'ed25519') throw broken('The signing key is not Ed25519.');
  return signerOf(privateKey, origin);
}

/** Key for argument digests; made at first use. */
export function loadHmac(secretDir: string): (text: string) => string {
  const file = join(secretDir, HMAC_FILE);
  if (!existsSync(file)) writeNew(file, randomBytes(32), 0o400);
  const secret = readSecret(file);
  if (secret.length !== 32) throw broken('The digest key has the wrong length.');
  return (text) => createHmac('sha256', secret).update(text).digest('hex');
}

function readSecret(file: string): Buffer {
  let fd: number;
  try {
    fd = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    throw unavailable('A key of the audit log cannot be read.', error);
  }
  try {
    const stat = fstatSync(fd);
    const uid = process.getuid?.();
    if (!stat.isFile() || (stat.mode & 0o077) !== 0 || (uid !== undefined && stat.uid !== uid)) {
      throw broken('A key of the audit log can be read or replaced by others.');
    }
    return readFileSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** The first vkey of the log, from the trust folder (never from the log folder). */
export function readVkey(trustDir: string): { text: string; key: VerifierKey } | null {
  const file = join(trustDir, VKEY_FILE);
  if (!existsSync(file)) return null;
  const text = readFileSync(file, 'utf8').trimEnd();
  const key = parseVkey(sha256, text);
  if (key === null) throw broken('The trusted verifier key is malformed.');
  return { text, key };
}

/** The new private key replaces the old one, whose bytes are overwritten first. */
export function promoteNextKey(secretDir: string): void {
  const current = join(secretDir, KEY_FILE);
  if (existsSync(current)) destroyFile(current);
  renameSync(join(secretDir, NEXT_KEY_FILE), current);
  syncDir(secretDir);
}

/** Overwrites and unlinks. On copy-on-write and flash media the old blocks may live on. */
export function destroyFile(file: string): void {
  const stat = lstatSync(file);
  if (stat.isFile()) {
    chmodSync(file, 0o600);
    const fd = openSync(file, 'r+');
    try {
      writeSync(fd, randomBytes(Math.max(1, stat.size)), 0);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  }
  unlinkSync(file);
}
