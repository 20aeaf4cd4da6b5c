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

export function lowerNegatives(scan: Scan): void {
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
