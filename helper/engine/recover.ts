import { AkiosError } from '../../shared/domain/errors.ts';
import { type Micros, micros } from '../../shared/domain/money.ts';
import type { RunRecord, RunStore, StoredStep } from '../store/runs/port.ts';
import { closeLeftOpen } from './left-open.ts';
import { dayOf, type ProjectMoney } from './money.ts';
import type { Clock, ProjectRuntime } from './port.ts';
import { writeResultFile } from './run/result.ts';

const PAGE = 1_000;

/** What the ledger says about one effect of an interrupted run. */
interface Trace {
  effect: string;
  step: string;
  seq: number;
  idempotent: boolean;
  reserved: number;
  agent: string;
  subject: string;
  /** What the outcome row charged. */
  charged: number;
  /** What was claimed beyond the reservation. */
  overrun: number;
  /** Status of the outcome row; null when there was none before recovery. */
  outcome: string | null;
}

export interface Recovered {
  closedIntents: number;
  unknown: string[];
  resumable: string[];
}

interface Body {
  type?: unknown;
  run?: unknown;
  step?: unknown;
  subject?: unknown;
  intent?: unknown;
  expects?: unknown;
  data?: { effect?: unknown; idempotent?: unknown; agent?: unknown; overrun_micros?: unknown };
  budget?: { delta?: unknown };
  result?: { status?: unknown };
}

/**
 * After a crash: closes every open intent as unknown (`onLate` hears of a failure of those that
 * had to wait for the search index), charges what it had reserved, and sorts the
 * interrupted runs. A run is resumable only when each of its effects either certainly ended or may
 * be done twice; otherwise it ends as `unknown` and a person decides.
 */
export async function recoverProject(
  project: ProjectRuntime,
  store: RunStore,
  money: ProjectMoney,
  clock: Clock,
  version: string,
  onLate: (error: unknown) => void,
): Promise<Recovered> {
  const interrupted = store.unfinished(project.id);
  const traces = readTraces(project, interrupted);
  const closedIntents = await closeLeftOpen(project.ledger, onLate);
  const result: Recovered = { closedIntents, unknown: [], resumable: [] };
  const overruns: Overrun[] = [];
  for (const record of interrupted) {
    const steps = store.steps(record.summary.id);
    const mine = traces.get(record.summary.id) ?? [];
    overruns.push(...lostOverruns(record, mine, steps));
    const doubtful = unaudited(record) ? runningSteps(steps) : doubtfulSteps(steps, mine);
    chargeLost(project, store, clock, record, mine, steps);
    await settleRun(project, store, clock, record, steps, doubtful);
    if (doubtful.size > 0) leaveResult(project, clock, record, steps, version);
    (doubtful.size > 0 ? result.unknown : result.resumable).push(record.summary.id);
  }
  // Last: budgets are filled with what was spent, lost money included, when they are first named.
  for (const { run, amount } of overruns) {
    money.close(money.scopesOf(run, project.config, clock.now()), amount);
  }
  return result;
}

interface Overrun {
  run: Parameters<ProjectMoney['scopesOf']>[0];
  amount: Micros;
}

/** Claims beyond a reservation whose budgets may not have been closed any more. */
function lostOverruns(
  { summary }: RunRecord,
  traces: readonly Trace[],
  steps: readonly StoredStep[],
): Overrun[] {
  const known = new Set(steps.flatMap((step) => step.view.records));
  return traces
    .filter((trace) => trace.overrun > 0 && !known.has(trace.seq))
    .map(({ agent, overrun }) => ({
      run: {
        id: summary.id,
        workflow: summary.workflow,
        agent,
        limit: summary.budgetMicros,
        spent: summary.costMicros,
      },
      amount: micros(overrun),
    }));
}

/** Without the audit nothing tells how far a running step came. */
function unaudited(record: RunRecord): boolean {
  return record.summary.ablations.includes('no-audit');
}

function runningSteps(steps: readonly StoredStep[]): Set<string> {
  return new Set(steps.filter((s) => s.view.state === 'running').map((s) => s.view.name));
}

/** Reads the ledger from the first row of the oldest interrupted run. */
function readTraces(project: ProjectRuntime, runs: readonly RunRecord[]): Map<string, Trace[]> {
  const traces = new Map<string, Trace[]>();
  const audited = runs.filter((record) => !unaudited(record));
  if (audited.length === 0) return traces;
  const ids = new Set(audited.map((record) => record.summary.id));
  const starts = audited.map((record) => record.firstSeq ?? 0);
  const bySeq = new Map<number, Trace>();
  const size = project.ledger.size();
  for (let from = Math.min(...starts); from < size; from += PAGE) {
    for (const record of project.ledger.records(from, PAGE)) {
      const body = record.body === null ? null : (JSON.parse(record.body) as Body);
      if (!body || typeof body.run !== 'string' || !ids.has(body.run)) continue;
      const trace = intentOf(body, record.seq);
      if (trace) {
        bySeq.set(record.seq, trace);
        traces.set(body.run, [...(traces.get(body.run) ?? []), trace]);
      } else if (typeof body.intent === 'number') {
        const intent = bySeq.get(body.intent);
        if (!intent) continue;
        intent.outcome = String(body.result?.status ?? 'unknown');
        intent.charged = amountOf(body);
        intent.overrun = positive(body.data?.overrun_micros);
      }
    }
  }
  return traces;
}

