import { AkiosError } from '../../../shared/domain/errors.ts';
import { MAX_MICROS, type Micros, micros } from '../../../shared/domain/money.ts';

/** A bound shared by everything that spends in its name; `limit` null = counted, not bounded. */
export interface BudgetScope {
  /** `run:ID`, `workflow:NAME`, `day:2026-01-31`, `month:2026-01`, `project:ID`, `agent:NAME`. */
  id: string;
  limit: Micros | null;
}

export interface ScopeTotals {
  id: string;
  limit: Micros | null;
  spent: Micros;
  reserved: Micros;
  /** What was claimed beyond reservations: never spent, and bars every further reservation. */
  overrun: Micros;
  calls: number;
}

export interface BudgetAlert {
  scope: string;
  percent: 50 | 80 | 100;
  spent: Micros;
  limit: Micros;
}

export type Reservation =
  | { ok: true }
  | {
      ok: false;
      scope: string;
      limit: Micros;
      remaining: Micros;
      need: Micros;
      /** Above zero: barred by an overrun, whatever would still fit. */
      overrun: Micros;
    };

export interface Settlement {
  /** Never more than was held. */
  charged: Micros;
  /** What was claimed beyond that. */
  overrun: Micros;
  alerts: BudgetAlert[];
}

interface Hold {
  id: string;
  amount: Micros;
  scopes: readonly string[];
}

export interface BudgetSnapshot {
  scopes: ScopeTotals[];
  holds: { id: string; amount: Micros; scopes: readonly string[] }[];
}

export const ALERT_PERCENTS = [50, 80, 100] as const;

const MAX = micros(MAX_MICROS);

/** The one comparison that admits money; a named function so that tests can show it matters. */
export type Fits = (totals: ScopeTotals, more: Micros) => boolean;
export const fitsWithin: Fits = (totals, more) =>
  totals.limit === null ||
  (totals.overrun === 0 && totals.spent + totals.reserved + more <= totals.limit);

/** What a settlement may charge; named for the same reason. */
export type Charge = (held: Micros, claimed: Micros) => Micros;
export const chargeWithin: Charge = (held, claimed) => micros(Math.min(held, claimed));

/**
 * Checks a bound a person gave: whole micro-dollars, above 0, at most one billion dollars.
 * @throws AkiosError INPUT_INVALID (0, negative, NaN, fractions, 1e300)
 */
export function budgetLimit(n: number): Micros {
  if (!(n > 0)) {
    throw new AkiosError('INPUT_INVALID', `A budget must be above zero, not ${String(n)}.`, {
      hint: 'Leave the budget out for the default, or raise the cage with --no-budget to measure without one.',
    });
  }
  return micros(n);
}

/**
 * Money of one project, in integer micro-dollars: reserve the worst case, then settle or release.
 * For every bounded scope `spent + reserved <= limit` holds after every call, because nothing is
 * charged that was not held. Who claims more than was held has broken the bound of the call: the
 * claim is kept as an overrun, and every bounded scope it touches admits nothing more until a person
 * raises its limit. No I/O, no clock; the engine keeps what was settled and gives it back at start.
 */
export class BudgetBook {
  private readonly scopes = new Map<string, ScopeTotals>();
  private readonly holds = new Map<string, Hold>();
  private readonly fits: Fits;
  private readonly charge: Charge;

  constructor(snapshot?: BudgetSnapshot, fits: Fits = fitsWithin, charge: Charge = chargeWithin) {
    this.fits = fits;
    this.charge = charge;
    for (const totals of snapshot?.scopes ?? []) this.scopes.set(totals.id, { ...totals });
    for (const hold of snapshot?.holds ?? []) this.holds.set(hold.id, { ...hold });
  }

  /**
   * Declares a scope or changes its limit; what was spent stays. A lower limit only bars new money; a
   * higher one is a person's word after an overrun.
   */
  declare(scope: BudgetScope): void {
    const known = this.scopes.get(scope.id);
    if (!known) {
      this.scopes.set(scope.id, emptyTotals(scope));
      return;
    }
    const raised = known.limit !== null && (scope.limit === null || scope.limit > known.limit);
    if (raised) known.overrun = micros(0);
    known.limit = scope.limit;
  }

  /** Forgets a scope that nothing holds any more (an ended run). */
  forget(scope: string): void {
    for (const hold of this.holds.values()) if (hold.scopes.includes(scope)) return;
    this.scopes.delete(scope);
  }

