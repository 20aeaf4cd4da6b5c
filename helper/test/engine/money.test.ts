import { afterEach, describe, expect, test } from 'vitest';
import type { ApprovalAsk } from '../../engine/port.ts';
import { ALICE, makeRig, type Rig, type RigOptions } from './harness.ts';

let rig: Rig;
afterEach(async () => {
  await rig?.close();
});

async function start(text: string, options: RigOptions = {}, prepare?: (rig: Rig) => void) {
  rig = await makeRig(options);
  prepare?.(rig);
  return await rig.engine.start('p1', rig.workflow(text), ALICE);
}

async function run(text: string, options: RigOptions = {}, prepare?: (rig: Rig) => void) {
  const started = await start(text, options, prepare);
  const ended = await rig.engine.wait(started.id);
  expect(rig.bugs).toEqual([]);
  return { ended, detail: rig.engine.get(started.id) };
}

const head = 'name: t\ndescription: d\n';
const query = (name: string, more = '') =>
  `  - {name: ${name}, agent: database, action: query${more}}\n`;

describe('money', () => {
  const cost = (name: string, n: number) => query(name, `, parameters: {cost: ${n}}`);

  test('a run stops at its cap before the call, never after it', async () => {
    const { ended, detail } = await run(
      `${head}budget: 0.0001\nsteps:\n${cost('a', 60)}${cost('b', 60)}`,
    );
    expect(ended).toMatchObject({
      state: 'killed',
      costMicros: 60,
      budgetMicros: 100,
      error: { code: 'BUDGET_EXCEEDED' },
    });
    expect(rig.calls).toHaveLength(1);
    expect(detail.steps.reduce((sum, s) => sum + s.costMicros, 0)).toBe(ended.costMicros);
  });

  test.each([
    '0',
    '"0.00"',
  ])('a budget of %s is refused before anything happens', async (budget) => {
    await expect(start(`${head}budget: ${budget}\nsteps:\n${query('a')}`)).rejects.toMatchObject({
      code: 'WORKFLOW_INVALID',
      where: 'workflows/test.yml:3:9',
    });
    expect(rig.calls).toEqual([]);
  });

  test('an unknown price is a refusal', async () => {
    const { ended } = await run(`${head}steps:\n${query('a', ', parameters: {to: unpriced}')}`);
    expect(ended.error?.code).toBe('PRICE_UNKNOWN');
    expect(rig.calls).toEqual([]);
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
      const { ended } = await run(`${head}steps:\n${cost('a', 50)}`, {}, (r) =>
        r.script('a', () => ({
          output: { text: 'x' },
          ...(reported === undefined ? {} : { costMicros: reported as never }),
        })),
      );
      expect(ended.costMicros, String(reported)).toBe(charged);
      await rig.close();
    }
    rig = await makeRig();
  });

  test('a claim beyond the reservation is never paid: it is recorded, and ends the run and all who share the budget', async () => {
    rig = await makeRig({ config: 'budget_limit_per_day: 0.001' });
    let first: () => void = () => undefined;
    const lied = new Promise<void>((resolve) => {
      first = resolve;
    });
    rig.script('liar', () => ({ output: { text: 'x' }, costMicros: 80 as never }));
    rig.script('honest', async () => {
      await lied;
      return { output: { text: 'x' }, costMicros: 5 as never };
    });
    const sharer = await rig.engine.start(
      'p1',
      rig.workflow(`${head}steps:\n${cost('honest', 10)}${cost('after', 10)}`, 'workflows/b.yml'),
      ALICE,
    );
    const liar = await rig.engine.start(
      'p1',
      rig.workflow(`${head}steps:\n${cost('liar', 50)}${query('next')}`, 'workflows/a.yml'),
      ALICE,
    );
    const ended = await rig.engine.wait(liar.id);
    first();
    const shared = await rig.engine.wait(sharer.id);
    expect(rig.bugs).toEqual([]);
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
    expect(rig.calls.map((call) => call.step).toSorted()).toEqual(['honest', 'liar']);
    const rows = rig.rows();
    expect(rows.filter((row) => row['type'] === 'budget.overrun')).toMatchObject([
      {
        run: liar.id,
        step: 'liar',
        data: { charged_micros: 50, overrun_micros: 30, closed: expect.stringContaining('day:') },
      },
    ]);
    const outcome = rows.find((row) => row['type'] === 'tool.outcome' && row['run'] === liar.id);
    expect(outcome).toMatchObject({ budget: { delta: 50 }, data: { overrun_micros: 30 } });
    expect((await rig.engine.budget('p1')).day).toMatchObject({
      spentMicros: 55,
      reservedMicros: 0,
    });
  });

  test('at the cap a person may raise the budget of the run, and the same step goes on', async () => {
    const asked: ApprovalAsk[] = [];
    const { ended } = await run(`${head}budget: 0.0001\nsteps:\n${cost('a', 60)}${cost('b', 60)}`, {
      config: 'budget_at_cap: ask',
      ports: {
        approver: {
          ask: async (question) => {
            asked.push(question);
            return { granted: true, by: 'bob', limitMicros: 500 };
          },
        },
      },
    });
    expect(ended).toMatchObject({ state: 'succeeded', costMicros: 120, budgetMicros: 500 });
    expect(asked).toMatchObject([{ kind: 'budget', step: 'b' }]);
  });

  test('a hundred runs that share the budget of a day end at or below it, none lost', async () => {
    rig = await makeRig({ config: 'budget_limit_per_day: 0.001\nmax_concurrent_runs: 100' });
    const path = rig.workflow(`${head}steps:\n${cost('a', 7)}${cost('b', 9)}`);
    const runs = await Promise.all(
      Array.from({ length: 100 }, () => rig.engine.start('p1', path, ALICE)),
    );
    const ended = await Promise.all(runs.map((r) => rig.engine.wait(r.id)));
    const spent = ended.reduce((sum, r) => sum + r.costMicros, 0);
    expect(spent).toBeLessThanOrEqual(1000);
    expect(spent).toBeGreaterThan(1000 - 9);
    expect(spent).toBe(rig.calls.reduce((sum, c) => sum + Number(c.params['cost']), 0));
    expect((await rig.engine.budget('p1')).day).toMatchObject({
      spentMicros: spent,
      reservedMicros: 0,
      limitMicros: 1000,
    });
    expect(new Set(ended.map((r) => r.state))).toEqual(new Set(['succeeded', 'killed']));
  });

  test('a thousand effects at once leave one intent and one outcome each', async () => {
    rig = await makeRig({ config: 'max_concurrent_runs: 100' });
    const items = Array.from({ length: 100 }, (_, i) => i).join(', ');
    const path = rig.workflow(
      `${head}steps:\n  - {name: a, agent: database, action: query, for_each: {items: [${items}], concurrency: 16}, parameters: {text: "{item}", cost: 1}}\n`,
    );
    const runs = await Promise.all(
      Array.from({ length: 10 }, () => rig.engine.start('p1', path, ALICE)),
    );
    const ended = await Promise.all(runs.map((r) => rig.engine.wait(r.id)));
    expect(ended.every((r) => r.state === 'succeeded' && r.costMicros === 100)).toBe(true);
    const rows = rig.rows();
    const intents = rows.filter((r) => r['expects'] === 'outcome');
    const effects = new Set(intents.map((r) => (r['data'] as { effect: string }).effect));
    const closed = rows.filter((r) => r['type'] === 'tool.outcome').map((r) => r['intent']);
    expect(intents).toHaveLength(1000);
    expect(effects.size).toBe(1000);
    expect(new Set(closed).size).toBe(1000);
    expect(rig.ledger.openIntents()).toEqual([]);
  });

  test('the same call over and over is stopped, also without a budget', async () => {
    const items = Array.from({ length: 30 }, () => 'x').join(', ');
    const { ended } = await run(
      `${head}steps:\n  - {name: a, agent: database, action: query, for_each: {items: [${items}]}}\n`,
      { config: 'cost_kill_enabled: false' },
    );
    expect(ended).toMatchObject({
      state: 'killed',
      error: { code: 'LOOP_DETECTED' },
      ablations: ['no-budget'],
    });
    expect(rig.calls).toHaveLength(12);
  });
});

