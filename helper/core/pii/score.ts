/** Last adjustments before thresholds: values that a label of something else points at. */
import type { Scan } from './scan/scan.ts';

const PENALTY = 0.4;
/** Formats that no order number or version takes by chance. */
const STRONG = 0.9;

/** Short cards share their lengths with account numbers: a label of another type wins. */
function lowerShortCards(scan: Scan): void {
  for (const candidate of scan.found) {
    if (candidate.type !== 'CREDIT_CARD' || candidate.evidence.length > 2) continue;
    if (
      candidate.end - candidate.start > 14 ||
      candidate.evidence.some((e) => e.startsWith('label:'))
    )
      continue;
    candidate.score = 0.55;
    candidate.checked = false;
  }
}

const MESSAGE_ID =
  /(?:^|\n)(?:message-id|in-reply-to|references|content-id|x-[a-z-]{1,30}id)\s*:[^\n]{0,200}<$/i;

/** Between angle brackets in the header of a message stands its id, not an address. */
function dropMessageIds(scan: Scan): void {
  for (const candidate of scan.found) {
    if (candidate.type !== 'EMAIL' || scan.text.charCodeAt(candidate.start - 1) !== 60) continue;
    if (MESSAGE_ID.test(scan.text.slice(Math.max(0, candidate.start - 240), candidate.start)))
      candidate.score = 0;
  }
}

export function lowerNegatives(scan: Scan): void {
  dropMessageIds(scan);
  lowerShortCards(scan);
  if (scan.negative.size === 0) return;
  for (const candidate of scan.found) {
    if (candidate.score >= STRONG || candidate.evidence.some((e) => e.startsWith('label:')))
      continue;
    if (!scan.negative.has(candidate.start)) continue;
    candidate.score -= PENALTY;
    candidate.evidence.push('negative label');
  }
}
