/** Addresses: found from a street word and a house number, or read where a label points. */
import type { Reader } from '../context/match.ts';
import type { Candidate } from '../model.ts';
import { foldWord, trimMarks } from '../scan/chars.ts';
import { STREET } from '../scan/lexicon.ts';
import { flagsAt, lineEndWithin, type Scan, tokenFrom, triggered } from '../scan/scan.ts';
import { DIGITS, type Tokens, WORD_CAPITAL, WORD_CAPS, WORD_LOWER } from '../scan/tokens.ts';
import {
  FRENCH,
  GERMAN,
  HAS_ENGLISH_TOWN,
  HAS_TOWN,
  NUMBER_FIRST,
  PO_BOX,
  SECOND_LINE,
  SOUTHERN,
} from './grammar.ts';
import { looseEnd, scanUnits } from './unit.ts';
import { GERMAN_SUFFIX, PUBLIC_ADDRESS, STREET_BEFORE, WEAK_STREET } from './words.ts';

const BEFORE = new Set(STREET_BEFORE);

function match(re: RegExp, text: string, at: number): string | null {
  re.lastIndex = at;
  const found = re.exec(text);
  return found === null ? null : found[0];
}

function push(scan: Scan, start: number, value: string, score: number, id: string): void {
  const trimmed = trimMarks(value, ',.;|-');
  if (trimmed.length < 7 || PUBLIC_ADDRESS.test(trimmed)) return;
  const made: Candidate = {
    start,
    end: start + trimmed.length,
    type: 'ADDRESS',
    score,
    checked: false,
    evidence: [id],
  };
  scan.found.push(made);
}

