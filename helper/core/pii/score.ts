/** Last adjustments before thresholds: values that a label of something else points at. */
import type { Scan } from './scan/scan.ts';

const PENALTY = 0.4;
/** Formats that no order number or version takes by chance. */
const STRONG = 0.9;

export function lowerNegatives(scan: Scan): void {
  if (scan.negative.size === 0) return;
  for (const candidate of scan.found) {
    if (candidate.score >= STRONG || candidate.evidence.some((e) => e.startsWith('label:')))
      continue;
    if (!scan.negative.has(candidate.start)) continue;
    candidate.score -= PENALTY;
    candidate.evidence.push('negative label');
  }
}
