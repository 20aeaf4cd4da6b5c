/** Line ends, soft breaks and hyphens inside a value. */
import type { Tokens } from '../scan/tokens.ts';
import { digitNear, type Edit, isValue, isWordChar, valueAround } from './edit.ts';

/** Soft breaks: quoted-printable, backslash, plain, indented, quoted or commented next lines. */
const SOFT_BREAK = / {0,3}=?\\?\r?\n[ \t]{0,16}(?:(?:>{1,3}|\||#|\*|\/\/|;)[ \t]{0,4})?/y;

/** The next line opens with a label of its own, so it is no continuation. */
const OWN_LINE = /^[ \t]*["'*_-]{0,3}[A-Za-z\u00c0-\u017f][^:=\n]{0,40}[:=|\t]/;

/** Running text after a number: the number ended with its line. */
const PROSE_LINE = /^[A-Z]?[a-z\u00c0-\u017f]+(?:[ ,.;:]|$)/;

export function joinedEdits(
  text: string,
  { bytes, lines, lineCount }: Tokens,
  edits: Edit[],
  soft: Edit[],
  hyphens: Edit[],
): void {
  const mails = new Mails(text);
  for (let l = 0; l < lineCount; l++) {
    const at = lines[l]!;
    let from = at;
    if (bytes[from - 1] === 13) from--;
    const before = bytes[from - 1];
    const marked = before === 61 || before === 92;
    if (marked) from--;
    while (!marked && from > 0 && at - from < 3 && bytes[from - 1] === 32) from--;
    if (bytes[at + 1] === 10) continue;
    if (!marked && (isRequest(bytes, at + 1) || endsPlain(bytes, from)))
      if (!mails.within(from - WORD_MOST, at + 71)) continue;
    if (!isValue(text, from - 1)) continue;
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

/** `.RE`, `.br`: a line of requests in a manual page goes on with nothing but an address. */
function isRequest(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === 46 && (bytes[at + 1]! | 32) >= 97 && (bytes[at + 1]! | 32) <= 122;
}

/** Bytes that a plain end of a line does not have in its last word: digits and the marks of codes and fields. */
const IN_CODE = Uint8Array.from({ length: 256 }, (_, c) =>
  (c >= 48 && c <= 58) || c === 61 || c === 64 || c === 95 ? 1 : c >= 65 && c <= 90 ? 2 : 0,
);
const WORD_MOST = 48;
const DIGITS_NEAR = 9;

/**
 * Nearly every line ends so: a word without digit, mark or inner capital, no `:` or `=` before it,
 * no digit near. Nothing that goes on in the next line ends like that, but an address before its `@`.
 */
function endsPlain(bytes: Uint8Array, from: number): boolean {
  let i = from - 1;
  for (; i >= 0 && bytes[i]! > 32; i--) {
    const sign = IN_CODE[bytes[i]!]!;
    // `\fB`: the font of a manual page
    if (sign === 2 && bytes[i - 1] === 102 && bytes[i - 2] === 92) continue;
    if (sign === 1 || (sign === 2 && isWordChar(bytes[i - 1]!)) || from - i > WORD_MOST)
      return false;
  }
  let blank = i;
  while (blank >= 0 && i - blank < 3 && (bytes[blank] === 32 || bytes[blank] === 9)) blank--;
  if (bytes[blank] === 58 || bytes[blank] === 61) return false;
  for (; i >= 0 && from - i <= DIGITS_NEAR; i--)
    if (bytes[i]! >= 48 && bytes[i]! <= 57) return false;
  return true;
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
