import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ALICE } from './harness.ts';
import { forever, head, openLab, query } from './lab.ts';

const lab = openLab();

describe('order', () => {
  test('parallel children are really under way at the same time, and join', async () => {
    let both = 0;
    const meet = async () => {
      both += 1;
      while (both < 2) await new Promise((resolve) => setTimeout(resolve, 1));
      return { output: { text: 'x' } };
    };
    const { ended, detail } = await lab.run(
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
    expect(lab.rig.calls.at(-1)?.params).toEqual({ text: 'x\n\nx' });
    expect(detail.steps).toHaveLength(4);
  });

  test('a false condition skips, a broken one fails the run', async () => {
    const { detail } = await lab.run(
      `${head}steps:\n${query('a')}${query('b', ', condition: "previous_output == \'nope\'"')}${query('c')}`,
    );
    expect(detail.steps.map((s) => s.state)).toEqual(['succeeded', 'skipped', 'succeeded']);
    await lab.rig.close();
    const bad = await lab.run(
      `${head}steps:\n${query('a')}${query('b', ', condition: "step_1_output[missing] == 1"')}`,
    );
    expect(bad.ended.state).toBe('failed');
  });

  test('for_each does every item once, within its bound', async () => {
    const { ended } = await lab.run(
      `${head}steps:\n  - {name: a, agent: database, action: query, for_each: {items: [x, y, z], concurrency: 2}, parameters: {text: "{item} {item_index}"}}\n`,
    );
    expect(ended.state).toBe('succeeded');
    expect(lab.rig.calls.map((c) => c.params['text']).sort()).toEqual(['x 0', 'y 1', 'z 2']);
    await lab.rig.close();
    const bounded = await lab.run(
      `${head}steps:\n  - {name: a, agent: database, action: query, for_each: {items: [x, y, z], max: 2}}\n`,
    );
    expect(bounded.ended.state).toBe('failed');
    expect(lab.rig.calls).toEqual([]);
  });

  test('a sub-workflow gets its parameters, shows its steps, and may not run itself', async () => {
    const inner = `name: inner\ndescription: d\nsteps:\n${query('x', ', parameters: {text: "got {context.word}"}')}`;
    const { ended, detail } = await lab.run(
      `${head}steps:\n  - {name: sub, workflow: workflows/inner.yml, parameters: {word: hello}}\n${query('z', ', parameters: {text: "{previous_output}"}')}`,
      {},
      (r) => r.workflow(inner, 'workflows/inner.yml'),
    );
    expect(ended.state).toBe('succeeded');
    expect(detail.steps.map((s) => s.name)).toEqual(['sub', 'z', 'sub/x']);
    expect(lab.rig.calls.map((c) => c.params['text'])).toEqual(['got hello', 'got hello']);
    const loop = lab.rig.workflow(
      `${head}steps:\n  - {workflow: workflows/loop.yml}\n`,
      'workflows/loop.yml',
    );
    await expect(lab.rig.engine.start('p1', loop, ALICE)).rejects.toMatchObject({
      code: 'WORKFLOW_INVALID',
      where: expect.stringMatching(/^workflows\/loop\.yml:4:\d+$/),
    });
  });

  test('a file changed while the run is on changes nothing', async () => {
    const { ended } = await lab.run(`${head}steps:\n${query('a')}${query('b')}`, {}, (r) =>
      r.script('a', () => {
        writeFileSync(join(r.dir, 'workflows/test.yml'), `${head}steps:\n${query('evil')}`);
        return { output: { text: '1' } };
      }),
    );
    expect(ended.state).toBe('succeeded');
    expect(lab.rig.calls.map((c) => c.step)).toEqual(['a', 'b']);
  });
});

describe('stopping', () => {
  test('cancel ends a step that never ends, records it, and still writes output.json', async () => {
    const started = await lab.start(`${head}steps:\n${query('a')}${query('b')}`, {}, (r) =>
      r.script('a', forever),
    );
    while (lab.rig.calls.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    const ended = await lab.rig.engine.cancel(started.id, ALICE, 'enough');
    expect(ended).toMatchObject({ state: 'killed', error: { code: 'CANCELLED' } });
    const output = JSON.parse(
      readFileSync(join(lab.rig.dir, 'data/output', started.id, 'output.json'), 'utf8'),
    );
    expect(output).toMatchObject({
      status: 'killed',
      exit_code: 130,
      error: { code: 'CANCELLED' },
    });
    expect(lab.rig.ledger.openIntents()).toEqual([]);
    await expect(lab.rig.engine.cancel(started.id, ALICE)).rejects.toMatchObject({
      code: 'CONFLICT',
    });
  });

  test('an agent that ignores the stop is not waited for', async () => {
    const started = await lab.start(`${head}steps:\n${query('a')}`, {}, (r) =>
      r.script('a', () => new Promise<never>(() => undefined)),
    );
    while (lab.rig.calls.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    const { stopped } = await lab.rig.engine.stopAll(ALICE, { reason: 'panic' });
    expect(stopped.map((s) => s.run)).toEqual([started.id]);
    expect(lab.rig.engine.get(started.id)).toMatchObject({
      state: 'killed',
      steps: [{ state: 'unknown' }],
    });
  });

  test('a step past its time-out is cut off and not repeated where a repeat could do harm', async () => {
    const { ended, detail } = await lab.run(
      `${head}steps:\n${query('a', ', timeout: 20ms, retry: {retries: 3, backoff: 1ms}')}`,
      {},
      (r) => r.script('a', forever),
    );
    expect(ended).toMatchObject({ state: 'failed', error: { code: 'TIMEOUT' } });
    expect(detail.steps[0]).toMatchObject({ state: 'unknown', attempts: 1 });
  });

  test('the wall clock of the workflow ends it', async () => {
    const { ended } = await lab.run(`${head}timeout: 50ms\nsteps:\n${query('a')}`, {}, (r) =>
      r.script('a', forever),
    );
    expect(ended).toMatchObject({ state: 'killed', error: { code: 'TIMEOUT' } });
  });

  test('pause holds before the next step, resume goes on', async () => {
    const started = await lab.start(`${head}steps:\n${query('a')}${query('b')}`, {}, (r) =>
      r.script('a', async () => {
        await r.engine.pause(started.id, ALICE);
        return { output: { text: '1' } };
      }),
    );
    while (lab.rig.engine.get(started.id).stepsDone === 0)
      await new Promise((resolve) => setTimeout(resolve, 1));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(lab.rig.calls).toHaveLength(1);
    expect(lab.rig.engine.get(started.id).state).toBe('paused');
    await lab.rig.engine.resume(started.id, ALICE);
    expect((await lab.rig.engine.wait(started.id)).state).toBe('succeeded');
    expect(lab.rig.calls).toHaveLength(2);
  });

  test('a cage that goes down in the middle ends the run at once; nothing starts without it', async () => {
    const started = await lab.start(`${head}steps:\n${query('a')}${query('b')}`, {}, (r) =>
      r.script('a', () => {
        r.loseCage('the probe failed');
        return { output: { text: '1' } };
      }),
    );
    const ended = await lab.rig.engine.wait(started.id);
    expect(ended).toMatchObject({ state: 'killed', error: { code: 'CAGE_DOWN' } });
    expect(lab.rig.calls).toHaveLength(1);
    await expect(lab.rig.engine.start('p1', 'workflows/test.yml', ALICE)).rejects.toMatchObject({
      code: 'CAGE_DOWN',
    });
  });

  test('a cage lost between proof and step, without notice, is seen by the gate itself', async () => {
    const { ended } = await lab.run(`${head}steps:\n${query('a')}${query('b')}`, {}, (r) =>
      r.script('a', () => {
        r.setProof({ proved: false, code: 'CAGE_UNPROVED', reasons: ['P3 fails'] });
        return { output: { text: '1' } };
      }),
    );
    expect(ended.error?.code).toBe('CAGE_UNPROVED');
    expect(lab.rig.calls).toHaveLength(1);
    expect(lab.rig.ledger.openIntents()).toEqual([]);
  });
});
