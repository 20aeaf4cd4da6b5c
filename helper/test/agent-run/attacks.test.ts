import { spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UPGRADE_TOKEN } from '../../../shared/contract/attach.ts';
import { Console, ended, ownMark } from './support.ts';

let console_: Console;
let loopback: Server;
let port: number;

beforeAll(async () => {
  console_ = new Console();
  // Starts the helper, so that there is a socket and a ledger to attack.
  expect((await console_.run(['true'])).code).toBe(0);
  loopback = createServer((socket) => socket.end('host'));
  await new Promise<void>((resolve) => loopback.listen(0, '127.0.0.1', resolve));
  port = (loopback.address() as { port: number }).port;
});
afterAll(async () => {
  loopback.close();
  await console_.close();
});

/** What a program finds of the helper and its caller; each line it prints is a break-out. */
const HUNT = `
import os, socket, stat, sys
sock, state, port, fd, secret, top = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[5], sys.argv[6]
pids = [p for p in os.listdir('/proc') if p.isdigit()]
names = [sock] + ['/proc/%s/root%s' % (p, sock) for p in pids] + ['/proc/%s/cwd/%s' % (p, sock) for p in pids]
for root, folders, files in os.walk(top, onerror=lambda e: None):
    if root == '/':
        folders[:] = [f for f in folders if f not in ('usr', 'proc', 'sys')]
    for name in files:
        path = os.path.join(root, name)
        try:
            if stat.S_ISSOCK(os.lstat(path).st_mode): names.append(path)
        except OSError: pass
for line in open('/proc/net/unix').read().splitlines()[1:]:
    if len(line.split()) > 7: names.append(line.split()[7].replace('@', chr(0)))
for name in set(names):
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(2)
    try: s.connect(name); print('SOCKET', repr(name))
    except OSError: pass
for family, host in ((socket.AF_INET, '127.0.0.1'), (socket.AF_INET6, '::1')):
    s = socket.socket(family); s.settimeout(2)
    try: s.connect((host, port)); print('LOOPBACK', host)
    except OSError: pass
for p in pids:
    for name in ('environ', 'cmdline', 'mountinfo'):
        try: text = open('/proc/%s/%s' % (p, name), 'rb').read()
        except OSError: continue
        if secret.encode() in text and (name, p) != ('cmdline', str(os.getpid())): print('SECRET', p, name)
try: os.lseek(fd, 0, 0); print('DESCRIPTOR', os.read(fd, 20))
except OSError: pass
try: print('STATE', os.listdir(state))
except OSError: pass
`;

describe('the helper and its caller', () => {
  it('cannot be reached: socket, loopback services, environment, descriptors, state folder', async () => {
    const secret = 'canary-7f3a91';
    const fd = openSync(join(console_.state, 'runs.db'), 'r');
    const args = [console_.socket, console_.state, String(port), '3', secret];
    try {
      const outside = spawnSync('python3', ['-c', HUNT, ...args, console_.root], {
        env: { ...process.env, SECRET: secret },
        stdio: ['ignore', 'pipe', 'pipe', fd],
      });
      for (const found of ['SOCKET', 'LOOPBACK', 'SECRET', 'DESCRIPTOR', 'STATE']) {
        expect(outside.stdout.toString()).toContain(found);
      }
      const ran = await console_.python(HUNT, [...args, '/'], { env: { SECRET: secret } }, [fd]);
      expect([ran.code, ran.out.toString(), ran.err]).toEqual([0, '', '']);
    } finally {
      closeSync(fd);
    }
  });

  it('show nothing of the caller’s environment but fixed names', async () => {
    const ran = await console_.run(['env'], {
      env: {
        LD_LIBRARY_PATH: '/tmp',
        PYTHONPATH: '/tmp',
        AWS_SECRET_ACCESS_KEY: 'x',
        BASH_ENV: '/x',
      },
    });
    const names = ran.out
      .toString()
      .trim()
      .split('\n')
      .map((line) => line.split('=')[0]);
    expect(names.sort()).toEqual(['HOME', 'LANG', 'PATH', 'PWD', 'TMPDIR', 'USER']);
  });
});

