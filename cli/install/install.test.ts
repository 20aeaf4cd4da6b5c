import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ERROR_EXIT } from '../../shared/domain/errors.ts';
import { addMember, ensureAccount } from './account.ts';
import { firstInside, installTree } from './copy.ts';
import { type Machine, requireSystem } from './machine.ts';
import { nodePlace, planFiles } from './plan.ts';
import { unitText } from './unit.ts';

let root: string;
const uid = process.getuid?.() ?? 0;

function put(path: string, text: string, mode = 0o644): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
  chmodSync(join(root, path), mode);
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'akios-install-'));
  for (const file of ['dist/cli/main.mjs', 'assets/a.yml', 'docs/d.md', 'package.json'])
    put(file, file);
  for (const file of ['bin/akios', 'bin/node', 'somewhere/node24']) put(file, '#!', 0o755);
  put('node_modules/better-sqlite3/package.json', '{"dependencies":{"node-addon-api":"1"}}');
  put('node_modules/better-sqlite3/prebuilds/x.node', 'n');
  put('node_modules/better-sqlite3/deps/sqlite.c', 'c');
  put('node_modules/koffi/package.json', '{"optionalDependencies":{"@k/here":"1","@k/other":"1"}}');
  put('node_modules/@k/here/package.json', '{}');
  put('node_modules/left-pad/package.json', '{}');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const plan = () => planFiles(root, join(root, 'somewhere/node24'));

describe('the plan of copied files', () => {
  test('holds the product, what it loads from packages, and this Node; nothing else', () => {
    expect(
      plan()
        .map(({ to }) => to)
        .sort(),
    ).toEqual(
      [
        'assets/a.yml',
        'bin/akios',
        'bin/node',
        'dist/cli/main.mjs',
        'docs/d.md',
        'node_modules/@k/here/package.json',
        'node_modules/better-sqlite3/package.json',
        'node_modules/better-sqlite3/prebuilds/x.node',
        'node_modules/koffi/package.json',
        nodePlace(),
        'package.json',
      ].sort(),
    );
  });

  test('a link is refused: root would copy what it names', () => {
    symlinkSync('/etc/shadow', join(root, 'dist/stolen'));
    expect(plan).toThrow(/dist\/stolen is a link/);
  });

  test('what is not built is not installed', () => {
    rmSync(join(root, 'dist'), { recursive: true });
    expect(plan).toThrow(/not complete: .*dist/);
  });
});

describe('the copy', () => {
  test('replaces an older program whole and leaves nothing beside it', () => {
    const target = join(root, 'target', 'akios');
    put('target/akios/old.mjs', 'old');
    const mask = process.umask(0o077);
    try {
      installTree(plan(), target);
    } finally {
      process.umask(mask);
    }
    expect(readdirSync(join(root, 'target'))).toEqual(['akios']);
    expect(readdirSync(target).sort()).toEqual(
      ['assets', 'bin', 'dist', 'docs', 'node_modules', 'package.json'].sort(),
    );
    expect(readFileSync(join(target, nodePlace()), 'utf8')).toBe('#!');
    expect(statSync(join(target, nodePlace())).mode & 0o777).toBe(0o755);
    expect(statSync(join(target, 'dist/cli/main.mjs')).mode & 0o777).toBe(0o644);
    expect(statSync(join(target, 'dist/cli')).mode & 0o777).toBe(0o755);
    expect(firstInside(target, uid)).toBeNull();
  });

  test('a source that became a link after the plan is not followed', () => {
    const planned = plan();
    rmSync(join(root, 'assets/a.yml'));
    symlinkSync('/etc/passwd', join(root, 'assets/a.yml'));
    const target = join(root, 'target');
    expect(() => installTree(planned, target)).toThrow(/ELOOP/);
    expect(readdirSync(root)).not.toContain('target');
  });

  test.each([0o664, 0o646])('a file of mode %o is found', (mode) => {
    const target = join(root, 'target');
    installTree(plan(), target);
    chmodSync(join(target, 'dist/cli/main.mjs'), mode);
    expect(firstInside(target, uid)).toBe(join(target, 'dist/cli/main.mjs'));
  });
});

