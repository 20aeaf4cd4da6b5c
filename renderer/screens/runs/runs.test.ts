import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RunSummary, StepView } from '../../../shared/contract/runs.ts';
import { RUN_END_STATES, RUN_STATES, STEP_STATES } from '../../../shared/domain/states.ts';
import { runLook, stepLook } from './look.ts';
import { totals } from './totals.ts';
import { mergeLog, mergeSteps } from './use-run.ts';
import { axisOf, barOf, markLabels } from './waterfall.ts';

test('the sum row equals its leaves to the micro-dollar', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 1_000_000_000 })), (costs) => {
      const runs = costs.map(
        (costMicros) => ({ costMicros, denied: 1, redacted: 2 }) as RunSummary,
      );
      const sum = totals(runs);
      expect(sum.costMicros).toBe(costs.reduce((a, b) => a + b, 0));
      expect(sum.denied).toBe(costs.length);
    }),
  );
});

test('every state of a run and of a step has shape, colour and word', () => {
  for (const state of RUN_STATES) expect(runLook({ state }).word).toMatch(/^state\./);
  for (const state of STEP_STATES) expect(stepLook({ state, verdict: null }).glyph).not.toBe('');
});

test('a run stopped by its budget is not drawn like one a person killed', () => {
  const error = { code: 'BUDGET_EXCEEDED' as const, message: '' };
  expect(runLook({ state: 'killed', error }).word).toBe('state.budgetStop');
  expect(runLook({ state: 'killed' }).word).toBe('state.killed');
});

test('an axis ends after the run and has few marks', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100_000_000 }), (ms) => {
      const { end, marks } = axisOf(ms);
      expect(end).toBeGreaterThanOrEqual(ms);
      expect(marks.length).toBeGreaterThan(0);
      expect(marks.length).toBeLessThanOrEqual(7);
      expect(marks.at(-1)).toBeLessThan(end);
    }),
  );
});

test('marks name their unit once, so that short axes stay legible', () => {
  expect(markLabels([0, 100, 200, 300])).toEqual(['0', '100', '200', '300 ms']);
  expect(markLabels([0, 500, 1000, 1500])).toEqual(['0', '0.5', '1', '1.5 s']);
  expect(markLabels([0, 300_000, 600_000])).toEqual(['0', '5', '10 min']);
  expect(markLabels([0, 3_600_000, 7_200_000])).toEqual(['0', '1', '2 h']);
  expect(markLabels([0, 15_000, 30_000, 45_000, 60_000])).toEqual([
    '0',
    '0.25',
    '0.5',
    '0.75',
    '1 min',
  ]);
  expect(markLabels([0])).toEqual(['0 ms']);
});

test('a bar stays on the axis, and a step that never started has none', () => {
  expect(barOf({ startedAt: null, endedAt: null }, 0, 100, 50)).toBeNull();
  const start = Date.parse('2026-01-01T00:00:00.000Z');
  const at = (ms: number) => new Date(start + ms).toISOString();
  expect(barOf({ startedAt: at(20), endedAt: null }, start, 100, start + 70)).toEqual({
    left: 20,
    width: 50,
  });
  const past = barOf({ startedAt: at(90), endedAt: at(900) }, start, 100, start);
  expect((past?.left ?? 0) + (past?.width ?? 0)).toBeLessThanOrEqual(100);
});

test('newer steps and lines of the stream take the place of read ones, each once', () => {
  const step = (index: number, state: StepView['state']) => ({ index, state }) as StepView;
  const trace = {
    steps: new Map([[2, step(2, 'running')]]),
    log: [{ n: 2, at: '', stream: 'run' as const, text: 'b' }],
  };
  expect(mergeSteps([step(1, 'succeeded'), step(2, 'pending')], trace).map((s) => s.state)).toEqual(
    ['succeeded', 'running'],
  );
  const line = (n: number) => ({ n, at: '', stream: 'run' as const, text: '' });
  expect(mergeLog([line(1), line(2)], trace).map((l) => l.n)).toEqual([1, 2]);
});

test('what a silent helper said of a live run is not shown as if it were so now', () => {
  for (const state of RUN_STATES) {
    const word = runLook({ state }, true).word;
    expect(word).toBe(RUN_END_STATES.has(state) ? runLook({ state }).word : 'state.unknown');
  }
  expect(stepLook({ state: 'running', verdict: null }, true).word).toBe('state.unknown');
  expect(stepLook({ state: 'succeeded', verdict: null }, true).word).toBe('state.allowed');
});
