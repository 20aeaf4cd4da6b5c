/**
 * Runs inside the VM as root: installs the product with its own command, drives the real command
 * line as a member of the service's group and as an ordinary user without any right, attacks the
 * limits through it, and removes it again.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { disk, panic } from './more-attacks.ts';

const CLONE = '/opt/akios/bin/akios';
const AKIOS = '/usr/local/bin/akios';
let failed = 0;

function tell(part: string, ok: boolean, name: string, detail: string): void {
  if (!ok) failed += 1;
  const line = detail.replace(/\s+/g, ' ').trim().slice(0, 600);
  process.stdout.write(`VM-RESULT ${ok ? 'ok' : 'FAIL'} ${part} ${name}: ${line}\n`);
}

export interface Ran {
  code: number;
  out: string;
  err: string;
  ms: number;
}

export interface Person {
  part: string;
  uid: number;
  name: string;
  cwd: string;
  helper: 'system' | 'user';
}

/** What the parts of this test share. */
export interface Driver {
  akios: string;
  tell(part: string, ok: boolean, name: string, detail: string): void;
  as(person: Person, args: readonly string[]): Ran;
  attack(person: Person, source: string, policy: string): Ran;
  /** Groups of runs, anywhere on this machine. */
  leaves(): string[];
}

function ran(program: string, args: readonly string[], cwd = '/', limitMs = 240_000): Ran {
  const began = performance.now();
  const done = spawnSync(program, args, {
    encoding: 'utf8',
    cwd,
    timeout: limitMs,
    input: '',
    env: { PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin', HOME: '/root' },
  });
  const code = done.status ?? 255;
  return { code, out: done.stdout, err: done.stderr, ms: Math.round(performance.now() - began) };
}

const said = (r: Ran): string => `status ${r.code}, ${r.ms} ms; ${r.out} ${r.err}`;

/** As a login would be: own groups, own manager, no right of root. */
function as(person: Person, args: readonly string[], cwd = person.cwd): Ran {
  const { uid, name } = person;
  const env = [
    ...['PATH=/usr/local/bin:/usr/bin:/bin', `HOME=/home/${name}`, `USER=${name}`],
    `XDG_RUNTIME_DIR=/run/user/${uid}`,
  ];
  const drop = ['--reuid', String(uid), '--regid', String(uid), '--init-groups'];
  const rights = ['--inh-caps=-all', '--no-new-privs'];
  return ran('/usr/bin/setpriv', [...drop, ...rights, '/usr/bin/env', '-i', ...env, ...args], cwd);
}

function json(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text.trim().split('\n').at(-1) ?? '') as Record<string, unknown>;
  } catch {
    return {};
  }
}

function install(): void {
  const part = 'install';
  const plain = ran('/usr/bin/setpriv', [
    '--reuid',
    '1000',
    '--clear-groups',
    CLONE,
    'helper',
    'install',
  ]);
  tell(part, plain.code === 2 && plain.err.includes('root'), 'refused without root', said(plain));
  const first = ran(CLONE, ['helper', 'install', '--user', 'member', '--json']);
  const made = json(first.out);
  tell(part, first.code === 0 && made['level'] === 'full', 'install', said(first));
  const unit = ['User', 'NoNewPrivileges', 'Delegate', 'CapabilityBoundingSet', 'ProtectSystem'];
  const shown = ran('/usr/bin/systemctl', ['show', '-p', unit.join(','), 'akios-helper.service']);
  const holds = /User=akios\n/.test(shown.out) && /CapabilityBoundingSet=\n/.test(shown.out);
  tell(part, holds && shown.out.includes('NoNewPrivileges=yes'), 'unit', said(shown));
  const pid = ran('/usr/bin/systemctl', [
    'show',
    '-p',
    'MainPID',
    '--value',
    'akios-helper.service',
  ]);
  const status = readFileSync(`/proc/${pid.out.trim()}/status`, 'utf8');
  const rights = status.match(/^(?:Uid|CapEff|CapBnd|NoNewPrivs):.*$/gm)?.join(' ') ?? '';
  const none = /CapEff:\s*0+ CapBnd:\s*0+ NoNewPrivs:\s*1/.test(rights) && !/Uid:\s*0/.test(rights);
  tell(part, none, 'the process has no right', rights);
  const socket = statSync('/run/akios/helper.sock');
  const mode = (socket.mode & 0o777).toString(8);
  tell(
    part,
    mode === '660' && socket.uid !== 0,
    'socket',
    `mode ${mode}, uid ${socket.uid}, gid ${socket.gid}`,
  );
  const second = ran(AKIOS, ['helper', 'install', '--json']);
  tell(
    part,
    second.code === 0 && json(second.out)['upgraded'] === true,
    'second install',
    said(second),
  );
}

