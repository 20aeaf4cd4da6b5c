import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { micros } from '../../../shared/domain/money.ts';
import { BudgetBook, budgetLimit, remainingOf } from './book.ts';
import { countAnswer, countCall, countStep, type LoopLimits, newLoopState } from './loop.ts';

function bookOf(...limits: (number | null)[]): { book: BudgetBook; scopes: string[] } {
  const book = new BudgetBook();
  const scopes = limits.map((limit, i) => {
    book.declare({ id: `s${i}`, limit: limit === null ? null : micros(limit) });
    return `s${i}`;
  });
  return { book, scopes };
}

describe('the budget book', () => {
  test.each([
    0,
    -1,
    Number.NaN,
    1e300,
    0.5,
    Number.POSITIVE_INFINITY,
    -0,
  ])('refuses %s as a limit', (n) => {
    expect(() => budgetLimit(n)).toThrow(expect.objectContaining({ code: 'INPUT_INVALID' }));
  });

  test.each([-1, Number.NaN, 1e300, 0.5])('refuses to reserve %s', (n) => {
    const { book, scopes } = bookOf(10);
    expect(() => book.reserve('h', n as never, scopes)).toThrow(
      expect.objectContaining({ code: 'INPUT_INVALID' }),
    );
    expect(book.totals('s0')).toMatchObject({ reserved: 0, calls: 0 });
  });

  test('of two that want the last cent the first gets it and the other is told what is left', () => {
    const { book, scopes } = bookOf(100);
    expect(book.reserve('a', micros(60), scopes)).toEqual({ ok: true });
    expect(book.reserve('b', micros(41), scopes)).toEqual({
      ok: false,
      scope: 's0',
      limit: 100,
      remaining: 40,
      need: 41,
      overrun: 0,
    });
    expect(book.reserve('b', micros(40), scopes)).toEqual({ ok: true });
  });

  test('a refusal in one scope leaves no trace in the others', () => {
    const { book, scopes } = bookOf(100, 5, null);
    expect(book.reserve('a', micros(6), scopes)).toMatchObject({ ok: false, scope: 's1' });
    expect(scopes.map((s) => book.totals(s)?.reserved)).toEqual([0, 0, 0]);
  });

  test('a claim above its reservation is charged as far as it was held; the rest bars all further money', () => {
    const { book, scopes } = bookOf(100, null);
    book.reserve('a', micros(10), scopes);
    book.reserve('b', micros(50), scopes);
    expect(book.settle('a', micros(70))).toMatchObject({ charged: 10, overrun: 60 });
    expect(book.totals('s0')).toMatchObject({ spent: 10, reserved: 50, overrun: 60 });
    book.release('b');
    expect(book.reserve('c', micros(0), scopes)).toMatchObject({ ok: false, overrun: 60 });
    // Only a person who raises the limit lets it go on; the same or a lower limit does not.
    book.declare({ id: 's0', limit: micros(100) });
    book.declare({ id: 's0', limit: micros(90) });
    expect(book.reserve('c', micros(1), scopes).ok).toBe(false);
    book.declare({ id: 's0', limit: micros(110) });
    expect(book.reserve('c', micros(100), scopes)).toEqual({ ok: true });
  });

  test('alerts come once each, at 50, 80 and 100 percent', () => {
    const { book, scopes } = bookOf(100);
    const seen = [49, 1, 30, 19, 1].flatMap((cost, i) => {
      book.reserve(`h${i}`, micros(cost), scopes);
      return book.settle(`h${i}`, micros(cost)).alerts.map((a) => a.percent);
    });
    expect(seen).toEqual([50, 80, 100]);
  });

  test('what was spent above a limit that was lowered since leaves no room', () => {
    const { book, scopes } = bookOf(100);
    book.restore('s0', micros(130), 2);
    expect(book.totals('s0')).toMatchObject({ spent: 130, overrun: 0 });
    expect(book.reserve('a', micros(0), scopes).ok).toBe(false);
  });

  test('whatever is done in whatever order, no bounded scope goes over and no cent is lost', () => {
    const action = fc.record({
      kind: fc.constantFrom('reserve', 'settle', 'release', 'extend'),
      hold: fc.integer({ min: 0, max: 7 }),
      amount: fc.integer({ min: 0, max: 80 }),
      scopes: fc.subarray([0, 1, 2, 3], { minLength: 1 }),
    });
    void fc.assert(
      fc.property(fc.array(action, { maxLength: 80 }), (actions) => {
        const { book, scopes } = bookOf(100, 250, 60, null);
        const held = new Map<number, { amount: number; scopes: string[] }>();
        const paid = new Map<string, number>();
        const admitted = new Map<string, number>();
        for (const { kind, hold, amount, scopes: picked } of actions) {
          const mine = picked.map((i) => scopes[i] as string);
          const known = held.get(hold);
          if (kind === 'reserve' && !known) {
            if (book.reserve(`${hold}`, micros(amount), mine).ok) {
              held.set(hold, { amount, scopes: mine });
            }
          } else if (kind === 'extend' && known) {
            if (book.extend(`${hold}`, micros(amount)).ok) {
              known.amount = Math.max(known.amount, amount);
            }
          } else if (kind === 'settle' && known) {
            book.settle(`${hold}`, micros(amount));
            for (const s of known.scopes) {
              paid.set(s, (paid.get(s) ?? 0) + amount);
              admitted.set(s, (admitted.get(s) ?? 0) + known.amount);
            }
            held.delete(hold);
          } else if (kind === 'release' && known) {
            book.release(`${hold}`);
            held.delete(hold);
          }
          for (const id of scopes) {
            const totals = book.totals(id);
            if (!totals) throw new Error('scope lost');
            const reserved = [...held.values()]
              .filter((h) => h.scopes.includes(id))
              .reduce((sum, h) => sum + h.amount, 0);
            expect(totals.reserved).toBe(reserved);
            expect(totals.spent + totals.overrun).toBe(paid.get(id) ?? 0);
            expect(totals.spent).toBeLessThanOrEqual(admitted.get(id) ?? 0);
            if (totals.limit !== null) {
              expect(totals.spent + totals.reserved).toBeLessThanOrEqual(totals.limit);
              expect(remainingOf(totals)).toBeGreaterThanOrEqual(0);
            }
          }
        }
      }),
      { numRuns: 300 },
    );
  });
});

