import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { AkiosError } from '../../../shared/domain/errors.ts';
import type { ApprovalAsk, EngineEvent } from '../../engine/port.ts';
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
const forever = (_: unknown, context: { signal: AbortSignal }) =>
  new Promise<never>((_resolve, reject) => {
    context.signal.addEventListener('abort', () => reject(context.signal.reason), { once: true });
  });

describe('order', () => {
  test('parallel children are really under way at the same time, and join', async () => {
    let both = 0;
    const meet = async () => {
      both += 1;
      while (both < 2) await new Promise((resolve) => setTimeout(resolve, 1));
      return { output: { text: 'x' } };
    };
    const { ended, detail } = await run(
      `${head}steps:
  - name: group
    parallel:
      - {name: l, agent: database, action: query}
      - {name: r, agent: database, action: query}
  - {name: after, agent: database, action: query, parameters: {text: "{previous_output}"}}
`,
      {},
      (r) => {
        r.script('l', meet);
        r.script('r', meet);
      },
    );
    expect(ended.state).toBe('succeeded');
    expect(rig.calls.at(-1)?.params).toEqual({ text: 'x\n\nx' });
    expect(detail.steps).toHaveLength(4);
  });

  test('a false condition skips, a broken one fails the run', async () => {
    const { detail } = await run(
      `${head}steps:\n${query('a')}${query('b', ', condition: "previous_output == \'nope\'"')}${query('c')}`,
    );
    expect(detail.steps.map((s) => s.state)).toEqual(['succeeded', 'skipped', 'succeeded']);
    await rig.close();
    const bad = await run(
      `${head}steps:\n${query('a')}${query('b', ', condition: "step_1_output[missing] == 1"')}`,
    );
    expect(bad.ended.state).toBe('failed');
  });

  test('for_each does every item once, within its bound', async () => {
    const { ended } = await run(
      `${head}steps:\n  - {name: a, agent: database, action: query, for_each: {items: [x, y, z], concurrency: 2}, parameters: {text: "{item} {item_index}"}}\n`,
    );
    expect(ended.state).toBe('succeeded');
    expect(rig.calls.map((c) => c.params['text']).sort()).toEqual(['x 0', 'y 1', 'z 2']);
    await rig.close();
    const bounded = await run(
      `${head}steps:\n  - {name: a, agent: database, action: query, for_each: {items: [x, y, z], max: 2}}\n`,
    );
    expect(bounded.ended.state).toBe('failed');
    expect(rig.calls).toEqual([]);
  });

  test('a sub-workflow gets its parameters, shows its steps, and may not run itself', async () => {
    const inner = `name: inner\ndescription: d\nsteps:\n${query('x', ', parameters: {text: "got {context.word}"}')}`;
    const { ended, detail } = await run(
      `${head}steps:\n  - {name: sub, workflow: workflows/inner.yml, parameters: {word: hello}}\n${query('z', ', parameters: {text: "{previous_output}"}')}`,
      {},
      (r) => r.workflow(inner, 'workflows/inner.yml'),
    );
    expect(ended.state).toBe('succeeded');
    expect(detail.steps.map((s) => s.name)).toEqual(['sub', 'z', 'sub/x']);
    expect(rig.calls.map((c) => c.params['text'])).toEqual(['got hello', 'got hello']);
    const loop = rig.workflow(
      `${head}steps:\n  - {workflow: workflows/loop.yml}\n`,
      'workflows/loop.yml',
    );
    await expect(rig.engine.start('p1', loop, ALICE)).rejects.toMatchObject({
      code: 'WORKFLOW_INVALID',
    });
  });

  test('a file changed while the run is on changes nothing', async () => {
    const { ended } = await run(`${head}steps:\n${query('a')}${query('b')}`, {}, (r) =>
      r.script('a', () => {
        writeFileSync(join(r.dir, 'workflows/test.yml'), `${head}steps:\n${query('evil')}`);
        return { output: { text: '1' } };
      }),
    );
    expect(ended.state).toBe('succeeded');
    expect(rig.calls.map((c) => c.step)).toEqual(['a', 'b']);
  });
});