describe('people', () => {
  test('a question waits at the desk, is answered once, and for nothing else', async () => {
    const started = await start(
      `${head}steps:\n  - {name: ok, approve: "Tell ada@example.org?"}\n${query('a')}`,
    );
    while ((await rig.engine.approvals('p1')).length === 0)
      await new Promise((resolve) => setTimeout(resolve, 1));
    const [open] = await rig.engine.approvals('p1');
    if (!open) throw new Error('lost');
    expect(open).toMatchObject({
      kind: 'step',
      step: 'ok',
      run: started.id,
      message: 'Tell «EMAIL»?',
    });
    expect(rig.calls).toEqual([]);
    rig.engine.answerApproval(open.id, { granted: true, by: 'bob' });
    expect(() => rig.engine.answerApproval(open.id, { granted: false, by: 'bob' })).toThrow(
      expect.objectContaining({ code: 'NOT_FOUND' }),
    );
    expect((await rig.engine.wait(started.id)).state).toBe('succeeded');
    const answered = rig.rows().find((r) => r['type'] === 'approval.answered');
    expect(answered).toMatchObject({ data: { by: 'bob', granted: 1, approval: open.id } });
  });

  test('the event of a waiting run and the open questions agree, also with two and while paused', async () => {
    rig = await makeRig();
    const seen: string[] = [];
    let open = 0;
    rig.engine.subscribe((event) => {
      if (event.kind !== 'run') return;
      void rig.engine.approvals('p1').then((items) => {
        if (event.run.state === 'waiting_approval') open = Math.max(open, items.length);
      });
      seen.push(event.run.state);
    });
    const path = rig.workflow(
      `${head}steps:\n  - name: g\n    parallel:\n      - {name: x, approve: "X?"}\n      - {name: y, approve: "Y?"}\n${query('a')}`,
    );
    const run = await rig.engine.start('p1', path, ALICE);
    const questions = async (n: number) => {
      while ((await rig.engine.approvals('p1')).length !== n)
        await new Promise((resolve) => setTimeout(resolve, 1));
      return rig.engine.approvals('p1');
    };
    const state = () => rig.engine.get(run.id).state;
    const [first] = await questions(2);
    expect([state(), open]).toEqual(['waiting_approval', 2]);
    await rig.engine.pause(run.id, ALICE);
    expect(state()).toBe('waiting_approval');
    await rig.engine.resume(run.id, ALICE);
    expect(state()).toBe('waiting_approval');
    await rig.engine.pause(run.id, ALICE);
    const before = seen.length;
    rig.engine.answerApproval(first?.id ?? '', { granted: true, by: 'bob' });
    const [second] = await questions(1);
    expect(state()).toBe('waiting_approval');
    rig.engine.answerApproval(second?.id ?? '', { granted: true, by: 'bob' });
    await questions(0);
    while (state() === 'waiting_approval') await new Promise((resolve) => setTimeout(resolve, 1));
    expect(state()).toBe('paused');
    expect(seen.slice(before).filter((s) => s === 'waiting_approval').length).toBeGreaterThan(0);
    expect(rig.calls).toEqual([]);
    await rig.engine.resume(run.id, ALICE);
    expect((await rig.engine.wait(run.id)).state).toBe('succeeded');
  });

  test('no is no, and a stopped run asks nobody any more', async () => {
    for (const end of ['deny', 'cancel'] as const) {
      const started = await start(
        `${head}steps:\n  - {name: ok, approve: "Go on?"}\n${query('a')}`,
      );
      while ((await rig.engine.approvals('p1')).length === 0)
        await new Promise((resolve) => setTimeout(resolve, 1));
      const [open] = await rig.engine.approvals('p1');
      if (end === 'deny')
        rig.engine.answerApproval(open?.id ?? '', { granted: false, by: 'bob', reason: 'not now' });
      else await rig.engine.cancel(started.id, ALICE);
      expect((await rig.engine.wait(started.id)).state).toBe(end === 'deny' ? 'denied' : 'killed');
      expect(rig.calls).toEqual([]);
      expect(await rig.engine.approvals('p1')).toEqual([]);
      await rig.close();
    }
    rig = await makeRig();
  });

  test('an asked effect waits, shows redacted arguments, and both rows are kept', async () => {
    const asked: ApprovalAsk[] = [];
    let during = '';
    const { ended } = await run(
      `${head}steps:\n${query('a', ', parameters: {text: "to ada@example.org"}')}`,
      {
        config: 'ask_irreversible: true',
        ports: {
          approver: {
            ask: async (question) => {
              asked.push(question);
              during = rig.engine.live()[0]?.state ?? '';
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
    const types = rig.rows().map((r) => r['type']);
    expect(types).toContain('approval.asked');
    expect(types.indexOf('approval.answered')).toBeLessThan(types.indexOf('tool.query'));
  });

  test('silence is no, and an answer after the run was stopped counts for nothing', async () => {
    const { ended } = await run(
      `${head}steps:\n  - {name: ok, approve: {message: "Go on?", timeout: 20ms}}\n${query('a')}`,
      { ports: { approver: { ask: () => new Promise(() => undefined) } } },
    );
    expect(ended.state).toBe('denied');
    expect(rig.calls).toEqual([]);
  });
});
