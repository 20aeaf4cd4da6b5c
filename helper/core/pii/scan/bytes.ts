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

/** Room for a piece of text, and the same room as words of four bytes. */
const ASIDE = new Uint8Array(16_384);
const WORDS = new Int32Array(ASIDE.buffer);

/**
 * Whether a control character other than tab, line and page ends stands in the first bytes of ASIDE.
 * Four bytes at a look; all are ASCII, so that no sum carries into the next: the upper bit of `b + 0x77`
 * is missing below 9, that of `b + 0x60` below 32, and that of `b + 0x72` is set from 14 on.
 */
function holdsControl(length: number): boolean {
  ASIDE.fill(32, length, Math.min(ASIDE.length, (length + 3) & ~3));
  const words = (length + 3) >> 2;
  let upper = 0;
  for (let w = 0; w < words; w++) {
    const four = WORDS[w]!;
    const low = ~((four + 0x77777777) | 0);
    const middle = ((four + 0x72727272) | 0) & ~((four + 0x60606060) | 0);
    upper |= low | middle | ((four + 0x01010101) | 0);
  }
  return (upper & 0x80808080) !== 0;
}

/**
 * Whether a text is ASCII throughout, without control characters but tabs and line ends, none of
 * these a carriage return alone: encoding it answers faster than a pattern does.
 */
export function isPlainAscii(text: string): boolean {
  for (let from = 0; from < text.length; from += ASIDE.length) {
    const piece = text.length > ASIDE.length ? text.slice(from, from + ASIDE.length) : text;
    const { read, written } = ENCODER.encodeInto(piece, ASIDE);
    if (read !== piece.length || written !== piece.length || holdsControl(written)) return false;
  }
  if (text.includes('\f')) return false;
  return !text.includes('\r') || !/\r(?!\n)/.test(text);
}
