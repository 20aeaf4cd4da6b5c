import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ALICE, makeRig, type Rig } from './harness.ts';

const workflow = (idempotent: boolean) => `
name: crash
description: three effects
steps:
  - {name: a, agent: database, action: query, parameters: {text: a, cost: 10, idempotent: ${idempotent}}}
  - {name: b, agent: database, action: query, parameters: {text: b, cost: 10, idempotent: ${idempotent}}}
  - {name: c, agent: database, action: query, parameters: {text: c, cost: 10, idempotent: ${idempotent}}}
`;

const ITEMS = ['i0', 'i1', 'i2', 'i3', 'i4', 'i5'];
const eachWorkflow = (idempotent: boolean) => `
name: crash
description: one effect for each item
steps:
  - {name: each, agent: database, action: query, for_each: {items: [${ITEMS.join(', ')}], concurrency: 2}, parameters: {text: "{item}", cost: 10, idempotent: ${idempotent}}}
`;

/** Commands of the gate for one effect: decide, reserve, redact, intent, cage, perform, redact, settle, outcome. */
const PER_EFFECT = 9;

function crashAt(point: string, text: string): { dir: string; done: string[] } {
  const dir = mkdtempSync(join(tmpdir(), 'akios-crash-'));
  mkdirSync(join(dir, 'project/workflows'), { recursive: true });
  writeFileSync(join(dir, 'project/workflows/crash.yml'), text);
  const child = spawnSync(process.execPath, [join(import.meta.dirname, 'crash-child.ts')], {
    env: { ...process.env, CRASH_DIR: dir, KILL_AT: point },
    encoding: 'utf8',
  });
  expect(child.signal, `${child.stdout}${child.stderr}`).toBe('SIGKILL');
  return { dir, done: effects(dir) };
}

function effects(dir: string): string[] {
  const file = join(dir, 'effects.log');
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
}

/** A new helper on what the killed one left. */
async function comeBack(dir: string): Promise<Rig> {
  const rig = await makeRig({ dir });
  for (const step of ['a', 'b', 'c', 'each']) {
    rig.script(step, (params) => {
      const what = step === 'each' ? String(params['text']) : step;
      appendFileSync(join(dir, 'effects.log'), `${what}\n`);
      return { output: { text: String(params['text']) }, costMicros: 5 as never };
    });
  }
  return rig;
}

async function judge(point: string, idempotent: boolean, text = workflow(idempotent)) {
  const { dir, done } = crashAt(point, text);
  const rig = await comeBack(dir);
  try {
    const recovered = await rig.engine.recover('p1');
    expect(rig.ledger.openIntents()).toEqual([]);
    const [run] = (await rig.engine.list('p1', { limit: 5 })).items;
    if (!run) throw new Error('the run was lost');
    let state = run.state;
    if (recovered.resumable.includes(run.id)) {
      await rig.engine.resume(run.id, ALICE);
      state = (await rig.engine.wait(run.id)).state;
    }
    return {
      state,
      before: done,
      after: effects(dir),
      detail: rig.engine.get(run.id),
      rows: rig.rows(),
    };
  } finally {
    await rig.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

describe('kill -9 at every boundary of the gate', () => {
  const points = [
    ...Array.from({ length: 3 * PER_EFFECT }, (_, i) => String(i + 1)),
    'before',
    'after',
  ];

  test.each(
    points,
  )('at %s: every effect happens at most once, and a doubt is told', async (point) => {
    const { state, after, detail } = await judge(point, false);
    const count = (name: string) => after.filter((line) => line === name).length;
    for (const name of ['a', 'b', 'c']) expect(count(name), name).toBeLessThanOrEqual(1);
    expect(['succeeded', 'unknown']).toContain(state);
    // Nothing certain is in doubt: up to the intent no effect can have begun.
    const command = ((Number(point) - 1) % PER_EFFECT) + 1;
    if (command <= 4) expect(state).toBe('succeeded');
    if (state === 'succeeded') expect(after).toEqual(['a', 'b', 'c']);
    else expect(detail.steps.filter((s) => s.state === 'unknown')).toHaveLength(1);
    // Money of an effect in doubt is charged in full, of the others as reported.
    const happened = after.length;
    expect(detail.costMicros).toBeGreaterThanOrEqual(5 * happened);
    expect(detail.costMicros).toBeLessThanOrEqual(10 + 5 * 3);
  });

  test.each([
    'before',
    'after',
    '14',
    '18',
  ])('at %s: where a repeat does no harm the run goes on to the same end', async (point) => {
    const { state, after, rows } = await judge(point, true);
    expect(state).toBe('succeeded');
    expect([...new Set(after)]).toEqual(['a', 'b', 'c']);
    expect(after.filter((line) => line === 'a')).toHaveLength(1);
    expect(rows.some((row) => row['type'] === 'run.interrupted')).toBe(true);
  });

  test.each([
    'after i3',
    '25',
    '40',
  ])('at %s of a for_each: finished items are not done again, the others once', async (point) => {
    const safe = await judge(point, true, eachWorkflow(true));
    expect(safe.state).toBe('succeeded');
    expect([...new Set(safe.after)].sort()).toEqual(ITEMS);
    // At most the two that were under way can have been repeated.
    expect(safe.after.length).toBeLessThanOrEqual(ITEMS.length + 2);
    expect(safe.detail.costMicros).toBeGreaterThanOrEqual(5 * ITEMS.length);
    const { state, after } = await judge(point, false, eachWorkflow(false));
    expect(after.length).toBe(new Set(after).size);
    expect(['succeeded', 'unknown']).toContain(state);
  });
});
