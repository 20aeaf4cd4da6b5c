/** Opens base64 and hexadecimal blobs that hold text. */
import { normalise } from './normalise.ts';

export interface Blob {
  start: number;
  end: number;
  text: string;
}

/** Characters opened at once: a multiple of four, so that the next piece begins with a whole byte. */
const BLOB_MAX = 8192;
const VALUES = new Int8Array(128).fill(-1);
'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
  .split('')
  .forEach((char, index) => {
    VALUES[char.charCodeAt(0)] = index;
  });
VALUES[45] = 62;
VALUES[95] = 63;

/** `p\\0a\\0s\\0s\\0`: the bytes of UTF-16 that hold ASCII, as the command line of Windows encodes scripts. */
function withoutZeroes(bytes: readonly number[]): readonly number[] {
  if (bytes[1] !== 0 || bytes.length < 8 || bytes.length % 2 !== 0) return bytes;
  return bytes.every((b, i) => (i % 2 === 0 ? b !== 0 : b === 0))
    ? bytes.filter((_, i) => i % 2 === 0)
    : bytes;
}

/** Bytes as UTF-8 text when all of it is printable, else null. */
function printable(bytes: readonly number[]): string | null {
  let out = '';
  for (let i = 0; i < bytes.length; i++) {
    const b = bytes[i]!;
    if (b < 0x80) {
      if (b < 0x20 && b !== 9 && b !== 10 && b !== 13) return null;
      if (b === 0x7f) return null;
      out += String.fromCharCode(b);
      continue;
    }
    const more =
      b >= 0xc2 && b < 0xe0 ? 1 : b >= 0xe0 && b < 0xf0 ? 2 : b >= 0xf0 && b < 0xf5 ? 3 : 0;
    if (more === 0 || i + more >= bytes.length) return null;
    let code = b & (0x3f >> more);
    for (let k = 1; k <= more; k++) {
      const next = bytes[i + k]!;
      if (next < 0x80 || next > 0xbf) return null;
      code = (code << 6) | (next & 0x3f);
    }
    if (code > 0x10ffff) return null;
    out += String.fromCodePoint(code);
    i += more;
  }
  return out;
}

function withoutPadding(text: string): string {
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) === 61) end--;
  return text.slice(0, end);
}

function isBase64(code: number): boolean {
  return code < 128 && VALUES[code]! >= 0;
}

function base64Text(text: string, from: number, to: number): string | null {
  const bytes: number[] = [];
  let bits = 0;
  let count = 0;
  for (let i = from; i < to; i++) {
    const code = text.charCodeAt(i);
    if (!isBase64(code)) return null;
    const v = VALUES[code]!;
    bits = ((bits << 6) | v) & 0xffffff;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    const byte = (bits >> count) & 255;
    // Random tokens fail here within a few characters.
    const zero = byte === 0 && bytes.length % 2 === 1 && (bytes.length === 1 || bytes[1] === 0);
    if (byte < 0x20 && byte !== 9 && byte !== 10 && byte !== 13 && !zero) return null;
    if (byte === 0x7f || byte >= 0xf5) return null;
    bytes.push(byte);
  }
  return printable(withoutZeroes(bytes));
}

function hexText(body: string): string | null {
  const bytes: number[] = [];
  for (let i = 0; i + 1 < body.length; i += 2) {
    const byte = Number.parseInt(body.slice(i, i + 2), 16);
    const zero = byte === 0 && bytes.length % 2 === 1 && (bytes.length === 1 || bytes[1] === 0);
    if (!(byte >= 0x20 && byte < 0x7f) && byte !== 10 && byte < 0x80 && !zero) return null;
    bytes.push(byte);
  }
  return printable(withoutZeroes(bytes));
}

