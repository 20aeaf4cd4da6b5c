/**
 * Brings a text to the form the scanners read, with an exact map back: every unit of the output
 * knows the start and the end of the source it came from, so a span maps to its whole source even
 * when an entity, an escape or a sequence of invisible characters stood in it.
 */
import {
  CONFUSABLES,
  DASHES,
  DIGIT_ZEROS,
  ENTITIES,
  IGNORABLE,
  MARKS,
  SCRIPTS,
  SPACES,
} from './tables.ts';

export interface Normal {
  text: string;
  /** Source start and end of every unit; null when units stand at the same offsets. */
  start: Int32Array | null;
  end: Int32Array | null;
}

/** Characters and sequences that need work. Latin letters, quotes and currency signs do not. */
const SPECIAL = new RegExp(
  '[\\u00a0\\u00ad\\u0085\\u02d7\\u0250-\\u02af\\u0300-\\u2015\\u2028-\\u202f\\u2043\\u205f-\\u20a0\\u20d0-\\u2116\\u2119-\\u218f\\u2212\\u2460-\\u24ff\\u2800\\u2e3a\\u2e3b\\u3000\\u3164\\u3200-\\u33ff\\ua4d0-\\uabff\\ud800-\\udfff\\ufb00-\\ufeff\\uff00-\\uffff]' +
    '|%[0-9A-Fa-f]{2}|&(?:#|[A-Za-z]{2,14};)|\\\\(?=[uxnrt/"\'\\\\])',
  'g',
);

const MAX_DEPTH = 3;

class Output {
  private readonly parts: string[] = [];
  private length = 0;
  private pieces: { at: number; from: number; to: number; size: number; same: boolean }[] = [];

  get size(): number {
    return this.length;
  }

  /** Source units copied one to one. */
  copy(source: string, from: number, to: number): void {
    if (to <= from) return;
    this.parts.push(source.slice(from, to));
    this.pieces.push({ at: this.length, from, to, size: to - from, same: true });
    this.length += to - from;
  }

  /** A replacement whose every unit stands for the whole source range. */
  put(text: string, from: number, to: number): void {
    if (text.length === 0) {
      this.extendLast(to);
      return;
    }
    this.parts.push(text);
    this.pieces.push({ at: this.length, from, to, size: text.length, same: false });
    this.length += text.length;
  }

  /** A dropped character belongs to the unit before it, so that no trace of it is left behind. */
  private extendLast(to: number): void {
    const last = this.pieces[this.pieces.length - 1];
    if (last === undefined) return;
    if (!last.same) {
      last.to = to;
      return;
    }
    // Split the last unit off a copied piece, so that it alone carries the longer source.
    this.pieces[this.pieces.length - 1] = { ...last, to: last.to - 1, size: last.size - 1 };
    if (last.size === 1) this.pieces.pop();
    this.pieces.push({ at: last.at + last.size - 1, from: last.to - 1, to, size: 1, same: false });
  }

  /** Replaces the last unit, as composing an accent does. */
  replaceLast(char: string, to: number): void {
    this.extendLast(to);
    const last = this.parts[this.parts.length - 1]!;
    this.parts[this.parts.length - 1] = last.slice(0, -1) + char;
  }

  lastChar(): string {
    return this.parts[this.parts.length - 1]?.slice(-1) ?? '';
  }

  finish(): Normal {
    const text = this.parts.join('');
    const start = new Int32Array(text.length);
    const end = new Int32Array(text.length);
    let moved = false;
    for (const piece of this.pieces) {
      if (piece.at !== piece.from || piece.to - piece.from !== piece.size) moved = true;
      for (let i = 0; i < piece.size; i++) {
        start[piece.at + i] = piece.same ? piece.from + i : piece.from;
        end[piece.at + i] = piece.same ? piece.from + i + 1 : piece.to;
      }
    }
    return moved ? { text, start, end } : { text, start: null, end: null };
  }
}

/** Reads the token (run without white space, capped) around an offset, once for neighbours. */
class TokenReader {
  private token = '';
  private low = 0;
  private high = -1;
  private judged = '';
  private verdict = false;
  private readonly source: string;

  constructor(source: string) {
    this.source = source;
  }

  /** Whether look-alikes in the token around `at` stand for Latin letters. */
  mixed(at: number): boolean {
    const token = this.around(at);
    if (token !== this.judged) {
      this.judged = token;
      this.verdict = isMixed(token);
    }
    return this.verdict;
  }