/** The house number before an English street word, up to six words back on the same line. */
function numberBefore(scan: Scan, t: number): number {
  const { text, tokens } = scan;
  for (let i = t - 1; i >= 0 && i >= t - 8; i--) {
    if (tokens.start[i + 1]! - tokens.end[i]! > 2) return -1;
    const gap = text.slice(tokens.end[i]!, tokens.start[i + 1]!);
    if (/[\n:;=|()"]/.test(gap)) return -1;
    if (
      tokens.kind[i] === DIGITS &&
      tokens.end[i]! - tokens.start[i]! <= 5 &&
      tokens.start[i + 1]! > tokens.end[i]!
    ) {
      // `i.MX25 SoC`: the end of a name, no house number.
      if (i > 0 && tokens.end[i - 1] === tokens.start[i]) return -1;
      // `4-12 Elm Road`
      const dash =
        i > 0 &&
        text.charAt(tokens.end[i - 1]!) === '-' &&
        tokens.kind[i - 1] === DIGITS &&
        tokens.start[i]! - tokens.end[i - 1]! === 1;
      return dash ? i - 1 : i;
    }
  }
  return -1;
}

function english(scan: Scan, t: number, word: string): void {
  const { text, tokens } = scan;
  const number = numberBefore(scan, t);
  if (number < 0) return;
  let at = tokens.start[number]!;
  const slash = text.charCodeAt(at - 1) === 47;
  if (!slash && /[\d.,$€£#]/.test(text.charAt(at - 1))) return;
  const flat =
    /(?:Flat|Apartment|Apt|Unit|Suite) ?#?[A-Za-z0-9]{1,4}(?:, ?(?:\r?\n[ \t]{0,24})?|\/)$/.exec(
      text.slice(Math.max(0, at - 30), at),
    );
  // `Unit 3/18 Wattle Street`; a slash alone is a date or a fraction
  if (slash && flat === null) return;
  if (flat !== null) at -= flat[0].length;
  const value = match(NUMBER_FIRST, text, at);
  if (value === null || at + value.length < tokens.end[t]!) return;
  const town = HAS_ENGLISH_TOWN.test(value.slice(tokens.end[t]! - at));
  // A year in a copyright line is no house number.
  if (!town && /^(?:19|20)\d\d\b/.test(value)) return;
  if (/\(c\)|copyright|©/i.test(text.slice(Math.max(0, at - 40), at))) return;
  const capital = tokens.kind[t] !== WORD_LOWER;
  if (!town && (!capital || WEAK_STREET.has(word))) {
    if (!capital) return;
    // `12 Oak Court` alone: a town or the end of a line must follow.
    if (!/^\.?(?:,|\s*\n|\s*$|["'<|])/.test(text.slice(tokens.end[t]!, tokens.end[t]! + 3))) return;
    push(scan, at, value, 0.54, 'address-street');
    return;
  }
  push(scan, at, value, town ? 0.88 : 0.66, 'address-street');
}

/** French, Spanish and Italian order: the street word comes first. */
function southern(scan: Scan, t: number): void {
  const { text, tokens } = scan;
  const at = tokens.start[t]!;
  const before =
    t > 0 &&
    tokens.kind[t - 1] === DIGITS &&
    at - tokens.end[t - 1]! <= 3 &&
    tokens.end[t - 1]! - tokens.start[t - 1]! <= 5
      ? t - 1
      : -1;
  const suffixed =
    before < 0 &&
    t > 1 &&
    tokens.kind[t - 2] === DIGITS &&
    /^(?:bis|ter|quater|[A-Da-d])$/.test(text.slice(tokens.start[t - 1]!, tokens.end[t - 1]!))
      ? t - 2
      : before;
  if (suffixed >= 0) {
    const start = tokens.start[suffixed]!;
    const value = match(FRENCH, text, start);
    if (value === null || /[\d.,]/.test(text.charAt(start - 1))) return;
    const town = HAS_TOWN.test(value.slice(8));
    const strong =
      /^\d[^A-Za-z]*(?:(?:bis|ter|[A-D]) )?,? ?(?:rue|boulevard|bd|impasse|allée|chemin|quai|faubourg|avenue)\b/i.test(
        value,
      );
    if (town) push(scan, start, value, 0.88, 'address-fr');
    else if (strong) push(scan, start, value, 0.64, 'address-fr');
    return;
  }
  // `calle Colón 51, 46004 Valencia`: in small letters only with its town.
  const small = tokens.kind[t] === WORD_LOWER && !text.startsWith('c/', at);
  if (small && !/^ [A-Z\u00c0-\u00de]/.test(text.slice(tokens.end[t]!, tokens.end[t]! + 2))) return;
  const value = match(SOUTHERN, text, at);
  if (value === null) return;
  const town = HAS_TOWN.test(value);
  if (small && !town) return;
  if (town || /^(?:Calle|Avenida|Avda|Via|Viale|Piazza|Corso|Paseo|Plaza|Carrer|C\/)/.test(value))
    push(scan, at, value, town ? 0.86 : 0.6, 'address-south');
}

/** Whether a word that leads the name of a street stands before a number. */
function ledBy(text: string, at: number): boolean {
  return LEADS.test(text.slice(Math.max(0, at - 64), at));
}

const LEADS =
  /(?:A[mn]|I[mn]|Zu[mr]|Auf|Unter|Bei|Vor|Alter?|Neuer?|Große|Kleine|Obere|Untere|Lange|Hintere) /;

const STREET_STARTS =
  /(?:(?:[A-Z\u00c0-\u00de][A-Za-z\u00c0-\u017f.'’-]{1,30}|am|an|der|dem|den|im|in|zum|zur|auf|unter|bei|vor|St\.) ){1,4}$/;

/** German order: a glued street word, then the number. */
function german(scan: Scan, t: number): void {
  const { text, tokens } = scan;
  let from = tokens.end[t - 1]!;
  if (text.charAt(from) === '.') from++;
  if (text.charAt(from) !== ' ' || from + 1 !== tokens.start[t]) return;
  if (!GERMAN_SUFFIX.test(text.slice(Math.max(0, from - 10), from)) && !ledBy(text, from)) return;
  let lineFrom = from;
  while (lineFrom > 0 && from - lineFrom < 60 && text.charCodeAt(lineFrom - 1) !== 10) lineFrom--;
  const head = text.slice(lineFrom, from);
  const space = Math.max(
    head.lastIndexOf(' '),
    head.lastIndexOf('"'),
    head.lastIndexOf('>'),
    head.lastIndexOf(':'),
    head.lastIndexOf(','),
    head.lastIndexOf(';'),
    head.lastIndexOf('|'),
    head.lastIndexOf('='),
    head.lastIndexOf('('),
    head.lastIndexOf('\t'),
  );
  const word = head.slice(space + 1);
  const glued = GERMAN_SUFFIX.test(word) && /^[A-Z\u00c0-\u00de]/.test(word);
  let at = lineFrom + space + 1;
  const lead = STREET_STARTS.exec(head.slice(0, space + 1));
  const named =
    lead !== null &&
    /^(?:Am|An|Im|In|Zum|Zur|Auf|Unter|Bei|Vor|Alte|Alter|Neue|Neuer|Große|Kleine|Obere|Untere|Lange|Hintere)\b/.test(
      lead[0],
    );
  if (!glued && !named) return;
  const separate = /^(?:Straße|Strasse|Str\.?|Weg|Platz|Allee|Gasse|Ring|Damm|Ufer|Markt)$/.test(
    word,
  );
  if (lead !== null && (named || separate)) at -= lead[0].length;
  const value = match(GERMAN, text, at);
  if (value === null || at + value.length < tokens.end[t]!) return;
  const town = HAS_TOWN.test(value);
  const sure =
    /(?:straße|strasse|str\.|gasse|allee|platz|straat|laan|gracht|chaussee|damm|ufer|weg)$/i.test(
      word,
    );
  if (town) push(scan, at, value, 0.88, 'address-de');
  else if (glued && sure) push(scan, at, value, 0.66, 'address-de');
}

/** A second part of a compound (`Schmidt-straße`, `St.-georg`) carries no capital of its own. */
function isGlued(tokens: Tokens, t: number): boolean {
  return tokens.kind[t] === WORD_LOWER && t > 0 && tokens.start[t]! - tokens.end[t - 1]! <= 1;
}

/** A number of a house behind a capitalised word, or one that ends a compound. */
function houseNumber(scan: Scan, t: number): boolean {
  const { tokens, text } = scan;
  if (t === 0 || tokens.end[t]! - tokens.start[t]! > 4) return false;
  if (text.charCodeAt(tokens.start[t]! - 1) !== 32) return false;
  const before = tokens.kind[t - 1];
  if (before !== WORD_CAPITAL && before !== WORD_CAPS && !isGlued(tokens, t - 1)) return false;
  // Endings of the glued street words: e g z r m f p k t n l h d u
  return (
    tokens.end[t - 1]! < tokens.start[t]! && (text.charCodeAt(tokens.end[t - 1]! - 1) | 32) !== 121
  );
}

/** Street words and house numbers. */
export function scanAddresses(scan: Scan): void {
  const { text, tokens } = scan;
  for (const t of tokens.digits) if (houseNumber(scan, t)) german(scan, t);
  for (const t of tokens.marked) {
    if ((tokens.bits[t]! & STREET) === 0) continue;
    const word = foldWord(text.slice(tokens.start[t]!, tokens.end[t]!));
    if (BEFORE.has(word)) southern(scan, t);
    if (word.length > 1 && word !== 'soc') english(scan, t, word);
  }
  for (const at of triggered(scan, 'box')) poBox(scan, at);
  for (const at of triggered(scan, 'postfach')) poBox(scan, at);
  scanUnits(scan);
}

function poBox(scan: Scan, at: number): void {
  const head = /(?:P\.? ?O\.? ?)$/.exec(scan.text.slice(Math.max(0, at - 6), at));
  const from = head === null ? at : at - head[0].length;
  const value = match(PO_BOX, scan.text, from);
  if (value !== null) push(scan, from, value, HAS_TOWN.test(value) ? 0.85 : 0.6, 'address-po-box');
}

/** The value of an address label. */
export const readAddress: Reader = (scan, slot, label) => {
  if (slot.mode === 'near') return null;
  const { text } = scan;
  const field = slot.mode === 'field' || slot.mode === 'cell' || slot.mode === 'above';
  for (const re of [NUMBER_FIRST, FRENCH, GERMAN, SOUTHERN, PO_BOX]) {
    const value = match(re, text, slot.at);
    if (value === null || value.length < 8 || !/\d/.test(value)) continue;
    if (slot.limit >= 0 && slot.at + value.length > slot.limit) continue;
    const town = HAS_TOWN.test(value);
    if (!field && !town && !hasStreet(scan, slot.at, slot.at + value.length)) continue;
    if (slot.limit >= 0 && slot.at + value.length < slot.limit - 3) continue;
    if (field && !town) break;
    return made(slot.at, value, 0.9, label, slot.mode);
  }
  if (field) return wholeLine(scan, slot.at, slot.quote, slot.limit, label, slot.mode);
  const end = looseEnd(text, slot.at, label);
  if (end < 0 || (slot.limit >= 0 && end > slot.limit)) return null;
  return made(slot.at, text.slice(slot.at, end), 0.62, label, slot.mode);
};

function made(at: number, raw: string, score: number, label: string, mode: string): Candidate {
  const value = raw.replace(/^[\s,.;|]+/, '');
  const start = at + raw.length - value.length;
  const trimmed = trimMarks(value, ',.;|"\'*<');
  return {
    start,
    end: start + trimmed.length,
    type: 'ADDRESS',
    score,
    checked: false,
    evidence: ['address', `label:${label}`, `by:${mode}`],
  };
}

function hasStreet(scan: Scan, from: number, to: number): boolean {
  for (
    let t = tokenFrom(scan.tokens, from);
    t < scan.tokens.count && scan.tokens.start[t]! < to;
    t++
  ) {
    if ((flagsAt(scan, t) & STREET) !== 0) return true;
  }
  return /(?:stra(?:ß|ss)e|str\.|weg|platz|allee|gasse)\b/i.test(scan.text.slice(from, to));
}

/** `Am Deich 31`, `Kungsgatan 44`: words and the number of a house. */
const STREET_THEN_NUMBER =
  /^[A-Z\u00c0-\u00de][A-Za-z\u00c0-\u024f.'’-]{1,24}(?: [A-Za-z\u00c0-\u024f.'’-]{2,24}){0,3} \d{1,4} ?[A-Za-z]?(?:[-/]\d{1,4})?$/;

/** No grammar fits: the whole line (or quoted value, or cell) when it has a number and a word. */
function wholeLine(
  scan: Scan,
  at: number,
  quote: string,
  limit: number,
  label: string,
  mode: string,
): Candidate | null {
  const { text } = scan;
  let end = limit >= 0 ? limit : lineEndWithin(text, at, at + 120);
  if (limit < 0 && quote !== '') {
    const close = text.slice(at, end).indexOf(quote);
    if (close > 0) end = at + close;
  } else if (limit < 0) {
    const cut = /[<|\t"{}]| {3,}|; |\. (?=[A-Z][a-z]+ )|\b[A-Za-z_]+=/.exec(text.slice(at, end));
    if (cut !== null) end = at + cut.index;
  }
  // `C/O Jane Doe, 12 Main St`
  const careOf = /^(?:c\/o|attn:?|z\. ?Hd\.?) [^\d,]{3,40}, (?=\d)/i.exec(text.slice(at, end));
  if (careOf !== null) at += careOf[0].length;
  // `Bill to: Jane Doe, 12 Main St`: the name is a value of its own.
  const named = /^(?:bill|ship|sold|mail|deliver) to$/.test(label)
    ? /^[^\d,]{3,40}, (?=\d)/.exec(text.slice(at, end))
    : null;
  if (named !== null) at += named[0].length;
  let value = text.slice(at, end);
  if (
    !/\d/.test(value) ||
    !/[A-Za-z\u00c0-\u017f]{3}/.test(value) ||
    value.trim().length < 6 ||
    /[@=]|:\/\/|\d{1,3}\.\d{1,3}\.\d/.test(value)
  )
    return null;
  // A key of its own (`street: ...`) opens the value further on.
  if (/^[A-Za-z_]{2,20}:/.test(value)) return null;
  if (/^(?:0x|[0-9a-f:]+$)/i.test(value.trim()) || value.trim().split(/\s+/).length < 2)
    return null;
  if (limit < 0 && quote === '' && text.charAt(end) === '\n') {
    const next = /[ \t]{0,40}/y;
    next.lastIndex = end + 1;
    const indent = next.exec(text)?.[0].length ?? 0;
    const second = match(SECOND_LINE, text, end + 1 + indent);
    if (second !== null) value = text.slice(at, end + 1 + indent + second.length);
  }
  if (
    /[`()]|\b(?:string|number|int|null|true|false|void)\b/.test(value) ||
    !/[A-Z]/.test(value) ||
    value.length > 110
  )
    return null;
  const strong = HAS_TOWN.test(value) || hasStreet(scan, at, at + value.length);
  if (!strong && (mode === 'above' || /^(?:location|addr|adr)$/.test(label))) return null;
  if (/^\d{4}-\d\d-\d\d/.test(value)) return null;
  if (
    !strong &&
    !/^\d{1,5}[A-Za-z]?,? [A-Z\u00c0-\u00de]/.test(value) &&
    !(mode === 'field' && STREET_THEN_NUMBER.test(value)) &&
    !/, ?[A-Z0-9]/.test(value)
  )
    return null;
  return made(at, value, strong ? 0.84 : 0.62, label, mode);
}