function intentOf(body: Body, seq: number): Trace | null {
  const effect = body.data?.effect;
  if (body.expects !== 'outcome' || typeof effect !== 'string') return null;
  return {
    effect,
    seq,
    step: String(body.step ?? ''),
    idempotent: body.data?.idempotent === true,
    reserved: amountOf(body),
    charged: 0,
    overrun: 0,
    agent: String(body.data?.agent ?? ''),
    subject: String(body.subject ?? ''),
    outcome: null,
  };
}

function amountOf(body: Body): number {
  return positive(body.budget?.delta);
}

function positive(value: unknown): number {
  return typeof value === 'number' && value > 0 ? value : 0;
}

/** Outcomes after which a second try is a new try, not a repeat. */
const CERTAIN: ReadonlySet<string> = new Set(['failed', 'not-performed', 'denied']);

/** Names of steps of which an effect may have happened without its result being kept. */
function doubtfulSteps(steps: readonly StoredStep[], traces: readonly Trace[]): Set<string> {
  const byName = new Map(steps.map((step) => [step.view.name, step]));
  const doubtful = new Set<string>();
  for (const trace of traces) {
    const name = stepName(trace);
    const step = byName.get(name);
    if (step && (step.status !== null || keptItem(step, trace))) continue;
    if (trace.idempotent || (trace.outcome !== null && CERTAIN.has(trace.outcome))) continue;
    doubtful.add(name);
  }
  return doubtful;
}

/** Hooks and undoing are recorded under the name of their step with a word behind it. */
function stepName(trace: Trace): string {
  return trace.step.replace(/ \((?:before|after|undo)\)$/, '');
}

function keptItem(step: StoredStep, trace: Trace): boolean {
  const item = /#(\d+)\.\d+@\d+$/.exec(trace.effect)?.[1];
  return item !== undefined && Object.hasOwn(step.items, item);
}

/** Money of effects whose end the run did not keep counts as spent: a crash makes nothing free. */
function chargeLost(
  project: ProjectRuntime,
  store: RunStore,
  clock: Clock,
  record: RunRecord,
  traces: readonly Trace[],
  steps: readonly StoredStep[],
): void {
  const known = new Set(steps.flatMap((step) => step.view.records));
  for (const trace of traces) {
    if (known.has(trace.seq)) continue;
    const amount: Micros = micros(trace.outcome === null ? trace.reserved : trace.charged);
    if (amount === 0) continue;
    store.spend({
      effect: trace.effect,
      project: project.id,
      run: record.summary.id,
      step: trace.step,
      workflow: record.summary.workflow,
      agent: trace.agent,
      model: trace.agent === 'llm' ? trace.subject : null,
      day: dayOf(clock.now()),
      micros: amount,
      tokensIn: 0,
      tokensOut: 0,
    });
    const step = steps.find((s) => s.view.name === stepName(trace));
    if (step) step.view.costMicros += amount;
    record.summary.costMicros += amount;
  }
}

async function settleRun(
  project: ProjectRuntime,
  store: RunStore,
  clock: Clock,
  record: RunRecord,
  steps: readonly StoredStep[],
  doubtful: ReadonlySet<string>,
): Promise<void> {
  const { summary } = record;
  const unknown = doubtful.size > 0;
  for (const step of steps) {
    if (step.status !== null) continue;
    const inDoubt = doubtful.has(step.view.name);
    step.view.state = inDoubt ? 'unknown' : 'pending';
    if (inDoubt) step.view.endedAt = new Date(clock.now()).toISOString();
    else step.view.startedAt = null;
    store.saveStep(summary.id, step);
  }
  summary.state = unknown ? 'unknown' : 'paused';
  summary.reservedMicros = 0;
  if (unknown) {
    summary.endedAt = new Date(clock.now()).toISOString();
    summary.ms = Math.max(0, clock.now() - Date.parse(summary.startedAt));
    summary.error = new AkiosError(
      'STEP_FAILED',
      `The helper stopped in the middle of: ${[...doubtful].join(', ')}. Whether it happened is unknown.`,
      { hint: 'Look at the target yourself, then start the workflow anew.' },
    ).toValue();
  }
  store.saveRun(record);
  const { seq } = await project.ledger.append({
    type: 'run.interrupted',
    actor: { type: 'helper', id: 'recovery' },
    subject: record.subject,
    run: summary.id,
    result: { status: summary.state },
    data: { in_doubt: [...doubtful].join('; ').slice(0, 4000) },
  });
  record.lastSeq = seq;
  store.saveRun(record);
}

/** A run that nobody can resume leaves its result now; one that can will leave it at its end. */
function leaveResult(
  project: ProjectRuntime,
  clock: Clock,
  record: RunRecord,
  steps: readonly StoredStep[],
  version: string,
): void {
  const { ablations, error } = record.summary;
  writeResultFile(
    { record, project, ablations, steps, redactedTypes: new Set() },
    { state: 'unknown', error: error ?? null, now: clock.now() },
    version,
  );
}