describe('the ledger, the keys and the socket', () => {
  /** Refused before anything runs: the marker is not made anywhere. */
  async function refused(how: { work?: string; policy?: string; env?: Record<string, string> }) {
    const before = readdirSync(console_.work);
    const ran = await console_.run(['sh', '-c', 'touch marker; echo ran'], how);
    expect([how, ran.out.toString()]).toEqual([how, '']);
    expect(ran.code === 2 || ran.code === 3).toBe(true);
    expect(readdirSync(console_.work)).toEqual(before);
    expect(existsSync(join(how.work ?? console_.work, 'marker'))).toBe(false);
  }

  it('are in no work folder, under any name', async () => {
    const link = join(console_.root, 'link');
    symlinkSync(console_.state, link);
    const up = join(console_.root, 'up');
    symlinkSync(console_.root, up);
    const below = readdirSync(console_.state, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(console_.state, entry.name));
    for (const work of [console_.state, ...below, console_.root, link, up, `${link}/run/..`, '/']) {
      await refused({ work });
    }
    for (const work of ['/etc', '/usr/local', '/proc/self', '/dev/shm', '/sys', '/run']) {
      await refused({ work });
    }
  });

  it('are in no grant of a policy, by name, by parent or by link', async () => {
    const link = join(console_.root, 'granted');
    symlinkSync(console_.state, link);
    for (const path of [
      ...[console_.state, join(console_.state, 'run'), join(console_.state, 'user', 'audit')],
      ...[console_.root, link, '/', '/tmp', '/proc', '/run', '/etc/shadow', '/dev'],
    ]) {
      const policy = console_.policy(
        'p.toml',
        `[capabilities.filesystem]\nread = [${JSON.stringify(path)}]\n`,
      );
      await refused({ policy });
    }
    const fine = join(console_.root, 'fine');
    mkdirSync(fine);
    writeFileSync(join(fine, 'f'), 'granted');
    const policy = console_.policy(
      'p.toml',
      `[capabilities.filesystem]\nread = [${JSON.stringify(fine)}]\n`,
    );
    const ran = await console_.run(['sh', '-c', `cat ${fine}/f; touch ${fine}/g || exit 9`], {
      policy,
    });
    expect([ran.code, ran.out.toString()]).toEqual([9, 'granted']);
  });

  it('of a project are in no work folder either', async () => {
    const project = join(console_.root, 'project');
    expect((await console_.akios(['init', project])).code).toBe(0);
    const from = { cwd: project };
    expect((await console_.akios(['status'], from)).err).toBe('');
    for (const work of [project, join(project, 'audit')]) {
      const ran = await console_.run(['sh', '-c', 'rm -rf audit audit.db; echo ran'], {
        work,
        ...from,
      });
      expect([work, ran.code, ran.out.toString()]).toEqual([work, 3, '']);
    }
    const data = await console_.run(['touch', 'made'], { work: join(project, 'data'), ...from });
    expect(data.code).toBe(0);
  });
});

