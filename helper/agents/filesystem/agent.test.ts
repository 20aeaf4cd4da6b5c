import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../shared/domain/json.ts';
import type { ActionContext } from '../port.ts';
import { createFilesystemAgent, runPath } from './agent.ts';

const agent = createFilesystemAgent();
const action = (name: string) =>
  agent.actions.find((a) => a.name === name || a.aliases.includes(name))!;
const describeIt = (name: string, params: JsonObject) =>
  action(name).describe(action(name).params.parse(params));

/** A worker that records what reaches it. */
function recorder(answers: Record<string, unknown>) {
  const calls: [string, unknown][] = [];
  const context = {
    outputDir: 'data/output/run_9',
    worker: {
      call: async (op: string, input: unknown) => {
        calls.push([op, input]);
        return answers[op];
      },
    },
  } as unknown as ActionContext;
  return { calls, context };
}

describe('the filesystem agent', () => {
  it('has the published actions and aliases', () => {
    for (const name of ['read', 'write', 'list', 'exists', 'stat', 'analyze'])
      expect(action(name)).toBeDefined();
    expect(action('analyze').name).toBe('stat');
  });

  it('gives the gate one canonical target', () => {
    const params = { allowed_paths: ['./data/input/'], path: './data//input/./a.txt' };
    expect(describeIt('read', params)).toMatchObject({
      gate: 'fs',
      action: 'read',
      target: 'data/input/a.txt',
    });
  });

  it.each([
    ['data/input_private/a.txt', ['data/input']],
    ['data/inputs', ['data/input']],
    ['data', ['data/input']],
    ['data/output/run_1', ['data/input']],
    ['templates/x', ['data/input', 'data/output']],
  ])('denies %s under %j', (path, allowed) => {
    expect(() => describeIt('read', { path, allowed_paths: allowed })).toThrow(
      expect.objectContaining({ code: 'DENIED' }),
    );
  });

  it.each([
    '../x',
    '/etc/passwd',
    'data/input/../../x',
    'data\\input',
    'data/input/a\u202e',
    'data/input/e\u0301',
  ])('refuses the path %j', (path) => {
    expect(() => describeIt('read', { path, allowed_paths: ['.'] })).toThrow(
      expect.objectContaining({ code: 'INPUT_INVALID' }),
    );
  });

  it('changes nothing in a read_only step', () => {
    const place = { allowed_paths: ['data/output'], read_only: true };
    expect(() => describeIt('write', { ...place, path: 'data/output/x', content: '' })).toThrow(
      expect.objectContaining({ code: 'DENIED' }),
    );
    expect(() => describeIt('delete', { ...place, path: 'data/output/x' })).toThrow(
      expect.objectContaining({ code: 'DENIED' }),
    );
    expect(() =>
      describeIt('move', { ...place, from: 'data/output/x', to: 'data/output/y' }),
    ).toThrow(expect.objectContaining({ code: 'DENIED' }));
    expect(describeIt('list', { ...place, path: 'data/output' }).target).toBe('data/output');
  });

  it('copies and moves inside data/output only: one verdict cannot cover two places', () => {
    for (const [from, to] of [
      ['data/input/.env', 'data/output/x'],
      ['data/output/x', 'data/input/x'],
      ['data/output', 'data/output/x'],
    ]) {
      expect(() => describeIt('copy', { allowed_paths: ['data'], from: from!, to: to! })).toThrow(
        expect.objectContaining({ code: 'DENIED' }),
      );
    }
  });

  it('refuses unknown keys, a missing allowed_paths and more than 10 MB', () => {
    const schema = action('write').params;
    const good = { allowed_paths: ['data/output'], path: 'data/output/x', content: 'x' };
    expect(schema.safeParse(good).success).toBe(true);
    expect(schema.safeParse({ ...good, mode: '777' }).success).toBe(false);
    expect(schema.safeParse({ path: 'data/output/x', content: 'x' }).success).toBe(false);
    expect(schema.safeParse({ ...good, content: 'é'.repeat(6 * 1024 * 1024) }).success).toBe(false);
  });

  it('sends outputs to the folder of the run and leaves other runs where they are', () => {
    const out = 'data/output/run_9';
    expect(runPath('data/output/x/y.txt', out)).toBe('data/output/run_9/x/y.txt');
    expect(runPath('data/output', out)).toBe(out);
    expect(runPath('data/output/run_9/y.txt', out)).toBe('data/output/run_9/y.txt');
    expect(runPath('data/output/run_90/y.txt', out)).toBe('data/output/run_90/y.txt');
    expect(runPath('data/outputs/y.txt', out)).toBe('data/outputs/y.txt');
  });

  it('parses documents, reads other files raw, and tells what was cut', async () => {
    const parsed = {
      kind: 'pdf',
      text: 'T',
      sections: [
        { at: 0, kind: 'page', n: 1 },
        { at: 1, kind: 'page', n: 2 },
      ],
      units: [],
      truncated: true,
      warnings: ['w'],
    };
    const { calls, context } = recorder({
      'doc.parse': parsed,
      'fs.read': { text: 'abcdef', bytes: 6 },
    });
    const place = { allowed_paths: ['data/input'] };
    const doc = await action('read').perform(
      { ...place, path: 'data/input/a.PDF', max_chars: 5 },
      context,
    );
    expect(doc.output).toEqual({
      text: 'T',
      path: 'data/input/a.PDF',
      kind: 'pdf',
      pages: 2,
      truncated: true,
      warnings: ['w'],
    });
    const raw = await action('read').perform(
      { ...place, path: 'data/input/a.yaml', max_chars: 3 },
      context,
    );
    expect(raw.output).toMatchObject({ text: 'abc', truncated: true });
    await action('read').perform({ ...place, path: 'data/input/a.html', format: 'raw' }, context);
    expect(calls.map(([op]) => op)).toEqual(['doc.parse', 'fs.read', 'fs.read']);
  });

  it('checks again when it performs', async () => {
    const { calls, context } = recorder({});
    await expect(
      action('write').perform(
        { allowed_paths: ['data/output'], path: 'data/input/x', content: 'x' },
        context,
      ),
    ).rejects.toMatchObject({ code: 'DENIED' });
    expect(calls).toEqual([]);
  });
});
