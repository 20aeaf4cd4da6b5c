/** British addresses told by their postcode: `The Old Forge, Mill Lane, Sodbury, BS37 6DA`. */
import type { Scan } from '../scan/scan.ts';
import { IS_CAPITAL, IS_CAPS } from '../scan/tokens.ts';

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

export function scanPostcodes(scan: Scan): void {
  const { text, tokens } = scan;
  for (const digits of tokens.digits) {
    const t = digits - 1;
    if (t < 0 || (tokens.bits[t]! & (IS_CAPS | IS_CAPITAL)) === 0) continue;
    const at = tokens.start[t]!;
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
