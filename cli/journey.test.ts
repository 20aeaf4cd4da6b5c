import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ran, type } from './testing/terminal.ts';

let home: string;
let project: string;

const akios = (
  args: readonly string[],
  options: { cwd?: string; stdin?: string } = {},
): Promise<Ran> => type(home, args, options).ended;
const inProject = (...args: string[]): Promise<Ran> => akios(args, { cwd: project });

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'akios-cli-'));
  project = join(home, 'project');
  const made = await akios(['init', project, '--json']);
  expect(made.err).toBe('');
  expect(JSON.parse(made.out)).toMatchObject({ path: project, exit_code: 0 });
});

afterAll(async () => {
  await akios(['helper', 'stop']);
  rmSync(home, { recursive: true, force: true });
});

describe('a program as a caged agent', () => {
  it('passes stdin, stdout, stderr and exit status through', async () => {
    const stdin = 'a line\n'.repeat(20_000);
    const ran = await akios(
      ['agent', 'run', '--', '/bin/sh', '-c', 'cat; echo to-err >&2; exit 7'],
      { stdin },
    );
    expect(ran.code).toBe(7);
    expect(ran.out).toBe(stdin);
    expect(ran.err).toBe('to-err\n');
  });

  it('ends with the signal of the program, and without waiting for orphans', async () => {
    expect((await akios(['agent', 'run', '--', '/bin/sh', '-c', 'kill -TERM $$'])).code).toBe(143);
    const orphan = await akios(['agent', 'run', '--', '/bin/sh', '-c', 'sleep 60 & echo started']);
    expect(orphan).toMatchObject({ code: 0, out: 'started\n' });
  });

  it('writes in its folder only', async () => {
    const work = mkdtempSync(join(home, 'work-'));
    const script = `echo x > ./inside; echo x > ${home}/outside || true; cat /etc/shadow || true`;
    const ran = await akios(['agent', 'run', '--work', work, '--', '/bin/sh', '-c', script]);
    expect(existsSync(join(work, 'inside'))).toBe(true);
    expect(existsSync(join(home, 'outside'))).toBe(false);
    expect(ran.out).toBe('');
  });

  it('refuses work folders that hold the helper or the system', async () => {
    for (const work of ['/', '/etc', '/usr/lib', home, join(home, 'state')]) {
      const ran = await akios(['agent', 'run', '--work', work, '--', '/bin/true']);
      expect([work, ran.code]).toEqual([work, 3]);
    }
  });

  it('is recorded, with intent and outcome, in a ledger that verifies', async () => {
    const ran = await akios(['audit', 'verify', '--json']);
    expect(ran.code).toBe(0);
    expect(JSON.parse(ran.out)).toMatchObject({ ok: true, anchored: true });
  });

  it('is a usage error without a program', async () => {
    expect((await akios(['agent', 'run'])).code).toBe(2);
    expect((await akios(['agent', 'run', '--nonsense', '--', 'true'])).code).toBe(2);
    expect((await akios(['agent', 'run', '--work', '/no/such/folder', '--', 'true'])).code).toBe(4);
  });
});

describe('protect', () => {
  it('scans lines in order, whatever their ids, and stops at a bad one', async () => {
    const lines = [
      { id: 'b', text: 'mail bob@example.org' },
      { id: 7, text: 'clean text' },
      { id: null, text: '«EMAIL» é 😀 SSN 536-90-4399' },
    ];
    const stdin = lines.map((line) => JSON.stringify(line)).join('\n');
    const ran = await akios(['protect', 'scan', '--jsonl'], { stdin });
    expect(ran.code).toBe(0);
    const got = ran.out
      .trimEnd()
      .split('\n')
      .map(
        (line) =>
          JSON.parse(line) as {
            id: unknown;
            spans: { start: number; end: number; type: string }[];
          },
      );
    expect(got.map((g) => g.id)).toEqual(['b', 7, null]);
    expect(got[0]?.spans).toMatchObject([{ start: 5, end: 20, type: 'EMAIL' }]);
    expect(got[1]?.spans).toEqual([]);
    const [ssn] = got[2]?.spans ?? [];
    expect(lines[2]?.text.slice(ssn?.start, ssn?.end)).toBe('536-90-4399');
    const bad = await akios(['protect', 'scan', '--jsonl'], { stdin: `${stdin}\n{"id":1}\n` });
    expect(bad.code).toBe(2);
    expect(bad.err).toContain('stdin:4');
  });

  it('redacts without a project and never prints a value in findings', async () => {
    const text = 'mail bob@example.org';
    expect((await akios(['protect', 'redact', '--text', text])).out).toBe('mail «EMAIL»');
    const found = await akios(['protect', 'scan', '--text', text, '--fail-on-find']);
    expect(found.code).toBe(1);
    expect(found.out).not.toContain('bob@');
  });
});