describe('the unit', () => {
  const text = unitText('/usr/lib/akios/node');
  const lines = text.split('\n');

  test('runs as its own user, without rights, from the fixed folder', () => {
    expect(lines).toEqual(
      expect.arrayContaining([
        'User=akios',
        'Group=akios',
        'NoNewPrivileges=yes',
        'CapabilityBoundingSet=',
        'AmbientCapabilities=',
        'ProtectSystem=strict',
        'ProtectHome=yes',
        'PrivateTmp=yes',
        'Delegate=yes',
        'OOMPolicy=continue',
        'RuntimeDirectory=akios',
        'StateDirectory=akios',
        'ExecStart=/usr/lib/akios/node --disable-sigusr1 --max-semi-space-size=4 /usr/lib/akios/dist/helper/daemon.mjs',
      ]),
    );
  });

  test.each([
    'RestrictNamespaces',
    'ProtectKernelTunables',
    'ProtectKernelLogs',
    'ProtectControlGroups',
    'ProtectHostname',
    'ProtectProc',
    'ProcSubset',
    'PrivateUsers',
    'MemoryDenyWriteExecute',
  ])('%s would take from the cage what it is made of', (name) => {
    expect(text).not.toContain(`${name}=`);
  });
});

interface Fake extends Machine {
  calls: string[];
}

function fake(answers: Record<string, string>, root = true, systemd = true): Fake {
  const calls: string[] = [];
  return {
    calls,
    isRoot: () => root,
    hasSystemd: () => systemd,
    run(program, args) {
      const line = [program, ...args].join(' ');
      calls.push(line);
      if (program !== 'getent') return { status: 0, out: '', err: '' };
      const out = answers[args.at(-1) ?? ''];
      // The account is there once it was made.
      if (out === undefined && calls.some((call) => call.startsWith('useradd')))
        return { status: 0, out: 'akios:x:998:997::/:/usr/sbin/nologin\n', err: '' };
      return { status: out === undefined ? 2 : 0, out: out ?? '', err: '' };
    },
  };
}

describe('the machine', () => {
  test('without systemd: one clear refusal with exit 2, before anything else is asked', () => {
    const error = catching(() => requireSystem(fake({}, false, false), 'install'));
    expect(error).toMatchObject({ code: 'UNSUPPORTED' });
    expect(ERROR_EXIT.UNSUPPORTED).toBe(2);
    expect(error).toHaveProperty('hint', expect.stringContaining('your own user'));
  });

  test('without root: exit 2 and the line to type', () => {
    const error = catching(() => requireSystem(fake({}, false), 'uninstall'));
    expect(error).toMatchObject({ code: 'USAGE', hint: 'sudo akios helper uninstall' });
    expect(ERROR_EXIT.USAGE).toBe(2);
  });

  test('the account is made once, without a shell', () => {
    const machine = fake({});
    expect(ensureAccount(machine)).toEqual({ uid: 998, gid: 997 });
    expect(machine.calls.filter((call) => call.startsWith('useradd'))).toEqual([
      expect.stringContaining('--system --user-group --no-create-home'),
    ]);
    const again = fake({ akios: 'akios:x:998:997::/:/usr/sbin/nologin\n' });
    expect(ensureAccount(again)).toEqual({ uid: 998, gid: 997 });
    expect(again.calls.some((call) => call.startsWith('useradd'))).toBe(false);
  });

  test.each([
    'akios:x:1000:1000::/home/akios:/bin/bash\n',
    'akios:x:0:0::/:/usr/sbin/nologin\n',
  ])('an account of a person or of root is not taken: %j', (line) => {
    expect(() => ensureAccount(fake({ akios: line }))).toThrow(/is not one for a service/);
  });

  test.each(['', '-G', 'root,x', 'nobody-there'])('%j is no member', (name) => {
    const machine = fake({});
    expect(() => addMember(machine, name)).toThrow(/There is no user/);
    expect(machine.calls.some((call) => call.startsWith('usermod'))).toBe(false);
  });
});

function catching(work: () => void): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return null;
}