  /**
   * Holds `amount` in all scopes, or in none. Two callers that want the last cent: the first wins.
   * @throws AkiosError INTERNAL for an unknown scope or a hold id used twice
   */
  reserve(hold: string, amount: Micros, scopes: readonly string[]): Reservation {
    const need = micros(amount);
    if (this.holds.has(hold)) throw bug(`reservation ${hold} exists`);
    const refused = this.refusal(need, scopes);
    if (refused) return refused;
    for (const id of scopes) {
      const totals = this.of(id);
      totals.reserved = micros(totals.reserved + need);
      totals.calls += 1;
    }
    this.holds.set(hold, { id: hold, amount: need, scopes: [...scopes] });
    return { ok: true };
  }

  /** Raises a hold to `amount` (never lowers it), under the same test as a new one. */
  extend(hold: string, amount: Micros): Reservation {
    const held = this.holdOf(hold);
    if (amount <= held.amount) return { ok: true };
    const more = micros(amount - held.amount);
    const refused = this.refusal(more, held.scopes);
    if (refused) return refused;
    for (const id of held.scopes) {
      const totals = this.of(id);
      totals.reserved = micros(totals.reserved + more);
    }
    held.amount = micros(amount);
    return { ok: true };
  }

  /** Ends a hold with what was claimed for it; the claim beyond the hold is an overrun. */
  settle(hold: string, claimed: Micros): Settlement {
    const held = this.holdOf(hold);
    const charged = this.charge(held.amount, micros(claimed));
    const overrun = micros(Math.max(0, claimed - charged));
    this.holds.delete(hold);
    const alerts: BudgetAlert[] = [];
    for (const id of held.scopes) {
      const totals = this.of(id);
      totals.reserved = micros(totals.reserved - held.amount);
      const before = totals.spent;
      totals.spent = micros(totals.spent + charged);
      totals.overrun = micros(Math.min(MAX_MICROS, totals.overrun + overrun));
      alerts.push(...crossed(totals, before));
    }
    return { charged, overrun, alerts };
  }

  /** Ends a hold whose effect certainly did not happen. */
  release(hold: string): void {
    const held = this.holdOf(hold);
    this.holds.delete(hold);
    for (const id of held.scopes) {
      const totals = this.of(id);
      totals.reserved = micros(totals.reserved - held.amount);
      totals.calls -= 1;
    }
  }

  /** Bars a scope that an overrun has barred, also again after a restart. */
  bar(scope: string, overrun: Micros): void {
    const totals = this.of(scope);
    totals.overrun = micros(Math.max(totals.overrun, overrun));
  }

  /** Puts back what earlier runs spent, after a restart. */
  restore(scope: string, spent: Micros, calls: number): void {
    const totals = this.of(scope);
    totals.spent = micros(totals.spent + spent);
    totals.calls += calls;
  }

  totals(scope: string): ScopeTotals | undefined {
    const totals = this.scopes.get(scope);
    return totals ? { ...totals } : undefined;
  }

  snapshot(): BudgetSnapshot {
    return {
      scopes: [...this.scopes.values()].map((t) => ({ ...t })),
      holds: [...this.holds.values()].map((h) => ({ ...h })),
    };
  }

  private refusal(need: Micros, scopes: readonly string[]): Reservation | null {
    for (const id of scopes) {
      const totals = this.of(id);
      if (!this.fits(totals, need)) {
        const { overrun, limit } = totals;
        const remaining = overrun > 0 ? micros(0) : remainingOf(totals);
        return { ok: false, scope: id, limit: limit ?? MAX, remaining, need, overrun };
      }
    }
    return null;
  }

  private of(scope: string): ScopeTotals {
    const totals = this.scopes.get(scope);
    if (!totals) throw bug(`budget scope ${scope} is not declared`);
    return totals;
  }

  private holdOf(hold: string): Hold {
    const held = this.holds.get(hold);
    if (!held) throw bug(`reservation ${hold} does not exist`);
    return held;
  }
}

/** What a bounded scope can still reserve; MAX_MICROS when it has no bound. */
export function remainingOf(totals: ScopeTotals): Micros {
  if (totals.limit === null) return MAX;
  return micros(Math.max(0, totals.limit - totals.spent - totals.reserved));
}

function emptyTotals(scope: BudgetScope): ScopeTotals {
  const zero = micros(0);
  return { id: scope.id, limit: scope.limit, spent: zero, reserved: zero, overrun: zero, calls: 0 };
}

function crossed(totals: ScopeTotals, before: number): BudgetAlert[] {
  const { limit } = totals;
  if (limit === null) return [];
  const after = totals.spent;
  const reached = (sum: number, percent: number) => sum * 100 >= limit * percent;
  return ALERT_PERCENTS.filter((p) => reached(after, p) && !reached(before, p)).map((percent) => ({
    scope: totals.id,
    percent,
    spent: micros(after),
    limit,
  }));
}

function bug(message: string): AkiosError {
  return new AkiosError('INTERNAL', `Budget book: ${message}.`);
}
