import type { RunSummary } from '../../../shared/contract/runs.ts';
import { RUN_END_STATES } from '../../../shared/domain/states.ts';
import { RUN_FIELDS } from '../../../shared/query/fields.ts';
import { matchQuery } from '../../../shared/query/match.ts';
import { parseQuery } from '../../../shared/query/parse.ts';

/**
 * The test a run must pass to be listed under `q`; null when everything passes. `now` in ms.
 * Throws INPUT_INVALID with the position of the fault, never an empty list for a faulty filter.
 */
export function runFilter(q: string, now: number): ((run: RunSummary) => boolean) | null {
  const node = parseQuery(q, RUN_FIELDS, { now });
  if (node === null) return null;
  return (run) =>
    matchQuery(node, {
      field: (name) => FIELD[name]?.(run),
      flag: (name) => FLAG[name]?.(run) ?? false,
      texts: () => [run.id, run.workflow, run.path, run.state, run.startedBy],
    });
}

const FIELD: Readonly<Record<string, (run: RunSummary) => string | number>> = {
  id: (run) => run.id,
  run: (run) => run.id,
  workflow: (run) => run.workflow,
  by: (run) => run.startedBy,
  state: (run) => run.state,
  cost: (run) => run.costMicros,
  time: (run) => run.startedAt,
};

const FLAG: Readonly<Record<string, (run: RunSummary) => boolean>> = {
  denied: (run) => run.denied > 0 || run.state === 'denied',
  live: (run) => !RUN_END_STATES.has(run.state),
  failed: (run) => run.state === 'failed' || run.state === 'rollback_incomplete',
  killed: (run) => run.state === 'killed',
  done: (run) => run.state === 'succeeded',
  redacted: (run) => run.redacted > 0,
};
