import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { ALICE, makeRig, type Rig } from './harness.ts';

const DAY = 86_400_000;

let rig: Rig | null = null;
afterEach(async () => {
  await rig?.close();
  rig = null;
});

test.each([
  -400 * DAY,
  -1,
  400 * DAY,
])('a clock that jumps by %i ms in the middle ends no run and frees no money', async (jump) => {
  let now = Date.parse('2026-03-01T23:59:59.000Z');
  const made = await makeRig({
    config: 'budget_limit_per_run: 0.0001\nrun_timeout_seconds: 60',
    ports: { clock: { now: () => now, monotonic: () => performance.now() } },
  });
  rig = made;
  made.script('a', () => {
    now += jump;
    return { output: { text: 'x' }, costMicros: 60 as never };
  });
  const step = (name: string) =>
    `  - {name: ${name}, agent: database, action: query, parameters: {cost: 60}}\n`;
  const path = made.workflow(`name: t\ndescription: d\nsteps:\n${step('a')}${step('b')}`);
  const run = await made.engine.start('p1', path, ALICE);
  const ended = await made.engine.wait(run.id);
  expect(made.bugs).toEqual([]);
  expect(ended).toMatchObject({ state: 'killed', costMicros: 60, reservedMicros: 0 });
  expect(ended.error?.code).toBe('BUDGET_EXCEEDED');
  expect(ended.ms).toBeGreaterThanOrEqual(0);
  const detail = made.engine.get(run.id);
  for (const one of detail.steps) expect(one.ms ?? 0).toBeGreaterThanOrEqual(0);
  const result = JSON.parse(
    readFileSync(join(made.dir, 'data/output', run.id, 'output.json'), 'utf8'),
  ) as { execution_time_seconds: number };
  expect(result.execution_time_seconds).toBeGreaterThanOrEqual(0);
  const day = (await made.engine.budget('p1')).day;
  expect(day.reservedMicros).toBe(0);
  expect(made.ledger.openIntents()).toEqual([]);
});

test('a clock that jumps leaves a question open until its own time is over', async () => {
  let now = Date.parse('2026-03-01T12:00:00.000Z');
  const made = await makeRig({
    ports: { clock: { now: () => now, monotonic: () => performance.now() } },
  });
  rig = made;
  const path = made.workflow(
    'name: t\ndescription: d\nsteps:\n  - {name: ok, approve: {message: "Go on?", timeout: 5m}}\n',
  );
  const run = await made.engine.start('p1', path, ALICE);
  while ((await made.engine.approvals('p1')).length === 0)
    await new Promise((resolve) => setTimeout(resolve, 1));
  now += 400 * DAY;
  const [open] = await made.engine.approvals('p1');
  made.engine.answerApproval(open?.id ?? '', { granted: true, by: 'bob' });
  expect((await made.engine.wait(run.id)).state).toBe('succeeded');
});
