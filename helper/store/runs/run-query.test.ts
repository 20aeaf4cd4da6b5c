import { expect, test } from 'vitest';
import type { RunSummary } from '../../../shared/contract/runs.ts';
import { RUN_FIELDS } from '../../../shared/query/fields.ts';
import { runFilter } from './run-query.ts';

const NOW = Date.parse('2026-11-20T14:00:00.000Z');

const RUN: RunSummary = {
  id: 'run_1',
  project: 'p',
  workflow: 'Document review',
  path: 'workflows/sample.yml',
  startedBy: 'alice',
  startedAt: '2026-11-20T13:30:00.000Z',
  endedAt: null,
  ms: null,
  state: 'running',
  stepsDone: 0,
  stepsTotal: 2,
  denied: 1,
  redacted: 4,
  costMicros: 60_000,
  reservedMicros: 0,
  budgetMicros: 1_000_000,
  ablations: [],
};

const holds = (q: string, change: Partial<RunSummary> = {}): boolean =>
  runFilter(q, NOW)?.({ ...RUN, ...change }) ?? true;

test.each([
  ['', true],
  ['document sample', true],
  ['"document review"', true],
  ['id:run_1', true],
  ['run:run_*', true],
  ['workflow:Document*', true],
  ['by:bob', false],
  ['-by:bob', true],
  ['state:running', true],
  ['cost:>0.05', true],
  ['cost:>0.06', false],
  ['time:1h', true],
  ['time:10m', false],
  ['is:denied is:live is:redacted', true],
  ['is:done OR is:failed OR is:killed', false],
])('%s', (q, expected) => {
  expect(holds(q)).toBe(expected);
});

test('every flag and field of the table is known to the matcher', () => {
  const states = { failed: 'failed', killed: 'killed', done: 'succeeded' } as const;
  for (const flag of RUN_FIELDS.flags) {
    const state = states[flag as keyof typeof states] ?? 'running';
    expect(holds(`is:${flag}`, { state }), flag).toBe(true);
  }
  for (const [field, type] of Object.entries(RUN_FIELDS.fields)) {
    if (type !== 'text') continue;
    const first = { workflow: 'D', by: 'a' }[field] ?? 'r';
    expect(holds(`${field}:${first}*`), field).toBe(true);
  }
});

test('a faulty filter is refused, never answered with an empty list', () => {
  expect(() => runFilter('colour:red', NOW)).toThrow(
    expect.objectContaining({ code: 'INPUT_INVALID' }),
  );
});
