import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ERROR_EXIT, EXIT } from '../shared/domain/errors.ts';
import { runExitCode } from '../shared/domain/run-exit.ts';
import { RUN_STATES } from '../shared/domain/states.ts';

const MAIN = join(import.meta.dirname, 'main.ts');
const MIB = 1_048_576;

let home: string;
let project: string;

function akios(...args: string[]) {
  const ran = spawnSync(process.execPath, [MAIN, ...args], {
    cwd: project,
    env: { ...process.env, AKIOS_STATE_DIR: join(home, 'state'), NO_COLOR: '1' },
    encoding: 'utf8',
    maxBuffer: 64 * MIB,
  });
  return { code: ran.status, out: ran.stdout, err: ran.stderr };
}

/** Both forms of a command: one process status, and with --json the same number in the document. */
function both(...args: string[]): { code: number | null; err: string; json: JsonDocument } {
  const plain = akios(...args);
  const told = akios(...args, '--json');
  const json = JSON.parse(told.out) as JsonDocument;
  expect([args, told.code, json.exit_code]).toEqual([args, plain.code, plain.code]);
  return { code: plain.code, err: plain.err, json };
}

interface JsonDocument {
  exit_code: number;
  error?: { code: string; where?: string; message: string };
  [key: string]: unknown;
}

const HEAD = 'name: t\ndescription: d\nsteps:\n';
const file = (name: string, text: string) => writeFileSync(join(project, name), text);

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'akios-exit-'));
  project = home;
  expect(akios('init', join(home, 'project')).code).toBe(0);
  project = join(home, 'project');
  mkdirSync(join(project, 'folder.yml'));
  file('bad.yml', `${HEAD}  - {agent: filesystem, actoin: read}\n`);
  file('huge.yml', `${HEAD}${'# filler filler filler\n'.repeat(450_000)}`);
  file(
    'lost.yml',
    `${HEAD}  - {agent: filesystem, action: read, config: {allowed_paths: [data/input]}, parameters: {path: data/input/none.txt}}\n`,
  );
  file(
    'denied.yml',
    `${HEAD}  - {agent: filesystem, action: read, config: {allowed_paths: [data/input]}, parameters: {path: audit/audit.db}}\n`,
  );
  file(
    'dear.yml',
    `${HEAD}  - {agent: llm, action: complete, parameters: {provider: openai, model: no-such-model, prompt: hi}}\n`,
  );
  file(
    'good.yml',
    `${HEAD}  - {agent: filesystem, action: exists, config: {allowed_paths: [data/input]}, parameters: {path: data/input}}\n`,
  );
});
afterAll(() => {
  akios('helper', 'stop');
  rmSync(home, { recursive: true, force: true });
});

