import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { AkiosError } from '../../../shared/domain/errors.ts';
import type { EngineEvent } from '../../engine/port.ts';
import { ALICE } from './harness.ts';
import { forever, head, openLab, query } from './lab.ts';

const lab = openLab();

describe('failing parts', () => {
  test('a ledger that cannot take the intent stops the effect; one that cannot take the end withholds the result', async () => {
    for (const [failing, calls] of [
      ['tool.query', 0],
      ['tool.outcome', 1],
    ] as const) {
      const { ended, detail } = await lab.run(
        `${head}steps:\n${query('a')}${query('b')}`,
        {},
        (r) => {
          const append = r.ledger.append.bind(r.ledger);
          r.ledger.append = (draft) =>
            draft.type === failing
              ? Promise.reject(new AkiosError('LEDGER_UNAVAILABLE', 'full'))
              : append(draft);
        },
      );
      expect(ended).toMatchObject({ state: 'failed', error: { code: 'LEDGER_UNAVAILABLE' } });
      expect(lab.rig.calls).toHaveLength(calls);
      expect(detail.steps[0]?.output).toBeUndefined();
      await lab.rig.close();
    }
    await lab.make();
  });

  test('a start that cannot be recorded is no run', async () => {
    await expect(
      lab.start(`${head}steps:\n${query('a')}`, {}, (r) => {
        r.ledger.append = () => Promise.reject(new AkiosError('LEDGER_UNAVAILABLE', 'full'));
      }),
    ).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' });
    expect(lab.rig.calls).toEqual([]);
    expect(lab.rig.engine.live()).toEqual([]);
  });

  test('an agent that throws a bug ends as failed with nothing of its text shown', async () => {
    await lab.make();
    lab.rig.script('a', () => {
      throw new Error('ada@example.org');
    });
    const started = await lab.rig.engine.start(
      'p1',
      lab.rig.workflow(`${head}steps:\n${query('a')}`),
      ALICE,
    );
    const ended = await lab.rig.engine.wait(started.id);
    expect(ended.error?.code).toBe('INTERNAL');
    expect(JSON.stringify(lab.rig.engine.get(started.id))).not.toContain('ada@');
    expect(lab.rig.bugs).toHaveLength(1);
  });

  test('links are not followed: neither a linked workflow nor a linked output folder', async () => {
    await lab.make();
    const path = lab.rig.workflow(`${head}steps:\n${query('a')}`);
    symlinkSync(join(lab.rig.dir, path), join(lab.rig.dir, 'workflows/link.yml'));
    await expect(lab.rig.engine.start('p1', 'workflows/link.yml', ALICE)).rejects.toMatchObject({
      code: 'DENIED',
    });
    for (const bad of ['../test.yml', '/etc/passwd', 'workflows/../../x', 'audit/\u0000']) {
      await expect(lab.rig.engine.start('p1', bad, ALICE)).rejects.toMatchObject({
        code: 'INPUT_INVALID',
      });
    }
    rmSync(join(lab.rig.dir, 'data/output'), { recursive: true });
    mkdirSync(join(lab.rig.state, 'elsewhere'));
    symlinkSync(join(lab.rig.state, 'elsewhere'), join(lab.rig.dir, 'data/output'));
    await expect(lab.rig.engine.start('p1', path, ALICE)).rejects.toMatchObject({ code: 'DENIED' });
    expect(readdirSync(join(lab.rig.state, 'elsewhere'))).toEqual([]);
    expect(lab.rig.calls).toEqual([]);
  });

  test('ablations drop their one protection, are shown everywhere, and are refused in production', async () => {
    const { ended } = await lab.run(
      `${head}steps:\n${query('a', ', parameters: {text: "ada@example.org"}')}`,
      {},
      (r) => r.setProof({ ablations: ['no-pii', 'no-audit'] }),
    );
    expect(ended).toMatchObject({ state: 'succeeded', ablations: ['no-audit', 'no-pii'] });
    expect(lab.rig.calls[0]?.params).toEqual({ text: 'ada@example.org' });
    expect(lab.rig.rows().filter((r) => !String(r['type']).startsWith('log.'))).toEqual([]);
    const output = JSON.parse(
      readFileSync(join(lab.rig.dir, 'data/output', ended.id, 'output.json'), 'utf8'),
    );
    expect(output.security).toMatchObject({
      pii_redaction: false,
      audit_enabled: false,
      ablations: ['no-audit', 'no-pii'],
    });
    await lab.rig.close();
    await expect(
      lab.start(`${head}steps:\n${query('a')}`, { config: 'environment: production' }, (r) =>
        r.setProof({ ablations: ['no-audit'] }),
      ),
    ).rejects.toMatchObject({ code: 'DENIED' });
    expect(lab.rig.calls).toEqual([]);
  });

  test('a plan decides and prices and leaves no trace', async () => {
    await lab.make();
    const path = lab.rig.workflow(
      `${head}budget: 0.00001\nsteps:\n${query('a', ', parameters: {cost: 100}')}${query('b', ', parameters: {to: denied}')}${query('c', ', parameters: {to: unpriced}')}`,
    );
    const size = lab.rig.ledger.size();
    const plan = await lab.rig.engine.plan('p1', path, ALICE);
    expect(plan.steps.map((s) => s.verdict.decision)).toEqual(['allow', 'deny', 'deny']);
    expect(plan).toMatchObject({ wouldRun: false, cost: { high: 100 }, budgetMicros: 10 });
    expect(plan.reasons.length).toBeGreaterThan(2);
    expect(lab.rig.ledger.size()).toBe(size);
    expect(lab.rig.calls).toEqual([]);
    expect(readdirSync(join(lab.rig.dir, 'data/output'))).toEqual([]);
    expect(existsSync(join(lab.rig.dir, 'audit/audit.db'))).toBe(true);
  });

  test('listeners get every change, and one that throws costs nobody anything', async () => {
    await lab.make();
    const events: EngineEvent[] = [];
    lab.rig.engine.subscribe(() => {
      throw new Error('listener');
    });
    lab.rig.engine.subscribe((event) => events.push(structuredClone(event)));
    const started = await lab.rig.engine.start(
      'p1',
      lab.rig.workflow(`${head}steps:\n${query('a')}`),
      ALICE,
    );
    await lab.rig.engine.wait(started.id);
    const kinds = new Set(events.map((e) => e.kind));
    expect(kinds).toEqual(new Set(['run', 'step', 'log', 'budget']));
    expect(events.filter((e) => e.kind === 'run').at(-1)).toMatchObject({
      run: { state: 'succeeded', stepsDone: 1 },
    });
  });
});

