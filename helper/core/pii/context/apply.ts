/** Turns labels into candidates: the value a label points at, lists of values, and prose nearby. */
import {
  type Candidate,
  CUE_FIELD,
  CUE_LABEL,
  type LabelHit,
  type LabelMeaning,
  type Rule,
  type TypeSpec,
} from '../model.ts';
import { CLASS, DIGIT, isAlnum, UPPER } from '../scan/chars.ts';
import { COMMON, FILLER } from '../scan/lexicon.ts';
import { flagsAt, type Scan } from '../scan/scan.ts';
import { DIGITS } from '../scan/tokens.ts';
import { readEncoded } from './encoded.ts';
import { isClosingTag, markerAt, type Slot, slotAfter } from './slots.ts';

/** A value reader for types whose grammar is no pattern (names, addresses, secrets). */
export type Reader = (scan: Scan, slot: Slot, label: string) => Candidate | null;

export interface Applier {
  specs: ReadonlyMap<string, TypeSpec>;
  readers: ReadonlyMap<string, Reader>;
  /** Types whose value may stand beside a bare word that is a label only as a field name. */
  bare: ReadonlySet<string>;
}

/** The tables of one engine; `bare` follows from what `fieldHolds` can accept. */
export function createApplier(
  specs: readonly TypeSpec[],
  readers: ReadonlyMap<string, Reader>,
): Applier {
  const checked = specs.filter((s) => s.rules.some((r) => r.digit === true)).map((s) => s.type);
  return {
    specs: new Map(specs.map((s) => [s.type, s])),
    readers,
    bare: new Set([...checked, ...SHAPED, ...PROVEN_BARE]),
  };
}

/** Characters of prose a label reaches over. */
const NEAR = 90;
const MAX_LIST = 30;

const MODE_BONUS: Record<Slot['mode'], number> = {
  field: 0.02,
  cell: 0.02,
  above: -0.02,
  filler: 0,
  plain: 0,
  near: 0,
  marker: 0,
};

/** True when the character before `at` does not belong to the same token. */
export function startsToken(text: string, at: number): boolean {
  return at === 0 || !isAlnum(text.charCodeAt(at - 1));
}

function scoreOf(rule: Rule, slot: Slot): number {
  if (slot.mode === 'near') return rule.near ?? 0.72;
  return Math.min(0.99, (rule.direct ?? 0.92) + MODE_BONUS[slot.mode]);
}

/** Tries the rules of a type at a slot. */
export function matchAt(scan: Scan, spec: TypeSpec, slot: Slot, label: string): Candidate | null {
  // What follows a cell is another cell, even where a comma and a digit would go on with a number.
  const cell = slot.mode === 'cell' && slot.limit >= 0;
  const text = cell ? scan.text.slice(slot.at, slot.limit) : scan.text;
  for (const rule of spec.rules) {
    const score = scoreOf(rule, slot);
    if (score <= 0) continue;
    rule.re.lastIndex = cell ? 0 : slot.at;
    const match = rule.re.exec(text);
    if (match === null) continue;
    const value = match[0];
    if (value.length === 0) continue;
    const end = slot.at + value.length;
    if (slot.limit >= 0 && end > slot.limit) continue;
    const verdict = rule.check === undefined ? true : rule.check(value);
    if (verdict === false) continue;
    const evidence = [rule.id, `label:${label}`, `by:${slot.mode}`];
    if (rule.digit === true) evidence.push('check digit');
    return {
      start: slot.at,
      end,
      type: spec.type,
      subtype: typeof verdict === 'string' ? verdict : undefined,
      score,
      checked: rule.digit === true,
      evidence,
    };
  }
  return null;
}

/** Reads a value of a type at a slot, by its grammar or its rules. */
export function readAt(
  scan: Scan,
  applier: Applier,
  type: string,
  slot: Slot,
  label: string,
): Candidate | null {
  const reader = applier.readers.get(type);
  if (reader !== undefined) return reader(scan, slot, label);
  const spec = applier.specs.get(type);
  if (spec === undefined) return null;
  return matchAt(scan, spec, slot, label) ?? readEncoded(scan, spec, slot, label);
}

