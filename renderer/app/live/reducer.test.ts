import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CageStatus } from '../../../shared/contract/cage.ts';
import type { ConsoleEvent } from '../../../shared/contract/events.ts';
import type { RunSummary, StepView } from '../../../shared/contract/runs.ts';
import type { BudgetReport } from '../../../shared/contract/system.ts';
import { applyEvent, type LiveData, NO_DATA } from './reducer.ts';

const cage = { state: 'up' } as CageStatus;
const budget = { forecast: '' } as BudgetReport;
const snapshot = (n: number, boot = 'a'): ConsoleEvent => ({
  kind: 'snapshot',
  n,
  boot,
  cage,
  runs: [],
  budget,
  ledger: null,
});
const beat = (n: number): ConsoleEvent => ({
  kind: 'heartbeat',
  n,
  at: '2026-11-20T14:32:07.000Z',
});

function stateOf(...events: ConsoleEvent[]): LiveData {
  return events.reduce((data, event) => {
    const applied = applyEvent(data, event);
    if (!applied.ok) throw new Error(applied.why);
    return applied.data;
  }, NO_DATA);
}

describe('numbers', () => {
  test('a delta before any snapshot is refused', () => {
    expect(applyEvent(NO_DATA, beat(1))).toEqual({ ok: false, why: 'no snapshot' });
  });
  test('a number that does not follow is a gap, forwards and backwards', () => {
    const data = stateOf(snapshot(4), beat(5));
    expect(applyEvent(data, beat(7))).toEqual({ ok: false, why: 'gap' });
    expect(applyEvent(data, beat(5))).toEqual({ ok: false, why: 'gap' });
    expect(applyEvent(data, beat(6)).ok).toBe(true);
  });
  test('whatever order events come in, only the exact sequence passes', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([1, 2, 3, 4, 5, 6], { minLength: 1 }), (order) => {
        let data = stateOf(snapshot(0));
        let good = true;
        for (const n of order) {
          const applied = applyEvent(data, beat(n));
          if (n !== data.n + 1) good = false;
          expect(applied.ok).toBe(n === data.n + 1);
          if (applied.ok) data = applied.data;
        }
        if (good) expect(data.n).toBe(order.length);
      }),
    );
  });
  test('a snapshot replaces everything, and drops what may have been lost in between', () => {
    const step = { index: 1, name: 'read' } as StepView;
    const data = stateOf(snapshot(0), { kind: 'step', n: 1, run: 'r', step });
    expect(data.traces.get('r')?.steps.get(1)?.name).toBe('read');
    expect(
      stateOf(snapshot(0), { kind: 'step', n: 1, run: 'r', step }, snapshot(9)).traces.size,
    ).toBe(0);
  });
});

test('ledger rows stand newest first, each batch before the older ones', () => {
  const row = (seq: number) => ({ seq }) as never;
  const data = stateOf(
    snapshot(0),
    { kind: 'ledger', n: 1, rows: [row(3), row(4)], checkpoint: null },
    { kind: 'ledger', n: 2, rows: [row(5)], checkpoint: null },
  );
  expect(data.tail.map((r) => r.seq)).toEqual([5, 4, 3]);
});

test('memory stays bounded however many lines and rows arrive', () => {
  let data = stateOf(snapshot(0));
  for (let n = 1; n <= 6000; n++) {
    const event: ConsoleEvent =
      n % 2 === 0
        ? { kind: 'ledger', n, rows: [{ seq: n } as never], checkpoint: null }
        : { kind: 'log', n, run: 'r', step: null, line: { n, at: '', stream: 'run', text: '' } };
    const applied = applyEvent(data, event);
    if (applied.ok) data = applied.data;
  }
  expect(data.n).toBe(6000);
  expect(data.tail.length).toBe(500);
  expect(data.traces.get('r')?.log.length).toBe(2000);
});

test('a run that changes is replaced, not listed twice', () => {
  const run = (state: RunSummary['state']) => ({ id: 'r', startedAt: '1', state }) as RunSummary;
  const data = stateOf(
    snapshot(0),
    { kind: 'run', n: 1, run: run('running') },
    { kind: 'run', n: 2, run: run('killed') },
  );
  expect(data.runs.map((r) => r.state)).toEqual(['killed']);
});
