import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { ApprovalAsk } from '../../engine/port.ts';
import { ALICE, makeRig, type Rig } from './harness.ts';
import { head, openLab, query } from './lab.ts';

const lab = openLab();

describe('money', () => {
  const cost = (name: string, n: number) => query(name, `, parameters: {cost: ${n}}`);

  test('a run stops at its cap before the call, never after it', async () => {
    const { ended, detail } = await lab.run(
      `${head}budget: 0.0001\nsteps:\n${cost('a', 60)}${cost('b', 60)}`,
    );
    expect(ended).toMatchObject({
      state: 'killed',
      costMicros: 60,
      budgetMicros: 100,
      error: { code: 'BUDGET_EXCEEDED' },
    });
    expect(lab.rig.calls).toHaveLength(1);
    expect(detail.steps.reduce((sum, s) => sum + s.costMicros, 0)).toBe(ended.costMicros);
  });

  test.each([
    '0',
    '"0.00"',
  ])('a budget of %s is refused before anything happens', async (budget) => {
    await expect(
      lab.start(`${head}budget: ${budget}\nsteps:\n${query('a')}`),
    ).rejects.toMatchObject({
      code: 'WORKFLOW_INVALID',
      where: 'workflows/test.yml:3:9',
    });
    expect(lab.rig.calls).toEqual([]);
  });

  test('an unknown price is a refusal', async () => {
    const { ended } = await lab.run(`${head}steps:\n${query('a', ', parameters: {to: unpriced}')}`);
    expect(ended.error?.code).toBe('PRICE_UNKNOWN');
    expect(lab.rig.calls).toEqual([]);
  });

  test('usage that is missing or nonsense is charged in full', async () => {
    for (const [reported, charged] of [
      [undefined, 50],
      [-3, 50],
      [1.5, 50],
      [Number.NaN, 50],
      [1e300, 50],
      ['7', 50],
      [7, 7],
    ] as const) {
      const { ended } = await lab.run(`${head}steps:\n${cost('a', 50)}`, {}, (r) =>
        r.script('a', () => ({
          output: { text: 'x' },
          ...(reported === undefined ? {} : { costMicros: reported as never }),
        })),
      );
      expect(ended.costMicros, String(reported)).toBe(charged);
      await lab.rig.close();
    }
    await lab.make();
  });

  test('a claim beyond the reservation is never paid: it is recorded, and ends the run and all who share the budget', async () => {
    await lab.make({ config: 'budget_limit_per_day: 0.001' });
    let first: () => void = () => undefined;
    const lied = new Promise<void>((resolve) => {
      first = resolve;
    });
    lab.rig.script('liar', () => ({ output: { text: 'x' }, costMicros: 80 as never }));
    lab.rig.script('honest', async () => {
      await lied;
      return { output: { text: 'x' }, costMicros: 5 as never };
    });
    const sharer = await lab.rig.engine.start(
      'p1',
      lab.rig.workflow(
        `${head}steps:\n${cost('honest', 10)}${cost('after', 10)}`,
        'workflows/b.yml',
      ),
      ALICE,
    );
    const liar = await lab.rig.engine.start(
      'p1',
      lab.rig.workflow(`${head}steps:\n${cost('liar', 50)}${query('next')}`, 'workflows/a.yml'),
      ALICE,
    );
    const ended = await lab.rig.engine.wait(liar.id);
    first();
    const shared = await lab.rig.engine.wait(sharer.id);
    expect(lab.rig.bugs).toEqual([]);
    expect(ended).toMatchObject({
      state: 'killed',
      costMicros: 50,
      error: { code: 'BUDGET_EXCEEDED', details: { overrun_micros: 30 } },
    });
    // What was under way ends and is paid within its reservation; the next effect does not begin.
    expect(shared).toMatchObject({
      state: 'killed',
      costMicros: 5,
      error: { code: 'BUDGET_EXCEEDED', details: { overrun_micros: 30 } },
    });
    expect(lab.rig.calls.map((call) => call.step).toSorted()).toEqual(['honest', 'liar']);
    const rows = lab.rig.rows();
    expect(rows.filter((row) => row['type'] === 'budget.overrun')).toMatchObject([
      {
        run: liar.id,
        step: 'liar',
        data: { charged_micros: 50, overrun_micros: 30, closed: expect.stringContaining('day:') },
      },
    ]);
    const outcome = rows.find((row) => row['type'] === 'tool.outcome' && row['run'] === liar.id);
    expect(outcome).toMatchObject({ budget: { delta: 50 }, data: { overrun_micros: 30 } });
    expect((await lab.rig.engine.budget('p1')).day).toMatchObject({
      spentMicros: 55,
      reservedMicros: 0,
    });
  });

  describe('a budget that an overrun closed', () => {
    const dirs: string[] = [];
    afterAll(() => {
      for (const dir of dirs) rmSync(dir, { recursive: true, force: true });
    });
    const DAY = 'budget_limit_per_day: 0.001';

    /** A helper on `dir` for the time of `work`; a helper that comes back recovers first. */
    async function helper<T>(dir: string, config: string, work: (rig: Rig) => Promise<T>) {
      const rig = await makeRig({ dir, config });
      try {
        await rig.engine.recover('p1');
        return await work(rig);
      } finally {
        await rig.close();
      }
    }
    const honest = async (rig: Rig): Promise<string> => {
      const path = rig.workflow(`${head}steps:\n${cost('honest', 10)}`, 'workflows/b.yml');
      const { id } = await rig.engine.start('p1', path, ALICE);
      const ended = await rig.engine.wait(id);
      return ended.error?.code ?? ended.state;
    };
    const lie = async (rig: Rig) => {
      rig.script('liar', () => ({ output: { text: 'x' }, costMicros: 80 as never }));
      const path = rig.workflow(`${head}steps:\n${cost('liar', 50)}`, 'workflows/a.yml');
      const { id } = await rig.engine.start('p1', path, ALICE);
      expect((await rig.engine.wait(id)).error?.code).toBe('BUDGET_EXCEEDED');
      return id;
    };
    const folder = (): string => {
      const dir = mkdtempSync(join(tmpdir(), 'akios-overrun-'));
      dirs.push(dir);
      return dir;
    };

    test('stays closed for every later helper, until its limit is raised', async () => {
      const dir = folder();
      await helper(dir, DAY, lie);
      expect(await helper(dir, DAY, honest)).toBe('BUDGET_EXCEEDED');
      expect(await helper(dir, 'budget_limit_per_day: 0.0009', honest)).toBe('BUDGET_EXCEEDED');
      expect(await helper(dir, 'budget_limit_per_day: 0.002', honest)).toBe('succeeded');
      // That was a person's word: the older limit is an ordinary one again.
      expect(await helper(dir, DAY, honest)).toBe('succeeded');
    });

    test('is closed by recovery when the helper ended before it could be', async () => {
      const dir = folder();
      await helper(dir, DAY, async (rig) => {
        const { store } = rig;
        const close = store.closeBudgets.bind(store);
        store.closeBudgets = () => undefined;
        const id = await lie(rig);
        store.closeBudgets = close;
        const record = store.run(id);
        const [step] = store.steps(id);
        if (record === null || step === undefined) throw new Error('the run was lost');
        record.summary.state = 'running';
        record.summary.endedAt = null;
        step.view.state = 'running';
        step.view.records = [];
        store.saveBoth(record, { ...step, status: null, output: null });
      });
      expect(await helper(dir, DAY, honest)).toBe('BUDGET_EXCEEDED');
    });
  });

  test('at the cap a person may raise the budget of the run, and the same step goes on', async () => {
    const asked: ApprovalAsk[] = [];
    const { ended } = await lab.run(
      `${head}budget: 0.0001\nsteps:\n${cost('a', 60)}${cost('b', 60)}`,
      {
        config: 'budget_at_cap: ask',
        ports: {
          approver: {
            ask: async (question) => {
              asked.push(question);
              return { granted: true, by: 'bob', limitMicros: 500 };
            },
          },
        },
      },
    );
    expect(ended).toMatchObject({ state: 'succeeded', costMicros: 120, budgetMicros: 500 });
    expect(asked).toMatchObject([{ kind: 'budget', step: 'b' }]);
  });

  test('a hundred runs that share the budget of a day end at or below it, none lost', async () => {
    await lab.make({ config: 'budget_limit_per_day: 0.001\nmax_concurrent_runs: 100' });
    const path = lab.rig.workflow(`${head}steps:\n${cost('a', 7)}${cost('b', 9)}`);
    const runs = await Promise.all(
      Array.from({ length: 100 }, () => lab.rig.engine.start('p1', path, ALICE)),
    );
    const ended = await Promise.all(runs.map((r) => lab.rig.engine.wait(r.id)));
    const spent = ended.reduce((sum, r) => sum + r.costMicros, 0);
    expect(spent).toBeLessThanOrEqual(1000);
    expect(spent).toBeGreaterThan(1000 - 9);
    expect(spent).toBe(lab.rig.calls.reduce((sum, c) => sum + Number(c.params['cost']), 0));
    expect((await lab.rig.engine.budget('p1')).day).toMatchObject({
      spentMicros: spent,
      reservedMicros: 0,
      limitMicros: 1000,
    });
    expect(new Set(ended.map((r) => r.state))).toEqual(new Set(['succeeded', 'killed']));
  });

  test('a thousand effects at once leave one intent and one outcome each', async () => {
    await lab.make({ config: 'max_concurrent_runs: 100' });
    const items = Array.from({ length: 100 }, (_, i) => i).join(', ');
    const path = lab.rig.workflow(
      `${head}steps:\n  - {name: a, agent: database, action: query, for_each: {items: [${items}], concurrency: 16}, parameters: {text: "{item}", cost: 1}}\n`,
    );
    const runs = await Promise.all(
      Array.from({ length: 10 }, () => lab.rig.engine.start('p1', path, ALICE)),
    );
    const ended = await Promise.all(runs.map((r) => lab.rig.engine.wait(r.id)));
    expect(ended.every((r) => r.state === 'succeeded' && r.costMicros === 100)).toBe(true);
    const rows = lab.rig.rows();
    const intents = rows.filter((r) => r['expects'] === 'outcome');
    const effects = new Set(intents.map((r) => (r['data'] as { effect: string }).effect));
    const closed = rows.filter((r) => r['type'] === 'tool.outcome').map((r) => r['intent']);
    expect(intents).toHaveLength(1000);
    expect(effects.size).toBe(1000);
    expect(new Set(closed).size).toBe(1000);
    expect(lab.rig.ledger.openIntents()).toEqual([]);
  });

  test('the same call over and over is stopped, also without a budget', async () => {
    const items = Array.from({ length: 30 }, () => 'x').join(', ');
    const { ended } = await lab.run(
      `${head}steps:\n  - {name: a, agent: database, action: query, for_each: {items: [${items}]}}\n`,
      { config: 'cost_kill_enabled: false' },
    );
    expect(ended).toMatchObject({
      state: 'killed',
      error: { code: 'LOOP_DETECTED' },
      ablations: ['no-budget'],
    });
    expect(lab.rig.calls).toHaveLength(12);
  });
});