const LIST_GAP =
  /["'`]?[ \t]*(?:,|;|\/|&|\||\t|\band\b|\bet\b|\bund\b|\by\b|\be\b|\bor\b|\bou\b|\boder\b|\n[ \t]*[-*•])[ \t\n]*["'`]?/y;

/** Further values after the first: `SSNs: a, b and c`. */
export function readList(
  scan: Scan,
  applier: Applier,
  first: Candidate,
  slot: Slot,
  label: string,
): void {
  // Passwords and keys contain list marks themselves.
  if (applier.readers.has(first.type) && first.type !== 'PERSON_NAME') return;
  let last = first;
  for (let n = 0; n < MAX_LIST; n++) {
    LIST_GAP.lastIndex = last.end;
    const gap = LIST_GAP.exec(scan.text);
    if (gap === null) return;
    const at = last.end + gap[0].length;
    const next = readAt(scan, applier, first.type, { ...slot, at }, label);
    if (next === null || next.end - next.start < 4) return;
    next.score = Math.min(next.score, 0.8);
    scan.found.push(next);
    last = next;
  }
}

/** Types whose value in prose needs a digit, so that only digit-bearing tokens are tried. */
function tryNear(scan: Scan, spec: TypeSpec, label: LabelHit, stop: number): void {
  const { text, tokens } = scan;
  const name = text.slice(label.start, label.end).toLowerCase();
  let tried = 0;
  for (let t = label.last + 1; t < tokens.count && tried < 8; t++) {
    const at = tokens.start[t]!;
    if (at >= stop) return;
    const glued = t > 0 && tokens.end[t - 1] === at;
    if (glued) continue;
    // `2018-12-31`: the middle of a date or code.
    if (/[-./]/.test(text.charAt(at - 1)) && CLASS[text.charCodeAt(at - 2)] === DIGIT) continue;
    const code = text.charCodeAt(at);
    if (tokens.kind[t] !== DIGITS && !(CLASS[code] === UPPER || hasDigitAfter(text, at))) continue;
    if (scan.negative.has(at)) continue;
    if (isForeign(text, at)) continue;
    if (tokens.kind[t] !== DIGITS && !hasDigitAfter(text, at)) continue;
    tried++;
    const from = signBefore(text, at);
    const slot: Slot = { at: from, mode: 'near', quote: '', limit: -1 };
    const found =
      matchAt(scan, spec, slot, name) ??
      (from === at ? null : matchAt(scan, spec, { ...slot, at }, name));
    if (found === null) continue;
    if (isYear(text.slice(found.start, found.end))) continue;
    found.score = Math.max(0.5, found.score - 0.0012 * (at - label.end));
    scan.found.push(found);
    return;
  }
}

/** `CVE-2023-1`, `RFC 5322`, `Bug 3233`, `#123`, `:issue:`: numbers of other things by their own mark. */
function isForeign(text: string, at: number): boolean {
  if (/^(?:CVE|RFC|ISO|PR|GH|DSA|USN|RHSA|CWE|PEP)[- ]?\d/.test(text.slice(at, at + 6)))
    return true;
  return (
    /(?:#|\b(?:bug|rfc|issue|pull|cve|copyright|©|\(c\)|version|v|port|line|page|year|in|since|section|iso)[ :#-]{0,3})$/i.test(
      text.slice(Math.max(0, at - 12), at),
    ) ||
    (/[`:]$/.test(text.charAt(at - 1)) &&
      text.charAt(at - 2) !== ' ' &&
      text.charAt(at - 1) === '`')
  );
}

/** A sign, bracket or plus that belongs to a number (`+49`, `(555)`, `-12.5`). */
function signBefore(text: string, at: number): number {
  const c = text.charCodeAt(at - 1);
  if (c === 43 || c === 40) return at - 1;
  return c === 45 && !isAlnum(text.charCodeAt(at - 2)) ? at - 1 : at;
}

function hasDigitAfter(text: string, at: number): boolean {
  for (let i = at; i < at + 12 && i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (CLASS[c] === DIGIT) return true;
    if (!isAlnum(c) && c !== 45 && c !== 32) return false;
    if (c === 32 && i - at > 4) return false;
  }
  return false;
}

/** A line that begins a field or a quotation of its own: `> Sent:`, `- Date:`, `Total:`. */
const FIELD_LINE = /\r?\n(?:\r?\n|[ \t]*>|[ \t*•-]{0,6}[\p{L}][\p{L} _-]{1,30}[:=])/uy;

/** Where the reach of a label in prose ends: another label, field, marker, blank line, or NEAR. */
function reachOf(scan: Scan, index: number): number {
  const label = scan.labels[index]!;
  let stop = Math.min(scan.text.length, label.end + NEAR);
  for (let i = label.end; i < stop; i++) {
    const c = scan.text.charCodeAt(i);
    if (c === 0xab && markerAt(scan.text, i)) stop = i;
    if (c !== 10) continue;
    FIELD_LINE.lastIndex = i > 0 && scan.text.charCodeAt(i - 1) === 13 ? i - 1 : i;
    if (FIELD_LINE.test(scan.text)) stop = i;
  }
  for (let i = index + 1; i < scan.labels.length && i < index + 6; i++) {
    const next = scan.labels[i]!;
    if (next.start >= stop) break;
    const own = next.meanings.some((m) => m.cue === CUE_LABEL || m.cue === CUE_FIELD);
    if (own && next.start - label.end > 6 && !sharesType(label, next)) return next.start;
  }
  return stop;
}

function sharesType(a: LabelHit, b: LabelHit): boolean {
  return a.meanings.some((m) => b.meanings.some((other) => other.type === m.type));
}

/** `href="#XML_SetUserData">...`: the end of an identifier inside an attribute or a path. */
function isPartOfIdentifier(text: string, label: LabelHit): boolean {
  if (!isAlnum(text.charCodeAt(label.start - 1))) return false;
  return /^\w{0,30}["']\s{0,4}>/.test(text.slice(label.end, label.end + 40));
}

/** Readings of a short label that its surroundings rule out. */
function isOutOfPlace(text: string, label: LabelHit, slot: Slot, found: Candidate): boolean {
  const glued = slot.at === label.end;
  const query =
    /[?&]/.test(text.charAt(label.start - 1)) || /[?&]/.test(text.charAt(label.start - 5));
  switch (found.type) {
    case 'POSTAL_CODE':
    case 'PIN':
      // cp1252
      return glued;
    case 'AGE':
      return (
        glued ||
        /max[-_ ]?$|min[-_ ]?$/i.test(text.slice(Math.max(0, label.start - 4), label.start))
      );
    case 'MRN':
      return text.slice(label.start, label.end) === 'pid' && found.end - found.start < 6;
    case 'STUDENT_ID':
    case 'GROUP_NUMBER':
      return query;
    case 'POLICY_NUMBER':
      return text.charCodeAt(label.start - 1) === 45;
    default:
      return false;
  }
}

/** A bare year: the commonest number beside any label. */
function isYear(value: string): boolean {
  return /^(?:19|20)\d\d$/.test(value);
}

/** Of several readings that begin together, those that stop in the middle of the longest are dropped. */
function pushLongest(scan: Scan, found: readonly Candidate[]): void {
  for (const one of found) {
    const cut = found.some((o) => o.start === one.start && o.end > one.end && !one.checked);
    if (!cut) scan.found.push(one);
  }
}

/** Offsets of the question marks of a text, asked for in order, so that each is found once. */
class Questions {
  private next = -2;
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  /** Whether one stands within reach after `at`. */
  within(at: number, reach: number): boolean {
    if (this.next === -1) return false;
    if (this.next < at) this.next = this.text.indexOf('?', at);
    return this.next >= 0 && this.next < at + reach;
  }
}

const QUESTION_REACH = 46;

const ANSWER =
  /[^\n?]{0,40}\?[ \t]*\r?\n(?:\r?\n)?(?:>+ )?(?:\[[^\]\n]{1,24}\] ?)?(?:[\p{L}][\p{L} .]{1,24}: )?(?:(?:sure|yes|yep|yeah|ok|okay|of course|oui|bien sûr|ja|klar|sí|certo)[,.!]? (?:thing[,.!]? )?)?(?:(?:it(?:'s|’s|s| is)|that(?:'s|’s| is)|my \w+ is|c'est|c’est|es ist|das ist|es|è)(?: the)?:? )?/iuy;

/** A question for the value, and the answer on the next line or turn of a conversation. */
function answerTo(scan: Scan, label: LabelHit): Slot | null {
  const { text } = scan;
  const rest = text.slice(label.end, label.end + QUESTION_REACH);
  const line = rest.indexOf('\n');
  if (line < 0 || !rest.slice(0, line).trimEnd().endsWith('?')) return null;
  ANSWER.lastIndex = label.end;
  const match = ANSWER.exec(text);
  if (match === null) return null;
  return { at: label.end + match[0].length, mode: 'filler', quote: '', limit: -1 };
}

/** `06/30/1981 (DOB)`: a label in brackets names the value before it. */
function readBehind(scan: Scan, applier: Applier, label: LabelHit): boolean {
  const { text, tokens } = scan;
  if (text.charCodeAt(label.start - 1) !== 40 || text.charCodeAt(label.end) !== 41) return false;
  let close = label.start - 1;
  while (text.charCodeAt(close - 1) === 32) close--;
  for (let t = Math.max(0, label.first - 7); t < label.first; t++) {
    const at = tokens.start[t]!;
    if (close - at > 40 || (t > 0 && tokens.end[t - 1] === at)) continue;
    for (const meaning of label.meanings) {
      const spec = applier.specs.get(meaning.type);
      if (spec === undefined || (meaning.cue !== CUE_LABEL && meaning.cue !== CUE_FIELD)) continue;
      const slot: Slot = { at, mode: 'plain', quote: '', limit: close };
      const found = matchAt(scan, spec, slot, text.slice(label.start, label.end).toLowerCase());
      if (found === null || found.end !== close) continue;
      scan.found.push(found);
      return true;
    }
  }
  return false;
}

/** False for labels that only end the reach of others. */
function namesValue(label: LabelHit): boolean {
  const { meanings } = label;
  for (let i = 0; i < meanings.length; i++) {
    const cue = meanings[i]!.cue;
    if (cue === CUE_LABEL || cue === CUE_FIELD) return true;
  }
  return false;
}

/** Whether any number stands in reach: without one nothing further on can be the value. */
function digitsFollow(scan: Scan, label: LabelHit): boolean {
  const { tokens } = scan;
  const stop = label.end + NEAR + 12;
  for (let t = label.last + 1; t < tokens.count && tokens.start[t]! < stop; t++)
    if (tokens.kind[t] === DIGITS) return true;
  return false;
}

/** Applies every label that is not part of a table header. */
export function applyLabels(
  scan: Scan,
  applier: Applier,
  inHeader: (label: LabelHit) => boolean,
): void {
  const { labels, text } = scan;
  const questions = new Questions(text);
  for (let index = 0; index < labels.length; index++) {
    const label = labels[index]!;
    if (!namesValue(label) || inHeader(label) || isClosingTag(text, label)) continue;
    if (isPartOfIdentifier(text, label)) continue;
    const asked = questions.within(label.end, QUESTION_REACH) ? answerTo(scan, label) : null;
    const slot = asked ?? slotAfter(scan, label);
    // The value of this label is already redacted: what stands further on belongs to another.
    if (slot !== null && slot.mode === 'marker') continue;
    if (slot !== null && readDirect(scan, applier, label, slot)) continue;
    if (readBehind(scan, applier, label)) continue;
    if (label.first === label.last && (flagsAt(scan, label.first) & (COMMON | FILLER)) !== 0)
      continue;
    if (!digitsFollow(scan, label)) continue;
    const stop = reachOf(scan, index);
    for (const meaning of label.meanings) {
      if (meaning.cue !== CUE_LABEL) continue;
      const spec = applier.specs.get(meaning.type);
      if (spec !== undefined) tryNear(scan, spec, label, stop);
    }
  }
}

/** Reads the value a label points straight at, and the list it may open; false when there is none. */
function readDirect(scan: Scan, applier: Applier, label: LabelHit, slot: Slot): boolean {
  const tied = slot.mode === 'field' || slot.mode === 'above';
  const direct: Candidate[] = [];
  let name = '';
  for (const meaning of label.meanings) {
    const { cue, type } = meaning;
    if (cue !== CUE_LABEL && (cue !== CUE_FIELD || !(tied || applier.bare.has(type)))) continue;
    if (name === '') name = scan.text.slice(label.start, label.end).toLowerCase();
    const found = readSlot(scan, applier, type, slot, name);
    if (found === null || !fieldHolds(scan, meaning, slot, found, label.end)) continue;
    if (isOutOfPlace(scan.text, label, slot, found)) continue;
    direct.push(found);
  }
  pushLongest(scan, direct);
  for (const found of direct) readList(scan, applier, found, slot, name);
  return direct.length > 0;
}

/** A bare word such as `age` or `SIN` needs a separator, or a value that proves itself. */
function fieldHolds(
  scan: Scan,
  meaning: LabelMeaning,
  slot: Slot,
  found: Candidate,
  labelEnd: number,
): boolean {
  if (meaning.cue !== CUE_FIELD || slot.mode === 'field' || slot.mode === 'above') return true;
  if (found.checked || SHAPED.has(found.type)) return true;
  // `policy HO-82219-79539`: letters and digits that nothing but a number of its kind has.
  if (CODED.has(found.type) && slot.mode === 'plain')
    return isCode(scan.text.slice(found.start, found.end)) && slot.at - 1 <= labelEnd;
  if (found.type === 'BANK_ACCOUNT')
    return (
      ABROAD.test(found.evidence[1] ?? '') &&
      /^[\d -]{6,}$/.test(scan.text.slice(found.start, found.end))
    );
  if (found.type === 'CARD_CVV')
    return scan.found.some(
      (c) => c.type === 'CREDIT_CARD' && c.end < found.start && found.start - c.end < 60,
    );
  if (found.type === 'EMPLOYEE_ID')
    return (
      scan.text.charCodeAt(slot.at - 1) === 32 &&
      /\d{4}/.test(scan.text.slice(found.start, found.end))
    );
  if (found.type === 'AGE')
    return /^(?:[.,;)!\n]|$| in | and | et | und )/.test(scan.text.slice(found.end, found.end + 5));
  if (found.type === 'USERNAME')
    return (
      /[\d_]/.test(scan.text.slice(found.start, found.end)) &&
      (FOREIGN_LOGIN.test(found.evidence[1] ?? '') ||
        /\b(?:invalid|unknown|for|failed) user $/i.test(
          scan.text.slice(Math.max(0, slot.at - 14), slot.at),
        ))
    );
  if (found.type !== 'PASSWORD') return false;
  const value = scan.text.slice(found.start, found.end);
  return /\d/.test(value) && /[A-Za-z]/.test(value) && /[^A-Za-z0-9.,/-]/.test(value);
}

/** Types that `fieldHolds` judges by their value. */
const PROVEN_BARE = [
  'CARD_CVV',
  'EMPLOYEE_ID',
  'AGE',
  'USERNAME',
  'PASSWORD',
  'POLICY_NUMBER',
  'CLAIM_NUMBER',
  'GROUP_NUMBER',
  'MEMBER_ID',
  'PRIOR_AUTH',
  'BANK_ACCOUNT',
];

/** Numbers of insurers after one bare word. */
const CODED = new Set(['POLICY_NUMBER', 'CLAIM_NUMBER', 'GROUP_NUMBER', 'MEMBER_ID', 'PRIOR_AUTH']);
const ABROAD = /:(?:konto|compte|cuenta|conto|conta)/;

function isCode(value: string): boolean {
  return (
    /[A-Z]/.test(value) &&
    (value.match(/\d/g)?.length ?? 0) >= 5 &&
    !/^(?:CVE|RFC|ISO|GH|PR|IEEE)/.test(value)
  );
}

/** Words that mean a login name and nothing else in running text. */
const FOREIGN_LOGIN =
  /:(?:identifiant|utilisateur|benutzer|nutzer|kennung|usuario|utente|login|pseudo)/;

/** Types whose own shape is telling enough beside a bare word. */
const SHAPED = new Set(['UK_SORT_CODE', 'FR_CNI', 'IN_PAN', 'US_EIN']);

/** Reads at a slot, then once more one character earlier for a sign or bracket. */
function readSlot(
  scan: Scan,
  applier: Applier,
  type: string,
  slot: Slot,
  name: string,
): Candidate | null {
  const c = scan.text.charCodeAt(slot.at - 1);
  if (c === 43 || c === 40 || c === 45) {
    const found = readAt(scan, applier, type, { ...slot, at: slot.at - 1 }, name);
    if (found !== null) return found;
  }
  return readAt(scan, applier, type, slot, name);
}

/** Marks the values that labels of other things point at. */
export function applyNegatives(scan: Scan, negative: (label: LabelHit) => boolean): void {
  for (const label of scan.labels) {
    if (!negative(label)) continue;
    const slot = slotAfter(scan, label);
    if (slot === null || slot.mode === 'above' || slot.mode === 'marker') continue;
    scan.negative.add(slot.at);
  }
}
