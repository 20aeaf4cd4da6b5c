import { afterEach, describe, expect, test } from 'vitest';
import { AkiosError } from '../../../shared/domain/errors.ts';
import { type GateRow, replay } from '../../core/gate/testing/replay.ts';
import { ALICE, makeRig, type Rig } from './harness.ts';

let rig: Rig;
afterEach(async () => {
  await rig?.close();
});

const EVERY_END = `
name: ends
description: every way an effect can end
max_parallel: 8
steps:
  - name: all
    parallel:
      - {name: fine, agent: database, action: query, parameters: {text: "ada@example.org", cost: 5}}
      - {name: slow, agent: database, action: query, timeout: 20ms, on_error: skip}
      - {name: throws, agent: database, action: query, on_error: skip}
      - {name: items, agent: database, action: query, for_each: {items: [a, b, c], concurrency: 3}, parameters: {text: "{item}"}}
      - {name: retried, agent: database, action: query, on_error: skip, retry: {retries: 2, backoff: 1ms}}
  - {name: dear, agent: database, action: query, parameters: {cost: 999999999}}
`;

async function record(): Promise<GateRow[]> {
  rig = await makeRig();
  rig.script('slow', () => new Promise<never>(() => undefined));
  rig.script('throws', () => {
    throw new AkiosError('STEP_FAILED', 'no');
  });
  rig.script('retried', () => {
    throw new AkiosError('REMOTE_STATUS', 'no');
  });
  for (const text of [
    EVERY_END,
    'name: d\ndescription: d\nsteps:\n  - {agent: database, action: query, parameters: {to: denied}}\n',
  ]) {
    const { id } = await rig.engine.start('p1', rig.workflow(text), ALICE);
    await rig.engine.wait(id);
  }
  return rig.rows() as unknown as GateRow[];
}

describe('recorded runs replayed against the machine', () => {
  test('every effect is a path through it that ends', async () => {
    const done = replay(await record());
    const phases = done.map((d) => d.state.phase);
    expect(new Set(phases)).toEqual(new Set(['recorded', 'refused']));
    expect(done).toHaveLength(1 + 1 + 1 + 3 + 3 + 1 + 1);
    expect(new Set(done.map((d) => d.effect)).size).toBe(done.length);
  });

  test('a history that cannot have happened is noticed', async () => {
    const rows = await record();
    const at = rows.findIndex((row) => row.expects === 'outcome');
    const intent = rows[at] as GateRow;
    const change = (row: Partial<GateRow>) => rows.map((r, i) => (i === at ? { ...r, ...row } : r));
    expect(() => replay(change({ policy: { decision: 'deny' } }))).toThrow(AkiosError);
    const { policy: _policy, ...bare } = intent;
    expect(() => replay(rows.map((r, i) => (i === at ? bare : r)))).toThrow(/without a verdict/);
    const outcome = rows.find((row) => row.intent === intent.seq) as GateRow;
    expect(() => replay([...rows, { ...outcome, seq: 10_000 }])).toThrow(/closed twice/);
    const cut = replay(rows.filter((row) => row !== outcome));
    expect(cut.find((d) => d.effect === intent.data?.effect)?.state.phase).toBe('unrecorded');
  });
});
