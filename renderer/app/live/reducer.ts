import type { AuditRow, CheckpointView } from '../../../shared/contract/audit.ts';
import type { CageStatus } from '../../../shared/contract/cage.ts';
import type { ConsoleEvent } from '../../../shared/contract/events.ts';
import type { LogLine, RunSummary, StepView } from '../../../shared/contract/runs.ts';
import type { BudgetReport } from '../../../shared/contract/system.ts';

const MAX_RUNS = 500;
const MAX_TAIL = 500;
const MAX_LOG = 2000;

/** Steps and log lines of one run that came by the stream since the snapshot. */
export interface RunTrace {
  steps: ReadonlyMap<number, StepView>;
  log: readonly LogLine[];
}

/** What the stream told us of one project. Null: not told yet. */
export interface LiveData {
  boot: string | null;
  n: number;
  cage: CageStatus | null;
  runs: readonly RunSummary[];
  budget: BudgetReport | null;
  checkpoint: CheckpointView | null;
  /** Newest ledger rows first, since this page opened. */
  tail: readonly AuditRow[];
  traces: ReadonlyMap<string, RunTrace>;
}

export const NO_DATA: LiveData = {
  boot: null,
  n: -1,
  cage: null,
  runs: [],
  budget: null,
  checkpoint: null,
  tail: [],
  traces: new Map(),
};

export type Applied = { ok: true; data: LiveData } | { ok: false; why: 'gap' | 'no snapshot' };

/**
 * Applies one event. A number that does not follow means an event was lost: the caller throws the
 * stream away and asks for a new snapshot, so the screen never shows a state that did not exist.
 */
export function applyEvent(data: LiveData, event: ConsoleEvent): Applied {
  if (event.kind === 'snapshot') return { ok: true, data: fromSnapshot(data, event) };
  if (data.boot === null) return { ok: false, why: 'no snapshot' };
  if (event.n !== data.n + 1) return { ok: false, why: 'gap' };
  return { ok: true, data: { ...data, ...change(data, event), n: event.n } };
}

function fromSnapshot(
  data: LiveData,
  event: Extract<ConsoleEvent, { kind: 'snapshot' }>,
): LiveData {
  const same = data.boot === event.boot;
  return {
    boot: event.boot,
    n: event.n,
    cage: event.cage,
    runs: newestFirst(event.runs),
    budget: event.budget,
    checkpoint: event.ledger,
    tail: same ? data.tail : [],
    // What was lost in a gap may be a step or a line: a run view reads its run again.
    traces: new Map(),
  };
}

function change(
  data: LiveData,
  event: Exclude<ConsoleEvent, { kind: 'snapshot' }>,
): Partial<LiveData> {
  switch (event.kind) {
    case 'cage':
      return { cage: event.cage };
    case 'run':
      return { runs: newestFirst([event.run, ...data.runs.filter((r) => r.id !== event.run.id)]) };
    case 'step':
      return { traces: withStep(data.traces, event.run, event.step) };
    case 'log':
      return { traces: withLine(data.traces, event.run, event.line) };
    case 'budget':
      return { budget: event.budget };
    case 'ledger':
      return {
        tail: [...event.rows]
          .sort((a, b) => b.seq - a.seq)
          .concat(data.tail)
          .slice(0, MAX_TAIL),
        ...(event.checkpoint === null ? {} : { checkpoint: event.checkpoint }),
      };
    case 'heartbeat':
      return {};
  }
}

function newestFirst(runs: readonly RunSummary[]): readonly RunSummary[] {
  return [...runs]
    .sort((a, b) => (a.startedAt < b.startedAt ? 1 : a.startedAt > b.startedAt ? -1 : 0))
    .slice(0, MAX_RUNS);
}

const EMPTY_TRACE: RunTrace = { steps: new Map(), log: [] };

function withStep(
  traces: ReadonlyMap<string, RunTrace>,
  run: string,
  step: StepView,
): ReadonlyMap<string, RunTrace> {
  const old = traces.get(run) ?? EMPTY_TRACE;
  const steps = new Map(old.steps).set(step.index, step);
  return new Map(traces).set(run, { ...old, steps });
}

function withLine(
  traces: ReadonlyMap<string, RunTrace>,
  run: string,
  line: LogLine,
): ReadonlyMap<string, RunTrace> {
  const old = traces.get(run) ?? EMPTY_TRACE;
  return new Map(traces).set(run, { ...old, log: [...old.log, line].slice(-MAX_LOG) });
}
