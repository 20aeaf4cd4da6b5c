import { createHash, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { fromUtf8, utf8 } from './bytes.ts';
import {
  checkSignature,
  type Ed25519Verify,
  formatCheckpoint,
  formatNote,
  formatVkey,
  parseCheckpoint,
  parseNote,
  parseVkey,
  type SignatureLine,
} from './note.ts';

const sha256 = (data: Uint8Array): Uint8Array => createHash('sha256').update(data).digest();
const NAME = 'host.example/log';
const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const key = parseVkey(sha256, formatVkey(sha256, NAME, rawOf(publicKey)))!;
const ed25519: Ed25519Verify = (_raw, message, signature) =>
  verify(null, message, publicKey, signature);
const TEXT = formatCheckpoint(NAME, 300, sha256(utf8('root')));
const OWN = { name: NAME, id: key.id, signature: sign(null, utf8(TEXT), privateKey) };

function rawOf(one: KeyObject): Uint8Array {
  return Buffer.from(one.export({ format: 'jwk' }).x!, 'base64url');
}

/** What a reader makes of the bytes of a note: anything but `ok` is refused. */
function stateOf(bytes: Uint8Array, check = ed25519): string {
  const text = fromUtf8(bytes);
  const note = text === null ? null : parseNote(text);
  const checkpoint = note === null ? null : parseCheckpoint(note.text);
  if (note === null || checkpoint === null) return 'malformed';
  if (checkpoint.size !== 300n || checkpoint.origin !== NAME) return 'another';
  return checkSignature(check, note, key);
}

const noteOf = (...lines: SignatureLine[]): Uint8Array => utf8(formatNote(TEXT, lines));
const signed = (signature: Uint8Array): Uint8Array => noteOf({ ...OWN, signature });
const le = (n: bigint): Uint8Array =>
  Uint8Array.from({ length: 32 }, (_, i) => Number((n >> BigInt(8 * i)) & 255n));
const P = (1n << 255n) - 19n;
const L = (1n << 252n) + 27742317777372353535851937790883648493n;
const SIGN = 1n << 255n;
const ORDER_8 = 2707385501144840649318225287225658788936804267575313519463743609750303402022n;
/** Points of small order, and other spellings of them. */
const WEAK = [0n, 1n, P - 1n, ORDER_8, P - ORDER_8, P, P + 1n, SIGN, SIGN | 1n, SIGN | ORDER_8];

describe('a signed note', () => {
  it('no byte can be changed, removed or doubled', () => {
    const note = signed(OWN.signature);
    expect(stateOf(note)).toBe('ok');
    const bytes = [...note];
    for (const [at, byte] of bytes.entries()) {
      for (const other of [
        [byte ^ 1],
        [byte ^ 0x20],
        [byte ^ 0x80],
        [],
        [byte, byte],
        [10, byte],
      ]) {
        const changed = Uint8Array.from([...bytes.slice(0, at), ...other, ...bytes.slice(at + 1)]);
        expect([at, other, stateOf(changed)]).not.toEqual([at, other, 'ok']);
      }
    }
  });

  it('has one signature: no other spelling of S, no odd R, whatever a library says to it', () => {
    const always: Ed25519Verify = () => true;
    const [r, s] = [OWN.signature.subarray(0, 32), OWN.signature.subarray(32)];
    const value = s.reduceRight((n, byte) => (n << 8n) | BigInt(byte), 0n);
    for (const other of [value + L, value + 2n * L, L, SIGN | value]) {
      expect(stateOf(signed(Buffer.concat([r, le(other)])), always)).toBe('invalid');
    }
    for (const y of WEAK) {
      expect(stateOf(signed(Buffer.concat([le(y), s])), always)).toBe('invalid');
    }
    for (const length of [1, 63, 65, 128]) {
      const cut = Buffer.concat([OWN.signature, Buffer.alloc(64)]).subarray(0, length);
      expect(stateOf(signed(cut), always)).toBe('invalid');
    }
  });

  it('takes any number of lines of others, and judges a repeated line once', () => {
    const others = Array.from({ length: 200 }, (_, i) => {
      return { name: `witness-${i}.example`, id: Buffer.alloc(4), signature: Buffer.alloc(64) };
    });
    expect(stateOf(noteOf(...others, OWN))).toBe('ok');
    expect(stateOf(noteOf(...others))).toBe('untrusted');
    let judged = 0;
    const counting: Ed25519Verify = (...args) => {
      judged += 1;
      return ed25519(...args);
    };
    expect(stateOf(noteOf(...Array.from({ length: 300 }, () => OWN)), counting)).toBe('ok');
    expect(judged).toBe(1);
    expect(stateOf(noteOf(OWN, { ...OWN, signature: Buffer.alloc(64, 9) }, OWN))).toBe('invalid');
  });
});

describe('a verifier key', () => {
  it('that signs anything is none', () => {
    for (const y of WEAK)
      expect([y, parseVkey(sha256, formatVkey(sha256, NAME, le(y)))]).toEqual([y, null]);
    expect(parseVkey(sha256, formatVkey(sha256, NAME, rawOf(publicKey)))).toEqual(key);
  });
});
