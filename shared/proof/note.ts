import { concatBytes, equalBytes, fromBase64, toBase64, toHex, utf8 } from './bytes.ts';
import type { Sha256 } from './sha256.ts';

/** C2SP signed-note and tlog-checkpoint, Ed25519 (signature type 0x01) only. */

/** Pure Ed25519 (RFC 8032) check of `signature` (64 B) over `message` by `publicKey` (32 B). */
export type Ed25519Verify = (
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
) => boolean;

export interface VerifierKey {
  name: string;
  /** First 4 bytes of H(name + LF + 0x01 + public key). Not a strong hash: never compare it alone. */
  id: Uint8Array;
  publicKey: Uint8Array;
}

export interface SignatureLine {
  name: string;
  id: Uint8Array;
  signature: Uint8Array;
}

export interface SignedNote {
  /** The signed message: all text lines, each with its LF. */
  text: string;
  signatures: SignatureLine[];
}

export interface Checkpoint {
  origin: string;
  size: bigint;
  root: Uint8Array;
}

const ED25519 = 1;
const FIELD = (1n << 255n) - 19n;
/** y of the points whose order divides 8: under such a "key" anybody's signature verifies. */
const Y8 = 2707385501144840649318225287225658788936804267575313519463743609750303402022n;
const SMALL_ORDER: readonly bigint[] = [0n, 1n, FIELD - 1n, Y8, FIELD - Y8];
const GROUP_ORDER = (1n << 252n) + 27742317777372353535851937790883648493n;
const MAX_U64 = (1n << 64n) - 1n;
/** Bytes. */
const MAX_NOTE = 65_536;

/** A key name: not empty, no white space, no plus sign. */
export function isKeyName(name: string): boolean {
  return name.length > 0 && !/[\s+\p{Cc}]/u.test(name) && name.isWellFormed();
}

export function keyId(sha256: Sha256, name: string, publicKey: Uint8Array): Uint8Array {
  return sha256(concatBytes(utf8(`${name}\n`), Uint8Array.of(ED25519), publicKey)).slice(0, 4);
}

export function formatVkey(sha256: Sha256, name: string, publicKey: Uint8Array): string {
  const id = toHex(keyId(sha256, name, publicKey));
  return `${name}+${id}+${toBase64(concatBytes(Uint8Array.of(ED25519), publicKey))}`;
}

/**
 * One vkey, without line end. Null when it is malformed, its id is not that of its key, or its key
 * is a point of small order or not written in its one form (RFC 8032 5.1.3).
 */
export function parseVkey(sha256: Sha256, text: string): VerifierKey | null {
  const first = text.indexOf('+');
  const second = text.indexOf('+', first + 1);
  if (first < 0 || second < 0) return null;
  const name = text.slice(0, first);
  const idText = text.slice(first + 1, second);
  const key = fromBase64(text.slice(second + 1));
  if (!isKeyName(name) || !/^[0-9a-f]{8}$/.test(idText)) return null;
  if (key === null || key.length !== 33 || key[0] !== ED25519) return null;
  const publicKey = key.slice(1);
  if (isWeakPoint(publicKey)) return null;
  const id = keyId(sha256, name, publicKey);
  return toHex(id) === idText ? { name, id, publicKey } : null;
}

/** Splits a note into signed text and signature lines; null when it breaks the format. */
export function parseNote(note: string): SignedNote | null {
  if (note.length > MAX_NOTE || !note.isWellFormed()) return null;
  if (note.length * 3 > MAX_NOTE && utf8(note).length > MAX_NOTE) return null;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: refusing them is the point
  if (/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/.test(note)) return null;
  const split = note.lastIndexOf('\n\n');
  if (split < 1 || !note.endsWith('\n')) return null;
  const lines = note.slice(split + 2, -1).split('\n');
  const signatures: SignatureLine[] = [];
  for (const line of lines) {
    const parsed = parseSignatureLine(line);
    if (parsed === null) return null;
    signatures.push(parsed);
  }
  return { text: note.slice(0, split + 1), signatures };
}

function parseSignatureLine(line: string): SignatureLine | null {
  const fields = line.split(' ');
  if (fields.length !== 3 || fields[0] !== '\u2014' || !isKeyName(fields[1]!)) return null;
  const blob = fromBase64(fields[2]!);
  if (blob === null || blob.length < 5) return null;
  return { name: fields[1]!, id: blob.slice(0, 4), signature: blob.slice(4) };
}

export function formatNote(text: string, signatures: readonly SignatureLine[]): string {
  const lines = signatures.map(
    (s) => `\u2014 ${s.name} ${toBase64(concatBytes(s.id, s.signature))}\n`,
  );
  return `${text}\n${lines.join('')}`;
}

/** The three text lines of a checkpoint, no extension lines; null when malformed. */
export function parseCheckpoint(text: string): Checkpoint | null {
  const lines = text.split('\n');
  if (lines.length !== 4 || lines[3] !== '') return null;
  const [origin, size, rootText] = lines as [string, string, string, string];
  if (origin.length === 0 || !/^(0|[1-9][0-9]{0,19})$/.test(size)) return null;
  const root = fromBase64(rootText);
  if (root === null || root.length !== 32) return null;
  const count = BigInt(size);
  return count > MAX_U64 ? null : { origin, size: count, root };
}

export function formatCheckpoint(origin: string, size: number | bigint, root: Uint8Array): string {
  return `${origin}\n${size}\n${toBase64(root)}\n`;
}

export type SignatureState = 'ok' | 'invalid' | 'untrusted';

/**
 * Whether the trusted key signed this note. Lines of other keys are skipped; a line with the
 * trusted name and id that does not verify makes the whole note invalid.
 */
export function checkSignature(
  verify: Ed25519Verify,
  note: SignedNote,
  key: VerifierKey,
): SignatureState {
  const mine = note.signatures.filter((s) => s.name === key.name && equalBytes(s.id, key.id));
  if (mine.length === 0) return 'untrusted';
  const message = utf8(note.text);
  for (const [i, line] of mine.entries()) {
    // A genuine line may be repeated a thousand times; it is judged once.
    if (i > 0 && equalBytes(line.signature, mine[i - 1]!.signature)) continue;
    if (line.signature.length !== 64 || !scalarInRange(line.signature)) return 'invalid';
    // A signer never makes such an R, and libraries differ over it.
    if (isWeakPoint(line.signature)) return 'invalid';
    if (!verify(key.publicKey, message, line.signature)) return 'invalid';
  }
  return 'ok';
}

/** RFC 8032 5.1.7: S below the group order, else a second valid spelling would exist. */
function scalarInRange(signature: Uint8Array): boolean {
  return littleEndian(signature, 32, 64) < GROUP_ORDER;
}

/** Of a point in the first 32 bytes: not written in its one form, or of small order. */
function isWeakPoint(bytes: Uint8Array): boolean {
  const y = littleEndian(bytes, 0, 32) & ((1n << 255n) - 1n);
  return y >= FIELD || SMALL_ORDER.includes(y);
}

function littleEndian(bytes: Uint8Array, from: number, to: number): bigint {
  let n = 0n;
  for (let i = to - 1; i >= from; i--) n = (n << 8n) | BigInt(bytes[i]!);
  return n;
}
