/** Opens base64 and hexadecimal blobs that hold text. */

export interface Blob {
  start: number;
  end: number;
  text: string;
}

const BLOB_MAX = 8192;
const BASE64 = /[A-Za-z0-9+/_-]/;
const VALUES = new Int8Array(128).fill(-1);
'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
  .split('')
  .forEach((char, index) => {
    VALUES[char.charCodeAt(0)] = index;
  });
VALUES[45] = 62;
VALUES[95] = 63;

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
    const more = b >= 0xc2 && b < 0xe0 ? 1 : b >= 0xe0 && b < 0xf0 ? 2 : 0;
    if (more === 0 || i + more >= bytes.length) return null;
    let code = b & (0x3f >> more);
    for (let k = 1; k <= more; k++) {
      const next = bytes[i + k]!;
      if (next < 0x80 || next > 0xbf) return null;
      code = (code << 6) | (next & 0x3f);
    }
    out += String.fromCharCode(code);
    i += more;
  }
  return out;
}

function base64Text(body: string): string | null {
  const bytes: number[] = [];
  let bits = 0;
  let count = 0;
  for (let i = 0; i < body.length; i++) {
    const v = VALUES[body.charCodeAt(i)]!;
    if (v < 0) return null;
    bits = ((bits << 6) | v) & 0xffffff;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    const byte = (bits >> count) & 255;
    // Random tokens fail here within a few characters.
    if (byte < 0x20 && byte !== 9 && byte !== 10 && byte !== 13) return null;
    if (byte === 0x7f || byte >= 0xf5) return null;
    bytes.push(byte);
  }
  return printable(bytes);
}

function hexText(body: string): string | null {
  const bytes: number[] = [];
  for (let i = 0; i + 1 < body.length; i += 2) {
    const byte = Number.parseInt(body.slice(i, i + 2), 16);
    if (!(byte >= 0x20 && byte < 0x7f) && byte !== 10 && byte < 0xc2) return null;
    bytes.push(byte);
  }
  return printable(bytes);
}

/** Text that could be a value: letters, digits and usual marks, not one repeated character. */
function plausible(text: string): boolean {
  if (text.length < 3) return false;
  return /^[\w\s@.,:;/+\-()'"«»#&=%!?$*<>{}|\\[\]~^`\u00c0-\u024f€]+$/.test(text);
}

/** The blob around a long run, or null when it does not open to text. */
export function decodeBlob(text: string, run: number): Blob | null {
  let start = run;
  while (start > 0 && run - start < BLOB_MAX && BASE64.test(text.charAt(start - 1))) start--;
  let end = run;
  while (end < text.length && end - start < BLOB_MAX && BASE64.test(text.charAt(end))) end++;
  const body = text.slice(start, end);
  const hex = body.startsWith('0x') ? body.slice(2) : body;
  if (hex.length >= 10 && hex.length % 2 === 0 && /^[0-9A-Fa-f]+$/.test(hex)) {
    const opened = hexText(hex);
    if (opened !== null && plausible(opened)) return { start, end, text: opened };
  }
  let padded = end;
  while (padded < text.length && padded - end < 2 && text.charAt(padded) === '=') padded++;
  // A plain word is not worth decoding.
  if (padded === end && /^[A-Z]?[a-z_-]+$/.test(body)) return null;
  const opened = base64Text(body);
  if (opened === null || !plausible(opened)) return null;
  return { start, end: padded, text: opened };
}

/** What a short labelled value opens to: base64, then hexadecimal; only texts of usual characters. */
export function openShort(body: string): string[] {
  const opened: string[] = [];
  if (body.replace(/=+$/, '').length % 4 !== 1) {
    const text = base64Text(body.replace(/=+$/, ''));
    if (text !== null) opened.push(text);
  }
  if (body.length % 2 === 0 && /^[0-9A-Fa-f]+$/.test(body)) {
    const text = hexText(body);
    if (text !== null) opened.push(text);
  }
  return opened.filter((text) => /^[\w +./:-]+$/.test(text));
}
