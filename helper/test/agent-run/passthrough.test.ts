import { spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Console, ended, ownMark, processesWith, untilGone, untilSeen } from './support.ts';

let console_: Console;

beforeAll(() => {
  console_ = new Console();
});
afterAll(() => console_.close());

describe('exit status', () => {
  it('is that of the program, or 128 and the signal, aliases and real-time signals included', async () => {
    for (const code of [0, 1, 126, 255]) {
      expect((await console_.run(['sh', '-c', `exit ${code}`])).code).toBe(code);
    }
    for (const signal of [6, 9, 15, 34, 64]) {
      const ran = await console_.python('import os,sys; os.kill(os.getpid(), int(sys.argv[1]))', [
        String(signal),
      ]);
      expect([signal, ran.code]).toEqual([signal, 128 + signal]);
    }
  });

  it('is 127 where there is no such program and 126 where it cannot be executed', async () => {
    for (const missing of ['no-such-program', './nothing', '/usr/bin/nothing', '/opt/a/b']) {
      const ran = await console_.run([missing]);
      expect([missing, ran.code, ran.out.length]).toEqual([missing, 127, 0]);
      expect(ran.err).toContain('akios: ');
    }
    expect((await console_.run(['/usr/bin'])).code).toBe(126);
  });
});

describe('bytes', () => {
  it('of stdin, stdout and stderr are exact', async () => {
    const input = randomBytes(5_000_000);
    const digest = createHash('sha256').update(input).digest('hex');
    const ran = await console_.run(['sh', '-c', 'tee copy; sha256sum copy >&2; rm copy'], {
      input,
    });
    expect(ran.out.equals(input)).toBe(true);
    expect(ran.err).toContain(digest);
    const unread = await console_.run(['sh', '-c', 'exec 0<&-; echo done'], { input });
    expect([unread.code, unread.out.toString()]).toEqual([0, 'done\n']);
  });

  it('of arguments are exact, also where they are no text', () => {
    const source =
      'import sys,os; sys.stdout.buffer.write(b"|".join(map(os.fsencode,sys.argv[1:])))';
    const words = console_.words(['python3', '-c', source]).map((w) => `'${w}'`);
    const main = join(import.meta.dirname, '..', '..', '..', 'cli', 'main.ts');
    const script = `exec '${process.execPath}' '${main}' ${words.join(' ')} "$(printf 'a\\377\\200b')" '' 'ä€😀' '--' "$(printf '\\001\\177')"`;
    const ran = spawnSync('sh', ['-c', script], {
      env: { ...process.env, AKIOS_STATE_DIR: console_.state },
    });
    expect(ran.stderr.toString()).toBe('');
    expect(ran.stdout.toString('latin1')).toBe(
      `a\xff\x80b||${Buffer.from('ä€😀').toString('latin1')}|--|\x01\x7f`,
    );
  });
});

describe('the work folder', () => {
  it('has any name and is the current folder; what is made there is the caller’s, by its umask', async () => {
    for (const name of ['a b', 'new\nline', '-dash', 'quote\'"$`', '\u202eünï']) {
      const work = join(console_.root, name);
      mkdirSync(work);
      const ran = await console_.run(['sh', '-c', 'echo made > file; mkdir folder'], { work });
      expect([name, ran.code, ran.err]).toEqual([name, 0, '']);
      expect(readFileSync(join(work, 'file'), 'utf8')).toBe('made\n');
      const stat = statSync(join(work, 'file'));
      expect([stat.uid, stat.mode & 0o777]).toEqual([process.getuid?.(), 0o666 & ~process.umask()]);
      rmSync(work, { recursive: true });
    }
  });
});

describe('an end asked for by a person', () => {
  it('takes daemons that ignore signals along', async () => {
    const mark = ownMark();
    const hostile = `trap '' INT TERM HUP; setsid sleep ${mark} & echo up; sleep ${mark}; sleep ${mark}`;
    for (const [signal, status] of [
      ['SIGINT', 130],
      ['SIGTERM', 143],
      ['SIGHUP', 129],
    ] as const) {
      const child = await console_.running(['sh', '-c', hostile]);
      await untilSeen(mark);
      child.kill(signal);
      expect((await ended(child)).code).toBe(status);
      expect(processesWith(mark)).toEqual([]);
    }
    const child = await console_.running(['sh', '-c', hostile]);
    await untilSeen(mark);
    child.kill('SIGKILL');
    expect((await ended(child)).signal).toBe('SIGKILL');
    await untilGone(mark);
  });

  it('waits for nobody who does not read the output', async () => {
    const child = console_.start(console_.words(['yes']));
    child.stdout?.once('readable', () => child.kill('SIGINT'));
    const code = await new Promise((resolve) => child.once('exit', resolve));
    expect(code).toBe(130);
    child.stdout?.destroy();
  });

  it('is told as a broken pipe when the reader of either stream goes away', async () => {
    for (const way of ['', '2>&1 >/dev/null']) {
      const main = join(import.meta.dirname, '..', '..', '..', 'cli', 'main.ts');
      const words = console_.words(['sh', '-c', way === '' ? 'yes' : 'yes >&2']);
      const line = [process.execPath, main, ...words].map((w) => `'${w}'`).join(' ');
      const child = spawn('bash', ['-c', `${line} ${way} | head -1; echo "\${PIPESTATUS[0]}"`], {
        env: { ...process.env, AKIOS_STATE_DIR: console_.state },
      });
      expect((await ended(child)).out.toString()).toBe('y\n141\n');
    }
  });
});

describe('a helper that is killed', () => {
  it('takes its programs along; the command says 6, and the next one works', async () => {
    const mark = ownMark();
    const both = `setsid sleep ${mark} & echo up; sleep ${mark}`;
    const child = await console_.running(['sh', '-c', both]);
    process.kill(console_.helperPid(), 'SIGKILL');
    const ran = await ended(child);
    expect([ran.code, ran.err]).toEqual([6, expect.stringContaining('helper')]);
    await untilGone(mark);
    const several = await Promise.all(
      [1, 2, 3].map((n) => console_.run(['sh', '-c', `exit ${n}`])),
    );
    expect(several.map((r) => r.code)).toEqual([1, 2, 3]);
    expect((await console_.akios(['audit', 'verify'])).code).toBe(0);
    const log = new DatabaseSync(join(console_.state, 'user', 'audit', 'audit.db'), {
      readOnly: true,
    });
    const rows = log
      .prepare('SELECT type, body FROM events ORDER BY idx')
      .all()
      .map(
        (row) => JSON.parse(String(row['body'])) as { type: string; seq: number; intent?: number },
      );
    log.close();
    const closed = rows.flatMap((row) => row.intent ?? []).sort((a, b) => a - b);
    const begun = rows.filter((row) => row.type === 'agent.start').map((row) => row.seq);
    expect(begun.length).toBeGreaterThan(0);
    expect(closed).toEqual(begun);
    expect(rows.filter((row) => row.type === 'outcome.unknown').length).toBeGreaterThan(0);
  });
});
