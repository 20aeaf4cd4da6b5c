import { linkSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { ALICE, makeRig, type Rig } from './harness.ts';

let rig: Rig;
afterEach(async () => {
  await rig.close();
});

const head = 'name: t\ndescription: d\nsteps:\n';
const fs = (action: string, path: string, more = '') =>
  `  - {agent: filesystem, action: ${action}, config: {allowed_paths: [data]}, parameters: {path: ${path}}${more}}\n`;

async function plan(steps: string) {
  return await rig.engine.plan('p1', rig.workflow(`${head}${steps}`), ALICE);
}

describe('a plan', () => {
  test('tells of a document that is not there, or that no run would read, and does nothing', async () => {
    rig = await makeRig();
    const input = join(rig.dir, 'data/input');
    mkdirSync(join(input, 'folder'));
    writeFileSync(join(input, 'here.txt'), 'x');
    writeFileSync(join(input, 'twin.txt'), 'x');
    symlinkSync('here.txt', join(input, 'link.txt'));
    linkSync(join(input, 'twin.txt'), join(input, 'hard.txt'));
    const before = { rows: rig.rows().length, out: readdirSync(join(rig.dir, 'data/output')) };
    for (const [step, code] of [
      [fs('read', 'data/input/here.txt'), null],
      [fs('list', 'data/input/folder'), null],
      [fs('stat', 'data/input/folder'), null],
      [fs('exists', 'data/input/none.txt'), null],
      [fs('read', 'data/output/made-by-the-run.txt'), null],
      [fs('read', '"data/input/{context.name}"'), null],
      [fs('read', 'data/input/none.txt'), 'FILE_NOT_FOUND'],
      [fs('read', 'data/input/none/here.txt'), 'FILE_NOT_FOUND'],
      [fs('stat', 'data/input/none.txt'), 'FILE_NOT_FOUND'],
      [fs('list', 'data/input/none'), 'FILE_NOT_FOUND'],
      [fs('read', 'data/input/folder'), 'INPUT_INVALID'],
      [fs('list', 'data/input/here.txt'), 'INPUT_INVALID'],
      [fs('read', 'data/input/link.txt'), 'DENIED'],
      [fs('read', 'data/input/hard.txt'), 'DENIED'],
      [fs('read', 'audit/audit.db'), 'DENIED'],
    ] as const) {
      const planned = await plan(step);
      expect([step, planned.code, planned.wouldRun]).toEqual([step, code, code === null]);
      if (code !== null) expect([step, planned.reasons.length]).toEqual([step, 1]);
    }
    expect(rig.rows()).toHaveLength(before.rows);
    expect(readdirSync(join(rig.dir, 'data/output'))).toEqual(before.out);
  });

  test('knows what a step may pass over', async () => {
    rig = await makeRig();
    const skipped = await plan(fs('read', 'data/input/none.txt', ', on_error: skip'));
    expect(skipped).toMatchObject({ wouldRun: true, code: null });
    expect(skipped.reasons.join()).toContain('the step would be skipped');
    const conditional = await plan(
      fs('read', 'data/input/none.txt', ', condition: "context.go == true"'),
    );
    expect(conditional).toMatchObject({ wouldRun: true, code: null });
    expect(conditional.reasons.join()).toContain('if its condition holds');
    // No step passes over a verdict.
    const denied = await plan(fs('read', 'audit/audit.db', ', on_error: skip'));
    expect(denied).toMatchObject({ wouldRun: false, code: 'DENIED' });
  });

  test('names the error that would come first', async () => {
    rig = await makeRig();
    const steps = `${fs('read', 'data/input/none.txt')}${fs('read', 'audit/audit.db')}`;
    expect((await plan(steps)).code).toBe('FILE_NOT_FOUND');
    rig.setProof({ proved: false, code: 'CAGE_DOWN', reasons: ['down'] });
    expect((await plan(steps)).code).toBe('CAGE_DOWN');
  });
});
