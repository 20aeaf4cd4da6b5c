import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ran, type } from './testing/terminal.ts';

/** Each try is a whole command. */
const TRIES = 60;

let home: string;
let project: string;

/** One terminal: a command that may still be running. */
const terminal = (args: readonly string[]) => type(home, args, { cwd: project });
const akios = (...args: string[]): Promise<Ran> => terminal(args).ended;
async function json<T>(...args: string[]): Promise<T> {
  return JSON.parse((await akios(...args, '--json')).out) as T;
}

interface Question {
  id: string;
  run: string;
}

async function question(): Promise<Question> {
  for (let i = 0; i < TRIES; i += 1) {
    const { items } = await json<{ items?: Question[] }>('approvals');
    if (items?.[0]) return items[0];
  }
  throw new Error('No run asks.');
}

async function stateOf(run: string): Promise<string | undefined> {
  const { runs } = await json<{ runs: { id: string; state: string }[] }>('runs');
  return runs.find(({ id }) => id === run)?.state;
}

async function reaches(run: string, state: string): Promise<void> {
  for (let i = 0; i < TRIES; i += 1) {
    const now = await stateOf(run);
    if (now === state) return;
    if (now === undefined || /failed|killed|denied|unknown/.test(now)) {
      throw new Error(`${run} is ${now}, not ${state}`);
    }
  }
  throw new Error(`${run} never is ${state}`);
}

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'akios-cli-runs-'));
  project = home;
  expect((await akios('init', join(home, 'project'))).code).toBe(0);
  project = join(home, 'project');
  writeFileSync(
    join(project, 'ask.yml'),
    `name: ask
description: waits for a person
steps:
  - {name: consent, approve: {message: "Go on?", timeout: 5m}}
  - {name: note, agent: filesystem, action: write, config: {allowed_paths: [data/output]}, parameters: {path: data/output/note.txt, content: done}}
`,
  );
  expect((await akios('cage', 'up')).code).toBe(0);
});

afterAll(async () => {
  await akios('helper', 'stop');
  rmSync(home, { recursive: true, force: true });
});

describe('a run that waits for a person', () => {
  it('goes on when a second terminal says yes, and its rows can be read by step', async () => {
    const first = terminal(['run', 'ask.yml']);
    const { id, run } = await question();
    expect(await stateOf(run)).toBe('waiting_approval');
    const approved = await akios('approve', id, '--reason', 'seen');
    expect([approved.code, approved.out]).toEqual([0, `Approved: step consent of ${run}.\n`]);
    const ended = await first.ended;
    expect([ended.code, ended.err]).toEqual([0, '']);
    expect(ended.out).toContain('waits for a person: akios approvals');
    expect((await akios('approve', id)).code).toBe(4);
    const { logs } = await json<{ logs: { type: string; step: string }[] }>(
      ...['logs', '--run', run, '--step', '2'],
    );
    expect(logs.map(({ type }) => type)).toEqual(['fs.outcome', 'fs.write']);
    const byName = await json<{ logs: unknown[] }>('logs', '--run', run, '--step', 'note');
    expect(byName.logs).toEqual(logs);
    expect((await akios('logs', '--run', run, '--step', '9')).code).toBe(4);
    expect((await akios('logs', '--step', '1')).code).toBe(2);
  });

  it('ends as denied when a second terminal says no', async () => {
    const first = terminal(['run', 'ask.yml', '--json']);
    const { id } = await question();
    expect((await akios('deny', id, '--reason', 'no')).code).toBe(0);
    const ended = await first.ended;
    expect(ended.code).toBe(3);
    expect(JSON.parse(ended.out)).toMatchObject({ run: { state: 'denied' }, exit_code: 3 });
  });

  it('pauses before its next step and is resumed from a second terminal', async () => {
    const first = terminal(['run', 'ask.yml']);
    const { id, run } = await question();
    expect((await akios('run', 'pause', run)).code).toBe(0);
    expect((await akios('approve', id)).code).toBe(0);
    await reaches(run, 'paused');
    const resumed = await akios('run', 'resume', run);
    expect([resumed.code, resumed.out]).toEqual([0, `${run} goes on, 1 of 2 steps done.\n`]);
    expect((await first.ended).code).toBe(0);
    expect(await stateOf(run)).toBe('succeeded');
  });

  it('is cancelled from a second terminal', async () => {
    const first = terminal(['run', 'ask.yml']);
    const { run } = await question();
    const cancelled = await akios('run', 'cancel', run, '--reason', 'enough');
    expect([cancelled.code, cancelled.out]).toEqual([0, `${run} is killed.\n`]);
    expect((await first.ended).code).toBe(130);
    expect((await akios('run', 'cancel', run)).code).toBe(1);
  });

  it.each([
    [[]],
    [['--json']],
  ])('ends with 6 when the helper dies, and can be resumed %j', async (more) => {
    const first = terminal(['run', 'ask.yml', ...more]);
    const { run } = await question();
    const { pid } = await json<{ pid: number }>('helper', 'status');
    process.kill(pid, 'SIGKILL');
    const ended = await first.ended;
    expect(ended.code).toBe(6);
    const said = more.length > 0 ? ended.out : ended.err;
    expect(said.trimEnd().split('\n')).toHaveLength(1);
    expect(said).toContain(`akios run resume ${run}`);
    if (more.length > 0) {
      expect(JSON.parse(said)).toMatchObject({ error: { code: 'HELPER_UNREACHABLE' } });
    }
    expect(await stateOf(run)).toBe('paused');
    await akios('cage', 'up');
    expect((await akios('run', 'resume', run)).code).toBe(0);
    const again = await question();
    expect(again.run).toBe(run);
    expect((await akios('approve', again.id)).code).toBe(0);
    await reaches(run, 'succeeded');
  });
});