describe('a policy that is not right', () => {
  it('is refused with its place and what is known instead', async () => {
    const cases: [string, string][] = [
      ['[agent\nname = 1', 'not valid TOML'],
      ['[agent]\nnaem = "x"', 'naem'],
      ['[netwrok]\nx = 1', 'netwrok'],
      ['[resources]\nmemory_mb = "x"', 'resources.memory_mb'],
      ['[capabilities.network]\nallow_egress = ["http://a.example"]', 'https://host'],
      ['[capabilities.network]\nallow_egress = ["https://*.example.com"]', 'no wildcard'],
      [
        '[capabilities.network]\nallow_egress = ["https://169.254.169.254"]',
        'addresses are refused',
      ],
      ['[env]\nLD_PRELOAD = "/x.so"', 'LD_PRELOAD'],
    ];
    for (const [text, told] of cases) {
      const ran = await console_.run(['true'], { policy: console_.policy('bad.toml', text) });
      expect([text, ran.code, ran.out.length]).toEqual([text, 2, 0]);
      expect(ran.err).toContain(told);
    }
  });

  it('is read by the caller, so that the helper never opens what the caller may not', async () => {
    const told = async (file: string) => {
      const { code, err } = await console_.run(['true'], { policy: file });
      return [code, err];
    };
    expect(await told('/nowhere/policy.toml')).toEqual([
      4,
      expect.stringContaining('There is no file'),
    ]);
    expect(await told(console_.root)).toEqual([2, expect.stringContaining('is a folder')]);
    // Nobody is waited for who may write to a pipe, and no device is read.
    const fifo = join(console_.root, 'fifo');
    expect(spawnSync('mkfifo', [fifo]).status).toBe(0);
    for (const odd of [fifo, '/dev/zero', '/dev/tty', console_.socket]) {
      expect([odd, ...(await told(odd))]).toEqual([
        odd,
        2,
        expect.stringContaining('not a plain file'),
      ]);
    }
    const large = console_.policy('large.toml', '#'.repeat(1_048_577));
    expect(await told(large)).toEqual([2, expect.stringContaining('at most 1 MiB')]);
    // Through the contract no file can be named at all.
    const body = { argv: ['true'], policy: '/etc/shadow' };
    const asked = spawnSync('curl', [
      ...['-s', '--unix-socket', console_.socket, '-H', 'content-type: application/json'],
      ...['-H', 'connection: Upgrade', '-H', `upgrade: ${UPGRADE_TOKEN}`],
      ...['-d', JSON.stringify(body), 'http://helper/api/v1/agents/run'],
    ]);
    expect(asked.stdout.toString()).toContain('INPUT_INVALID');
    expect(asked.stdout.toString()).not.toContain('root:');
  });
});

describe('programs at the same time', () => {
  it('neither see nor end each other, and stay apart outside a shared work folder', async () => {
    const other = join(console_.root, 'other');
    mkdirSync(other);
    const mark = ownMark();
    const first = await console_.running(
      [
        'sh',
        '-c',
        `echo mine > secret; echo scratch > /tmp/scratch; echo up; sleep ${mark}; echo end`,
      ],
      { work: other },
    );
    const hunt = `
import os, signal
for p in os.listdir('/proc'):
    if not p.isdigit(): continue
    try: text = open('/proc/%s/cmdline' % p, 'rb').read()
    except OSError: continue
    if b'${mark}' in text and p != str(os.getpid()) and b'cmdline' not in text: print('SEEN', p)
try: os.kill(-1, signal.SIGKILL)
except OSError: pass
for path in ('${other}/secret', '/tmp/scratch', '../other/secret'):
    if os.path.exists(path): print('FILE', path)
`;
    const second = await console_.python(hunt);
    expect(second.out.toString()).toBe('');
    expect(readFileSync(join(other, 'secret'), 'utf8')).toBe('mine\n');
    expect(first.exitCode).toBeNull();
    const rows = await Promise.all(
      [1, 2, 3, 4].map((n) => console_.run(['sh', '-c', `echo ${n} > f${n}; cat f${n}`])),
    );
    expect(rows.map((r) => r.out.toString())).toEqual(['1\n', '2\n', '3\n', '4\n']);
    first.kill('SIGTERM');
    expect((await ended(first)).code).toBe(143);
  });
});

describe('a work folder that is taken away', () => {
  it('while the program runs ends nothing, and leads nowhere else', async () => {
    for (const away of ['removed', 'renamed', 'replaced']) {
      const work = join(console_.root, away);
      const target = join(console_.root, `${away}-target`);
      mkdirSync(work);
      mkdirSync(target);
      const looks = 'for i in 1 2 3 4; do touch f$i 2>/dev/null; sleep 0.3; done';
      const child = await console_.running(['sh', '-c', `echo up; read go; ${looks}; exit 7`], {
        work,
      });
      if (away === 'removed') rmSync(work, { recursive: true });
      else renameSync(work, `${work}-old`);
      if (away === 'replaced') symlinkSync(target, work);
      child.stdin?.end('go\n');
      expect([away, (await ended(child)).code]).toEqual([away, 7]);
      expect(readdirSync(target)).toEqual([]);
      rmSync(`${work}-old`, { recursive: true, force: true });
    }
    expect((await console_.run(['true'])).code).toBe(0);
  });
});