describe('people', () => {
  test('a question waits at the desk, is answered once, and for nothing else', async () => {
    const started = await lab.start(
      `${head}steps:\n  - {name: ok, approve: "Tell ada@example.org?"}\n${query('a')}`,
    );
    while ((await lab.rig.engine.approvals('p1')).length === 0)
      await new Promise((resolve) => setTimeout(resolve, 1));
    const [open] = await lab.rig.engine.approvals('p1');
    if (!open) throw new Error('lost');
    expect(open).toMatchObject({
      kind: 'step',
      step: 'ok',
      run: started.id,
      message: 'Tell «EMAIL»?',
    });
    expect(lab.rig.calls).toEqual([]);
    lab.rig.engine.answerApproval(open.id, { granted: true, by: 'bob' });
    expect(() => lab.rig.engine.answerApproval(open.id, { granted: false, by: 'bob' })).toThrow(
      expect.objectContaining({ code: 'NOT_FOUND' }),
    );
    expect((await lab.rig.engine.wait(started.id)).state).toBe('succeeded');
    const answered = lab.rig.rows().find((r) => r['type'] === 'approval.answered');
    expect(answered).toMatchObject({ data: { by: 'bob', granted: 1, approval: open.id } });
  });

  test('the event of a waiting run and the open questions agree, also with two and while paused', async () => {
    await lab.make();
    const seen: string[] = [];
    let open = 0;
    lab.rig.engine.subscribe((event) => {
      if (event.kind !== 'run') return;
      void lab.rig.engine.approvals('p1').then((items) => {
        if (event.run.state === 'waiting_approval') open = Math.max(open, items.length);
      });
      seen.push(event.run.state);
    });
    const path = lab.rig.workflow(
      `${head}steps:\n  - name: g\n    parallel:\n      - {name: x, approve: "X?"}\n      - {name: y, approve: "Y?"}\n${query('a')}`,
    );
    const run = await lab.rig.engine.start('p1', path, ALICE);
    const questions = async (n: number) => {
      while ((await lab.rig.engine.approvals('p1')).length !== n)
        await new Promise((resolve) => setTimeout(resolve, 1));
      return lab.rig.engine.approvals('p1');
    };
    const state = () => lab.rig.engine.get(run.id).state;
    const [first] = await questions(2);
    expect([state(), open]).toEqual(['waiting_approval', 2]);
    await lab.rig.engine.pause(run.id, ALICE);
    expect(state()).toBe('waiting_approval');
    await lab.rig.engine.resume(run.id, ALICE);
    expect(state()).toBe('waiting_approval');
    await lab.rig.engine.pause(run.id, ALICE);
    const before = seen.length;
    lab.rig.engine.answerApproval(first?.id ?? '', { granted: true, by: 'bob' });
    const [second] = await questions(1);
    expect(state()).toBe('waiting_approval');
    lab.rig.engine.answerApproval(second?.id ?? '', { granted: true, by: 'bob' });
    await questions(0);
    while (state() === 'waiting_approval') await new Promise((resolve) => setTimeout(resolve, 1));
    expect(state()).toBe('paused');
    expect(seen.slice(before).filter((s) => s === 'waiting_approval').length).toBeGreaterThan(0);
    expect(lab.rig.calls).toEqual([]);
    await lab.rig.engine.resume(run.id, ALICE);
    expect((await lab.rig.engine.wait(run.id)).state).toBe('succeeded');
  });

  test('no is no, and a stopped run asks nobody any more', async () => {
    for (const end of ['deny', 'cancel'] as const) {
      const started = await lab.start(
        `${head}steps:\n  - {name: ok, approve: "Go on?"}\n${query('a')}`,
      );
      while ((await lab.rig.engine.approvals('p1')).length === 0)
        await new Promise((resolve) => setTimeout(resolve, 1));
      const [open] = await lab.rig.engine.approvals('p1');
      if (end === 'deny')
        lab.rig.engine.answerApproval(open?.id ?? '', {
          granted: false,
          by: 'bob',
          reason: 'not now',
        });
      else await lab.rig.engine.cancel(started.id, ALICE);
      expect((await lab.rig.engine.wait(started.id)).state).toBe(
        end === 'deny' ? 'denied' : 'killed',
      );
      expect(lab.rig.calls).toEqual([]);
      expect(await lab.rig.engine.approvals('p1')).toEqual([]);
      await lab.rig.close();
    }
    await lab.make();
  });

  test('an asked effect waits, shows redacted arguments, and both rows are kept', async () => {
    const asked: ApprovalAsk[] = [];
    let during = '';
    const { ended } = await lab.run(
      `${head}steps:\n${query('a', ', parameters: {text: "to ada@example.org"}')}`,
      {
        config: 'ask_irreversible: true',
        ports: {
          approver: {
            ask: async (question) => {
              asked.push(question);
              during = lab.rig.engine.live()[0]?.state ?? '';
              return { granted: true, by: 'bob' };
            },
          },
        },
      },
    );
    expect(ended.state).toBe('succeeded');
    expect(during).toBe('waiting_approval');
    expect(asked[0]?.message).toContain('«EMAIL»');
    expect(asked[0]?.message).not.toContain('ada@');
    const types = lab.rig.rows().map((r) => r['type']);
    expect(types).toContain('approval.asked');
    expect(types.indexOf('approval.answered')).toBeLessThan(types.indexOf('tool.query'));
  });

  test('silence is no, and an answer after the run was stopped counts for nothing', async () => {
    const { ended } = await lab.run(
      `${head}steps:\n  - {name: ok, approve: {message: "Go on?", timeout: 20ms}}\n${query('a')}`,
      { ports: { approver: { ask: () => new Promise(() => undefined) } } },
    );
    expect(ended.state).toBe('denied');
    expect(lab.rig.calls).toEqual([]);
  });
});
