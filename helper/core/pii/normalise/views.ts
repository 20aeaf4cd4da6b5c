/**
 * Alternate readings of small windows of a text: joined lines, spaced characters, spelled-out marks,
 * decoded blobs, marks of layout inside a value. Each is a list of edits; the window is scanned
 * again with the edits applied, and only what an edit made visible is kept.
 */

import { BYTE_CLASS, NUMERO } from '../scan/bytes.ts';
import { DIGIT, LOWER, UPPER } from '../scan/chars.ts';
import { ALTERNATE } from '../scan/lexicon.ts';
import { IS_DIGITS, type Tokens } from '../scan/tokens.ts';
import { breakEdits } from './break-edits.ts';
import { type Blob, byteRun, decodeBlob, wrappedBlob } from './decode.ts';

export type ViewKind =
  | 'wrapped'
  | 'joined'
  | 'soft'
  | 'spaced'
  | 'spelled'
  | 'decoded'
  | 'marks'
  | 'gaps';

export interface Edit {
  start: number;
  end: number;
  text: string;
  kind: ViewKind;
}

const VALUE = /[A-Za-z0-9@.:/+=_\-\u00c0-\u024f]/;
/** By unit: a place outside the table would cost every look at it. */
const VALUES = Uint8Array.from({ length: 65_536 }, (_, code) =>
  code < 0x250 && VALUE.test(String.fromCharCode(code)) ? 1 : 0,
);

/** Whether the unit at `at` may stand inside a value. */
function isValue(text: string, at: number): boolean {
  return at >= 0 && at < text.length && VALUES[text.charCodeAt(at)] === 1;
}

function digitNear(text: string, from: number, to: number): boolean {
  const stop = Math.min(text.length, to);
  for (let i = Math.max(0, from); i < stop; i++) {
    const c = text.charCodeAt(i);
    if ((c >= 48 && c <= 57) || c === 64) return true;
  }
  return false;
}

/** Fewest digits of a value without `@` that may be broken by a line end or an escape. */
const DIGITS_IN_VALUE = 3;
const VALUE_REACH = 40;

/**
 * Whether the lines on both sides of an edit hold digits enough for a value, or an `@`: `2m` and
 * `.TP`, or the `5` of `\f5\-\-name`, are no halves of anything. An escape of its own ends the stretch.
 */
function valueAround(text: string, from: number, to: number): boolean {
  let digits = 0;
  for (let i = from - 1; i >= 0 && from - i <= VALUE_REACH; i--) {
    const c = text.charCodeAt(i);
    if (c === 10 || (c === 92 && text.charCodeAt(i + 1) !== 45)) break;
    if (c >= 48 && c <= 57) digits++;
    else if (c === 64) return true;
    if (digits === DIGITS_IN_VALUE) return true;
  }
  for (let i = to; i < text.length && i - to < VALUE_REACH; i++) {
    const c = text.charCodeAt(i);
    if (c === 10 || (c === 92 && text.charCodeAt(i + 1) !== 45)) break;
    if (c >= 48 && c <= 57) digits++;
    else if (c === 64) return true;
    if (digits === DIGITS_IN_VALUE) return true;
  }
  return false;
}

/** `\-\-flatten`, `\fB\-\-flatten`. */
const OPTION = /(?:\\f[A-Z0-9])?\\-\\-/y;

/**
 * `user: jane\-doe1`: the run an edit stands in is the value of a field. What `\-\-` begins after
 * a colon is an option of a manual page.
 */
function fieldBefore(text: string, from: number): boolean {
  let i = from - 1;
  for (; i >= 0 && from - i <= VALUE_REACH; i--) {
    const c = text.charCodeAt(i);
    if (c === 58 || c === 61) return true;
    if (c <= 32) break;
  }
  const before = text.charCodeAt(i - 1);
  OPTION.lastIndex = i + 1;
  return before === 61 || (before === 58 && !OPTION.test(text));
}

