import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { declareNotRun } from '../../../scripts/not-run.ts';
import { Ground, LIMITS } from './support.ts';

let ground: Ground;
beforeAll(() => {
  ground = new Ground();
});
afterAll(() => ground.close());

describe('honest programs', () => {
  it('get their input, output, arguments and exit status', async () => {
    const text = 'line\n'.repeat(50_000);
    const cat = await ground.inside(['/bin/cat'], { input: text });
    expect(cat.stdout).toBe(text);
    const sh = await ground.inside([
      'sh',
      '-c',
      'echo out; echo err >&2; echo again > /dev/stdout; echo e2 > /dev/stderr; pwd; exit 42',
    ]);
    expect(sh).toMatchObject({ stdout: 'out\nagain\n/workspace\n', stderr: 'err\ne2\n' });
    expect(sh.exit).toMatchObject({ end: 'exit', code: 42, signal: null });
    const args = await ground.python('import sys; print(sys.argv[1:])', ['', 'a b', '"$x"', 'ü\n']);
    expect(args.stdout).toBe(`['', 'a b', '"$x"', 'ü\\n']\n`);
    const killed = await ground.inside(['sh', '-c', 'kill -TERM $$']);
    expect(killed.exit).toMatchObject({ end: 'exit', code: null, signal: 'SIGTERM' });
  });

  it('run: python with threads and processes, perl, shell pipelines, compiled C', async () => {
    const python = await ground.python(`
import concurrent.futures, subprocess, tempfile, sqlite3, hashlib, json, os
with concurrent.futures.ProcessPoolExecutor(2) as p: print(sum(p.map(abs, range(5))))
with concurrent.futures.ThreadPoolExecutor(4) as t: print(sum(t.map(abs, range(5))))
print(subprocess.run(['sort', '-r'], input='a\\nb\\n', capture_output=True, text=True).stdout.split())
with tempfile.TemporaryFile() as f: f.write(b'x')
c = sqlite3.connect('db.sqlite'); c.execute('create table t(x)'); c.commit(); print(os.path.getsize('db.sqlite') > 0)
print(os.getpwuid(os.getuid()).pw_name) if hasattr(os, 'getpwuid') else print('cage')
`);
    expect(python.stderr).toBe('');
    expect(python.stdout).toBe("10\n10\n['b', 'a']\nTrue\ncage\n");
    const perl = await ground.inside(['perl', '-e', 'print join(",", map { $_ * 2 } 1..3)']);
    expect(perl.stdout).toBe('2,4,6');
    const c = ground.compile('#include <stdio.h>\nint main(void) { puts("compiled"); return 3; }');
    const compiled = await ground.inside([c]);
    expect([compiled.stdout, compiled.exit.code]).toEqual(['compiled\n', 3]);
    const relative = await ground.inside([`./${c.split('/').at(-1)}`]);
    expect(relative.stdout).toBe('compiled\n');
    const gcc = await ground.inside([
      'sh',
      '-c',
      'echo "int main(){return 7;}" > t.c && gcc -o t t.c && ./t',
    ]);
    expect(gcc.exit.code).toBe(7);
  });

  it('find the work folder under its own name too', async () => {
    writeFileSync(join(ground.work, 'note.txt'), 'here');
    const { stdout } = await ground.inside(['cat', join(ground.work, 'note.txt')]);
    expect(stdout).toBe('here');
    symlinkSync(ground.work, join(ground.root, 'by-link'));
    const linked = await ground.inside(['cat', join(ground.root, 'by-link', 'note.txt')], {
      workDir: join(ground.root, 'by-link'),
    });
    expect(linked.stdout).toBe('here');
  });

  it('keep going while nobody reads, and end when the reader comes', async () => {
    const run = await ground.cage.spawn(
      ground.spec(['/usr/bin/head', '-c', '20000000', '/dev/zero'], {
        limits: { outputBytes: 50_000_000 },
      }),
    );
    await sleep(300);
    let bytes = 0;
    for await (const chunk of run.stdout) bytes += (chunk as Buffer).length;
    expect(bytes).toBe(20_000_000);
    expect((await run.exited).code).toBe(0);
  });
});