describe('the words of akios run', () => {
  it('are commands; a workflow of that name is called with .yml or a slash', async () => {
    expect((await akios('run', 'cancel')).code).toBe(2);
    writeFileSync(
      join(project, 'cancel.yml'),
      'name: c\ndescription: d\nsteps: [{agent: filesystem, action: exists, parameters: {path: data/input, allowed_paths: [data/input]}}]\n',
    );
    expect((await akios('run', 'cancel.yml')).code).toBe(0);
    expect((await akios('run', './cancel.yml')).code).toBe(0);
    for (const word of ['cancel', 'pause', 'resume']) {
      expect([word, (await akios('run', word, 'run_none')).code]).toEqual([word, 4]);
    }
  });

  it('a run that is to ask its provider does not begin while another one answers for it', async () => {
    const config = join(project, 'config.yaml');
    const before = readFileSync(config, 'utf8');
    writeFileSync(config, `${before}\nmock_llm: true\n`);
    const refused = await akios('run', 'cancel.yml', '--real-api');
    expect(refused).toMatchObject({ code: 2, err: expect.stringContaining('mock_llm') });
    expect((await akios('run', 'cancel.yml')).code).toBe(0);
    writeFileSync(config, before);
    expect((await akios('run', 'cancel.yml', '--real-api')).code).toBe(0);
  });

  it('status names what is left of the limit of the last run', async () => {
    expect((await akios('status')).out).toMatch(
      /^Budget: \$1\.00 \/ \$1\.00 remaining \(\$0\.000000 spent\)$/m,
    );
    const budget = await akios('status', '--budget');
    expect(budget.out).toMatch(/^Budget: .*\nSpent today: .*\nLimit of a run: \$1\.00\n/);
    expect(budget.out).not.toContain('Security Level');
    expect(budget.out).not.toContain('Prices of .');
  });

  it('status shows the newest run of a workflow, and says when there is none', async () => {
    const { out } = await akios('status', '--workflow', 'cancel.yml');
    expect(out).toMatch(/^run_\S+: c \(cancel\.yml\), succeeded\nStarted: /);
    const id = out.slice(0, out.indexOf(':'));
    expect((await akios('status', '--workflow', id)).out).toBe(out);
    expect((await akios('status', '--workflow', 'none.yml')).code).toBe(4);
    expect((await akios('status', '--verbose')).out).toContain('Compliance score:');
  });
});
