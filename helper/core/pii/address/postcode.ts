/**
 * British addresses told by their postcode, `The Old Forge, Mill Lane, Sodbury, BS37 6DA`, and American
 * ones told by state and ZIP code, whatever their street is called: `1401 Magnolia Bluff, Savannah, GA 31405`.
 */
import type { Scan } from '../scan/scan.ts';
import { IS_CAPITAL, IS_CAPS } from '../scan/tokens.ts';
import { PUBLIC_ADDRESS } from './words.ts';

const CODE = /[A-Z]{1,2}\d[A-Z\d]? \d[ABD-HJLNP-UW-Z]{2}(?![A-Za-z0-9])/y;
const WORD = "[A-Z][A-Za-z'’.-]{1,24}";
const PART = `(?:The )?(?:\\d{1,4}[A-Za-z]?,? )?${WORD}(?: (?:(?:of|on|upon|the|in|le|de|under|by|cum) )?${WORD}){0,3}`;
const HEAD = new RegExp(
  `(?:(?:Flat|Unit|Apartment|Apt|Room|Suite) ?[A-Za-z0-9]{1,4},? )?(?:${PART}(?:,? ?\\r?\\n[ \\t]*|, )){1,5}(?:${WORD}(?:[ -]${WORD}){0,2}[ ,]{1,2}(?:\\r?\\n[ \\t]*)?)?$`,
);
/** A house, a flat or a house number: what a list of towns does not have. */
const HOUSE =
  /^(?:Flat|Unit|Apartment|Apt|Room|Suite|\d)|\b(?:House|Cottage|Farm|Forge|Lodge|Barn|Mill|Hall|Manor|Rectory|Vicarage|Bungalow|Villa|Croft|Grange|Lane|Road|Street|Close|Avenue|Drive|Way|Crescent|Terrace|Gardens|Place|Court|Mews|Hill|Rise|Green)\b/;
const REACH = 110;

const ZIP =
  /(?:A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|P[AR]|RI|S[CD]|T[NX]|UT|V[AT]|W[AIVY]),? {1,2}\d{5}(?:-\d{4})?(?![\dA-Za-z])/y;
const US_BREAK = '(?:,? ?\\r?\\n[ \\t>]{0,12}|, ?)';
const US_HEAD = new RegExp(
  `(?<![\\d.,$#/-])\\d{1,5}[A-Za-z]?(?: ${WORD}){1,4}\\.?${US_BREAK}(?:${WORD}(?: [A-Za-z0-9#-]{1,8})?${US_BREAK})?${WORD}(?: ${WORD}){0,2},? {1,2}$`,
);

function american(scan: Scan, t: number): void {
  const { text, tokens } = scan;
  const at = tokens.start[t]!;
  ZIP.lastIndex = at;
  const zip = ZIP.exec(text);
  if (zip === null) return;
  const from = Math.max(0, at - REACH);
  const head = US_HEAD.exec(text.slice(from, at));
  if (head === null) return;
  if (PUBLIC_ADDRESS.test(head[0])) return;
  const start = from + head.index;
  const end = at + zip[0].length;
  const evidence = ['address-zip'];
  scan.found.push({ start, end, type: 'ADDRESS', score: 0.76, checked: false, evidence });
}

export function scanPostcodes(scan: Scan): void {
  const { text, tokens } = scan;
  for (const digits of tokens.digits) {
    const t = digits - 1;
    if (t < 0 || (tokens.bits[t]! & (IS_CAPS | IS_CAPITAL)) === 0) continue;
    const at = tokens.start[t]!;
    if (tokens.end[t]! - at === 2 && tokens.end[digits]! - tokens.start[digits]! === 5)
      american(scan, t);
    if (tokens.end[t]! - at > 2 || tokens.start[t + 1] !== tokens.end[t]) continue;
    CODE.lastIndex = at;
    const code = CODE.exec(text);
    if (code === null) continue;
    const from = Math.max(0, at - REACH);
    const head = HEAD.exec(text.slice(from, at));
    if (head === null || !HOUSE.test(head[0])) continue;
    const start = from + head.index;
    if (start > 0 && /[A-Za-z0-9]/.test(text.charAt(start - 1))) continue;
    scan.found.push({
      start,
      end: at + code[0].length,
      type: 'ADDRESS',
      score: 0.72,
      checked: false,
      evidence: ['address-postcode'],
    });
  }
}
