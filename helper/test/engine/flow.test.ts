import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
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
      where: expect.stringMatching(/^workflows\/loop\.yml:4:\d+$/),
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
