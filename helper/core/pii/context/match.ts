/** Reads the value of a type at a place: by the rules of the type or by the grammar of its reader. */

import { isSureVital, isVital } from '../health/bare.ts';
import type { Candidate, Rule, TypeSpec } from '../model.ts';
import { isAlnum } from '../scan/chars.ts';
import type { Scan } from '../scan/scan.ts';
import { readEncoded } from './encoded.ts';
import { PROVEN_BARE, SHAPED } from './judge.ts';
import type { Slot } from './slots.ts';

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

/** A bare number counts in a table of patients, or behind a name that only a body has. */
function bareHolds(slot: Slot, label: string): boolean {
  if (slot.mode === 'cell') return slot.patients === true || isSureVital(label);
  return slot.mode === 'field' && isSureVital(label) && label.length > 3;
}

/** Tries the rules of a type at a slot. */
export function matchAt(scan: Scan, spec: TypeSpec, slot: Slot, label: string): Candidate | null {
  // What follows a cell is another cell, even where a comma and a digit would go on with a number.
  const cell = slot.mode === 'cell' && slot.limit >= 0;
  const text = cell ? scan.text.slice(slot.at, slot.limit) : scan.text;
  for (const rule of spec.rules) {
    if (rule.bare === true && !bareHolds(slot, label)) continue;
    const score = scoreOf(rule, slot);
    if (score <= 0) continue;
    rule.re.lastIndex = cell ? 0 : slot.at;
    const match = rule.re.exec(text);
    if (match === null) continue;
    const value = rule.cut === undefined ? match[0] : rule.cut(match[0]);
    if (value.length === 0) continue;
    const end = slot.at + value.length;
    if (slot.limit >= 0 && end > slot.limit) continue;
    if (rule.bare === true && !isVital(label, value)) continue;
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
  /(?: ?\([A-Za-z\u00c0-\u017f .]{2,16}\)[ ,;/]{1,3}|["'`]?[ \t]{0,24}(?:,|;|\/|&|\||\t|\band\b|\bet\b|\bund\b|\by\b|\be\b|\bor\b|\bou\b|\boder\b|\n[ \t]{0,24}[-*•])[ \t\n]{0,24}["'`]?)/y;

const ELEMENT_GAP = /["']?<\/([\w.:-]{1,40})>\s{0,24}<([\w.:-]{1,40})>\s{0,8}/y;

/** Where the next value of a list begins: `a, b`, a line each, `<v>a</v><v>b</v>`; -1 when it ends. */
function nextOfList(text: string, end: number): number {
  LIST_GAP.lastIndex = end;
  const gap = LIST_GAP.exec(text);
  if (gap !== null) return end + gap[0].length;
  ELEMENT_GAP.lastIndex = end;
  const element = ELEMENT_GAP.exec(text);
  return element === null || element[1] !== element[2] ? -1 : end + element[0].length;
}

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
  for (;;) {
    const at = nextOfList(scan.text, last.end);
    if (at < 0) return;
    // Another label has read the list from here on.
    const place = `${first.type} ${at}`;
    if (scan.listed.has(place)) return;
    scan.listed.add(place);
    const next = readAt(scan, applier, first.type, { ...slot, at }, label);
    if (next === null || next.end - next.start < 4) return;
    next.score = Math.min(next.score, 0.8);
    scan.found.push(next);
    last = next;
  }
}

/** `(07700 900418)`: brackets around the value, none of its own. */
export function isWrapped(text: string, found: Candidate): boolean {
  if (text.charCodeAt(found.end - 1) !== 41) return false;
  return text.indexOf(')', found.start) === found.end - 1;
}

/** Reads at a slot, then once more one character earlier for a sign or bracket. */
export function readSlot(
  scan: Scan,
  applier: Applier,
  type: string,
  slot: Slot,
  name: string,
): Candidate | null {
  const c = scan.text.charCodeAt(slot.at - 1);
  if (c === 43 || c === 40 || c === 45) {
    const found = readAt(scan, applier, type, { ...slot, at: slot.at - 1 }, name);
    if (found !== null && !(c === 40 && isWrapped(scan.text, found))) return found;
  }
  return readAt(scan, applier, type, slot, name);
}