function workflow(person: Person): void {
  const { part } = person;
  const inside = { ...person, cwd: join(person.cwd, 'proj') };
  const init = as(person, [AKIOS, 'init', 'proj', '--json']);
  tell(part, init.code === 0, 'init', said(init));
  if (init.code !== 0) return;
  const status = as(inside, [AKIOS, 'helper', 'status', '--json']);
  const found = json(status.out);
  tell(
    part,
    found['helper'] === person.helper && found['level'] === 'full',
    'helper status',
    said(status),
  );
  const up = as(inside, [AKIOS, 'cage', 'up']);
  tell(
    part,
    up.code === 0 && up.out.includes('Security Level: Full (kernel-hard)'),
    'cage up',
    said(up),
  );
  const run = as(inside, [AKIOS, 'run', 'workflows/sample.yml', '--json']);
  tell(part, run.code === 0, 'run of the sample', said(run));
  const output = as(inside, [AKIOS, 'output', 'latest', '--json']);
  tell(
    part,
    output.code === 0,
    'output',
    `status ${output.code}, ${output.out.length} characters ${output.err}`,
  );
  const security = as(inside, [AKIOS, 'status', '--security']);
  const level = security.out.includes('Security Level: Full (kernel-hard)');
  const sandbox = security.out.includes('Sandbox: cgroups v2 + seccomp-bpf active');
  tell(
    part,
    level && sandbox,
    'status --security',
    security.out.split('\n').slice(0, 2).join(' | ') + security.err,
  );
  const verify = as(inside, [AKIOS, 'audit', 'verify']);
  tell(part, verify.code === 0, 'audit verify', said(verify));
}

/** A policy of its own for tight limits; the program is always perl, which every Debian has. */
function attack(person: Person, source: string, limits: string): Ran {
  const policy = join(person.cwd, 'policy.toml');
  ran('/bin/sh', ['-c', `printf '%s' '${limits}' > ${policy}; chmod 644 ${policy}`]);
  const work = join(person.cwd, 'work');
  const words = [AKIOS, 'agent', 'run', '--work', work, '--policy', policy];
  return as(person, [...words, '--', '/usr/bin/perl', '-e', source]);
}

const LIMITS = (memory: number, pids: number, cpus: number, wall: number): string =>
  `[agent]\nname = "vm"\nmax_runtime = "${wall}s"\n[resources]\nmemory_mb = ${memory}\npids = ${pids}\ncpus = ${cpus}\n`;

function attacks(person: Person): void {
  const { part, cwd } = person;
  ran('/usr/bin/install', [
    '-d',
    '-m',
    '2770',
    '-o',
    String(person.uid),
    '-g',
    person.helper === 'system' ? 'akios' : String(person.uid),
    join(cwd, 'work'),
  ]);
  const view = attack(
    person,
    'open C, "/proc/self/cgroup"; print <C>; print -e "/sys/fs/cgroup" ? "CGROUPFS" : "none"',
    LIMITS(256, 64, 1, 60),
  );
  tell(
    part,
    view.code === 0 && /^0::\/$/m.test(view.out) && view.out.includes('none'),
    'control',
    said(view),
  );
  const memory = attack(
    person,
    'my @x; push @x, "a" x 1048576 while @x < 400; print "GOT"',
    LIMITS(64, 64, 1, 60),
  );
  tell(
    part,
    memory.code === 137 && !memory.out.includes('GOT') && /memory/.test(memory.err),
    'memory',
    said(memory),
  );
  const pids = attack(
    person,
    '$| = 1; my $n = 0; while ($n < 500) { my $p = fork; last unless defined $p; if (!$p) { sleep 30; exit } $n++ } print "forks $n"; kill 9, 0',
    LIMITS(256, 32, 1, 60),
  );
  const forks = Number(/forks (\d+)/.exec(pids.out)?.[1] ?? 9999);
  const bomb = attack(person, 'fork while 1', LIMITS(256, 64, 1, 100));
  tell(
    part,
    (forks > 4 && forks <= 32) || /refused/.test(pids.err),
    'pids',
    `${forks} forks; ${said(pids)}`,
  );
  tell(part, bomb.code === 137 && /limit of 64 processes/.test(bomb.err), 'fork bomb', said(bomb));
  const cpu = attack(
    person,
    'fork; fork; my $end = time + 6; while (time < $end) {} 1 while wait != -1; my @t = times; print "CPU ", $t[0] + $t[1] + $t[2] + $t[3]',
    LIMITS(256, 64, 0.2, 60),
  );
  const used = Number([...cpu.out.matchAll(/CPU ([\d.]+)/g)].at(-1)?.[1] ?? 99);
  tell(
    part,
    used < 3,
    'cpu',
    `${used} s of processor in at least 6 s at a limit of 0.2; ${said(cpu)}`,
  );
  const kill = attack(
    person,
    'for (1..16) { if (!fork) { setpgrp; $SIG{TERM} = "IGNORE"; for (;;) { exit if fork; select undef, undef, undef, 0.05 } } } sleep 600',
    LIMITS(256, 64, 1, 4),
  );
  const left = leaves();
  tell(
    part,
    kill.code === 137 && /ran longer/.test(kill.err) && left.length === 0,
    'kill of a tree that re-forks',
    `groups left: ${left.join(' ') || 'none'}; ${said(kill)}`,
  );
}