describe('a developer', () => {
  it('cannot run with the cage down', async () => {
    const ran = await inProject('run', 'workflows/sample.yml', '--json');
    expect(ran.code).toBe(6);
    expect(JSON.parse(ran.out)).toMatchObject({ error: { code: 'CAGE_DOWN' }, exit_code: 6 });
  });

  it('raises the cage, runs the sample, sees status from proof and verifies', async () => {
    const up = await inProject('cage', 'up', '--json');
    const status = JSON.parse(up.out) as {
      state: string;
      protections: { proof: string; recordSeq: number | null }[];
    };
    expect([up.code, status.state]).toEqual([0, 'up']);
    expect(status.protections.every((p) => p.proof === 'proved' && p.recordSeq !== null)).toBe(
      true,
    );
    const ran = await inProject('run', 'workflows/sample.yml', '--json');
    expect(ran.code).toBe(0);
    expect(JSON.parse(ran.out)).toMatchObject({ run: { state: 'succeeded' }, exit_code: 0 });
    const output = await inProject('output', 'latest', '--json');
    expect(JSON.parse(output.out)).toMatchObject({
      status: expect.any(String),
      security: { pii_redaction: true },
    });
    expect((await inProject('audit', 'verify')).code).toBe(0);
    const security = await inProject('status', '--security');
    expect(security.out).toContain('PII Protection: Active (inputs + outputs)');
    expect(security.out).toContain('Audit Logging: Cryptographic integrity verified');
  });

  it('is refused a shell, with a record of it', async () => {
    const ran = await inProject('run', '--exec', 'rm -rf /', '--json');
    expect(ran.code).toBe(1);
    const logs = JSON.parse((await inProject('logs', '-n', '1', '--json')).out) as {
      logs: { type: string }[];
    };
    expect(logs.logs[0]?.type).toBe('gate.denied');
  });

  it('sees a broken ledger as broken', async () => {
    const copy = mkdtempSync(join(home, 'copy-'));
    const stats = JSON.parse((await inProject('audit', 'stats', '--json')).out) as {
      file: string;
      anchor: { where: string };
    };
    const { execFileSync } = await import('node:child_process');
    execFileSync('cp', ['-r', join(project, 'audit'), copy]);
    const trust = join(stats.anchor.where, '..');
    const args = [
      'audit',
      'verify',
      '--log',
      join(copy, 'audit'),
      '--vkey',
      join(trust, 'log.vkey'),
      '--anchor',
      stats.anchor.where,
    ];
    expect((await akios(args)).code).toBe(0);
    const { default: Database } = await import('better-sqlite3');
    const db = new Database(join(copy, 'audit', 'audit.db'));
    db.exec("UPDATE events SET body = replace(body, 'project.init', 'project.inlt') WHERE idx = 1");
    db.close();
    expect((await akios(args)).code).toBe(1);
  });

  it('takes a log of the older form in as evidence, once', async () => {
    const old = join(home, 'audit_events.jsonl');
    const line = { workflow_id: 'wf-1', step: 1, agent: 'llm', action: 'complete', result: 'ok' };
    appendFileSync(old, `${JSON.stringify(line)}\n`.repeat(3));
    const first = await inProject('audit', 'migrate', old, '--json');
    expect([first.code, JSON.parse(first.out)]).toMatchObject([0, { lines: 3, known: 0 }]);
    const again = await inProject('audit', 'migrate', old, '--json');
    expect([again.code, JSON.parse(again.out)]).toMatchObject([0, { lines: 3, known: 3 }]);
    const rows = await inProject('audit', 'log', '--filter', 'type:legacy.event', '--json');
    expect((JSON.parse(rows.out) as { events: unknown[] }).events).toHaveLength(3);
    expect((await inProject('audit', 'verify')).code).toBe(0);
    for (const [what, code, word] of [
      ['none.jsonl', 4, 'no file'],
      ['/dev/null', 2, 'not a plain file'],
    ] as const) {
      const refused = await inProject('audit', 'migrate', what);
      expect([refused.code, refused.err.split('\n')[0]]).toEqual([
        code,
        expect.stringContaining(word),
      ]);
    }
  });

  it('lowers the cage: session data goes, input stays, the receipt lies outside', async () => {
    const down = await inProject('cage', 'down', '--json');
    expect(down.code).toBe(0);
    const report = JSON.parse(down.out) as { receipt: string; exceptions: unknown[] };
    expect(report.exceptions).toEqual([]);
    expect(readFileSync(report.receipt, 'utf8')).toContain('erasure');
    expect(report.receipt.startsWith(project)).toBe(false);
    expect(existsSync(join(project, 'data', 'input', 'email-thread.txt'))).toBe(true);
    expect(existsSync(join(project, 'audit', 'audit.db'))).toBe(false);
    expect(existsSync(join(project, 'audit', 'attachments'))).toBe(false);
    expect((await inProject('cage', 'up')).code).toBe(0);
  });

  it('cannot raise the cage without a detector that is required', async () => {
    const config = join(project, 'config.yaml');
    const before = readFileSync(config, 'utf8');
    const socket = join(home, 'nobody.sock');
    appendFileSync(config, `\npii_detectors: [{name: ner, socket: ${socket}}]\n`);
    const up = await inProject('cage', 'up');
    expect([up.code, up.err]).toEqual([9, expect.stringContaining('The detector "ner"')]);
    expect(up.err).not.toContain('cgroup');
    expect((await inProject('status')).out).toContain('Not active (the cage was refused: PII');
    writeFileSync(config, before);
    expect((await inProject('cage', 'up')).code).toBe(0);
  });

  it('cannot drop a protection in production', async () => {
    appendFileSync(join(project, 'config.yaml'), '\n');
    const set = readFileSync(join(project, 'config.yaml'), 'utf8');
    const { writeFileSync } = await import('node:fs');
    writeFileSync(
      join(project, 'config.yaml'),
      set.replace('environment: development', 'environment: production'),
    );
    for (const flag of ['--no-pii', '--no-audit', '--no-budget']) {
      expect([flag, (await inProject('cage', 'up', flag)).code]).toEqual([flag, 3]);
    }
    expect((await inProject('cage', 'down', '--keep-data')).code).toBe(3);
    writeFileSync(join(project, 'config.yaml'), `${set}no_such_key: 1\n`);
    const bad = await inProject('cage', 'up');
    expect(bad.code).toBe(2);
    expect(bad.err).toMatch(/config\.yaml:\d+/);
    const shown = await inProject('cage', 'status');
    expect(shown.out).toMatch(/config\.yaml:\d+/);
    writeFileSync(join(project, 'config.yaml'), set);
  });
});

describe('every command', () => {
  it('says what is wrong in one line and uses the published codes', async () => {
    expect((await akios(['nonsense'])).code).toBe(2);
    expect((await akios(['cage'])).code).toBe(2);
    expect((await akios(['status'])).code).toBe(4);
    expect((await inProject('run', 'no-such.yml')).code).toBe(4);
    expect((await inProject('logs', '--limit', '-1')).code).toBe(2);
    const json = await akios(['status', '--json']);
    expect(JSON.parse(json.out)).toMatchObject({
      error: { code: 'PROJECT_NOT_FOUND' },
      exit_code: 4,
    });
  });

  it('serves the console on loopback only', async () => {
    expect((await inProject('serve', '--host', '0.0.0.0')).code).toBe(2);
  });
});