/** Text that could be a value: letters, digits and usual marks, not one repeated character. */
function plausible(text: string): boolean {
  if (text.length < 3) return false;
  return /^[\w\s@.,:;/+\-()'"«»#&=%!?$*<>{}|\\[\]~^`\u00c0-\u024f€]+$/.test(text);
}

function isHex(text: string, from: number, to: number): boolean {
  for (let i = from; i < to; i++) {
    const c = text.charCodeAt(i);
    const lower = c | 32;
    if (!(c >= 48 && c <= 57) && !(lower >= 97 && lower <= 102)) return false;
  }
  return true;
}

/** Letters of one word, `_` and `-`: `A-Plain_word`. */
function isWord(text: string, from: number, to: number): boolean {
  for (let i = from; i < to; i++) {
    const c = text.charCodeAt(i);
    if ((c >= 97 && c <= 122) || c === 95 || c === 45) continue;
    if (i > from || c < 65 || c > 90) return false;
  }
  return true;
}

/** What a long run was found to be: `end` is where the characters of an encoding stop. */
export interface Decoded {
  blob: Blob | null;
  end: number;
  /** Where the next piece of the same run of characters begins, or -1. */
  more: number;
}

/**
 * The blob around a long run, from `floor` at the earliest; null when it does not open to text.
 * A blob that is longer than one piece goes on at `end`.
 */
export function decodeBlob(text: string, run: number, floor: number): Decoded {
  const low = Math.max(floor, run - BLOB_MAX / 2);
  let start = run;
  while (start > low && isBase64(text.charCodeAt(start - 1))) start--;
  let end = run;
  const limit = Math.min(text.length, start + BLOB_MAX);
  while (end < limit && isBase64(text.charCodeAt(end))) end++;
  const more = end === limit && isBase64(text.charCodeAt(end)) ? end : -1;
  const digits = text.startsWith('0x', start) ? start + 2 : start;
  if (end - digits >= 10 && (end - digits) % 2 === 0 && isHex(text, digits, end)) {
    const opened = hexText(text.slice(digits, end));
    const plain = opened === null ? null : plainText(opened);
    if (plain !== null) return { blob: { start, end, text: plain }, end, more };
  }
  let padded = end;
  while (padded < text.length && padded - end < 2 && text.charCodeAt(padded) === 61) padded++;
  // A plain word is not worth decoding.
  if (padded === end && isWord(text, start, end)) return { blob: null, end, more };
  const opened = base64Text(text, start, end);
  const plain = opened === null ? null : plainText(opened);
  if (plain === null) return { blob: null, end, more };
  return { blob: { start, end: padded, text: plain }, end: padded, more };
}

/** What a short labelled value opens to: base64, then hexadecimal; only texts of usual characters. */
export function openShort(body: string): string[] {
  const opened: string[] = [];
  const bare = body.replace(/={1,3}$/, '');
  if (bare.length % 4 !== 1) {
    const text = base64Text(bare, 0, bare.length);
    if (text !== null) opened.push(text);
  }
  if (body.length % 2 === 0 && /^[0-9A-Fa-f]+$/.test(body)) {
    const text = hexText(body);
    if (text !== null) opened.push(text);
  }
  return opened.map((text) => plainText(text) ?? text).filter((text) => /^[\w +./:-]+$/.test(text));
}

const BYTES =
  /(?:0x)?[2-7][0-9A-Fa-f](?:(?:[ :]|, ?| ?\\?x)(?:0x)?[2-7][0-9A-Fa-f]){5,400}(?![A-Za-z0-9])/y;

/** `34 31 31 31 20`, `34:31:31`, `0x34 0x31`: bytes one by one, from the first of them. */
export function byteRun(text: string, at: number): Blob | null {
  BYTES.lastIndex = at;
  const match = BYTES.exec(text);
  if (match === null) return null;
  const hex = match[0].replace(/0x/g, '').replace(/[^0-9A-Fa-f]/g, '');
  const opened = hexText(hex);
  const plain = opened === null ? null : plainText(opened);
  if (plain === null) return null;
  return { start: at, end: at + match[0].length, text: plain };
}

const BASE64_LINE = /=?\\?\r?\n[ \t>]{0,8}(?=([A-Za-z0-9+/]{4,76}={0,2})(?:[\s"'<]|$))/y;
const MAX_LINES = 200;

/** A blob over several lines of base64, from the end of its first line; null when there is no second. */
export function wrappedBlob(text: string, start: number, firstEnd: number): Blob | null {
  let body = text.slice(start, firstEnd);
  let end = firstEnd;
  for (let n = 0; n < MAX_LINES; n++) {
    BASE64_LINE.lastIndex = end;
    const match = BASE64_LINE.exec(text);
    if (match === null) break;
    body += match[1]!;
    end += match[0].length + match[1]!.length;
    if (match[1]!.endsWith('=')) break;
  }
  if (end === firstEnd) return null;
  const bare = withoutPadding(body);
  const opened =
    bare.length % 2 === 0 && isHex(bare, 0, bare.length)
      ? hexText(bare)
      : base64Text(bare, 0, bare.length);
  const plain = opened === null ? null : plainText(opened);
  return plain === null ? null : { start, end, text: plain };
}

/**
 * The text of an opened blob as the scanners read it: normal form, opened once more where it is
 * encoded again, without soft breaks and marks of layout. The blob is one span, so no map is needed.
 */
function plainText(opened: string): string | null {
  const normal = openAgain(normalise(opened).text);
  if (!plausible(normal)) return null;
  return normal
    .replace(/(?<=[A-Za-z0-9])(?:=\r?\n|\\\r?\n|\*{1,3}|__|`)(?=[A-Za-z0-9@.-])/g, '')
    .replace(/(?<=\d)\n(?=\d)/g, '')
    .replace(/^\*{1,3}|(?<=[A-Za-z0-9])\*{1,3}$/g, '')
    .replace(
      /(?<=[A-Za-z0-9]) (?:dash|hyphen|minus|tiret|strich|bindestrich|guion|trattino) (?=[A-Za-z0-9])/gi,
      '-',
    )
    .replace(/ ?[[({]at[\])}] ?/gi, '@')
    .replace(/ ?[[({]dot[\])}] ?/gi, '.');
}

/** What an opened blob opens to once more, or itself. */
export function openAgain(text: string): string {
  if (!/^[A-Za-z0-9+/_-]{8,}={0,2}$/.test(text) || !/[A-Z0-9]/.test(text)) return text;
  const bare = text.replace(/={1,2}$/, '');
  const opened =
    /^(?:[0-9A-Fa-f]{2})+$/.test(bare) && bare.length % 2 === 0
      ? hexText(bare)
      : base64Text(bare, 0, bare.length);
  return opened !== null &&
    /^[\x20-\x7e\n\u00a0-\u024f]{3,}$/.test(opened) &&
    /[A-Za-z0-9]/.test(opened)
    ? opened
    : text;
}