const LIMITS: LoopLimits = {
  maxSteps: 3,
  maxEffects: 100,
  maxIdentical: 4,
  maxCycles: 3,
  wallMs: 1000,
};

describe('loop detection', () => {
  test('counts steps and wall clock', () => {
    const state = newLoopState(0);
    expect([1, 2, 3].map(() => countStep(state, LIMITS, 10))).toEqual([null, null, null]);
    expect(countStep(state, LIMITS, 10)).toEqual({ kind: 'steps', limit: 3 });
    expect(countCall(newLoopState(0), 'a', LIMITS, 1001)).toMatchObject({ kind: 'wall' });
  });

  test('finds the same call made again and again, whatever stands between', () => {
    const state = newLoopState(0);
    const calls = ['a', 'b', 'a', 'c', 'a', 'd', 'a', 'e'].map((c) =>
      countCall(state, c, LIMITS, 0),
    );
    expect(calls.every((f) => f === null)).toBe(true);
    expect(countCall(state, 'a', LIMITS, 0)).toEqual({ kind: 'identical', limit: 4 });
  });

  test('finds circles of two to eight calls without progress, and no progress as progress', () => {
    for (let period = 2; period <= 8; period += 1) {
      const state = newLoopState(0);
      const found = Array.from({ length: period * 4 }, (_, i) =>
        countAnswer(state, `c${i % period}`, LIMITS),
      );
      expect(found.at(-1)).toMatchObject({ kind: 'cycle', period });
      expect(found.slice(0, -1).every((f) => f === null)).toBe(true);
    }
    const moving = newLoopState(0);
    const fine = Array.from({ length: 200 }, (_, i) => countAnswer(moving, `c${i}`, LIMITS));
    expect(fine.every((f) => f === null)).toBe(true);
  });
});
