import type { LogLine, RunDetail, RunSummary, StepView } from '../../../shared/contract/runs.ts';
import { AkiosError, type ErrorValue } from '../../../shared/domain/errors.ts';
import type { JsonObject } from '../../../shared/domain/json.ts';
import { micros } from '../../../shared/domain/money.ts';
import { type Ablation, RUN_END_STATES, type RunState } from '../../../shared/domain/states.ts';
import { type LoopState, newLoopState } from '../../core/budget/loop.ts';
import type { RunRecord, RunStore, StoredStep } from '../../store/runs/port.ts';
import { cleanError } from '../gate-errors.ts';
import type { ProjectMoney } from '../money.ts';
import { spentOf } from '../money.ts';
import type { Clock, EngineEvent, ProjectRuntime } from '../port.ts';
import { addCounts, countTotal } from '../redaction.ts';
import type { RunGraph } from './graph.ts';
import { RunLog } from './run-log.ts';

export interface LiveRunParts {
  record: RunRecord;
  steps: StoredStep[];
  graph: RunGraph;
  project: ProjectRuntime;
  money: ProjectMoney;
  store: RunStore;
  clock: Clock;
  emit(event: EngineEvent): void;
}

/** A run that is being undone or has ended keeps its state whatever people do. */
const ACTIVE: ReadonlySet<RunState> = new Set(['running', 'paused', 'waiting_approval']);
/** Progress inside a step is shown and stored at most this often; its end always. */
const PROGRESS_MS = 200;

/** One run while it is on: its state, what is stored of it, its log, and the way to stop it. */
export class LiveRun {
  readonly record: RunRecord;
  readonly graph: RunGraph;
  readonly project: ProjectRuntime;
  readonly money: ProjectMoney;
  readonly clock: Clock;
  readonly loop: LoopState;
  readonly ablations: readonly Ablation[];
  readonly redactedTypes = new Set<string>();
  private readonly store: RunStore;
  private readonly emit: (event: EngineEvent) => void;
  private readonly steps: Map<number, StoredStep>;
  private readonly stopper = new AbortController();
  private readonly startedMono: number;
  private readonly log: RunLog;
  private pausing: { wait: Promise<void>; go(): void } | null = null;
  private waiting = 0;
  private shownAt = Number.NEGATIVE_INFINITY;
  private budgetAt = Number.NEGATIVE_INFINITY;

  constructor(parts: LiveRunParts) {
    this.record = parts.record;
    this.graph = parts.graph;
    this.project = parts.project;
    this.money = parts.money;
    this.store = parts.store;
    this.clock = parts.clock;
    this.emit = parts.emit;
    this.steps = new Map(parts.steps.map((step) => [step.view.index, step]));
    this.ablations = parts.record.summary.ablations as Ablation[];
    this.startedMono = parts.clock.monotonic();
    this.loop = newLoopState(this.startedMono);
    this.log = this.openLog();
  }

  private openLog(): RunLog {
    return new RunLog({
      redactor: () => (this.ablations.includes('no-pii') ? null : this.project.redactor),
      level: () => this.project.config.log_level,
      now: () => this.clock.now(),
      redacted: (counts) => this.countRedactions(counts),
      written: this.store.logs(this.id, 1).at(-1)?.n ?? 0,
      put: (step, line) => {
        this.store.log(this.id, step, line);
        this.emit({ kind: 'log', project: this.project.id, run: this.id, step, line });
      },
    });
  }

  get id(): string {
    return this.record.summary.id;
  }

  get summary(): RunSummary {
    return this.record.summary;
  }

  get signal(): AbortSignal {
    return this.stopper.signal;
  }

  get ended(): boolean {
    return RUN_END_STATES.has(this.summary.state);
  }

  step(index: number): StoredStep {
    const step = this.steps.get(index);
    if (!step) throw new AkiosError('INTERNAL', `The run has no step ${index}.`);
    return step;
  }

  allSteps(): StoredStep[] {
    return [...this.steps.values()].sort((a, b) => a.view.index - b.view.index);
  }

  /** Ends everything the run does; the first reason counts. */
  stop(reason: AkiosError): void {
    if (!this.signal.aborted) this.stopper.abort(reason);
    this.pausing?.go();
  }

  pause(): void {
    if (this.pausing || this.ended) return;
    let go = (): void => undefined;
    const wait = new Promise<void>((resolve) => {
      go = resolve;
    });
    this.pausing = { wait, go };
    this.showActivity();
  }

  unpause(): void {
    this.pausing?.go();
    this.pausing = null;
    if (!this.ended) this.showActivity();
  }

  get isPaused(): boolean {
    return this.pausing !== null;
  }

  /** Holds a step back while the run is paused; throws when it was stopped. */
  async gate(): Promise<void> {
    await this.pausing?.wait;
    this.signal.throwIfAborted();
  }

  setState(state: RunState): void {
    this.summary.state = state;
    this.saveRun();
  }

  /** Shows that a person is asked, for as long as at least one question is open. */
  async whileWaiting<T>(work: () => Promise<T>): Promise<T> {
    this.waiting += 1;
    if (ACTIVE.has(this.summary.state)) this.summary.state = 'waiting_approval';
    const answer = work();
    try {
      // The question is open before anyone is told, and every opening and closing is told.
      this.showActivity();
      return await answer;
    } finally {
      this.waiting -= 1;
      this.showActivity();
    }
  }

  /** An open question comes first: it is what a person can do something about. */
  private showActivity(): void {
    if (!ACTIVE.has(this.summary.state)) return;
    this.setState(this.waiting > 0 ? 'waiting_approval' : this.isPaused ? 'paused' : 'running');
  }