describe('exit codes', { timeout: 180_000 }, () => {
  it('the docs name every code of the table, and no other', () => {
    const docs = readFileSync(join(import.meta.dirname, '../docs/operating.md'), 'utf8');
    const part = docs.slice(docs.indexOf('## Exit codes'), docs.indexOf('## The API'));
    const named = [...part.matchAll(/^\| (\d+) \|/gm)].map((match) => Number(match[1]));
    expect(named).toEqual(Object.values(EXIT).sort((a, b) => a - b));
    for (const code of Object.keys(ERROR_EXIT)) {
      const row = part.split('\n').find((line) => line.includes(`\`${code}\``));
      expect([code, row?.split('|')[1]?.trim()]).toEqual([
        code,
        String(ERROR_EXIT[code as keyof typeof ERROR_EXIT]),
      ]);
    }
  });

  it('only a run that succeeded ends with 0', () => {
    for (const state of RUN_STATES) {
      for (const code of [null, ...(Object.keys(ERROR_EXIT) as (keyof typeof ERROR_EXIT)[])]) {
        expect([state, code, runExitCode(state, code) === 0]).toEqual([
          state,
          code,
          state === 'succeeded',
        ]);
      }
    }
    expect(runExitCode('rollback_incomplete', 'STEP_FAILED')).toBe(7);
    expect(runExitCode('killed', 'BUDGET_EXCEEDED')).toBe(8);
    expect(runExitCode('killed', 'RUN_KILLED')).toBe(130);
  });

  it('of a workflow file, by validate', () => {
    expect(both('workflow', 'validate', 'good.yml').code).toBe(0);
    const bad = both('workflow', 'validate', 'bad.yml');
    expect(bad.code).toBe(2);
    expect(bad.err).toMatch(/^bad\.yml:4:25 .*actoin.*action/);
    expect(both('workflow', 'validate', 'none.yml')).toMatchObject({
      code: 4,
      json: { error: { code: 'FILE_NOT_FOUND' } },
    });
    expect(both('workflow', 'validate', 'folder.yml')).toMatchObject({
      code: 2,
      json: { error: { code: 'INPUT_INVALID' } },
    });
    expect(both('workflow', 'validate', '/dev/zero').code).toBe(2);
    const huge = both('workflow', 'validate', 'huge.yml');
    expect(huge.code).toBe(2);
    expect(huge.err).toBe(
      'huge.yml:45592:23 The file is larger than 1 MiB (1,048,576 bytes). (The place is where the bound is passed. A workflow names its documents by path; it does not hold them.)\n',
    );
    expect(huge.json).toMatchObject({
      valid: false,
      errors: [{ code: 'TOO_LARGE', where: 'huge.yml:45592:23' }],
    });
  });

  it('of a run, of its plan and of its output.json', () => {
    expect(both('run', 'good.yml').code).toBe(6);
    expect(akios('cage', 'up').code).toBe(0);
    for (const [name, code, error] of [
      ['none.yml', 4, 'FILE_NOT_FOUND'],
      ['folder.yml', 2, 'INPUT_INVALID'],
      ['bad.yml', 2, 'WORKFLOW_INVALID'],
      ['huge.yml', 2, 'TOO_LARGE'],
    ] as const) {
      for (const more of [[], ['--plan']]) {
        expect(both('run', name, ...more)).toMatchObject({
          code,
          json: { error: { code: error } },
        });
      }
    }
    expect(both('run', 'huge.yml').err).toContain('huge.yml:45592:23: ');
    for (const [name, code] of [
      ['good.yml', 0],
      ['lost.yml', 4],
      ['denied.yml', 3],
      ['dear.yml', 8],
    ] as const) {
      const plan = both('run', name, '--plan');
      expect([name, plan.code, plan.json['wouldRun']]).toEqual([name, code, code === 0]);
      expect([name, both('run', name).code]).toEqual([name, code]);
      const latest = both('output', 'latest');
      expect([name, latest.code, latest.json['run_exit_code']]).toEqual([name, 0, code]);
      const kept = JSON.parse(akios('output', 'latest').out) as JsonDocument;
      expect([name, kept.exit_code]).toEqual([name, code]);
    }
  });

  it('of files that are not there, for every command that is given one', () => {
    for (const args of [
      ['protect', 'scan', 'none.txt'],
      ['http', 'POST', 'https://a.example/', '--body', '@none.txt'],
      ['audit', 'migrate', 'none.jsonl'],
      ['protect', 'show-prompt', 'none.yml'],
      ['run', 'resume', 'run_none'],
      ['agent', 'run', '--work', 'none', '--', '/bin/true'],
    ]) {
      expect([args, akios(...args).code]).toEqual([args, 4]);
    }
  });

  it('of a project folder that cannot be made, and the helper goes on', () => {
    for (const path of ['/proc/none', '/proc/none/deeper', 'config.yaml', 'config.yaml/below']) {
      expect(both('init', path)).toMatchObject({
        code: 2,
        json: { error: { code: 'INPUT_INVALID', where: 'path' } },
      });
    }
    expect(both('workflow', 'validate', 'good.yml').code).toBe(0);
  });

  it('a full disk is named as one, and leaves no piece of a copy', () => {
    const small = join(home, 'small');
    mkdirSync(small);
    const spaces = process.getuid?.() === 0 ? ['--mount'] : ['--user', '-r', '--mount'];
    const fill = `mount -t tmpfs -o size=64k tmpfs "$0" && head -c 48k /dev/zero > "$0/fill" && "$@"; code=$?; ls -A "$0"; exit $code`;
    const words = [MAIN, 'protect', 'redact', '--output', join(small, 'copy.txt')];
    const ran = spawnSync(
      'unshare',
      [...spaces, 'sh', '-c', fill, small, process.execPath, ...words],
      {
        cwd: project,
        env: { ...process.env, AKIOS_STATE_DIR: join(home, 'state'), NO_COLOR: '1' },
        input: 'mail jane.roe@example.org of it\n'.repeat(4000),
        encoding: 'utf8',
      },
    );
    expect([ran.stderr, ran.status, ran.stdout]).toEqual([
      'akios: The disk is full. The action was not finished.\n  Free space, then try again.\n',
      1,
      'fill\n',
    ]);
  });

  it('of slips of the command line, in one sentence and the usage line', () => {
    for (const args of [
      ['runs', '--limit', '-1'],
      ['audit', 'prune', '--days', '-5'],
      ['run', ''],
      ['workflow', 'validate', ''],
    ]) {
      const { code, err, json } = both(...args);
      expect([args, code, json.error?.code]).toEqual([args, 2, 'USAGE']);
      expect([args, err]).toEqual([args, expect.stringMatching(/^akios: .*\.\n {2}usage: .*\n$/)]);
      expect(err).not.toContain('\\u{');
    }
  });

  it('a name that moves the cursor or breaks the line is shown as code, on one line', () => {
    const name = 'two\nlines\u001b[31m.yml';
    file(name, 'x');
    for (const args of [
      ['workflow', 'validate', name],
      ['protect', 'show-prompt', name],
      ['audit', 'anchor', '--check', `${name}/none`],
      ['agent', 'run', '--work', name, '--', '/bin/true'],
    ]) {
      const { code, err } = akios(...args);
      expect([args, code === 0, err.split('\n').length < 4]).toEqual([args, false, true]);
      expect([args, err.includes('two\\u{a}lines\\u{1b}[31m.yml')]).toEqual([args, true]);
    }
  });

  it('help is JSON where JSON was asked for', () => {
    for (const args of [
      ['agent', 'run', '--help', '--json'],
      ['agent', 'run', '--json', '--help'],
      ['run', '--help', '--json'],
      ['workflow', 'validate', '--json', '-h'],
    ]) {
      const ran = akios(...args);
      expect([args, ran.code]).toEqual([args, 0]);
      expect(JSON.parse(ran.out)).toMatchObject({
        usage: expect.stringContaining('usage: akios'),
        exit_code: 0,
      });
    }
  });
});
