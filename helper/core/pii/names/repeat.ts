/**
 * A name that a label, title, salutation or mail address has shown stands elsewhere without one:
 * its words are looked for near by.
 */
import type { Candidate } from '../model.ts';
import {
  COMMON,
  GIVEN,
  NOT_NAME,
  ORGANISATION,
  PARTICLE,
  ROOT_LABEL,
  STREET,
  SURNAME,
  TITLE,
} from '../scan/lexicon.ts';
import type { Scan } from '../scan/scan.ts';
import { WORD_CAPITAL, WORD_CAPS } from '../scan/tokens.ts';
import { flagsOf } from './grammar.ts';

/** How far from the shown name its words are taken for it. */
const REACH = 4000;
const STRONG = 0.66;
/** Of what only the lists have shown, the family name is looked for. */
const LISTED = 0.6;
/** Readings that only a person has. */
const PROVEN: ReadonlySet<string> = new Set([
  'name-title',
  'name-signature',
  'name-mail',
  'hl7-name',
  'x12-name',
]);
const NO_PART = COMMON | NOT_NAME | ORGANISATION | PARTICLE | TITLE | STREET | ROOT_LABEL;

/** Words of the names that something besides the name lists has shown, with their places. */
function shownNames(scan: Scan): Map<string, number[]> {
  const words = new Map<string, number[]>();
  for (const candidate of scan.found) {
    if (candidate.type !== 'PERSON_NAME') continue;
    const fromList = candidate.evidence[0] === 'name-list';
    if (candidate.score < (fromList ? LISTED : STRONG)) continue;
    if (candidate.evidence[0] === 'name-chat') continue;
    const value = scan.text.slice(candidate.start, candidate.end);
    // A place for a name may hold other words: at least one of these is known as a name.
    if (
      !PROVEN.has(candidate.evidence[0] ?? '') &&
      (flagsOf(scan.lexicon, value.replace(/[^\p{L}]+/gu, '-')) & (GIVEN | SURNAME)) === 0
    )
      continue;
    for (const word of value.split(/[^\p{L}'’-]+/u)) {
      const flags = flagsOf(scan.lexicon, word);
      if (word.length < 4 || (flags & NO_PART) !== 0) continue;
      if (fromList && ((flags & SURNAME) === 0 || (flags & GIVEN) !== 0)) continue;
      const key = word.toLowerCase();
      const places = words.get(key);
      if (places === undefined) words.set(key, [candidate.start]);
      else places.push(candidate.start);
    }
  }
  for (const places of words.values()) places.sort((a, b) => a - b);
  return words;
}

/** Whether one of the places, which are in order, is within reach. */
function near(places: readonly number[], at: number): boolean {
  let low = 0;
  let high = places.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (places[middle]! < at - REACH) low = middle + 1;
    else high = middle;
  }
  return low < places.length && places[low]! <= at + REACH;
}

/** End of the word at a token: compounds are cut by the tokeniser at hyphens and apostrophes. */
function wordEnd(text: string, end: number): number {
  const rest = /(?:['’-]\p{L}{1,24}|\p{L}{1,24}){0,3}/uy;
  rest.lastIndex = end;
  return end + (rest.exec(text)?.[0].length ?? 0);
}

const AFTER_NO =
  /^(?:[@_=/\\(]|\.[A-Za-z]|[’'](?![s ,.])|-\p{L}| (?:Street|St\.|Avenue|Ave|Road|Rd|University|Hospital|School|Institute|Inc|Ltd|GmbH|LLC|LLP|Corp|AG|Foundation|License|Award|Clinic|Library|College|Bank|Mutual|Insurance|Group|Bros|& ))/u;

export function scanRepeats(scan: Scan): void {
  const words = shownNames(scan);
  if (words.size === 0) return;
  const { text, tokens } = scan;
  const taken = scan.found
    .filter((c) => c.type === 'PERSON_NAME' && c.score >= 0.5)
    .sort((a, b) => a.start - b.start);
  // Most capitalised words begin with a letter that no shown name begins with.
  const letters = new Set([...words.keys()].map((word) => word.charCodeAt(0)));
  let open: Candidate | null = null;
  for (let t = 0; t < tokens.count; t++) {
    const kind = tokens.kind[t]!;
    if (kind !== WORD_CAPITAL && kind !== WORD_CAPS) continue;
    const start = tokens.start[t]!;
    const first = text.charCodeAt(start);
    if (first < 128 && !letters.has(first | 32)) continue;
    if (tokens.end[t]! - start < 2 || /[\p{L}\d_@./-]/u.test(text.charAt(start - 1))) continue;
    const end = wordEnd(text, tokens.end[t]!);
    const places = words.get(
      text
        .slice(start, end)
        .toLowerCase()
        .replace(/['’]s$/, ''),
    );
    if (places === undefined || !near(places, start) || AFTER_NO.test(text.slice(end, end + 14)))
      continue;
    if (covered(taken, start)) continue;
    const stop = /['’]s$/.test(text.slice(start, end)) ? end - 2 : end;
    if (open !== null && start - open.end === 1 && text.charCodeAt(open.end) === 32) {
      open.end = stop;
      continue;
    }
    open = {
      start: initialBefore(text, start),
      end: stop,
      type: 'PERSON_NAME',
      score: 0.6,
      checked: false,
      evidence: ['name-repeat'],
    };
    scan.found.push(open);
  }
}

/** `R Drummond`, `J. Smith`: the initial belongs to the name. */
function initialBefore(text: string, start: number): number {
  const match = /(?:^|[\s(])((?:[A-Z]\.? ?){1,2} )$/.exec(
    text.slice(Math.max(0, start - 8), start),
  );
  return match === null ? start : start - match[1]!.length;
}

function covered(taken: readonly Candidate[], at: number): boolean {
  let low = 0;
  let high = taken.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (taken[middle]!.start <= at) low = middle + 1;
    else high = middle;
  }
  const before = taken[low - 1];
  return before !== undefined && before.end > at;
}