describe('what cannot run', () => {
  it('is refused in words', async () => {
    const missing = await ground.inside(['no-such-program']);
    expect(missing.exit).toMatchObject({ end: 'start-failed', code: 127 });
    expect(missing.exit.detail).toContain('no such program');
    writeFileSync(join(ground.work, 'plain'), 'text', { mode: 0o644 });
    const plain = await ground.inside(['./plain']);
    expect(plain.exit).toMatchObject({ end: 'start-failed', code: 126 });
    await expect(ground.inside(['/root/tool'])).rejects.toMatchObject({ code: 'CAGE_FAILED' });
    for (const workDir of ['/', '/etc', '/usr/share', '/proc', ground.root, 'relative', '/tmp']) {
      await expect(ground.inside(['true'], { workDir })).rejects.toMatchObject({
        code: 'INPUT_INVALID',
      });
    }
    await expect(
      ground.inside(['true'], { workDir: join(ground.root, 'nothing') }),
    ).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
    await expect(ground.inside(['tr\0ue'])).rejects.toMatchObject({ code: 'INPUT_INVALID' });
  });
});

/** In the arguments of what this file starts, and of nothing else on this machine. */
const CANARY = `leftover-canary-${process.pid}-${randomBytes(4).toString('hex')}`;

/** Descendants anywhere that carry the mark of the cages of this file. */
function leftovers(): string[] {
  const found: string[] = [];
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const cmdline = readFileSync(`/proc/${pid}/cmdline`, 'latin1');
      if (cmdline.includes(CANARY)) found.push(cmdline.replaceAll('\0', ' '));
    } catch {
      // It ended while we looked.
    }
  }
  return found;
}

const HELPER = `
import { createLinuxCage } from '${join(import.meta.dirname, '../../cage/linux/backend.ts')}';
const cage = createLinuxCage({ stateDir: process.argv[2] });
const limits = ${JSON.stringify(LIMITS)};
const start = () => cage.spawn({ id: 'x', argv: ['/bin/sh', '-c', 'setsid sleep 1000 & sleep 1000 # ${CANARY}'], workDir: process.argv[3], limits, stdin: 'none', seccomp: 'kill' });
await Promise.all(Array.from({ length: 4 }, start));
console.log('up');
for (;;) { const run = await start(); await new Promise((r) => setTimeout(r, 5)); await run.kill('killed', ''); }
`;