  saveRun(): void {
    this.refresh();
    this.store.saveRun(this.record);
    this.emit({ kind: 'run', project: this.project.id, run: { ...this.summary } });
  }

  saveStep(step: StoredStep): void {
    this.store.saveStep(this.id, step);
    this.emitStep(step.view);
  }

  /**
   * Shows what one more effect of a step changed. What a crash takes of it stands in the ledger,
   * and recovery adds it up from there.
   */
  progress(step: StoredStep): void {
    const now = this.clock.monotonic();
    if (now - this.shownAt < PROGRESS_MS) return;
    this.shownAt = now;
    this.saveStepEnd(step);
  }

  saveItem(step: StoredStep, item: string, output: JsonObject): void {
    step.items[item] = output;
    this.store.saveItem(this.id, step.view.index, item, output);
  }

  atomically(work: () => void): void {
    this.store.atomically(work);
  }

  /** A step's end and the totals of the run in one commit. */
  saveStepEnd(step: StoredStep): void {
    this.refresh();
    this.store.saveBoth(this.record, step);
    this.emitStep(step.view);
    this.emit({ kind: 'run', project: this.project.id, run: { ...this.summary } });
  }

  end(state: RunState, error: ErrorValue | null): void {
    this.flushLogs();
    const now = this.clock.now();
    this.summary.endedAt = iso(now);
    // The clock of the host may jump; only a run that was interrupted has to be measured by it.
    this.summary.ms =
      this.record.resumes === 0
        ? Math.round(this.clock.monotonic() - this.startedMono)
        : Math.max(0, now - Date.parse(this.summary.startedAt));
    if (error) this.summary.error = error;
    else delete this.summary.error;
    this.setState(state);
  }

  countRecords(records: readonly number[]): void {
    for (const seq of records) {
      this.record.firstSeq ??= seq;
      this.record.lastSeq = Math.max(this.record.lastSeq ?? seq, seq);
    }
  }

  countRedactions(counts: Readonly<Record<string, number>>): void {
    this.summary.redacted += countTotal(counts);
    for (const type of Object.keys(counts)) this.redactedTypes.add(type);
  }

  emitBudget(pricesDate: string, always = false): void {
    const now = this.clock.monotonic();
    if (!always && now - this.budgetAt < PROGRESS_MS) return;
    this.budgetAt = now;
    const budget = this.money.report(this.project.config, this.clock.now(), pricesDate);
    this.emit({ kind: 'budget', project: this.project.id, budget });
  }

  emitAlert(alert: { scope: string; percent: number; spent: number; limit: number }): void {
    this.emit({
      kind: 'alert',
      project: this.project.id,
      run: this.id,
      scope: alert.scope,
      percent: alert.percent,
      spentMicros: alert.spent,
      limitMicros: alert.limit,
    });
  }

  output(step: number, stream: 'stdout' | 'stderr', text: string): void {
    this.log.output(step, stream, text);
  }

  flushLogs(step?: number): void {
    this.log.flush(step);
  }

  line(stream: LogLine['stream'], raw: string, step: number | null): void {
    this.log.line(stream, raw, step);
  }

  /** Resolves when every line so far is in the store. */
  logsWritten(): Promise<void> {
    return this.log.settled();
  }

  detail(): RunDetail {
    return detailOf(this.record, this.allSteps(), this.store.logs(this.id, 500));
  }

  private emitStep(view: StepView): void {
    this.emit({ kind: 'step', project: this.project.id, run: this.id, step: { ...view } });
  }

  /** A failure may quote a workflow, a document or a program; what is kept of it is cleaned. */
  cleanError(error: AkiosError): AkiosError {
    const off = this.ablations.includes('no-pii');
    try {
      return cleanError(error, off ? null : this.project.redactor, (text) => text);
    } catch (thrown) {
      if (!(thrown instanceof AkiosError)) throw thrown;
      return new AkiosError(error.code, 'The message is withheld: it could not be scanned.');
    }
  }

  /** Totals are sums over the steps, so the leaves always add up to what is shown. */
  private refresh(): void {
    const views = this.allSteps().map((step) => step.view);
    const totals = this.money.book.totals(`run:${this.id}`);
    this.summary.stepsDone = views.filter((v) => v.endedAt !== null).length;
    this.summary.denied = views.reduce((sum, v) => sum + v.denied, 0);
    this.summary.costMicros = views.reduce((sum, v) => sum + v.costMicros, 0);
    this.summary.reservedMicros = totals?.reserved ?? 0;
    if (totals?.limit) this.summary.budgetMicros = totals.limit;
  }
}

export function detailOf(record: RunRecord, steps: StoredStep[], log: LogLine[]): RunDetail {
  return {
    ...record.summary,
    description: record.description,
    steps: steps.map((step) => step.view),
    log,
    outputDirectory: record.outputDirectory,
    firstSeq: record.firstSeq,
    lastSeq: record.lastSeq,
  };
}

export function iso(now: number): string {
  return new Date(now).toISOString();
}

export function mergeCounts(view: StepView, counts: Readonly<Record<string, number>>): void {
  addCounts(view.redacted, counts);
}

/** Money the run has used up to now, for a scope that is opened again after a restart. */
export function usedBy(record: RunRecord, money: ProjectMoney) {
  const totals = money.book.totals(`run:${record.summary.id}`);
  return totals ? spentOf(totals) : micros(record.summary.costMicros);
}
