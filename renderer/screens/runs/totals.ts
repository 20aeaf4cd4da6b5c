import type { RunSummary } from '../../../shared/contract/runs.ts';

/** Sums over whole micro-dollars, so the last row equals its leaves to the cent and beyond. */
export function totals(runs: readonly RunSummary[]) {
  return runs.reduce(
    (sum, run) => ({
      denied: sum.denied + run.denied,
      redacted: sum.redacted + run.redacted,
      costMicros: sum.costMicros + run.costMicros,
    }),
    { denied: 0, redacted: 0, costMicros: 0 },
  );
}
