/**
 * Addresses of any country told by the flat behind them, and those of forces abroad:
 * `6750 Koskikatu 25 Apt. 864`, `PSC 0413, Box 8144, APO AA 42323`.
 */
import { type Scan, triggered } from '../scan/scan.ts';
import { PUBLIC_ADDRESS } from './words.ts';

const UNIT = /(?:Apt|APT|Suite|SUITE|Unit|UNIT)\.? ?#?\d{1,5}[A-Za-z]?(?![A-Za-z0-9]|\.\d)/y;
const SMALL = '(?:de|la|le|du|des|del|della|di|da|do|dos|van|von|der|den|of|the|and|i)';
const CAPITAL = "\\p{Lu}[\\p{L}.'’-]{0,24}";
const WORD = `(?:${CAPITAL}|${SMALL}|\\d{1,2}(?:st|nd|rd|th))`;
/** House number first, last or both; what else stands on the line does not matter. */
const HEAD = new RegExp(
  `(?<![\\p{L}\\d.,$€£#-])(?:\\d{1,5}[A-Za-z]?(?:[ -]\\d{1,5})?(?: ${WORD}){1,5}(?: \\d{1,5}[A-Za-z]?)?|\\p{Lu}[\\p{L}.'’-]{2,24}(?: ${WORD}){0,4} \\d{1,5}[A-Za-z]?)[.,]{0,2}(?: |\\r?\\n[ \\t>]{0,40})$`,
  'u',
);
const STEP = '(?:,? ?\\r?\\n[ \\t>]{0,40}(?:\\r?\\n[ \\t>]{0,40}|, )?|, ?)';
const NAME = "\\p{L}[\\p{L} .'’()-]";
const TAIL = new RegExp(
  `(?:${STEP}${NAME}{0,39}){0,3}(?:(?:${STEP}| )(?:${NAME}{1,30}[ ,]{1,2})?\\d{4,6}(?:-\\d{3,4})?(?![\\d.])|${STEP}\\d{4,5} ${NAME}{1,30})`,
  'yu',
);
const FORCES =
  /(?:(?:PSC|CMR|Unit|UNIT) ?\d{1,5},? ?(?:Box|BOX) ?\d{1,5}|US(?:S|NS|CGC) [A-Z][\w.-]{1,24}(?: [A-Z][\w.-]{1,24}){0,2}),?(?:[ \t]{0,24}\r?\n[ \t]{0,24}| )(?:APO|FPO|DPO),? A[AEP],? \d{5}(?:-\d{4})?(?!\d)/g;
const REACH = 80;

/** Said of people's homes: what stands behind is one, known street word or not. */
const HOME =
  /^(?:lives at|living at|resides at|residing at|located at address|(?:home|street|mailing|postal|billing|shipping|delivery|residential|current|permanent) address|wohnhaft(?: in)?|wohnt in|demeurant(?: au| à)?|habit(?:e|ant)(?: au| à)?|domicilié?e?(?: au)?|vive en|reside en|residente (?:in|a)|risiede (?:in|a)|abita in|vive a)$/i;
const LOOSE = new RegExp(
  `(?:\\d{1,5}[A-Za-z]?,? (?![A-Z]{2,3} )${CAPITAL}(?: (?:${SMALL} )?${CAPITAL}){0,5}(?: \\d{1,5}[A-Za-z]?)?|\\p{Lu}[\\p{L}.'’-]{2,24}(?: ${WORD}){0,4},? \\d{1,5}[A-Za-z]?)(?![\\p{L}\\d])`,
  'yu',
);
const TOWN = /, ?\p{Lu}[\p{L}'’-]{1,24}(?: \p{Lu}[\p{L}'’-]{1,24}){0,2}/uy;

/** Where an address ends that follows such words, or -1. */
export function looseEnd(text: string, at: number, label: string): number {
  if (!HOME.test(label)) return -1;
  LOOSE.lastIndex = at;
  const street = LOOSE.exec(text);
  if (street === null) return -1;
  const end = at + street[0].length;
  for (const more of [TAIL, TOWN]) {
    more.lastIndex = end;
    const found = more.exec(text);
    if (found !== null) return end + found[0].length;
  }
  return end;
}

export function scanUnits(scan: Scan): void {
  for (const word of ['apt', 'suite', 'unit'] as const)
    for (const at of triggered(scan, word)) unit(scan, at);
  for (const word of ['apo', 'fpo', 'dpo'] as const)
    for (const at of triggered(scan, word)) forces(scan, at);
}

function unit(scan: Scan, at: number): void {
  const { text } = scan;
  UNIT.lastIndex = at;
  const own = UNIT.exec(text);
  if (own === null) return;
  const from = Math.max(0, at - REACH);
  const head = HEAD.exec(text.slice(from, at));
  if (head === null) return;
  const end = at + own[0].length;
  TAIL.lastIndex = end;
  const tail = TAIL.exec(text);
  // `12 Test Suite 3` is no address before a town or a code follows.
  if (tail === null && /^S/i.test(own[0])) return;
  // `12 Test Unit 3, 1234 pieces`
  if (/^U/i.test(own[0]) && !/\d{5}/.test(tail?.[0] ?? '')) return;
  add(scan, from + head.index, tail === null ? end : end + tail[0].length, tail !== null);
}

function forces(scan: Scan, at: number): void {
  const from = Math.max(0, at - 41);
  for (const found of scan.text.slice(from, at + 19).matchAll(FORCES))
    add(scan, from + found.index, from + found.index + found[0].length, true);
}

function add(scan: Scan, start: number, end: number, sure: boolean): void {
  if (PUBLIC_ADDRESS.test(scan.text.slice(start, start + 40))) return;
  const score = sure ? 0.8 : 0.64;
  scan.found.push({
    start,
    end,
    type: 'ADDRESS',
    score,
    checked: false,
    evidence: ['address-unit'],
  });
}