  around(at: number): string {
    if (at >= this.low && at < this.high) return this.token;
    const source = this.source;
    let from = at;
    let to = at;
    while (from > 0 && at - from < 40 && !isSpace(source.charCodeAt(from - 1))) from--;
    while (to < source.length && to - at < 80 && !isSpace(source.charCodeAt(to))) to++;
    this.token = source.slice(from, to);
    this.low = at;
    this.high = to - at < 80 ? to : at + 40;
    return this.token;
  }
}

function isSpace(code: number): boolean {
  return code <= 32 || code === 0xa0 || (code >= 0x2000 && code <= 0x200a) || code === 0x3000;
}

function digitOf(code: number): string | null {
  for (const zero of DIGIT_ZEROS) if (code >= zero && code <= zero + 9) return String(code - zero);
  return null;
}

/** UTF-8 sequence of percent groups at `at`: the character and its length in the source, or null. */
function percentAt(source: string, at: number): { char: string; length: number } | null {
  const byte = (i: number): number =>
    source.charAt(i) === '%' && /^[0-9A-Fa-f]{2}$/.test(source.slice(i + 1, i + 3))
      ? Number.parseInt(source.slice(i + 1, i + 3), 16)
      : -1;
  const first = byte(at);
  const more =
    first < 0x80
      ? 0
      : first >= 0xc2 && first < 0xe0
        ? 1
        : first >= 0xe0 && first < 0xf0
          ? 2
          : first >= 0xf0 && first < 0xf5
            ? 3
            : -1;
  if (more < 0) return null;
  let code = more === 0 ? first : first & (0x3f >> more);
  for (let i = 1; i <= more; i++) {
    const next = byte(at + 3 * i);
    if (next < 0x80 || next > 0xbf) return null;
    code = (code << 6) | (next & 0x3f);
  }
  if (code < 0x20 && code !== 9 && code !== 10 && code !== 13) return null;
  if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return null;
  return { char: String.fromCodePoint(code), length: 3 * (more + 1) };
}

function codePoint(code: number): string | null {
  const sound =
    (code >= 0x20 || code === 9 || code === 10 || code === 13) &&
    code <= 0x10ffff &&
    !(code >= 0xd800 && code < 0xe000);
  return sound ? String.fromCodePoint(code) : null;
}

const NUMERIC_ENTITY = /&#(?:[xX]([0-9A-Fa-f]{1,6})|(\d{1,7}));?/y;
const NAMED_ENTITY = /&([A-Za-z]{2,14});/y;

function entityAt(source: string, at: number): { char: string; length: number } | null {
  NUMERIC_ENTITY.lastIndex = at;
  const numeric = NUMERIC_ENTITY.exec(source);
  if (numeric !== null) {
    const code = numeric[1] !== undefined ? Number.parseInt(numeric[1], 16) : Number(numeric[2]);
    const char = codePoint(code);
    return char === null ? null : { char, length: numeric[0].length };
  }
  NAMED_ENTITY.lastIndex = at;
  const named = NAMED_ENTITY.exec(source);
  const char = named === null ? undefined : ENTITIES.get(named[1]!);
  return char === undefined ? null : { char, length: named![0].length };
}

