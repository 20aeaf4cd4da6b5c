/**
 * Where the value of a label begins: after `:` or `=`, as the value of a JSON, YAML, XML or .env
 * key, after `is` or `lautet`, in the next table cell, or on the line below a label that stands
 * alone. Every step is bounded, so a text full of labels costs a constant per label.
 */

import type { LabelHit } from '../model.ts';
import { isQuotedName } from '../names/quoted.ts';
import { CLASS, DIGIT, LOWER, UPPER } from '../scan/chars.ts';
import { FILLER, QUALIFIER } from '../scan/lexicon.ts';
import { flagsAt, type Scan } from '../scan/scan.ts';
import { DIGITS, IS_DIGITS } from '../scan/tokens.ts';

export interface Slot {
  at: number;
  /** How the value is tied to the label. */
  mode: 'field' | 'plain' | 'filler' | 'above' | 'cell' | 'near' | 'marker';
  /** The quote that opens the value, or ''. */
  quote: string;
  /** Where the value must end at the latest (cell end), or -1. */
  limit: number;
  /** A cell of a table whose columns describe patients. */
  patients?: boolean;
}

const REACH = 90;
const OPENERS = new Set(['"', "'", '`', '“', '„', '‘', '«', '‹']);

interface Cursor {
  p: number;
  separated: boolean;
  fillers: number;
  newlines: number;
  quote: string;
  tags: number;
}

function skipTag(text: string, cursor: Cursor): boolean {
  if (cursor.tags >= 4) return false;
  const limit = Math.min(text.length, cursor.p + 80);
  for (let i = cursor.p + 1; i < limit; i++) {
    const c = text.charCodeAt(i);
    if (c === 62) {
      cursor.p = i + 1;
      cursor.tags++;
      cursor.separated = true;
      cursor.quote = '';
      return true;
    }
    if (c === 10 || c === 60) return false;
  }
  return false;
}

/** A remark in brackets between label and value: `DOB (mm/dd/yyyy): ...`. */
function skipRemark(text: string, cursor: Cursor): boolean {
  const limit = Math.min(text.length, cursor.p + 48);
  const open = text.charCodeAt(cursor.p);
  const close = open === 40 ? 41 : 93;
  for (let i = cursor.p + 1; i < limit; i++) {
    const c = text.charCodeAt(i);
    if (c === 10) return false;
    if (CLASS[c] === DIGIT && i + 1 < limit && CLASS[text.charCodeAt(i + 1)] === DIGIT)
      return false;
    if (c === close) {
      // `Name (Last, First) OAKES, ADA`: how the form wants it.
      if (FORM_HINT.test(text.slice(cursor.p, i + 1)) && text.charCodeAt(i + 1) === 32) {
        cursor.p = i + 1;
        cursor.separated = true;
        return true;
      }
      // `Blood type (O+) was confirmed`: the value itself stands in brackets.
      if (
        !/^["'*_`]{0,3}(?:[ \t]*[:=|,;>"]|[ \t]*\r?\n|[ \t]{2}|\t|[ \t]*[.]{2}| [-–] )/.test(
          text.slice(i + 1, i + 12),
        )
      )
        return false;
      cursor.p = i + 1;
      return true;
    }
  }
  return false;
}