describe('stopping', () => {
  test('cancel ends a step that never ends, records it, and still writes output.json', async () => {
    const started = await start(`${head}steps:\n${query('a')}${query('b')}`, {}, (r) =>
      r.script('a', forever),
    );
    while (rig.calls.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    const ended = await rig.engine.cancel(started.id, ALICE, 'enough');
    expect(ended).toMatchObject({ state: 'killed', error: { code: 'CANCELLED' } });
    const output = JSON.parse(
      readFileSync(join(rig.dir, 'data/output', started.id, 'output.json'), 'utf8'),
    );
    expect(output).toMatchObject({
      status: 'killed',
      exit_code: 130,
      error: { code: 'CANCELLED' },
    });
    expect(rig.ledger.openIntents()).toEqual([]);
    await expect(rig.engine.cancel(started.id, ALICE)).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  test('an agent that ignores the stop is not waited for', async () => {
    const started = await start(`${head}steps:\n${query('a')}`, {}, (r) =>
      r.script('a', () => new Promise<never>(() => undefined)),
    );
    while (rig.calls.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    const { stopped } = await rig.engine.stopAll(ALICE, { reason: 'panic' });
    expect(stopped.map((s) => s.run)).toEqual([started.id]);
    expect(rig.engine.get(started.id)).toMatchObject({
      state: 'killed',
      steps: [{ state: 'unknown' }],
    });
  });

  test('a step past its time-out is cut off and not repeated where a repeat could do harm', async () => {
    const { ended, detail } = await run(
      `${head}steps:\n${query('a', ', timeout: 20ms, retry: {retries: 3, backoff: 1ms}')}`,
      {},
      (r) => r.script('a', forever),
    );
    expect(ended).toMatchObject({ state: 'failed', error: { code: 'TIMEOUT' } });
    expect(detail.steps[0]).toMatchObject({ state: 'unknown', attempts: 1 });
  });

  test('the wall clock of the workflow ends it', async () => {
    const { ended } = await run(`${head}timeout: 50ms\nsteps:\n${query('a')}`, {}, (r) =>
      r.script('a', forever),
    );
    expect(ended).toMatchObject({ state: 'killed', error: { code: 'TIMEOUT' } });
  });

  test('pause holds before the next step, resume goes on', async () => {
    const started = await start(`${head}steps:\n${query('a')}${query('b')}`, {}, (r) =>
      r.script('a', async () => {
        await r.engine.pause(started.id, ALICE);
        return { output: { text: '1' } };
      }),
    );
    while (rig.engine.get(started.id).stepsDone === 0)
      await new Promise((resolve) => setTimeout(resolve, 1));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(rig.calls).toHaveLength(1);
    expect(rig.engine.get(started.id).state).toBe('paused');
    await rig.engine.resume(started.id, ALICE);
    expect((await rig.engine.wait(started.id)).state).toBe('succeeded');
    expect(rig.calls).toHaveLength(2);
  });

  test('a cage that goes down in the middle ends the run at once; nothing starts without it', async () => {
    const started = await start(`${head}steps:\n${query('a')}${query('b')}`, {}, (r) =>
      r.script('a', () => {
        r.loseCage('the probe failed');
        return { output: { text: '1' } };
      }),
    );
    const ended = await rig.engine.wait(started.id);
    expect(ended).toMatchObject({ state: 'killed', error: { code: 'CAGE_DOWN' } });
    expect(rig.calls).toHaveLength(1);
    await expect(rig.engine.start('p1', 'workflows/test.yml', ALICE)).rejects.toMatchObject({
      code: 'CAGE_DOWN',
    });
  });

  test('a cage lost between proof and step, without notice, is seen by the gate itself', async () => {
    const { ended } = await run(`${head}steps:\n${query('a')}${query('b')}`, {}, (r) =>
      r.script('a', () => {
        r.setProof({ proved: false, code: 'CAGE_UNPROVED', reasons: ['P3 fails'] });
        return { output: { text: '1' } };
      }),
    );
    expect(ended.error?.code).toBe('CAGE_UNPROVED');
    expect(rig.calls).toHaveLength(1);
    expect(rig.ledger.openIntents()).toEqual([]);
  });
});

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
      code: expect.stringMatching(/INVALID/),
    });
    expect(rig.calls).toEqual([]);
  });

  test('an unknown price is a refusal', async () => {
    const { ended } = await run(`${head}steps:\n${query('a', ', parameters: {to: unpriced}')}`);
    expect(ended.error?.code).toBe('PRICE_UNKNOWN');
    expect(rig.calls).toEqual([]);
  });

  test('usage that is missing or nonsense is charged in full; more than reserved is not hidden', async () => {
    for (const [reported, charged] of [
      [undefined, 50],
      [-3, 50],
      [1.5, 50],
      [Number.NaN, 50],
      [7, 7],
      [80, 80],
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

describe('failing parts', () => {
  test('a ledger that cannot take the intent stops the effect; one that cannot take the end withholds the result', async () => {
    for (const [failing, calls] of [
      ['tool.query', 0],
      ['tool.outcome', 1],
    ] as const) {
      const { ended, detail } = await run(`${head}steps:\n${query('a')}${query('b')}`, {}, (r) => {
        const append = r.ledger.append.bind(r.ledger);
        r.ledger.append = (draft) =>
          draft.type === failing
            ? Promise.reject(new AkiosError('LEDGER_UNAVAILABLE', 'full'))
            : append(draft);
      });
      expect(ended).toMatchObject({ state: 'failed', error: { code: 'LEDGER_UNAVAILABLE' } });
      expect(rig.calls).toHaveLength(calls);
      expect(detail.steps[0]?.output).toBeUndefined();
      await rig.close();
    }
    rig = await makeRig();
  });

  test('a start that cannot be recorded is no run', async () => {
    await expect(
      start(`${head}steps:\n${query('a')}`, {}, (r) => {
        r.ledger.append = () => Promise.reject(new AkiosError('LEDGER_UNAVAILABLE', 'full'));
      }),
    ).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' });
    expect(rig.calls).toEqual([]);
    expect(rig.engine.live()).toEqual([]);
  });

  test('an agent that throws a bug ends as failed with nothing of its text shown', async () => {
    rig = await makeRig();
    rig.script('a', () => {
      throw new Error('ada@example.org');
    });
    const started = await rig.engine.start(
      'p1',
      rig.workflow(`${head}steps:\n${query('a')}`),
      ALICE,
    );
    const ended = await rig.engine.wait(started.id);
    expect(ended.error?.code).toBe('INTERNAL');
    expect(JSON.stringify(rig.engine.get(started.id))).not.toContain('ada@');
    expect(rig.bugs).toHaveLength(1);
  });

  test('links are not followed: neither a linked workflow nor a linked output folder', async () => {
    rig = await makeRig();
    const path = rig.workflow(`${head}steps:\n${query('a')}`);
    symlinkSync(join(rig.dir, path), join(rig.dir, 'workflows/link.yml'));
    await expect(rig.engine.start('p1', 'workflows/link.yml', ALICE)).rejects.toMatchObject({
      code: 'DENIED',
    });
    for (const bad of ['../test.yml', '/etc/passwd', 'workflows/../../x', 'audit/\u0000']) {
      await expect(rig.engine.start('p1', bad, ALICE)).rejects.toMatchObject({
        code: 'INPUT_INVALID',
      });
    }
    rmSync(join(rig.dir, 'data/output'), { recursive: true });
    mkdirSync(join(rig.state, 'elsewhere'));
    symlinkSync(join(rig.state, 'elsewhere'), join(rig.dir, 'data/output'));
    await expect(rig.engine.start('p1', path, ALICE)).rejects.toMatchObject({ code: 'DENIED' });
    expect(readdirSync(join(rig.state, 'elsewhere'))).toEqual([]);
    expect(rig.calls).toEqual([]);
  });

  test('ablations drop their one protection, are shown everywhere, and are refused in production', async () => {
    const { ended } = await run(
      `${head}steps:\n${query('a', ', parameters: {text: "ada@example.org"}')}`,
      {},
      (r) => r.setProof({ ablations: ['no-pii', 'no-audit'] }),
    );
    expect(ended).toMatchObject({ state: 'succeeded', ablations: ['no-audit', 'no-pii'] });
    expect(rig.calls[0]?.params).toEqual({ text: 'ada@example.org' });
    expect(rig.rows().filter((r) => !String(r['type']).startsWith('log.'))).toEqual([]);
    const output = JSON.parse(
      readFileSync(join(rig.dir, 'data/output', ended.id, 'output.json'), 'utf8'),
    );
    expect(output.security).toMatchObject({
      pii_redaction: false,
      audit_enabled: false,
      ablations: ['no-audit', 'no-pii'],
    });
    await rig.close();
    await expect(
      start(`${head}steps:\n${query('a')}`, { config: 'environment: production' }, (r) =>
        r.setProof({ ablations: ['no-audit'] }),
      ),
    ).rejects.toMatchObject({ code: 'DENIED' });
    expect(rig.calls).toEqual([]);
  });

  test('a plan decides and prices and leaves no trace', async () => {
    rig = await makeRig();
    const path = rig.workflow(
      `${head}budget: 0.00001\nsteps:\n${query('a', ', parameters: {cost: 100}')}${query('b', ', parameters: {to: denied}')}${query('c', ', parameters: {to: unpriced}')}`,
    );
    const size = rig.ledger.size();
    const plan = await rig.engine.plan('p1', path, ALICE);
    expect(plan.steps.map((s) => s.verdict.decision)).toEqual(['allow', 'deny', 'deny']);
    expect(plan).toMatchObject({ wouldRun: false, cost: { high: 100 }, budgetMicros: 10 });
    expect(plan.reasons.length).toBeGreaterThan(2);
    expect(rig.ledger.size()).toBe(size);
    expect(rig.calls).toEqual([]);
    expect(readdirSync(join(rig.dir, 'data/output'))).toEqual([]);
    expect(existsSync(join(rig.dir, 'audit/audit.db'))).toBe(true);
  });

  test('listeners get every change, and one that throws costs nobody anything', async () => {
    rig = await makeRig();
    const events: EngineEvent[] = [];
    rig.engine.subscribe(() => {
      throw new Error('listener');
    });
    rig.engine.subscribe((event) => events.push(structuredClone(event)));
    const started = await rig.engine.start(
      'p1',
      rig.workflow(`${head}steps:\n${query('a')}`),
      ALICE,
    );
    await rig.engine.wait(started.id);
    const kinds = new Set(events.map((e) => e.kind));
    expect(kinds).toEqual(new Set(['run', 'step', 'log', 'budget']));
    expect(events.filter((e) => e.kind === 'run').at(-1)).toMatchObject({
      run: { state: 'succeeded', stepsDone: 1 },
    });
  });
});

describe('going on', () => {
  test('what was on when a run began stays on when it goes on under a relaxed cage', async () => {
    rig = await makeRig();
    const path = rig.workflow(
      `${head}steps:\n${query('a', ', parameters: {text: "ada@example.org"}')}`,
    );
    const started = await rig.engine.start('p1', path, ALICE);
    await rig.engine.wait(started.id);
    const record = rig.store.run(started.id);
    const [step] = rig.store.steps(started.id);
    if (!record || !step) throw new Error('lost');
    rig.store.saveRun({
      ...record,
      summary: { ...record.summary, state: 'paused', endedAt: null },
    });
    rig.store.saveStep(started.id, { ...step, status: null });
    rig.setProof({ ablations: ['no-pii'] });
    await rig.engine.resume(started.id, ALICE);
    expect(await rig.engine.wait(started.id)).toMatchObject({ state: 'succeeded', ablations: [] });
    expect(rig.calls.at(-1)?.params).toEqual({ text: '«EMAIL»' });
  });

  test('a live run keeps a project from being recovered over its head', async () => {
    const started = await start(`${head}steps:\n${query('a')}`, {}, (r) => r.script('a', forever));
    await expect(rig.engine.recover('p1')).rejects.toMatchObject({ code: 'RUNS_LIVE' });
    await rig.engine.cancel(started.id, ALICE);
    expect(await rig.engine.recover('p1')).toEqual({
      closedIntents: 0,
      unknown: [],
      resumable: [],
    });
  });

  test('a hostile target, name or error never reaches the ledger or a view as it came', async () => {
    const { detail } = await run(
      `${head}steps:\n  - {name: a, agent: database, action: query, on_error: skip}\n  - {name: b, agent: database, action: query, parameters: {to: "x\\u202ey\\u001b[2J\\ud800"}}\n`,
      {},
      (r) =>
        r.script('a', () => {
          throw new AkiosError('STEP_FAILED', 'bad \u202e\u001b[31m\ud800 carol@example.org');
        }),
    );
    const text = JSON.stringify([detail, rig.rows()]);
    expect(text).not.toMatch(/\u202e|\\u001b|\\ud800|carol@/);
    expect(detail.steps[1]?.state).toBe('denied');
    expect(rig.rows().filter((r) => r['type'] === 'gate.denied')).toHaveLength(1);
  });
});
