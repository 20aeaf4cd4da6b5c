import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RunSummary } from '../../../shared/contract/runs.ts';
import { micros } from '../../../shared/domain/money.ts';
import type { RunState } from '../../../shared/domain/states.ts';
import type { RunRecord, RunStore, StoredStep } from './port.ts';
import { openRunStore } from './store.ts';

let store: RunStore;
beforeEach(() => {
  store = openRunStore(':memory:');
});
afterEach(() => store.close());

function record(id: string, state: RunState = 'running', project = 'p', workflow = 'w'): RunRecord {
  return {
    summary: {
      id,
      project,
      workflow,
      path: 'workflows/w.yml',
      startedBy: 'alice',
      startedAt: `2026-01-01T00:00:${id.padStart(2, '0')}.000Z`,
      endedAt: null,
      ms: null,
      state,
      stepsDone: 0,
      stepsTotal: 1,
      denied: 0,
      redacted: 0,
      costMicros: 0,
      reservedMicros: 0,
      budgetMicros: 1,
      ablations: [],
    },
    description: 'd',
    subject: 'workflows/w.yml',
    sourceSha256: '',
    labels: { version: '', owner: '', costCentre: '', tags: [] },
    resumes: 0,
    context: {},
    principal: { type: 'user', id: 'alice' },
    outputDirectory: null,
    firstSeq: null,
    lastSeq: null,
    policyDigest: '',
    level: 'strong',
    model: null,
  };
}

const STEP: StoredStep = {
  view: {
    index: 1,
    name: 's',
    agent: 'a',
    action: 'b',
    state: 'pending',
    startedAt: null,
    endedAt: null,
    ms: null,
    attempts: 0,
    verdict: null,
    denied: 0,
    redacted: {},
    costMicros: 0,
    tokensIn: 0,
    tokensOut: 0,
    records: [],
  },
  status: null,
  output: null,
  items: {},
};

function spend(effect: string, n: number, day = '2026-01-31', workflow = 'w') {
  store.spend({
    effect,
    project: 'p',
    run: effect.slice(0, 1),
    step: 's',
    workflow,
    agent: 'llm',
    model: null,
    day,
    micros: micros(n),
    tokensIn: 0,
    tokensOut: 0,
  });
}

describe('the run store', () => {
  test('pages newest first without gap or double, also of those that match', () => {
    for (let i = 1; i <= 25; i += 1)
      store.create(record(String(i), 'succeeded', 'p', i % 2 ? 'odd' : 'even'), [STEP], {});
    store.create(record('99', 'failed', 'other'), [STEP], {});
    const seen: string[] = [];
    for (let before: string | undefined; ; ) {
      const page = store.list({ project: 'p', limit: 7, ...(before ? { before } : {}) });
      expect(page.total).toBe(25);
      seen.push(...page.items.map((r) => r.summary.id));
      if (page.cursor === null) break;
      before = page.cursor;
    }
    expect(seen).toEqual(Array.from({ length: 25 }, (_, i) => String(25 - i)));
    const odd = (run: RunSummary): boolean => run.workflow === 'odd';
    const found: string[] = [];
    for (let before: string | undefined; ; ) {
      const page = store.list({ project: 'p', limit: 5, matches: odd, ...(before && { before }) });
      expect(page.total).toBe(13);
      found.push(...page.items.map((r) => r.summary.id));
      if (page.cursor === null) break;
      before = page.cursor;
    }
    expect(found).toEqual(seen.filter((id) => Number(id) % 2 === 1));
    expect(store.list({ project: 'p', limit: 50, matches: () => false })).toMatchObject({
      total: 0,
      cursor: null,
    });
    expect(() => store.list({ project: 'p', limit: 5, before: 'x' })).toThrow(
      expect.objectContaining({ code: 'INPUT_INVALID' }),
    );
  });

  test('keeps steps, items and sources, and knows what has not ended', () => {
    store.create(record('1'), [STEP], { 'workflows/w.yml': 'text' });
    store.saveItem('1', 1, '0', { text: 'a' });
    store.saveStep('1', {
      ...STEP,
      status: 'success',
      output: { text: 'x' },
      items: { 0: 'ignored' },
    });
    expect(store.steps('1')).toMatchObject([{ status: 'success', items: { 0: { text: 'a' } } }]);
    expect(store.sources('1')).toEqual({ 'workflows/w.yml': 'text' });
    expect(store.unfinished('p').map((r) => r.summary.id)).toEqual(['1']);
    store.saveRun(record('1', 'killed'));
    expect(store.unfinished('p')).toEqual([]);
  });

  test('money is counted once per effect, by day, month, workflow and agent', () => {
    spend('1a', 5);
    spend('1a', 5);
    spend('2b', 7, '2026-01-02', 'v');
    spend('3c', 11, '2025-12-31');
    const totals = store.totals('p', '2026-01-31');
    expect(totals).toMatchObject({ project: 23, day: 5, month: 12, dayCalls: 1 });
    expect(totals.byWorkflow).toEqual([
      { workflow: 'w', spent: 16, runs: 2 },
      { workflow: 'v', spent: 7, runs: 1 },
    ]);
    expect(totals.byAgent).toEqual([{ agent: 'llm', spent: 23 }]);
  });

  test('a batch that fails leaves nothing; erasing leaves money and other projects', () => {
    store.create(record('1'), [STEP], {});
    expect(() =>
      store.atomically(() => {
        store.log('1', null, { n: 1, at: '', stream: 'run', text: 'a' });
        store.log('1', null, { n: 1, at: '', stream: 'run', text: 'b' });
      }),
    ).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
    expect(store.logs('1', 10)).toEqual([]);
    store.create(record('2', 'succeeded', 'other'), [STEP], {});
    spend('1a', 5);
    store.erase('p');
    expect(store.run('1')).toBeNull();
    expect(store.steps('1')).toEqual([]);
    expect(store.run('2')).not.toBeNull();
    expect(store.totals('p', '2026-01-31').project).toBe(5);
  });

  test('gives the newest log lines, oldest first', () => {
    store.create(record('1'), [STEP], {});
    for (let n = 1; n <= 5; n += 1)
      store.log('1', 1, { n, at: '', stream: 'stdout', text: String(n) });
    expect(store.logs('1', 3).map((l) => l.text)).toEqual(['3', '4', '5']);
  });
});
