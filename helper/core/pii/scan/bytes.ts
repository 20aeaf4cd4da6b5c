/**
 * A text as one byte a unit, for the passes that look at every character: an array of bytes is read
 * several times faster than a string. ASCII stands for itself; the other units are reduced to what
 * the tokeniser asks of them, their class and the letter they fold to.
 */
import { CLASS, DIGIT, FOLD, LOWER, SPACE, UPPER } from './chars.ts';

const LETTERS = 26;
/** Lower-case letters by the letter they fold to, then those that fold to none; capitals likewise. */
const LOWER_FROM = 128;
const UPPER_FROM = LOWER_FROM + LETTERS + 1;
const OTHER_SPACE = UPPER_FROM + LETTERS + 1;
/** `°` and `º`, which make a number sign of an `N` before them. */
export const DEGREE = OTHER_SPACE + 1;
/** `№` */
export const NUMERO = DEGREE + 1;
const OTHER_UNIT = NUMERO + 1;

function byteOf(code: number): number {
  if (code < 128) return code;
  if (code === 0xb0 || code === 0xba) return DEGREE;
  if (code === 0x2116) return NUMERO;
  const letter = FOLD[code]! - 97;
  if (CLASS[code] === LOWER) return LOWER_FROM + letter;
  if (CLASS[code] === UPPER) return UPPER_FROM + letter;
  return CLASS[code] === SPACE ? OTHER_SPACE : OTHER_UNIT;
}

const BYTES: Uint8Array = Uint8Array.from(CLASS, (_, code) => byteOf(code));

/** By byte: class in the upper byte, folded letter in the lower. */
export const BYTE_FOLD: Uint16Array = new Uint16Array(256);
CLASS.forEach((k, code) => {
  BYTE_FOLD[BYTES[code]!] = (k << 8) | FOLD[code]!;
});
/** Class of each byte. */
export const BYTE_CLASS: Uint8Array = Uint8Array.from(BYTE_FOLD, (both) => both >> 8);

export function isAlnumByte(byte: number): boolean {
  const k = BYTE_CLASS[byte]!;
  return k >= LOWER && k <= DIGIT;
}

const ENCODER = new TextEncoder();

/** Fills `out`, which has two bytes of room more than the text has units: they become zero. */
export function fillBytes(text: string, out: Uint8Array): void {
  const n = text.length;
  // UTF-8 is as long as the text only where all of it is ASCII (and all of it found room).
  const { read, written } = ENCODER.encodeInto(text, out);
  if (read !== n || written !== n) for (let i = 0; i < n; i++) out[i] = BYTES[text.charCodeAt(i)]!;
  out[n] = 0;
  out[n + 1] = 0;
}

/** Written to and never read. */
const ASIDE = new Uint8Array(16_384);

/** Whether a text is ASCII throughout: encoding it answers faster than a pattern does. */
export function isAscii(text: string): boolean {
  for (let from = 0; from < text.length; from += ASIDE.length) {
    const piece = text.length > ASIDE.length ? text.slice(from, from + ASIDE.length) : text;
    const { read, written } = ENCODER.encodeInto(piece, ASIDE);
    if (read !== piece.length || written !== piece.length) return false;
  }
  return true;
}