async function helperUp(state: string): Promise<ChildProcess> {
  const script = join(ground.root, 'helper.ts');
  writeFileSync(script, HELPER);
  const child = spawn(process.execPath, [script, state, ground.work], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise((resolve) => child.stdout?.once('data', resolve));
  return child;
}

/** What is left when nothing goes away any more: an end may wait its turn for seconds. */
async function emptied(look: () => string[]): Promise<string[]> {
  for (let tries = 0; tries < 600 && look().length > 0; tries += 1) await sleep(100);
  return look();
}

/** Mounts that were not there before. Other tests mount for a moment; what a cage leaves stays. */
function mountsSince(before: string): () => string[] {
  const known = new Set(before.split('\n'));
  return () =>
    mountsOfThis()
      .split('\n')
      .filter((line) => !known.has(line));
}

const mountsOfThis = (): string => readFileSync('/proc/self/mountinfo', 'utf8');

describe('the end of the helper', () => {
  it('by kill -9 takes every cage with it, mounts and processes, at any moment', async () => {
    const state = join(ground.root, 'state-killed');
    mkdirSync(state);
    const mounts = mountsOfThis();
    const helpers: (number | undefined)[] = [];
    for (const wait of [0, 3, 7, 13, 21]) {
      const helper = await helperUp(state);
      helpers.push(helper.pid);
      expect(leftovers().length).toBeGreaterThan(3);
      await sleep(wait);
      const ended = new Promise((resolve) => helper.once('exit', resolve));
      helper.kill('SIGKILL');
      await ended;
      expect(await emptied(leftovers)).toEqual([]);
    }
    expect(await emptied(mountsSince(mounts))).toEqual([]);
    const next = new Ground();
    await next.inside(['true']);
    await next.close();
    const groups = spawnSync(
      'find',
      ['/sys/fs/cgroup', '-maxdepth', '4', '-name', 'akios-cages-*'],
      {
        encoding: 'utf8',
      },
    );
    const stale = groups.stdout
      .split('\n')
      .filter((path) => helpers.includes(Number(/akios-cages-(\d+)-/.exec(path)?.[1])));
    expect(stale).toEqual([]);
  });

  it('by dispose ends the runs and refuses new ones', async () => {
    const other = new Ground();
    const run = await other.cage.spawn(other.spec(['sleep', '1000']));
    await other.cage.dispose();
    expect((await run.exited).end).toBe('killed');
    await expect(other.inside(['true'])).rejects.toMatchObject({ code: 'CAGE_DOWN' });
    await other.close();
  });
});

describe('many runs', () => {
  it('leave no process, mount, group, uid or file', async () => {
    const other = new Ground();
    const before = readdirSync('/proc/self/fd').length;
    const mounts = mountsOfThis();
    for (let i = 0; i < 12; i += 1) {
      await Promise.all(
        Array.from({ length: 4 }, async (_, n) => {
          const run = await other.cage.spawn(other.spec(['sh', '-c', 'sleep 0.01 & echo x']));
          if (n === 0) await run.kill('killed', 'in the middle');
          run.stdout.resume();
          run.stderr.resume();
          await run.exited;
        }),
      );
    }
    await expect.poll(() => readdirSync('/proc/self/fd').length - before).toBeLessThan(20);
    expect(await emptied(mountsSince(mounts))).toEqual([]);
    expect(readdirSync(other.work)).toEqual([]);
    await other.close();
  });
});

const ORDINARY = 65_533;
const AS_USER = `
import { createLinuxCage } from '${join(import.meta.dirname, '../../cage/linux/backend.ts')}';
import { mkdirSync, mkdtempSync } from 'node:fs';
const root = mkdtempSync('/tmp/akios-user-');
mkdirSync(root + '/work');
const cage = createLinuxCage({ stateDir: root + '/state' });
const report = await cage.probe();
const run = await cage.spawn({ id: 'x', argv: ['/bin/sh', '-c', 'id -u; echo x > made; cat /proc/1/environ /etc/shadow ' + root + '/state/*; unshare -U true'], workDir: root + '/work', limits: ${JSON.stringify(LIMITS)}, stdin: 'none', seccomp: 'kill' });
let out = ''; run.stdout.on('data', (c) => { out += c; }); run.stderr.resume();
const exit = await run.exited;
await cage.dispose();
const { statSync, rmSync } = await import('node:fs');
const owner = statSync(root + '/work/made').uid;
rmSync(root, { recursive: true });
console.log(JSON.stringify({ uid: process.getuid(), level: report.level, failed: report.probes.filter((p) => p.ok === false).map((p) => p.id), out, code: exit.code, owner }));
`;

/** Runs a script as somebody who owns nothing; null where the sources are closed to others. */
function asOrdinaryUser(script: string): string | null {
  if (process.getuid?.() !== 0) {
    return spawnSync(process.execPath, [script], { encoding: 'utf8' }).stdout;
  }
  const drop = ['--reuid', String(ORDINARY), '--regid', String(ORDINARY), '--clear-groups'];
  const test = spawnSync('setpriv', [
    ...drop,
    'test',
    '-r',
    script,
    '-a',
    '-r',
    import.meta.dirname,
  ]);
  if (test.status !== 0) return null;
  return spawnSync('setpriv', [...drop, process.execPath, script], { encoding: 'utf8' }).stdout;
}

describe('a helper without root', () => {
  it('builds the same cage', () => {
    const folder = mkdtempSync(join(tmpdir(), 'akios-script-'));
    chmodSync(folder, 0o755);
    const script = join(folder, 'user.ts');
    writeFileSync(script, AS_USER);
    try {
      const said = asOrdinaryUser(script);
      if (said === null) {
        declareNotRun('cage of an ordinary user', 'the sources are not readable by others');
        return;
      }
      const seen = JSON.parse(said) as Record<string, unknown>;
      expect(seen).toMatchObject({ out: '1000\n', owner: seen['uid'] });
      expect(seen['uid']).not.toBe(0);
      expect(['full', 'strong']).toContain(seen['level']);
      expect((seen['failed'] as string[]).filter((id) => id !== 'P7')).toEqual([]);
      expect(seen['code']).not.toBe(0);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
