/** Turns labels into candidates: the value a label points at, lists of values, and prose nearby. */
import { type Candidate, CUE_FIELD, CUE_LABEL, type LabelHit } from '../model.ts';
import { isAlnum } from '../scan/chars.ts';
import { COMMON, FILLER, QUALIFIER } from '../scan/lexicon.ts';
import { flagsAt, type Scan } from '../scan/scan.ts';
import { DIGITS } from '../scan/tokens.ts';
import { fieldHolds, isOutOfPlace } from './judge.ts';
import { type Applier, matchAt, readList, readSlot } from './match.ts';
import { NEAR, reachOf, tryNear } from './near.ts';
import { isClosingTag, type Slot, slotAfter, wordFollows } from './slots.ts';
import { answerTo, QUESTION_REACH, Questions, saidLater } from './turns.ts';

/** `href="#XML_SetUserData">...`: the end of an identifier inside an attribute or a path. */
function isPartOfIdentifier(text: string, label: LabelHit): boolean {
  if (!isAlnum(text.charCodeAt(label.start - 1))) return false;
  return /^\w{0,30}["']\s{0,4}>/.test(text.slice(label.end, label.end + 40));
}

/** Of several readings that begin together, those that stop in the middle of the longest are dropped. */
function pushLongest(scan: Scan, found: readonly Candidate[]): void {
  for (const one of found) {
    const cut = found.some((o) => o.start === one.start && o.end > one.end && !one.checked);
    if (!cut) scan.found.push(one);
  }
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

const NAMES_VALUE = (1 << CUE_LABEL) | (1 << CUE_FIELD);

/** Whether a label names values that may stand without a mark between, here or further on. */
function reaches(label: LabelHit, applier: Applier): boolean {
  if ((label.cues & (1 << CUE_LABEL)) !== 0) return true;
  return label.meanings.some(({ cue, type }) => cue === CUE_FIELD && applier.bare.has(type));
}

/** Whether any number stands in reach: without one nothing further on can be the value. */
function digitsFollow(scan: Scan, label: LabelHit): boolean {
  const { tokens } = scan;
  const stop = label.end + NEAR + 12;
  for (let t = label.last + 1; t < tokens.count && tokens.start[t]! < stop; t++)
    if (tokens.kind[t] === DIGITS) return true;
  return false;
}

/** `.IP` at the beginning of a line: a request of a manual page, not an address. */
function isRequest(bytes: Uint8Array, label: LabelHit): boolean {
  const { start, end } = label;
  return (
    end - start === 2 &&
    bytes[start - 1] === 46 &&
    (start === 1 || bytes[start - 2] === 10) &&
    (bytes[start]! & 32) === 0
  );
}

const [PASSES, STOPS] = [1, 2];
/** By byte: marks `slotAfter` passes over without a field opening, and what opens or ends nothing. */
const PLAIN_MARK = Uint8Array.from({ length: 256 }, (_, c) => {
  if (')].,\'"*_`?'.includes(String.fromCharCode(c))) return PASSES;
  const low = c | 32;
  return (c >= 48 && c <= 57) || (low >= 97 && low <= 122) ? STOPS : 0;
});

/**
 * `names, which`, `to 5`: nothing but such marks and a space before the next word, which is no filler,
 * and no bracket before the label: no field opens here, and nothing else would be a value.
 */
function staysPlain({ tokens }: Scan, label: LabelHit): boolean {
  const { bytes } = tokens;
  if (bytes[label.start - 1] === 40) return false;
  let at = label.end;
  for (let spaces = 0; spaces < 2; at++) {
    const mark = PLAIN_MARK[bytes[at]!]!;
    if (mark === STOPS) break;
    if (bytes[at] === 32) spaces++;
    else if (mark !== PASSES) return false;
    if (spaces === 2) return false;
  }
  const next = label.last + 1;
  return (
    at > label.end && tokens.start[next] === at && (tokens.bits[next]! & (FILLER | QUALIFIER)) === 0
  );
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
    if ((label.cues & NAMES_VALUE) === 0) continue;
    const far = reaches(label, applier);
    // `to`, `a`, `name` before a plain word: only a mark would make a field of them.
    if (!far && wordFollows(scan, label)) continue;
    if (isRequest(scan.tokens.bytes, label)) continue;
    if (!far && staysPlain(scan, label)) continue;
    if (inHeader(label) || isClosingTag(text, label)) continue;
    if (isPartOfIdentifier(text, label)) continue;
    const asked = questions.within(label.end, QUESTION_REACH) ? answerTo(scan, label) : null;
    const slot = asked ?? saidLater(scan, label) ?? slotAfter(scan, label);
    // The value of this label is already redacted: what stands further on belongs to another.
    if (slot !== null && slot.mode === 'marker') continue;
    if (slot !== null && readDirect(scan, applier, label, slot)) continue;
    if (readBehind(scan, applier, label)) continue;
    if (label.first === label.last && (flagsAt(scan, label.first) & (COMMON | FILLER)) !== 0)
      continue;
    if (!far || !digitsFollow(scan, label)) continue;
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

/** Marks the values that labels of other things point at. */
export function applyNegatives(scan: Scan, negative: (label: LabelHit) => boolean): void {
  for (const label of scan.labels) {
    if (!negative(label)) continue;
    const slot = slotAfter(scan, label);
    if (slot === null || slot.mode === 'above' || slot.mode === 'marker') continue;
    scan.negative.add(slot.at);
  }
}
