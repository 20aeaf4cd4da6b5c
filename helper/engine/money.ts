import type { BudgetReport } from '../../shared/contract/system.ts';
import { type Micros, micros } from '../../shared/domain/money.ts';
import { BudgetBook, type ScopeTotals } from '../core/budget/book.ts';
import type { Config } from '../core/config/fields.ts';
import type { ClosedBudget, RunStore, SpendTotals } from '../store/runs/port.ts';

export const WARN_AT = [50, 80, 100];

/** Money of one project: its book, filled with what earlier runs spent. */
export class ProjectMoney {
  readonly book = new BudgetBook();
  private readonly store: RunStore;
  private readonly project: string;
  private readonly seen = new Set<string>();
  private readonly closed: Map<string, ClosedBudget>;
  private lastRun: { id: string; limit: Micros; spent: Micros; calls: number } | null = null;

  constructor(store: RunStore, project: string) {
    this.store = store;
    this.project = project;
    this.closed = new Map(store.closedBudgets(project).map((entry) => [entry.scope, entry]));
  }

  /** Closes the bounded ones of these scopes, beyond the life of this helper. Gives their names. */
  close(scopes: readonly string[], overrun: Micros): string[] {
    const closed = scopes.flatMap((scope): ClosedBudget[] => {
      const limit = this.book.totals(scope)?.limit ?? null;
      return limit === null ? [] : [{ scope, limit, overrun }];
    });
    this.store.closeBudgets(this.project, closed);
    for (const entry of closed) {
      this.closed.set(entry.scope, entry);
      this.book.bar(entry.scope, overrun);
    }
    return closed.map(({ scope }) => scope);
  }

  /** Declares the scopes of a run; the run's own comes first. Settings changed since are taken over. */
  scopesOf(
    run: { id: string; workflow: string; agent: string; limit: number; spent: number },
    config: Config,
    now: number,
  ): string[] {
    const day = dayOf(now);
    const month = day.slice(0, 7);
    const known = (): SpendTotals => this.store.totals(this.project, day);
    const of = (list: readonly { spent: Micros }[], at: number): Micros =>
      list[at]?.spent ?? micros(0);
    const scopes: [string, number | undefined, () => Micros][] = [
      [`run:${run.id}`, run.limit, () => micros(run.spent)],
      [
        `workflow:${run.workflow}`,
        config.budget_limit_per_workflow,
        () => {
          const { byWorkflow } = known();
          return of(
            byWorkflow,
            byWorkflow.findIndex((w) => w.workflow === run.workflow),
          );
        },
      ],
      [`day:${day}`, config.budget_limit_per_day, () => known().day],
      [`month:${month}`, config.budget_limit_per_month, () => known().month],
      [`project:${this.project}`, config.budget_limit_per_project, () => known().project],
      [
        `agent:${run.agent}`,
        config.budget_limit_per_agent,
        () => {
          const { byAgent } = known();
          return of(
            byAgent,
            byAgent.findIndex((a) => a.agent === run.agent),
          );
        },
      ],
    ];
    for (const [id, limit, spent] of scopes) this.declareScope(id, limit, spent);
    return scopes.map(([id]) => id);
  }

  runEnded(id: string): void {
    const totals = this.book.totals(`run:${id}`);
    if (totals) {
      const { spent } = totals;
      this.lastRun = { id, limit: totals.limit ?? micros(0), spent, calls: totals.calls };
    }
    this.book.forget(`run:${id}`);
    this.seen.delete(`run:${id}`);
    this.open(`run:${id}`);
  }

  report(config: Config, now: number, pricesDate: string): BudgetReport {
    const day = dayOf(now);
    const stored = this.store.totals(this.project, day);
    const live = this.book.totals(`day:${day}`);
    const limit = config.budget_limit_per_day ?? micros(0);
    const spent = Math.max(stored.day, live?.spent ?? 0);
    const reserved = live?.reserved ?? 0;
    return {
      perRunLimitMicros: config.budget_limit_per_run,
      day: {
        scope: 'day',
        limitMicros: limit,
        spentMicros: spent,
        reservedMicros: reserved,
        remainingMicros: Math.max(0, limit - spent - reserved),
        calls: Math.max(stored.dayCalls, live?.calls ?? 0),
        enforced: config.cost_kill_enabled && config.budget_limit_per_day !== undefined,
        warnAt: WARN_AT,
      },
      byWorkflow: stored.byWorkflow.map((w) => ({
        workflow: w.workflow,
        spentMicros: w.spent,
        runs: w.runs,
      })),
      lastRun: this.lastRunView(config),
      pricesDate,
      forecast: forecastOf(stored.day, stored.byWorkflow),
    };
  }

  /** The newest run that ended; after a restart it comes from the store. */
  private lastRunView(config: Config): BudgetReport['lastRun'] {
    const last = this.lastRun ?? this.storedLastRun();
    if (!last) return null;
    return {
      scope: `run:${last.id}`,
      limitMicros: last.limit,
      spentMicros: last.spent,
      reservedMicros: 0,
      remainingMicros: Math.max(0, last.limit - last.spent),
      calls: last.calls,
      enforced: config.cost_kill_enabled,
      warnAt: WARN_AT,
    };
  }

  private storedLastRun(): typeof this.lastRun {
    const { items } = this.store.list({ project: this.project, limit: 20 });
    const ended = items.find((record) => record.summary.endedAt !== null);
    if (!ended) return null;
    const { id, budgetMicros, costMicros } = ended.summary;
    const calls = this.store.steps(id).reduce((sum, step) => sum + step.view.attempts, 0);
    return { id, limit: micros(budgetMicros), spent: micros(costMicros), calls };
  }

  /** What was spent before is looked up once; from then on the book itself counts. */
  private declareScope(id: string, limit: number | undefined, spent: () => Micros): void {
    this.book.declare({ id, limit: limit === undefined ? null : micros(limit) });
    const closed = this.closed.get(id);
    const raised = closed !== undefined && (limit === undefined || limit > closed.limit);
    if (raised) this.open(id);
    if (this.seen.has(id)) return;
    this.seen.add(id);
    this.book.restore(id, spent(), 0);
    if (closed !== undefined && !raised) this.book.bar(id, closed.overrun);
  }

  private open(scope: string): void {
    if (this.closed.delete(scope)) this.store.openBudget(this.project, scope);
  }
}

/** UTC day, YYYY-MM-DD. */
export function dayOf(now: number): string {
  return new Date(now).toISOString().slice(0, 10);
}

export function spentOf(totals: ScopeTotals | undefined): Micros {
  return totals?.spent ?? micros(0);
}

function forecastOf(today: number, workflows: readonly { spent: number; runs: number }[]): string {
  const runs = workflows.reduce((sum, w) => sum + w.runs, 0);
  if (runs === 0) return 'Nothing spent yet.';
  const spent = workflows.reduce((sum, w) => sum + w.spent, 0);
  const mean = Math.round(spent / runs);
  return `Mean of ${runs} run${runs === 1 ? '' : 's'} that spent: ${(mean / 1_000_000).toFixed(6)} USD; today ${(today / 1_000_000).toFixed(6)} USD.`;
}