describe('what a workflow declares', () => {
  test('audit_level full records the steps, labels stand in the result', async () => {
    const { ended } = await lab.run(
      `name: t\ndescription: d\naudit_level: full\nowner: "ada@example.org"\ncost_centre: cc7\ntags: [x]\nsteps:\n${query('a')}${query('b', ', condition: "1 == 2"')}`,
    );
    const steps = lab.rig.rows().filter((r) => String(r['type']).startsWith('step.'));
    expect(steps.map((r) => `${r['type']} ${r['step']}`)).toEqual([
      'step.start a',
      'step.end a',
      'step.start b',
      'step.end b',
    ]);
    const output = JSON.parse(
      readFileSync(join(lab.rig.dir, 'data/output', ended.id, 'output.json'), 'utf8'),
    );
    expect(output).toMatchObject({ owner: '«EMAIL»', cost_centre: 'cc7', tags: ['x'] });
  });

  test('more steps than the settings allow are refused before the first', async () => {
    const many = Array.from({ length: 4 }, (_, i) => query(`s${i}`)).join('');
    await expect(
      lab.start(`${head}steps:\n${many}`, { config: 'max_steps: 3' }),
    ).rejects.toMatchObject({ code: 'WORKFLOW_INVALID' });
    expect(lab.rig.calls).toEqual([]);
  });
});

describe('going on', () => {
  test('what was on when a run began stays on when it goes on under a relaxed cage', async () => {
    await lab.make();
    const path = lab.rig.workflow(
      `${head}steps:\n${query('a', ', parameters: {text: "ada@example.org"}')}`,
    );
    const started = await lab.rig.engine.start('p1', path, ALICE);
    await lab.rig.engine.wait(started.id);
    const record = lab.rig.store.run(started.id);
    const [step] = lab.rig.store.steps(started.id);
    if (!record || !step) throw new Error('lost');
    lab.rig.store.saveRun({
      ...record,
      summary: { ...record.summary, state: 'paused', endedAt: null },
    });
    lab.rig.store.saveStep(started.id, { ...step, status: null });
    lab.rig.setProof({ ablations: ['no-pii'] });
    await lab.rig.engine.resume(started.id, ALICE);
    expect(await lab.rig.engine.wait(started.id)).toMatchObject({
      state: 'succeeded',
      ablations: [],
    });
    expect(lab.rig.calls.at(-1)?.params).toEqual({ text: '«EMAIL»' });
  });

  test('a live run keeps a project from being recovered over its head', async () => {
    const started = await lab.start(`${head}steps:\n${query('a')}`, {}, (r) =>
      r.script('a', forever),
    );
    await expect(lab.rig.engine.recover('p1')).rejects.toMatchObject({ code: 'RUNS_LIVE' });
    await lab.rig.engine.cancel(started.id, ALICE);
    expect(await lab.rig.engine.recover('p1')).toEqual({
      closedIntents: 0,
      unknown: [],
      resumable: [],
    });
  });

  test('a hostile target, name or error never reaches the ledger or a view as it came', async () => {
    const { detail } = await lab.run(
      `${head}steps:\n  - {name: a, agent: database, action: query, on_error: skip}\n  - {name: b, agent: database, action: query, parameters: {to: "x\\u202ey\\u001b[2J\\ud800"}}\n`,
      {},
      (r) =>
        r.script('a', () => {
          throw new AkiosError('STEP_FAILED', 'bad \u202e\u001b[31m\ud800 carol@example.org');
        }),
    );
    const text = JSON.stringify([detail, lab.rig.rows()]);
    expect(text).not.toMatch(/\u202e|\\u001b|\\ud800|carol@/);
    expect(detail.steps[1]?.state).toBe('denied');
    expect(lab.rig.rows().filter((r) => r['type'] === 'gate.denied')).toHaveLength(1);
  });
});
