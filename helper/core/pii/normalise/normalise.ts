/**
 * Brings a text to the form the scanners read, with an exact map back: every unit of the output
 * knows the start and the end of the source it came from, so a span maps to its whole source even
 * when an entity, an escape or a sequence of invisible characters stood in it.
 */
import { isPlainAscii } from '../scan/bytes.ts';
import { codePoint, entityAt, percentAt } from './coded.ts';
import { controlAt, terminalAt } from './controls.ts';
import { backOver, Output, type SourceMap } from './source-map.ts';
import {
  CONFUSABLES,
  DASHES,
  DIGIT_ONES,
  DIGIT_ZEROS,
  IGNORABLE,
  MARKS,
  SCRIPTS,
  SPACES,
} from './tables.ts';

export interface Normal {
  text: string;
  /** One map for every pass that moved anything, the first pass first. */
  maps: readonly SourceMap[];
}

/** Characters and sequences that need work. Latin letters, quotes and currency signs do not. */
const SPECIAL = new RegExp(
  '[\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f-\\u00a0\\u00ad\\u00b2\\u00b3\\u00b9\\u02d7\\u0250-\\u02af\\u0300-\\u2015\\u2028-\\u202f\\u2043\\u205f-\\u20a0\\u20d0-\\u2116\\u2119-\\u218f\\u2212\\u2460-\\u24ff\\u2776-\\u2793\\u2800\\u2e3a\\u2e3b\\u3000\\u3164\\u3200-\\u33ff\\ua4d0-\\uabff\\ud800-\\udfff\\ufb00-\\ufeff\\uff00-\\uffff]' +
    '|\\r(?!\\n)|%(?:[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4})|&(?:#|[A-Za-z]{2,14};)|\\\\(?=[uUxnrt/"\'\\\\01._@+:-])',
  'g',
);

const MAX_DEPTH = 3;

/** Where something that needs work may stand; the texts of most callers are ASCII. */
interface Places {
  /** The first such place at `from` or after it, -1 when there is none. Asked for in order. */
  next(from: number): number;
}

class AnyPlaces implements Places {
  private readonly source: string;

  constructor(source: string) {
    this.source = source;
  }

  next(from: number): number {
    SPECIAL.lastIndex = from;
    return SPECIAL.exec(this.source)?.index ?? -1;
  }
}

/** In ASCII only three characters open anything, and one search each finds them. */
class AsciiPlaces implements Places {
  private readonly source: string;
  private readonly found = OPENERS.map(() => -1);

  constructor(source: string) {
    this.source = source;
  }

  next(from: number): number {
    let first = this.source.length;
    for (let k = 0; k < OPENERS.length; k++) {
      if (this.found[k]! < from) this.found[k] = this.search(OPENERS[k]!, from);
      first = Math.min(first, this.found[k]!);
    }
    return first < this.source.length ? first : -1;
  }

  private search({ char, opens }: Opener, from: number): number {
    let at = this.source.indexOf(char, from);
    while (at >= 0 && !opens(this.source, at)) at = this.source.indexOf(char, at + 1);
    return at < 0 ? this.source.length : at;
  }
}

function isHex(code: number): boolean {
  const low = code | 32;
  return (code >= 48 && code <= 57) || (low >= 97 && low <= 102);
}

function isLetter(code: number): boolean {
  const low = code | 32;
  return low >= 97 && low <= 122;
}

const [CODE, SIMPLE, BARE] = [1, 2, 3];
/**
 * What stands behind a backslash, by unit: an escape with digits, a control or backslash, or a quote
 * or mark that stands for itself, as manual pages and Markdown write `\\-` and `\\_`.
 */
const ESCAPES = Uint8Array.from({ length: 128 }, (_, code) => {
  const char = String.fromCharCode(code);
  if ('uUx01'.includes(char)) return CODE;
  if ('nrt\\'.includes(char)) return SIMPLE;
  return '/"\'-._@+:'.includes(char) ? BARE : 0;
});

interface Opener {
  char: string;
  opens: (text: string, at: number) => boolean;
}