const FORM_HINT =
  /^\((?:last|first|family|given|nom|pr[ée]nom|nachname|vorname|apellidos?|cognome|mm?[-/. ]|dd?[-/. ]|jj[-/. ]|tt[-/. ]|gg[-/. ]|street|number and|if any|if known|print|please|as shown|include|optional|incl)/i;

function isBlank(c: number): boolean {
  return c === 32 || c === 9;
}

/** One step over punctuation; false when the value begins here. */
function skipMark(text: string, cursor: Cursor): boolean {
  const char = text.charAt(cursor.p);
  switch (char) {
    case ' ':
    case '\t':
      // A wide gap separates columns of a form.
      if (char === '\t' || isBlank(text.charCodeAt(cursor.p + 1))) cursor.separated = true;
      cursor.p++;
      return true;
    case '\u00a0':
    case '*':
    case '_':
    case ')':
    case ']':
    case '~':
    case '\\':
    case '»':
    case '”':
    case '’':
    case '.':
      // `Beneficiary ........ Ada Oakes`
      if (text.startsWith('...', cursor.p)) cursor.separated = true;
      cursor.p++;
      return true;
    case '°':
    case 'º':
    case '?':
      cursor.p++;
      return true;
    case ':':
    case '=':
    case '|':
    case '→':
    case ';':
      cursor.p++;
      cursor.separated = true;
      cursor.quote = '';
      return true;
    case ',':
      cursor.p++;
      return true;
    case '>':
      cursor.p++;
      cursor.separated = true;
      return true;
    case '{':
    case '[':
      if (!cursor.separated && char === '[') return skipRemark(text, cursor);
      cursor.p++;
      return cursor.separated;
    case '-':
    case '–':
    case '—':
      cursor.p++;
      if (/[ \t\n>]/.test(text.charAt(cursor.p)) || cursor.newlines > 0) cursor.separated = true;
      return true;
    case '/':
    case '+':
      return false;
    case '(':
      if (skipRemark(text, cursor)) return true;
      // `(MRN 123)` opens before the label; `MRN (123)` opens the value.
      if (
        /[0-9+]/.test(text.charAt(cursor.p + 1)) &&
        /\(\+?\d{2,5}\)/.test(text.slice(cursor.p, cursor.p + 9))
      )
        return false;
      cursor.p++;
      return true;
    case '<':
      return skipTag(text, cursor);
    case '\r':
      cursor.p++;
      return true;
    case '\n':
      cursor.newlines++;
      cursor.p++;
      return cursor.newlines <= 2;
    default:
      if (OPENERS.has(char)) {
        cursor.quote = char;
        cursor.p++;
        return true;
      }
      return false;
  }
}

/** One space and a word that is no filler: nearly every label in running text. */
export function wordFollows({ tokens }: Scan, label: LabelHit): boolean {
  const word = label.last + 1;
  return (
    tokens.bytes[label.end] === 32 &&
    tokens.start[word] === label.end + 1 &&
    (tokens.bits[word]! & (IS_DIGITS | FILLER | QUALIFIER)) === 0 &&
    tokens.bytes[label.end + 1] !== 35
  );
}

/**
 * The slot a label opens, or null when what follows is no value position.
 * `t` moves over filler words (`is`, `number`, `lautet`) between label and value.
 */
export function slotAfter(scan: Scan, label: LabelHit): Slot | null {
  const { text, tokens } = scan;
  if (wordFollows(scan, label))
    return label.end + 1 < text.length
      ? { at: label.end + 1, mode: 'plain', quote: '', limit: -1 }
      : null;
  const cursor: Cursor = {
    p: label.end,
    separated: false,
    fillers: 0,
    newlines: 0,
    quote: '',
    tags: 0,
  };
  const limit = Math.min(text.length, label.end + REACH);
  let t = label.last + 1;
  // `phone2:` and `line1=`: a counter glued to the label belongs to it.
  if (
    tokens.kind[t] === DIGITS &&
    tokens.start[t] === label.end &&
    tokens.end[t]! - label.end <= 2
  ) {
    cursor.p = tokens.end[t]!;
    t++;
  }
  const version = versionAfter(text, label);
  if (version > 0) {
    cursor.p = version;
    while (t < tokens.count && tokens.start[t]! < version) t++;
  }
  while (cursor.p < limit) {
    const k = CLASS[text.charCodeAt(cursor.p)]!;
    if (k === LOWER || k === UPPER || text.charCodeAt(cursor.p) === 35) {
      while (tokens.start[t]! < cursor.p) t++;
      const flags = flagsAt(scan, t);
      // `Blutgruppe A positiv`: a capital letter alone is a value.
      const letter = k === UPPER && tokens.end[t]! - cursor.p === 1;
      const small =
        !letter &&
        (flags & (FILLER | QUALIFIER)) !== 0 &&
        (!cursor.separated ||
          /[:=]/.test(text.charAt(tokens.end[t]!)) ||
          text.charCodeAt(cursor.p) === 35);
      if (!small || cursor.fillers >= 5 || cursor.newlines > 0 || isWordTail(scan, t)) break;
      cursor.fillers++;
      cursor.p = tokens.end[t]!;
      cursor.quote = '';
      continue;
    }
    if (markerAt(scan, cursor.p)) return { at: cursor.p, mode: 'marker', quote: '', limit: -1 };
    if (k === DIGIT || !skipMark(text, cursor)) break;
  }
  if (cursor.p >= text.length || cursor.newlines > 2) return null;
  // One word of a list of words, each on its line.
  if (cursor.newlines > 0 && text.charCodeAt(label.end) === 44) return null;
  if (cursor.newlines > 0 && !standsAlone(text, label, cursor.separated)) return null;
  return { at: cursor.p, mode: modeOf(cursor), quote: cursor.quote, limit: -1 };
}

/** `ICD-10-CM`, `IP v4`: a number that belongs to the name of the field. */
function versionAfter(text: string, label: LabelHit): number {
  const c = text.charCodeAt(label.end);
  const first = c === 32 || c === 45 ? text.charCodeAt(label.end + 1) : c;
  if (first !== 49 && first !== 57) return 0;
  VERSION.lastIndex = label.end;
  const match = VERSION.exec(text);
  return match === null ? 0 : label.end + match[0].length;
}

const VERSION =
  /[- ]?(?:10|9)(?:[- ]?(?:CM|GM|PCS|WHO))?(?=[- ]?[A-Za-z]{0,8}["'`*_)\s]{0,3}[:=|>]|[\s)]{1,8}[A-TV-Z]\d)/y;

/** `is-1234`: the word is the beginning of a code, not a filler. */
function isWordTail(scan: Scan, t: number): boolean {
  const c = scan.text.charCodeAt(scan.tokens.end[t]!);
  // `a.petrosyan`: an initial of a login
  if (c === 46 && CLASS[scan.text.charCodeAt(scan.tokens.end[t]! + 1)] === LOWER) return true;
  return CLASS[c] === DIGIT;
}

const MARKER = /«(?!(?:[A-Z_]{0,39}\d){4})[A-Z][A-Z0-9_]{1,39}(?::[0-9a-f]{4,64})?»/y;

/** True where a marker of an earlier redaction begins. */
export function markerAt(scan: Scan, at: number): boolean {
  if (scan.text.charCodeAt(at) !== 0xab) return false;
  MARKER.lastIndex = at;
  const match = MARKER.exec(scan.text);
  return match !== null && !isQuotedName(scan.lexicon, match[0]);
}

function modeOf(cursor: Cursor): Slot['mode'] {
  if (cursor.newlines > 0) return 'above';
  if (cursor.separated) return 'field';
  return cursor.fillers > 0 ? 'filler' : 'plain';
}

/** A label on a line of its own (marks and numbering allowed before it). */
function standsAlone(text: string, label: LabelHit, separated: boolean): boolean {
  let from = label.start;
  while (from > 0 && label.start - from <= 60 && text.charCodeAt(from - 1) !== 10) from--;
  if (label.start - from > 60) return false;
  const head = text.slice(from, label.start);
  if (separated && /^[^\d]{0,60}$/.test(head)) return true;
  return /^[\s>*_#|"'`\-•·]*(?:\d{1,2}[.)] *)?(?:[A-Za-z\u00c0-\u017f']{1,20},? ){0,3}$/.test(head);
}

/** True before a closing XML tag or inside one: `</ssn>` labels nothing. */
export function isClosingTag(text: string, label: LabelHit): boolean {
  return text.charCodeAt(label.start - 1) === 47 && text.charCodeAt(label.start - 2) === 60;
}