/** Soft breaks: quoted-printable, backslash, plain, indented, quoted or commented next lines. */
const SOFT_BREAK = / {0,3}=?\\?\r?\n[ \t]{0,16}(?:(?:>{1,3}|\||#|\*|\/\/|;)[ \t]{0,4})?/y;

/** The next line opens with a label of its own, so it is no continuation. */
const OWN_LINE = /^[ \t]*["'*_-]{0,3}[A-Za-z\u00c0-\u017f][^:=\n]{0,40}[:=|\t]/;

/** Running text after a number: the number ended with its line. */
const PROSE_LINE = /^[A-Z]?[a-z\u00c0-\u017f]+(?:[ ,.;:]|$)/;

function joinedEdits(
  text: string,
  { bytes }: Tokens,
  edits: Edit[],
  soft: Edit[],
  hyphens: Edit[],
): void {
  const mails = new Mails(text);
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) {
    let from = at;
    if (bytes[from - 1] === 13) from--;
    const before = bytes[from - 1];
    const marked = before === 61 || before === 92;
    if (marked) from--;
    while (!marked && from > 0 && at - from < 3 && bytes[from - 1] === 32) from--;
    if (!isValue(text, from - 1) || bytes[at + 1] === 10) continue;
    const field = !marked && fieldEnds(text, from);
    if (!marked && !field && !codeAround(text, bytes, mails, from, at + 1)) continue;
    SOFT_BREAK.lastIndex = from;
    const match = SOFT_BREAK.exec(text);
    if (match === null) continue;
    const to = from + match[0].length;
    if (!isValue(text, to)) continue;
    if (marked) {
      soft.push({ start: from, end: to, text: '', kind: 'soft' });
      continue;
    }
    if (field && goesOn(text, from, to)) {
      const indented = /^[ \t]{1,16}\S/.test(text.slice(at + 1, at + 18));
      soft.push({ start: from, end: to, text: '', kind: indented ? 'soft' : 'wrapped' });
      if (text.charCodeAt(from - 1) === 45)
        hyphens.push({ start: from - 1, end: to, text: '', kind: 'wrapped' });
    }
    const digits =
      digitNear(text, from - 8, from) && digitNear(text, to, to + 8) && valueAround(text, from, to);
    if (!digits && !codeNear(text, from, to)) continue;
    if (PROSE_LINE.test(text.slice(to, to + 24)) && /\d/.test(text.charAt(from - 1))) continue;
    if (OWN_LINE.test(text.slice(to, to + 48)) && !/^[^\s]{0,30}@/.test(text.slice(to, to + 40)))
      continue;
    edits.push({ start: from, end: to, text: '', kind: 'joined' });
  }
}

const CODE_LIKE = /\d|[A-Z]{2}|[a-z][A-Z]|[@_+=]/;

/** `policy: POL77`: the line ends with a run of a code that a `:` or `=` opens. */
function fieldEnds(text: string, from: number): boolean {
  let i = from;
  while (i > 0 && from - i < 48 && text.charCodeAt(i - 1) > 32) {
    i--;
    const c = text.charCodeAt(i);
    if (c === 61 || c === 58) return from - i > 2 && CODE_LIKE.test(text.slice(i + 1, from));
  }
  let p = i;
  while (p > 0 && i - p < 3 && (text.charCodeAt(p - 1) === 32 || text.charCodeAt(p - 1) === 9)) p--;
  const mark = text.charCodeAt(p - 1);
  return (mark === 58 || mark === 61) && from - i > 1 && CODE_LIKE.test(text.slice(i, from));
}

const REST_LIKE = /\d|[A-Z]{4}|[a-z][A-Z]|[@_+=]/;
const REST = /([^\s"'<>,;:]{2,48})["',;.]{0,2}[ \t]{0,24}(?:\r?\n|$)/y;

/** The next line holds nothing but the rest of a code. */
function goesOn(text: string, from: number, to: number): boolean {
  REST.lastIndex = to;
  const rest = REST.exec(text)?.[1];
  // `.RE`: a request of a manual page
  if (rest === undefined || rest.charCodeAt(0) === 46 || text.charCodeAt(from - 1) === 46)
    return false;
  return REST_LIKE.test(rest) && !/^[\w.-]{2,40}=[^=]/.test(rest);
}

/** Where the next `@` stands, asked for in order, so that each is found once. */
class Mails {
  private at = -1;
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  within(from: number, to: number): boolean {
    if (this.at < from) {
      this.at = this.text.indexOf('@', from);
      if (this.at < 0) this.at = this.text.length;
    }
    return this.at < Math.min(to, this.text.length);
  }
}

const [BLANK, NUMBER, MAIL, INNER] = [1, 2, 3, 4];
/** What a unit before a line end may say of a code that goes on after it, by its byte. */
const CODE_SIGN = Uint8Array.from({ length: 256 }, (_, c) => {
  if (c <= 32) return BLANK;
  if (c >= 48 && c <= 57) return NUMBER;
  if (c === 64) return MAIL;
  return c === 95 || (c >= 65 && c <= 90) ? INNER : 0;
});

/** Cheap test before the patterns: a digit, mark or inner capital near the break, or an `@` after it. */
function codeAround(
  text: string,
  bytes: Uint8Array,
  mails: Mails,
  from: number,
  next: number,
): boolean {
  let word = true;
  for (let i = from - 1, n = 0; i >= 0 && n < 40 && (word || n < 9); i--, n++) {
    const sign = CODE_SIGN[bytes[i]!]!;
    if (sign === 0) continue;
    if (sign === BLANK) word = false;
    else if (sign === NUMBER ? n < 9 : word && sign === MAIL) return true;
    else if (word && sign === INNER && (bytes[i] === 95 || isWordChar(bytes[i - 1]!))) {
      if (continuesCode(text, from, next)) return true;
    }
  }
  return mails.within(next, next + 70) && opensWithMail(text, next);
}

/** An `@` in the first word of the next line. */
function opensWithMail(text: string, next: number): boolean {
  let started = false;
  for (let i = next; i < text.length && i - next < 70; i++) {
    const c = text.charCodeAt(i);
    if (c === 64) return true;
    if (c > 32 && c !== 62 && c !== 35 && c !== 42) started = true;
    else if (started) return false;
  }
  return false;
}

/** `ghp_abc` goes on with a fragment of a code, not with a word of prose. */
function continuesCode(text: string, from: number, next: number): boolean {
  if (text.charCodeAt(from - 1) === 46) return false;
  const first = /^[\s>#|*]{0,16}[A-Za-z0-9][^\s]{0,40}/.exec(text.slice(next, next + 60));
  return first !== null && /[A-Za-z0-9][^\s]{0,60}[0-9A-Z_]|^[\s>#|*]*\d/.test(first[0]);
}

function isLetter(c: number): boolean {
  const lower = c | 32;
  return lower >= 97 && lower <= 122;
}

function isWordChar(c: number): boolean {
  return (c >= 48 && c <= 57) || (c >= 97 && c <= 122);
}

/** A piece of an address or token on both sides of a break: `jane.doe@exam` + `ple.com`. */
function codeNear(text: string, from: number, to: number): boolean {
  let start = from;
  while (start > 0 && from - start < 40 && text.charCodeAt(start - 1) > 32) {
    start--;
    const c = text.charCodeAt(start);
    if (c === 64 || c === 95) return true;
  }
  for (let end = to; end < text.length && end - to < 40; end++) {
    const c = text.charCodeAt(end);
    if (c <= 32) break;
    if (c === 64) return true;
  }
  return from - start >= 8 && /[a-z0-9][A-Z]{2}/.test(text.slice(start, from));
}

const SPACED =
  /(?<![A-Za-z0-9])[A-Za-z0-9@+(&\\%](?:[ \t]{1,3}(?:=?\r?\n[ \t]{0,3})?[A-Za-z0-9@._+/!#$%&*?:;\\=-]){4,600}(?![A-Za-z0-9])/g;
const SPACES = /(?: ?[*=](?=\s))*[ \t]{1,3}(?:\r?\n[ \t]{0,3})?|(?<= )\*+$/g;

/** Whether a unit stands alone after the blanks from `at` on, or before those that end there. */
function aloneBeside(bytes: Uint8Array, at: number, step: 1 | -1): boolean {
  let i = at;
  while (bytes[i]! <= 32 && (i - at) * step < 12) i += step;
  // A soft break: `1 =` and its line end.
  if (bytes[i] === 61 && bytes[i + 1]! <= 32) i += step;
  while (bytes[i]! <= 32 && (i - at) * step < 12) i += step;
  return (
    i !== at && !(BYTE_CLASS[bytes[i + step]!]! >= LOWER && BYTE_CLASS[bytes[i + step]!]! <= DIGIT)
  );
}

/** A digit or `@` among units with blanks between: what SPACED cannot match without. */
function spacedSign(text: string, tokens: Tokens): boolean {
  const { bytes, digits, start, end } = tokens;
  const alone = (from: number, to: number) =>
    aloneBeside(bytes, to, 1) || aloneBeside(bytes, from - 1, -1);
  for (const t of digits) if (end[t]! - start[t]! === 1 && alone(start[t]!, end[t]!)) return true;
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1))
    if (alone(at, at + 1)) return true;
  return false;
}

function spacedEdits(text: string, tokens: Tokens, edits: Edit[]): void {
  if (!spacedSign(text, tokens)) return;
  SPACED.lastIndex = 0;
  for (let match = SPACED.exec(text); match !== null; match = SPACED.exec(text)) {
    const run = match[0];
    if (!/[\d@]/.test(run)) continue;
    for (const gap of run.matchAll(SPACES)) {
      const start = match.index + gap.index;
      edits.push({ start, end: start + gap[0].length, text: '', kind: 'spaced' });
    }
  }
}

const SPELLED: Record<string, string> = {
  at: '@',
  ät: '@',
  arobase: '@',
  arobas: '@',
  klammeraffe: '@',
  arroba: '@',
  chiocciola: '@',
  dot: '.',
  point: '.',
  punkt: '.',
  punto: '.',
  dash: '-',
  hyphen: '-',
  minus: '-',
  tiret: '-',
  bindestrich: '-',
  strich: '-',
  guion: '-',
  trattino: '-',
  moins: '-',
  underscore: '_',
  slash: '/',
  plus: '+',
  colon: ':',
};
export const SPELLED_WORDS: readonly string[] = Object.keys(SPELLED);

const BEFORE_WORD = /[ \t]{0,2}[[({<_«|*-]?[ \t]{0,2}$/;
const AFTER_WORD = /^[ \t]{0,2}[\])}>_»|*-]?[ \t]{0,2}/;

function spelledEdits(text: string, tokens: Tokens, edits: Edit[]): void {
  const { bits, count } = tokens;
  for (const t of tokens.marked) {
    if ((bits[t]! & ALTERNATE) === 0 || t === 0 || t === count - 1) continue;
    const from = tokens.start[t]!;
    const to = tokens.end[t]!;
    const before = BEFORE_WORD.exec(text.slice(Math.max(0, from - 5), from))![0];
    const after = AFTER_WORD.exec(text.slice(to, to + 5))![0];
    if (before === '' || after === '') continue;
    const start = from - before.length;
    const end = to + after.length;
    if (!isValue(text, start - 1) || !isValue(text, end)) continue;
    const bracket = /[[({<«|*]/.test(before) && /[\])}>»|*]/.test(after);
    const char = SPELLED[text.slice(from, to).toLowerCase()] ?? '';
    // `one-at-a-time`: hyphens around a word spell a mark only in an address.
    const hyphens = before.includes('-') || after.includes('-');
    const near = hyphens
      ? (mailLike(text, start, end, char) && before.trim() === after.trim()) ||
        (char === '-' && digitNear(text, start - 2, start) && digitNear(text, end, end + 2))
      : digitNear(text, start - 2, start) || codeDash(text, start, end, char);
    if (!bracket && !near && !mailLike(text, start, end, char)) continue;
    edits.push({ start, end, text: char, kind: 'spelled' });
  }
}

/** `xoxb dash 1121 dash 1201`, `4D dash 13`: a dash between pieces of a code, a digit in one of them. */
function codeDash(text: string, start: number, end: number, char: string): boolean {
  return char === '-' && digitNear(text, start - 4, start) !== digitNear(text, end, end + 4);
}

/** `jane dot doe at example dot com`: another spelled mark within reach. */
function mailLike(text: string, start: number, end: number, char: string): boolean {
  // `reached at jane@example.com`: the address has its mark.
  if (char === '@' && /^[^\s@]{0,64}@/.test(text.slice(end, end + 66))) return false;
  const around = `${text.slice(Math.max(0, start - 60), start)} ~ ${text.slice(end, end + 60)}`;
  const other =
    char === '@'
      ? /[ [({<_«|*-](?:dot|point|punkt|punto)[ \])}>_»|*-]|[a-z0-9][[({]?\.[\])}]?[a-z]{2,}/i
      : /@|[ [({<_«|*-](?:at|ät|arobase|arobas|klammeraffe|arroba|chiocciola)[ \])}>_»|*-]/i;
  return other.test(around);
}

const MARK_AT = /[*`<]|__|~~|\\(?=[-._@+:/])/g;
const TAG = /<\/?(?:b|i|u|em|strong|span|code|wbr|s|mark|small|tt)\/?>/y;

/** The end of the mark at `from`, or -1 when a `<` opens no tag of layout. */
function markEnd(text: string, from: number): number {
  const c = text.charCodeAt(from);
  if (c === 60) {
    TAG.lastIndex = from;
    return TAG.test(text) ? TAG.lastIndex : -1;
  }
  if (c === 95 || c === 126) return from + 2;
  let to = from + 1;
  if (c === 42) while (to - from < 3 && text.charCodeAt(to) === 42) to++;
  return to;
}

function markEdits(text: string, edits: Edit[]): void {
  MARK_AT.lastIndex = 0;
  while (MARK_AT.test(text)) {
    let from = MARK_AT.lastIndex - 1;
    if (text.charCodeAt(from) === 95 || text.charCodeAt(from) === 126) from--;
    const to = markEnd(text, from);
    if (to < 0) continue;
    MARK_AT.lastIndex = to;
    const left = isValue(text, from - 1);
    const right = isValue(text, to);
    // Backticks and tags around a word are ordinary; stars may stand before a space of the value.
    const star = text.charCodeAt(from) === 42;
    if (star ? !left && !right : !left || !right) continue;
    const joinedWord = star && isLetter(text.charCodeAt(from - 1)) && isLetter(text.charCodeAt(to));
    if (
      !joinedWord &&
      !digitNear(text, from - 8, from) &&
      !digitNear(text, to, to + 8) &&
      !fieldBefore(text, from)
    )
      continue;
    const escapedHyphen = text.charCodeAt(from) === 92 && text.charCodeAt(to) === 45;
    if (escapedHyphen && !valueAround(text, from, to) && !fieldBefore(text, from)) continue;
    edits.push({ start: from, end: to, text: '', kind: 'marks' });
  }
}

/** Irregular spacing between digit groups, as in scanned forms. */
function gapEdits(text: string, tokens: Tokens, edits: Edit[]): void {
  const { start, end, bits, digits, count } = tokens;
  const between = (t: number): void => {
    const gap = start[t]! - end[t - 1]!;
    if (gap < 2 || gap > 4) return;
    const both = (bits[t]! & bits[t - 1]! & IS_DIGITS) !== 0;
    gapEdit(text, end[t - 1]!, start[t]!, both, edits);
  };
  for (const t of digits) {
    if (t > 0) between(t);
    if (t + 1 < count && (bits[t + 1]! & IS_DIGITS) === 0) between(t + 1);
  }
  const before = edits.length;
  for (let at = text.indexOf('-'); at >= 0; at = text.indexOf('-', at + 1))
    hyphenGap(text, tokens, at, edits);
  if (before > 0 && edits.length > before) edits.sort((a, b) => a.start - b.start);
}

/** A hyphen and spaces between two words. */
function hyphenGap(text: string, { bytes }: Tokens, at: number, edits: Edit[]): void {
  let from = at;
  let to = at + 1;
  while (bytes[from - 1] === 32 && at - from < 4) from--;
  while (bytes[to] === 32 && to - at < 5) to++;
  if (to - from < 2 || to - from > 4) return;
  if (isWordByte(bytes[from - 1]!) && isWordByte(bytes[to]!)) gapEdit(text, from, to, false, edits);
}

/** A unit of a token that is no digit. */
function isWordByte(byte: number): boolean {
  const k = BYTE_CLASS[byte];
  return k === LOWER || k === UPPER || byte === 35 || byte === NUMERO;
}

function gapEdit(text: string, from: number, to: number, digits: boolean, edits: Edit[]): void {
  // `21:47:41 -0400`: a time and its zone.
  if (text.charCodeAt(from - 3) === 58) return;
  const gap = text.slice(from, to);
  if (!/^ *(?:[-./] *)?$/.test(gap)) return;
  const mark = gap.trim();
  if (!digits && mark !== '-' && (mark !== '' || !codeGap(text, from, to))) return;
  const codes = digitNear(text, from - 8, from) && digitNear(text, to, to + 8);
  // `glpat -FcH48...`: a prefix and its token.
  const prefix =
    mark === '-' && /[a-z]/.test(text.charAt(from - 1)) && digitNear(text, to, to + 12);
  if (!digits && !(mark === '-' && (codes || prefix)) && !(mark === '' && codes)) return;
  edits.push({ start: from, end: to, text: mark === '' ? ' ' : mark, kind: 'gaps' });
}

/** `SR  15`, `91  B`: capitals or digits on both sides, a digit on one. */
function codeGap(text: string, from: number, to: number): boolean {
  const left = text.charCodeAt(from - 1);
  const right = text.charCodeAt(to);
  const digit = (c: number) => c >= 48 && c <= 57;
  const capital = (c: number) => c >= 65 && c <= 90;
  return (digit(left) && capital(right)) || (capital(left) && digit(right));
}

/** A blob that goes on in lines of base64. */
function wrappedAt(text: string, run: number, end: number): Blob | null {
  const c = text.charCodeAt(end);
  if (c !== 10 && c !== 13 && c !== 61 && c !== 92) return null;
  if (end - run < 10 || !/[A-Z\d]/.test(text.slice(run, end))) return null;
  return wrappedBlob(text, run, end);
}

/** Runs of bytes written one by one begin with two hexadecimal digits and a mark. */
function byteEdits(text: string, tokens: Tokens, edits: Edit[]): void {
  let done = 0;
  for (const t of tokens.digits) {
    const at = tokens.start[t]!;
    if (at < done || !byteStart(text, at)) continue;
    const blob = byteRun(text, at);
    if (blob === null) continue;
    done = blob.end;
    edits.push({ start: blob.start, end: blob.end, text: blob.text, kind: 'decoded' });
  }
}

/** `34 31`, `34:31`, `0x34`: what the run must look like before a pattern is tried. */
function byteStart(text: string, at: number): boolean {
  const first = text.charCodeAt(at);
  if (first === 48 && text.charCodeAt(at + 1) === 120) return text.charCodeAt(at + 4) <= 44;
  if (first < 50 || first > 55) return false;
  const mark = text.charCodeAt(at + 2);
  if (mark !== 32 && mark !== 58) return false;
  const next = text.charCodeAt(at + 3);
  return (
    next >= 50 &&
    next <= 55 &&
    text.charCodeAt(at + 5) === mark &&
    !isWordChar(text.charCodeAt(at - 1))
  );
}

/** Small letters, `_` and `-`, one of them no hexadecimal digit, and nothing of a path around them. */
function isPlainWord(bytes: Uint8Array, run: number): boolean {
  let end = run;
  let plain = false;
  for (let c = bytes[end]!; ; c = bytes[++end]!) {
    if ((c > 102 && c <= 122) || c === 95 || c === 45) plain = true;
    else if (c < 97 || c > 102) break;
  }
  return (
    plain &&
    !PATH_BYTES.has(bytes[run - 1]!) &&
    !PATH_BYTES.has(bytes[end]!) &&
    BYTE_CLASS[bytes[end]!] !== DIGIT &&
    BYTE_CLASS[bytes[end]!] !== UPPER
  );
}

/** `+`, `/` and `=`: what else base64 is written with. */
const PATH_BYTES: ReadonlySet<number> = new Set([43, 47, 61]);

function blobEdits(text: string, tokens: Tokens, edits: Edit[]): void {
  let done = 0;
  for (const run of tokens.long) {
    if (run < done || isPlainWord(tokens.bytes, run)) continue;
    for (let at = run; at >= 0; ) {
      const piece = decodeBlob(text, at, done);
      const { more } = piece;
      const wrapped = more < 0 ? wrappedAt(text, at, piece.end) : null;
      const blob = wrapped ?? piece.blob;
      const end = wrapped?.end ?? piece.end;
      // Further runs of the same blob, as of a path, open to the same.
      done = end;
      at = more;
      if (blob !== null)
        edits.push({ start: blob.start, end: blob.end, text: blob.text, kind: 'decoded' });
    }
  }
}

/** A break inside a number or code: what is read together with other marks must be beyond doubt. */
function digitsBeside(text: string, edit: Edit): boolean {
  return digitNear(text, edit.start - 8, edit.start) && digitNear(text, edit.end, edit.end + 8);
}

/**
 * `Nzc0=` and `LTUy=` on two lines: the second mark may be padding of base64 and no soft break, so
 * the first break is read alone too.
 */
function apart(text: string, soft: readonly Edit[]): Edit[][] {
  const alone = soft.filter((edit, i) => {
    const after = soft[i + 1];
    const before = soft[i - 1];
    return (
      text.charCodeAt(edit.start) === 61 &&
      after !== undefined &&
      after.start - edit.end < TOGETHER &&
      (before === undefined || edit.start - before.end >= TOGETHER)
    );
  });
  return alone.length > 0 ? [alone] : [];
}

const TOGETHER = 48;

/** Breaks and marks in one value: the edits of two kinds that stand near each other, as one list. */
function together(one: readonly Edit[], other: readonly Edit[]): Edit[][] {
  if (one.length === 0 || other.length === 0) return [];
  const all = [...one, ...other].sort((a, b) => a.start - b.start);
  const near = all.filter((edit, i) => {
    const before = all[i - 1];
    const after = all[i + 1];
    const differs = (o: Edit | undefined) => o !== undefined && o.kind !== edit.kind;
    return (
      (differs(before) && edit.start - before!.end < TOGETHER) ||
      (differs(after) && after!.start - edit.end < TOGETHER)
    );
  });
  const list = near.map((edit) => ({ ...edit, kind: 'marks' as const }));
  return list.length > 1 ? [list] : [];
}

/** All edits of a text by kind, each list in order. */
export function findEdits(text: string, tokens: Tokens): Edit[][] {
  const joined: Edit[] = [];
  const spaced: Edit[] = [];
  const spelled: Edit[] = [];
  const marks: Edit[] = [];
  const decoded: Edit[] = [];
  const gaps: Edit[] = [];
  const soft: Edit[] = [];
  const hyphens: Edit[] = [];
  joinedEdits(text, tokens, joined, soft, hyphens);
  spacedEdits(text, tokens, spaced);
  spelledEdits(text, tokens, spelled);
  markEdits(text, marks);
  gapEdits(text, tokens, gaps);
  blobEdits(text, tokens, decoded);
  const bytes: Edit[] = [];
  byteEdits(text, tokens, bytes);
  const wrapped = joined.filter(
    (e) => /\d/.test(text.charAt(e.start - 1)) && /\d/.test(text.charAt(e.end)),
  );
  const withSpace = wrapped.map((e) => ({ ...e, text: ' ' }));
  const broken = [...soft, ...joined].filter((e) => digitsBeside(text, e));
  return [
    ...together(broken, marks),
    ...together(broken, spelled),
    ...apart(text, soft),
    ...together(marks, spelled),
    soft,
    hyphens,
    joined,
    withSpace,
    spaced,
    spelled,
    marks,
    gaps,
    decoded,
    bytes,
    ...breakEdits(text),
  ].filter((list) => list.length > 0);
}
