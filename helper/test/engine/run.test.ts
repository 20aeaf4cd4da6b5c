import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { AkiosError } from '../../../shared/domain/errors.ts';
import type { TextRedactor } from '../../engine/port.ts';
import { ALICE, type Rig } from './harness.ts';
import { openLab } from './lab.ts';

const lab = openLab();

const THREE = `
name: three
description: three steps
steps:
  - {name: a, agent: database, action: query, parameters: {text: "mail ada@example.org now"}}
  - {name: b, agent: database, action: query, parameters: {text: "{previous_output}"}}
  - {name: c, agent: filesystem, action: write, config: {allowed_paths: [data/output]}, parameters: {path: data/output/c.txt, content: "{steps.b.output.text}"}}
`;

describe('a run', () => {
  test('goes through its steps, redacts, records and leaves output.json', async () => {
    const { ended, detail } = await lab.run(THREE);
    expect(ended.state).toBe('succeeded');
    expect(detail.steps.map((s) => s.state)).toEqual(['succeeded', 'succeeded', 'succeeded']);
    expect(lab.rig.calls[0]?.params).toEqual({ text: 'mail «EMAIL» now' });
    expect(lab.rig.calls.every((c) => c.cageProved && c.intents === 1)).toBe(true);
    const written = readFileSync(join(lab.rig.dir, 'data/output', ended.id, 'c.txt'), 'utf8');
    expect(written).toBe('mail «EMAIL» now');
    const types = lab.rig.rows().map((r) => r['type']);
    expect(types.filter((t) => t !== 'log.init' && !String(t).startsWith('log.'))).toEqual([
      'run.start',
      'tool.query',
      'tool.outcome',
      'tool.query',
      'tool.outcome',
      'fs.write',
      'fs.outcome',
      'run.end',
    ]);
    const output = JSON.parse(
      readFileSync(join(lab.rig.dir, 'data/output', ended.id, 'output.json'), 'utf8'),
    );
    expect(output).toMatchObject({
      status: 'succeeded',
      workflow_name: 'three',
      workflow_id: ended.id,
      steps_executed: 3,
      security: {
        pii_redaction: true,
        pii_redaction_count: 1,
        pii_redacted_fields: ['EMAIL'],
        ablations: [],
      },
      cost: { total_cost: 0, budget_limit: 1 },
      output_directory: `data/output/${ended.id}`,
    });
    expect(output.audit.last_seq - output.audit.first_seq).toBe(7);
    expect(output.results[2]).toMatchObject({
      agent: 'filesystem',
      action: 'write',
      status: 'succeeded',
    });
  });

  test('a denied step ends the run, leaves a gate.denied row and does nothing, even with on_error skip', async () => {
    const { ended, detail } = await lab.run(`
name: denied
description: d
steps:
  - {agent: database, action: query, on_error: skip, parameters: {to: denied}}
  - {agent: database, action: query}
`);
    expect(ended.state).toBe('denied');
    expect(ended.error).toMatchObject({
      code: 'DENIED',
      details: { rule: 'builtin.default-deny' },
    });
    expect(lab.rig.calls).toEqual([]);
    expect(detail.steps[0]).toMatchObject({ state: 'denied', denied: 1 });
    expect(lab.rig.rows().filter((r) => r['type'] === 'gate.denied')).toHaveLength(1);
  });

  test('personal data in an address denies instead of rewriting it', async () => {
    const { ended } = await lab.run(`
name: address
description: d
steps:
  - {agent: database, action: query, parameters: {to: "ada@example.org"}}
`);
    expect(ended.state).toBe('denied');
    expect(lab.rig.calls).toEqual([]);
    expect(JSON.stringify(lab.rig.rows())).not.toContain('ada@example.org');
    expect(JSON.stringify(lab.rig.engine.get(ended.id))).not.toContain('ada@example.org');
  });

  test('what a step brings back is redacted, keys, numbers, errors and logs included', async () => {
    const { detail } = await lab.run(
      `
name: inbound
description: d
steps:
  - {name: a, agent: database, action: query}
  - {name: b, agent: database, action: query, on_error: skip}
`,
      {},
      (r) => {
        r.script('a', (_params, context) => {
          context.log('stdout', 'mail ad');
          context.log('stdout', 'a@example.org\n\u001b[31m\u202egnp.exe');
          return {
            output: {
              text: `key ${context.secret('TEST_KEY')}`,
              'bob@example.org': 1,
              card: 4111111111111111,
            },
          };
        });
        r.script('b', () => {
          throw new AkiosError('STEP_FAILED', 'no such user carol@example.org');
        });
      },
    );
    const all = JSON.stringify(detail);
    for (const canary of [
      'ada@example.org',
      'bob@example.org',
      'carol@',
      '4111111111111111',
      'canary-key',
      '\u202e',
      '\u001b',
    ]) {
      expect(all).not.toContain(canary);
    }
    expect(detail.steps[1]).toMatchObject({ state: 'failed' });
    expect(detail.state).toBe('succeeded');
    expect(all).toContain('\\\\u{202e}');
  });

  test('a scanner that fails lets nothing out and nothing in', async () => {
    for (const [word, calls] of [
      ['mail', 0],
      ['answer', 1],
    ] as const) {
      await lab.make();
      const { redactor } = lab.rig.project;
      const broken: TextRedactor = {
        redact: (text, label) => {
          if (text.includes(word)) throw new Error('broken');
          return redactor.redact(text, label);
        },
        prepare: async () => broken,
        plugged: false,
      };
      lab.rig.project.redactor = broken;
      lab.rig.script('a', () => ({ output: { text: 'the answer' } }));
      const { id } = await lab.rig.engine.start('p1', lab.rig.workflow(THREE), ALICE);
      const ended = await lab.rig.engine.wait(id);
      expect(ended).toMatchObject({ state: 'failed', error: { code: 'REDACTION_FAILED' } });
      expect(lab.rig.calls).toHaveLength(calls);
      expect(JSON.stringify(lab.rig.engine.get(id))).not.toContain('the answer');
      expect(lab.rig.ledger.openIntents()).toEqual([]);
      if (word === 'mail') await lab.rig.close();
    }
  });

  test('no run begins that could not even be named in redacted form', async () => {
    await lab.make({
      project: {
        redactor: {
          redact: () => {
            throw new Error('broken');
          },
          prepare: () => Promise.reject(new Error('broken')),
          plugged: false,
        },
      },
    });
    const path = lab.rig.workflow(THREE);
    await expect(lab.rig.engine.start('p1', path, ALICE)).rejects.toMatchObject({
      code: 'REDACTION_FAILED',
    });
    expect(lab.rig.calls).toEqual([]);
  });

  test('names that an author wrote are redacted, and two that look alike then stay two', async () => {
    const { detail } = await lab.run(`
name: for ada@example.org
description: asked by bob@example.org
steps:
  - {name: c@example.org, agent: database, action: query}
  - {name: d@example.org, agent: database, action: query}
`);
    expect(detail).toMatchObject({ workflow: 'for «EMAIL»', description: 'asked by «EMAIL»' });
    expect(detail.steps.map((s) => s.name)).toEqual(['«EMAIL» (step 1)', '«EMAIL» (step 2)']);
    expect(JSON.stringify([detail, lab.rig.rows()])).not.toContain('@example.org');
  });

  test('retry makes each try a recorded effect of its own', async () => {
    let tries = 0;
    const { ended, detail } = await lab.run(
      `
name: retry
description: d
steps:
  - {name: a, agent: database, action: query, parameters: {cost: 10}, retry: {retries: 2, backoff: 1ms}}
`,
      {},
      (r) =>
        r.script('a', () => {
          tries += 1;
          if (tries < 3)
            throw new AkiosError('REMOTE_STATUS', 'busy', { details: { costMicros: 4 } });
          return { output: { text: 'ok' }, costMicros: micros7 };
        }),
    );
    expect(ended.state).toBe('succeeded');
    expect(detail.steps[0]).toMatchObject({ attempts: 3, costMicros: 15 });
    expect(lab.rig.rows().filter((r) => r['type'] === 'tool.query')).toHaveLength(3);
    expect(lab.rig.rows().filter((r) => r['type'] === 'tool.outcome')).toHaveLength(3);
  });

  test('finished steps are undone newest first, and what is not undone is told', async () => {
    const text = (bad: string) => `
name: undo
description: d
steps:
  - {name: a, agent: database, action: query, compensate: {agent: database, action: query, parameters: {text: "undo a"}}}
  - {name: b, agent: database, action: query, compensate: {agent: database, action: query, parameters: {to: "${bad}", text: "undo b"}}}
  - {name: c, agent: database, action: query}
`;
    const failing = (r: Rig) =>
      r.script('c', () => {
        throw new AkiosError('STEP_FAILED', 'no');
      });
    const good = await lab.run(text('probe'), {}, failing);
    expect(good.ended.state).toBe('rolled_back');
    expect(lab.rig.calls.map((c) => c.params['text'] ?? c.step)).toEqual([
      'a',
      'b',
      'c',
      'undo b',
      'undo a',
    ]);
    await lab.rig.close();
    const bad = await lab.run(text('denied'), {}, failing);
    expect(bad.ended).toMatchObject({
      state: 'rollback_incomplete',
      error: { code: 'ROLLBACK_INCOMPLETE' },
    });
    expect(bad.ended.error?.message).toContain('b (DENIED)');
  });
});

const micros7 = 7 as never;

test('an ended run leaves a report when asked, a live one does not', async () => {
  await lab.make();
  lab.rig.script('a', async () => {
    const [live] = lab.rig.engine.live();
    await expect(lab.rig.engine.report(live?.id ?? '')).rejects.toMatchObject({ code: 'CONFLICT' });
    return { output: { text: 'mail ada@example.org' } };
  });
  const { id } = await lab.rig.engine.start('p1', lab.rig.workflow(THREE), ALICE);
  await lab.rig.engine.wait(id);
  const { path } = await lab.rig.engine.report(id);
  const html = readFileSync(join(lab.rig.dir, path), 'utf8');
  expect(html).toContain(id);
  expect(html).toContain('«EMAIL»');
  expect(html).not.toContain('ada@example.org');
  await expect(lab.rig.engine.report('run_none')).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
});