/** Groups of runs that stay, anywhere on this machine: a probe that runs beside takes its own away. */
function leaves(): string[] {
  let left = groups();
  for (let waited = 0; left.length > 0 && waited < 60; waited += 1) {
    ran('/usr/bin/sleep', ['1']);
    left = groups();
  }
  return left;
}

function groups(): string[] {
  return readdirSync('/sys/fs/cgroup', { recursive: true })
    .map(String)
    .filter((name) => /run-[0-9a-f]{12}$/.test(name));
}

function strangers(user: Person): void {
  const as1000 = as(user, [
    '/usr/bin/perl',
    '-MIO::Socket::UNIX',
    '-e',
    'print IO::Socket::UNIX->new(Peer => "/run/akios/helper.sock") ? "CONNECTED" : "refused: $!"',
  ]);
  tell('system', as1000.out.includes('refused'), 'a stranger cannot connect', said(as1000));
  const forced = ran('/usr/bin/setpriv', [
    '--reuid',
    '1000',
    '--regid',
    '1000',
    '--clear-groups',
    '/usr/bin/env',
    'AKIOS_HELPER=system',
    AKIOS,
    'helper',
    'status',
  ]);
  tell('system', forced.code === 6, 'nor through the command', said(forced));
}

function principal(member: Person): void {
  const log = as({ ...member, cwd: join(member.cwd, 'proj') }, [AKIOS, 'audit', 'log', '--json']);
  tell(
    'system',
    log.out.includes('"member"'),
    'the ledger names the caller',
    log.out.slice(0, 300),
  );
}

function uninstall(): void {
  ran('/bin/sh', ['-c', 'rm -rf /srv/akios/*']);
  const kept = ran(AKIOS, ['helper', 'uninstall', '--json']);
  const gone = ['/usr/lib/akios', AKIOS, '/etc/systemd/system/akios-helper.service', '/run/akios'];
  const there = gone.filter((path) => existsSync(path));
  tell(
    'uninstall',
    kept.code === 0 && there.length === 0 && existsSync('/var/lib/akios'),
    'keeps state',
    `left: ${there.join(' ') || 'none'}; ${said(kept)}`,
  );
  const purge = ran(CLONE, ['helper', 'uninstall', '--purge', '--json']);
  const all = [...gone, '/var/lib/akios', '/srv/akios'].filter((path) => existsSync(path));
  const account =
    ran('/usr/bin/getent', ['passwd', 'akios']).out +
    ran('/usr/bin/getent', ['group', 'akios']).out;
  const units = ran('/usr/bin/systemctl', ['list-units', '--all', '--no-legend', 'akios*']).out;
  const alive = ran('/usr/bin/pgrep', ['-u', 'akios']).out;
  const nothing = all.length === 0 && account === '' && units.trim() === '' && alive === '';
  tell(
    'uninstall',
    purge.code === 0 && nothing,
    'purge leaves nothing',
    `left: ${all.join(' ')} ${account} ${units}; ${said(purge)}`,
  );
}

const driver: Driver = { akios: AKIOS, tell, as, attack, leaves };
const member: Person = {
  part: 'system',
  uid: 1001,
  name: 'member',
  cwd: '/srv/akios',
  helper: 'system',
};
const tester: Person = {
  part: 'person',
  uid: 1000,
  name: 'tester',
  cwd: '/home/tester',
  helper: 'user',
};
try {
  install();
  for (const person of [member, tester]) {
    workflow(person);
    attacks(person);
    disk(driver, person);
    panic(driver, person);
  }
  principal(member);
  strangers(tester);
  as(tester, [AKIOS, 'helper', 'stop']);
  uninstall();
} catch (error) {
  tell(
    'product',
    false,
    'test',
    error instanceof Error ? (error.stack ?? error.message) : String(error),
  );
}
if (failed > 0) {
  const log = ran('/usr/bin/journalctl', [
    '-u',
    'akios-helper.service',
    '-n',
    '30',
    '--no-pager',
    '-o',
    'cat',
  ]);
  process.stdout.write(`${log.out.slice(-4000)}\n`);
}
process.stdout.write(`VM-DONE product ${failed}\n`);
