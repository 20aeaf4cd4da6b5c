import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { loadConfig } from '../../core/config/config.ts';
import { CONFIG_KEYS } from '../../core/config/fields.ts';
import { ALICE, makeRig, type Rig } from './harness.ts';

let rig: Rig | null = null;
afterEach(async () => {
  await rig?.close();
  rig = null;
});

const step = 'steps:\n  - {name: a, agent: database, action: query}\n';
const head = 'name: t\ndescription: d\n';

describe('retention_days of a workflow', () => {
  const start = async (config: string, days: number) => {
    const made = await makeRig({ config });
    rig = made;
    const path = made.workflow(`${head}retention_days: ${days}\n${step}`);
    const plan = await made.engine.plan('p1', path, ALICE);
    const run = await made.engine.start('p1', path, ALICE).then(
      (started) => made.engine.wait(started.id),
      (error: unknown) => error,
    );
    return { run, plan, made };
  };

  test.each([
    ['', 1],
    ['audit_retention_days: 364', 365],
    ['audit_retention_days: 400\naudit_enabled: false', 365],
  ])('with %j %i days are refused before anything happens', async (config, days) => {
    const { run, plan, made } = await start(config, days);
    expect(run).toMatchObject({ code: 'WORKFLOW_INVALID', where: 'workflows/test.yml' });
    expect(String((run as Error).message)).toMatch(/^retention_days: /);
    expect(plan.wouldRun).toBe(false);
    expect(plan.reasons.join()).toContain('retention_days');
    expect(made.calls).toEqual([]);
  });

  test.each([
    ['audit_retention_days: 365', 365],
    ['audit_legal_hold: true', 365],
    ['', 0],
  ])('with %j %i days are granted and recorded', async (config, days) => {
    const { run, plan, made } = await start(config, days);
    expect(run).toMatchObject({ state: 'succeeded' });
    expect(plan.wouldRun).toBe(true);
    const [begun] = made.rows().filter((row) => row['type'] === 'run.start');
    expect(begun?.['data']).toMatchObject({ retention_days: days });
  });

  test('of a workflow inside counts as well', async () => {
    const made = await makeRig();
    rig = made;
    made.workflow(`${head}retention_days: 7\n${step}`, 'workflows/inner.yml');
    const outer = made.workflow(
      `${head}steps:\n  - {name: in, workflow: workflows/inner.yml}\n`,
      'workflows/outer.yml',
    );
    await expect(made.engine.start('p1', outer, ALICE)).rejects.toMatchObject({
      code: 'WORKFLOW_INVALID',
    });
  });
});

test.each([
  ['INFO', ['stdout', 'stderr']],
  ['WARNING', ['stderr']],
  ['ERROR', []],
])('log_level %s keeps %j of a program', async (level, kept) => {
  const made = await makeRig({ config: `log_level: ${level}` });
  rig = made;
  made.script('a', (_params, context) => {
    context.log('stdout', 'one\n');
    context.log('stderr', 'two\n');
    return { output: { text: 'x' } };
  });
  const run = await made.engine.start('p1', made.workflow(`${head}${step}`), ALICE);
  await made.engine.wait(run.id);
  const streams = made.engine.get(run.id).log.map((line) => line.stream);
  expect(streams.filter((s) => s === 'stdout' || s === 'stderr')).toEqual(kept);
});

describe('no setting is dead', () => {
  const root = join(import.meta.dirname, '../..');
  const code = globSync('**/*.ts', { cwd: root })
    .filter((path) => !/\.test\.ts$|^test\/|core\/config\/fields\.ts$/.test(path))
    .map((path) => readFileSync(join(root, path), 'utf8'))
    .join('\n');

  /** Keys with one allowed value: anything else is refused. */
  const FIXED = ['pii_backend', 'audit_backend', 'ui_theme'];

  test.each(CONFIG_KEYS.filter((key) => !FIXED.includes(key)))('%s is read somewhere', (key) => {
    expect(code).toMatch(new RegExp(`\\b${key}\\b`));
  });

  test.each(FIXED)('%s takes nothing but its default', (key) => {
    expect(() => loadConfig(`${key}: dark`, 'config.yaml')).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', where: `config.yaml:1:${key.length + 3}` }),
    );
  });
});