/** What SPECIAL asks for after each of its ASCII characters. */
const OPENERS: readonly Opener[] = [
  {
    char: '%',
    opens: (text, at) =>
      text.charCodeAt(at + 1) === 117 ||
      (isHex(text.charCodeAt(at + 1)) && isHex(text.charCodeAt(at + 2))),
  },
  {
    char: '&',
    opens: (text, at) => text.charCodeAt(at + 1) === 35 || isLetter(text.charCodeAt(at + 1)),
  },
  { char: '\\', opens: (text, at) => ESCAPES[text.charCodeAt(at + 1)]! > 0 },
];

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
    // `9 К K 2`: one character between others that stand alone
    if (token.length === 1)
      return (
        /(?:^| )[A-Za-z0-9] $/.test(this.source.slice(Math.max(0, at - 3), at)) ||
        /^ [A-Za-z0-9](?: |$)/.test(this.source.slice(at + 1, at + 4))
      );
    if (token !== this.judged) {
      this.judged = token;
      this.verdict = isMixed(token);
    }
    return this.verdict;
  }

  /** Whether a superscript digit belongs to a number written so: three of them stand together. */
  raised(at: number): boolean {
    const near = this.source.slice(Math.max(0, at - 14), at + 15);
    return (near.match(/[\u00b2\u00b3\u00b9\u2070\u2074-\u2079]/g)?.length ?? 0) >= 3;
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

/** Superscript digits, of which one or two stand in units, powers and notes. */
const RAISED = /[\u00b2\u00b3\u00b9\u2070\u2074-\u2079]/;

function isSpace(code: number): boolean {
  return code <= 32 || code === 0xa0 || (code >= 0x2000 && code <= 0x200a) || code === 0x3000;
}

function digitOf(code: number): string | null {
  for (const zero of DIGIT_ZEROS) if (code >= zero && code <= zero + 9) return String(code - zero);
  for (const one of DIGIT_ONES) if (code >= one && code <= one + 8) return String(code - one + 1);
  return null;
}

const ESCAPE =
  /\\(?:u\{([0-9A-Fa-f]{1,6})\}|u([0-9A-Fa-f]{4})(?:\\u([Dd][C-Fc-f][0-9A-Fa-f]{2}))?|x([0-9A-Fa-f]{2})|U00([0-9A-Fa-f]{6}))/y;
const CONTROLS: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

/** `\\101\\102`: octal codes of printable ASCII; one alone is a reference or a control code. */
const OCTAL = /\\([01][0-7]{2})/y;

function octalAt(source: string, at: number): { char: string; length: number } | null {
  OCTAL.lastIndex = at;
  const match = OCTAL.exec(source);
  if (match === null) return null;
  const near = source.slice(Math.max(0, at - 16), at + 20);
  if ((near.match(/\\[01][0-7]{2}/g)?.length ?? 0) < 2) return null;
  const code = Number.parseInt(match[1]!, 8);
  return code < 0x20 || code > 0x7e ? null : { char: String.fromCharCode(code), length: 4 };
}

function escapeAt(source: string, at: number): { char: string; length: number } | null {
  if (ESCAPES[source.charCodeAt(at + 1)] === SIMPLE) {
    const char = source.charAt(at + 1);
    return { char: CONTROLS[char] ?? char, length: 2 };
  }
  ESCAPE.lastIndex = at;
  const match = ESCAPE.exec(source);
  const terminal = terminalAt(source, at);
  if (terminal > 0) return { char: '', length: terminal };
  if (match === null) return octalAt(source, at);
  const hex = match[1] ?? match[4] ?? match[5];
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
  if ((code >= 0xe0000 && code <= 0xe0fff) || (code >= 0x80 && code < 0xa0)) return '';
  const digit = digitOf(code);
  if (digit !== null) return digit;
  if (SCRIPTS.test(char)) return lookAlike(char, source, at);
  if (code >= 0x1e00 && code < 0x1f00) {
    // The scanners know Latin letters up to U+024F; the others fold to their base, one to one.
    const base = char.normalize('NFD').charAt(0);
    return /[A-Za-z]/.test(base) ? base : null;
  }
  if (code === 0x2116 || code === 0x2122) return null;
  // `m²`, `note³`: one raised digit is no number.
  if (RAISED.test(char) && !source.raised(at)) return null;
  const folded = char.normalize('NFKC');
  if (folded === char || !/^[\p{L}\p{N}\p{P}\p{S} ]{1,4}$/u.test(folded)) return null;
  return folded;
}

/** A token with Latin letters or `@`, or one of digits and nothing but look-alikes. */
function isMixed(token: string): boolean {
  if (/[A-Za-z@\uff21-\uff3a\uff41-\uff5a]/.test(token)) return true;
  if (!/[\d\uff10-\uff19]/.test(token)) return false;
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

interface Pass {
  text: string;
  map: SourceMap | null;
  /** Only what was decoded can hold further encodings. */
  nested: boolean;
}

/** What the sequence at `at` stands for, when one begins there. */
function decodedAt(source: string, at: number): { char: string; length: number } | null {
  const first = source.charCodeAt(at);
  if (first === 37) return percentAt(source, at);
  if (first === 38) return entityAt(source, at);
  return first === 92 ? escapeAt(source, at) : null;
}

/** What can be no part of a further encoding: blanks, quotes, brackets, the marks of values. */
const CLOSED = /^[ \t\n\r"'<>/\-._@+:,()[\]{}|!?*=]$/;

/** Whether what an encoding stood for may, with what stands around it, be an encoding again. */
function opensAgain(source: string, at: number, char: string): boolean {
  return !CLOSED.test(char) || source.charCodeAt(at - 1) === 92;
}

/** An escape that stands for the unit behind it, which is copied: all but `\\n`, `\\r`, `\\t` and `\\\\`. */
function isBare(source: string, at: number): boolean {
  return source.charCodeAt(at) === 92 && ESCAPES[source.charCodeAt(at + 1)] === BARE;
}

/** One reading of a text from left to right; null when nothing in it needs work. */
function pass(source: string): Pass | null {
  const places: Places = isPlainAscii(source) ? new AsciiPlaces(source) : new AnyPlaces(source);
  let at = places.next(0);
  if (at < 0) return null;
  const out = new Output();
  const reader = new TokenReader(source);
  let done = 0;
  let changed = false;
  let nested = false;
  // Digits and marks of other forms may have stood inside an escape.
  const opens = /[%&\\\uff05\uff06\uff3c]/.test(source);
  for (; at >= 0; at = places.next(Math.max(at + 1, done))) {
    if (isBare(source, at)) {
      out.copy(source, done, at);
      out.skip();
      done = at + 1;
      changed = true;
      // The mark itself opens nothing.
      at++;
      continue;
    }
    if (source.charCodeAt(at) < 32 || source.charCodeAt(at) === 127) {
      const control = controlAt(source, at);
      if (control === null) continue;
      out.copy(source, done, at);
      if (control.over && out.lastChar() !== '' && out.lastChar() !== '\n')
        out.replaceLast(control.char, at + control.length);
      else out.put(control.over ? '' : control.char, at, at + control.length);
      done = at + control.length;
      changed = true;
      nested ||= opens;
      continue;
    }
    const found = decodedAt(source, at);
    if (found !== null) nested ||= opensAgain(source, at, found.char);
    let length = found?.length ?? 0;
    let char: string | null = found?.char ?? null;
    if (found === null && source.charCodeAt(at) > 127) {
      const whole = String.fromCodePoint(source.codePointAt(at)!);
      length = whole.length;
      if (MARKS.test(whole)) {
        out.copy(source, done, at);
        putMark(out, source, reader, at, whole);
        done = at + length;
        changed = true;
        nested ||= opens;
        continue;
      }
      char = plainOf(whole, reader, at);
      // `4111Â 1111`: a space that must not break, read in the wrong encoding.
      if (whole === '\u00a0' && source.charCodeAt(at - 1) === 0xc2) {
        out.copy(source, done, at);
        out.replaceLast(' ', at + 1);
        done = at + 1;
        changed = true;
        continue;
      }
    }
    if (char === null) continue;
    out.copy(source, done, at);
    out.put(char, at, at + length);
    if (found === null) nested ||= opens;
    done = at + length;
    changed = true;
  }
  if (!changed) return null;
  out.copy(source, done, source.length);
  return { ...out.finish(), nested };
}

/** Normal form of a text; nested encodings are opened to a depth of three. */
export function normalise(source: string): Normal {
  let text = source;
  const maps: SourceMap[] = [];
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    const next = pass(text);
    if (next === null) break;
    text = next.text;
    if (next.map !== null) maps.push(next.map);
    if (!next.nested) break;
  }
  return { text, maps };
}

/** Maps a range of the normal text to the source. */
export function sourceRange(
  normal: Normal,
  start: number,
  end: number,
): { start: number; end: number } {
  let range = { start, end };
  for (let i = normal.maps.length - 1; i >= 0; i--)
    range = backOver(normal.maps[i]!, range.start, range.end);
  return range;
}
