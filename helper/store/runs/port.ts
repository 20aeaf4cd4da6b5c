import type { LogLine, RunSummary, StepView } from '../../../shared/contract/runs.ts';
import type { Json, JsonObject } from '../../../shared/domain/json.ts';
import type { Micros } from '../../../shared/domain/money.ts';

/** Everything a run needs to go on after a crash. Texts are redacted. */
export interface RunRecord {
  summary: RunSummary;
  description: string;
  /** The path of the workflow as ledger rows show it. */
  subject: string;
  sourceSha256: string;
  /** What the author declared about the workflow, redacted. */
  labels: { version: string; owner: string; costCentre: string; tags: string[] };
  /** How often the run went on after an interruption. */
  resumes: number;
  context: JsonObject;
  /** `user:NAME`, as in the ledger. */
  principal: { type: 'user' | 'agent' | 'helper'; id: string };
  outputDirectory: string | null;
  firstSeq: number | null;
  lastSeq: number | null;
  policyDigest: string;
  level: string;
  model: string | null;
}

export interface StoredStep {
  view: StepView;
  /** `success`, `failed`, `skipped`, `denied`; null while it has not ended. */
  status: 'success' | 'failed' | 'skipped' | 'denied' | null;
  output: JsonObject | null;
  /** Finished items of a `for_each` step by position. */
  items: Record<string, Json>;
}

export interface Spend {
  effect: string;
  project: string;
  run: string;
  step: string;
  workflow: string;
  agent: string;
  model: string | null;
  /** YYYY-MM-DD, UTC. */
  day: string;
  micros: Micros;
  tokensIn: number;
  tokensOut: number;
}

export interface SpendTotals {
  project: Micros;
  day: Micros;
  month: Micros;
  dayCalls: number;
  byWorkflow: { workflow: string; spent: Micros; runs: number }[];
  byAgent: { agent: string; spent: Micros }[];
}

/** A budget that an overrun closed, with the limit it had then: a higher one opens it again. */
export interface ClosedBudget {
  /** As in the budget book, for example `day:2026-01-31`. */
  scope: string;
  limit: Micros;
  overrun: Micros;
}

/** Workflow texts by path as they were at the start; later edits of the files change nothing. */
export type RunSources = Readonly<Record<string, string>>;

/** Durable run state: survives kill -9 at any moment; the ledger stays the only proof. */
export interface RunStore {
  create(record: RunRecord, steps: readonly StoredStep[], sources: RunSources): void;
  sources(run: string): RunSources;
  saveRun(record: RunRecord): void;
  saveStep(run: string, step: StoredStep): void;
  /** One finished item of a `for_each` step; `saveStep` does not write items. */
  saveItem(run: string, index: number, item: string, output: Json): void;
  /** All writes of `work` in one commit. */
  atomically(work: () => void): void;
  /** Step end and run totals in one commit. */
  saveBoth(record: RunRecord, step: StoredStep): void;
  run(id: string): RunRecord | null;
  steps(id: string): StoredStep[];
  /** Newest first. `matches`: only these, and `total` counts only these. */
  list(query: {
    project: string;
    limit: number;
    before?: string;
    matches?: (run: RunSummary) => boolean;
  }): {
    items: RunRecord[];
    total: number;
    cursor: string | null;
  };
  /** Runs that had not ended. */
  unfinished(project: string): RunRecord[];
  log(run: string, step: number | null, line: LogLine): void;
  /** The newest `limit` lines, oldest first. */
  logs(run: string, limit: number): LogLine[];
  spend(entry: Spend): void;
  totals(project: string, day: string): SpendTotals;
  closeBudgets(project: string, closed: readonly ClosedBudget[]): void;
  closedBudgets(project: string): ClosedBudget[];
  openBudget(project: string, scope: string): void;
  /** Removes all runs of a project (the cage was lowered). Spending totals and closed budgets stay. */
  erase(project: string): void;
  close(): void;
}