const ESCAPE =
  /\\(?:u\{([0-9A-Fa-f]{1,6})\}|u([0-9A-Fa-f]{4})(?:\\u([Dd][C-Fc-f][0-9A-Fa-f]{2}))?|x([0-9A-Fa-f]{2})|([nrt/"'\\]))/y;
const SIMPLE: Record<string, string> = {
  n: '\n',
  r: '\r',
  t: '\t',
  '/': '/',
  '"': '"',
  "'": "'",
  '\\': '\\',
};

function escapeAt(source: string, at: number): { char: string; length: number } | null {
  ESCAPE.lastIndex = at;
  const match = ESCAPE.exec(source);
  if (match === null) return null;
  if (match[5] !== undefined) return { char: SIMPLE[match[5]]!, length: 2 };
  const hex = match[1] ?? match[4];
  if (hex !== undefined) {
    const char = codePoint(Number.parseInt(hex, 16));
    return char === null ? null : { char, length: match[0].length };
  }
  const high = Number.parseInt(match[2]!, 16);
  if (high >= 0xd800 && high < 0xdc00 && match[3] !== undefined) {
    return { char: String.fromCharCode(high, Number.parseInt(match[3], 16)), length: 12 };
  }
  const char = codePoint(high);
  return char === null ? null : { char, length: 6 };
}

/** One character that is not ASCII: its replacement, or null to keep it. */
function plainOf(char: string, source: TokenReader, at: number): string | null {
  if (IGNORABLE.test(char)) return '';
  if (SPACES.test(char)) return ' ';
  if (DASHES.test(char)) return '-';
  if (char === '\u2028' || char === '\u2029' || char === '\u0085') return '\n';
  const code = char.codePointAt(0)!;
  if (code >= 0xe0000 && code <= 0xe0fff) return '';
  const digit = digitOf(code);
  if (digit !== null) return digit;
  if (SCRIPTS.test(char)) return lookAlike(char, source, at);
  if (code >= 0x1e00 && code < 0x1f00) {
    // The scanners know Latin letters up to U+024F; the others fold to their base, one to one.
    const base = char.normalize('NFD').charAt(0);
    return /[A-Za-z]/.test(base) ? base : null;
  }
  if (code === 0x2116 || code === 0x2122) return null;
  const folded = char.normalize('NFKC');
  if (folded === char || !/^[\p{L}\p{N}\p{P}\p{S} ]{1,4}$/u.test(folded)) return null;
  return folded;
}

/** A token with Latin letters or `@`, or one of digits and nothing but look-alikes. */
function isMixed(token: string): boolean {
  if (/[A-Za-z@]/.test(token)) return true;
  if (!/\d/.test(token)) return false;
  for (const char of token) if (SCRIPTS.test(char) && !CONFUSABLES.has(char)) return false;
  return true;
}

/** Maps a look-alike only where its token also has Latin letters, or nothing but look-alikes. */
function lookAlike(char: string, source: TokenReader, at: number): string | null {
  const latin = CONFUSABLES.get(char);
  return latin !== undefined && source.mixed(at) ? latin : null;
}

/** An accent after a letter: composed in words, dropped inside codes and addresses. */
function putMark(out: Output, source: string, reader: TokenReader, at: number, mark: string): void {
  const base = out.lastChar();
  const composed = (base + mark).normalize('NFC');
  const word =
    /^[A-Za-z\u00c0-\u024f]$/.test(base) &&
    composed.length === 1 &&
    composed.charCodeAt(0) < 0x250 &&
    !/[\d@_/]/.test(reader.around(at)) &&
    !(/[A-Z]/.test(base) && /[A-Z]/.test(source.charAt(at + mark.length)));
  if (word) out.replaceLast(composed, at + mark.length);
  else out.put('', at, at + mark.length);
}

function pass(source: string): (Normal & { nested: boolean }) | null {
  SPECIAL.lastIndex = 0;
  let match = SPECIAL.exec(source);
  if (match === null) return null;
  const out = new Output();
  const reader = new TokenReader(source);
  let done = 0;
  let changed = false;
  // Only what was decoded can hold further encodings.
  let nested = false;
  for (; match !== null; match = SPECIAL.exec(source)) {
    const at = match.index;
    if (at < done) continue;
    const first = source.charCodeAt(at);
    const found =
      first === 37
        ? percentAt(source, at)
        : first === 38
          ? entityAt(source, at)
          : first === 92
            ? escapeAt(source, at)
            : null;
    if (found !== null) nested = true;
    let length = found?.length ?? 0;
    let char: string | null = found?.char ?? null;
    if (found === null && first > 127) {
      const whole = String.fromCodePoint(source.codePointAt(at)!);
      length = whole.length;
      if (MARKS.test(whole)) {
        out.copy(source, done, at);
        putMark(out, source, reader, at, whole);
        done = at + length;
        changed = true;
        continue;
      }
      char = plainOf(whole, reader, at);
    }
    if (char === null) continue;
    out.copy(source, done, at);
    out.put(char, at, at + length);
    done = at + length;
    changed = true;
  }
  if (!changed) return null;
  out.copy(source, done, source.length);
  return { ...out.finish(), nested };
}

/** Composes a map over an earlier one. */
function compose(first: Normal, second: Normal): Normal {
  if (second.start === null || second.end === null) return { ...first, text: second.text };
  if (first.start === null || first.end === null) return second;
  const start = new Int32Array(second.text.length);
  const end = new Int32Array(second.text.length);
  for (let i = 0; i < second.text.length; i++) {
    start[i] = first.start[second.start[i]!]!;
    end[i] = first.end[second.end[i]! - 1]!;
  }
  return { text: second.text, start, end };
}

/** Normal form of a text; nested encodings are opened to a depth of three. */
export function normalise(source: string): Normal {
  let normal: Normal = { text: source, start: null, end: null };
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    const next = pass(normal.text);
    if (next === null) break;
    normal = compose(normal, next);
    if (!next.nested) break;
  }
  return normal;
}

/** Maps a range of the normal text to the source. */
export function sourceRange(
  normal: Normal,
  start: number,
  end: number,
): { start: number; end: number } {
  if (normal.start === null || normal.end === null) return { start, end };
  return { start: normal.start[start]!, end: normal.end[end - 1]! };
}
