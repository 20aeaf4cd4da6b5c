/**
 * Runs inside the VM, once as the root-installed service and once as an ordinary user without
 * sudo: proves level Full and attacks each limit that the kernel is said to hold.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLinuxCage } from '../../helper/cage/linux/backend.ts';
import { DEFAULT_LIMITS } from '../../helper/cage/linux/limits.ts';
import type { CageExit, CageLimits } from '../../helper/cage/port.ts';

const MIB = 1024 * 1024;
const mode = process.argv[2] ?? 'unknown';
const root = mkdtempSync(join(process.env['VM_STATE'] ?? tmpdir(), 'vm-'));
const work = join(root, 'work');
mkdirSync(work);
const cage = createLinuxCage({ stateDir: join(root, 'state') });
let failed = 0;

function tell(ok: boolean, name: string, detail: string): void {
  if (!ok) failed += 1;
  process.stdout.write(
    `VM-RESULT ${ok ? 'ok' : 'FAIL'} ${mode} ${name}: ${detail.replaceAll('\n', ' ')}\n`,
  );
}

interface Ran {
  exit: CageExit;
  stdout: string;
}

async function perl(source: string, limits: Partial<CageLimits>): Promise<Ran> {
  const run = await cage.spawn({
    id: 'vm',
    argv: ['/usr/bin/perl', '-e', source],
    workDir: work,
    limits: { ...DEFAULT_LIMITS, wallMs: 120_000, cpuSeconds: 100, ...limits },
    stdin: 'none',
    seccomp: 'kill',
  });
  let stdout = '';
  run.stdout.on('data', (chunk) => {
    stdout += String(chunk);
  });
  run.stderr.on('data', (chunk) => {
    stdout += String(chunk);
  });
  return { exit: await run.exited, stdout };
}

async function level(): Promise<void> {
  const report = await cage.probe();
  for (const p of report.probes) {
    tell(p.ok !== false, `probe ${p.id}`, `${p.observed}${p.fix ? ` | fix: ${p.fix}` : ''}`);
  }
  tell(report.level === 'full', 'level', `${report.level}; soft: ${report.soft.join('; ')}`);
}

async function memory(): Promise<void> {
  const one = await perl('my @x; push @x, "a" x 1048576 while @x < 400; print "GOT"', {
    memoryBytes: 64 * MIB,
  });
  tell(one.exit.end === 'memory' && !one.stdout.includes('GOT'), 'memory of one', one.exit.detail);
  const tree =
    'for (1..12) { if (!fork) { my $x = "a" x 16777216; sleep 60; exit } } sleep 60; print "GOT"';
  const many = await perl(tree, { memoryBytes: 96 * MIB });
  tell(
    many.exit.end === 'memory' && !many.stdout.includes('GOT'),
    'memory of a tree',
    many.exit.detail,
  );
}

async function pids(): Promise<void> {
  const source =
    'my $n = 0; while ($n < 500) { my $p = fork; last unless defined $p; if (!$p) { sleep 60; exit } $n++ } print "forks $n"';
  const { exit, stdout } = await perl(source, { pids: 32 });
  const forks = Number(/forks (\d+)/.exec(stdout)?.[1] ?? 9999);
  tell(forks > 8 && forks <= 32, 'pids', `${forks} forks; ${exit.detail}`);
  const bomb = await perl('fork while 1', { pids: 64 });
  tell(
    bomb.exit.end === 'pids',
    'fork bomb',
    `${bomb.exit.detail} wall ${bomb.exit.usage.wallMs} ms`,
  );
}

async function cpu(): Promise<void> {
  const { exit } = await perl('fork; fork; my $end = time + 5; while (time < $end) {}', {
    cpus: 0.2,
  });
  const { cpuMs, wallMs } = exit.usage;
  const share = (cpuMs ?? Number.POSITIVE_INFINITY) / wallMs;
  tell(share < 0.35, 'cpu', `${cpuMs} ms of processor in ${wallMs} ms at a limit of 0.2`);
}

/** As root the io controller is delegated; a user's manager does not pass it on. */
async function disk(): Promise<void> {
  // A new file each time: the kernel charges an old one's pages to who wrote it first, for a while.
  const write = (name: string): string =>
    `sub now { my $t = "\\0" x 16; syscall(228, 1, $t); my ($s, $n) = unpack("qq", $t); $s * 1000 + $n / 1e6 } my $b = now(); open(my $f, ">", "${name}"); for (1..256) { syswrite $f, "a" x 65536 } syscall(75, fileno $f); printf "%d", now() - $b`;
  const ms = async (mibPerSecond: number): Promise<number> =>
    Number(
      (await perl(write(`big-${mibPerSecond}`), { diskBytesPerSecond: mibPerSecond * MIB }))
        .stdout || 'NaN',
    );
  const free = await ms(100_000);
  const held = await ms(4);
  const seen = `16 MiB took ${held} ms at 4 MiB/s and ${free} ms without a limit`;
  const { soft } = await cage.probe();
  const said = soft.find((text) => text.startsWith('speed of the disk')) ?? 'held';
  const ok = mode === 'user' ? /not limited.*not delegated/.test(said) : said === 'held';
  tell(ok, 'disk speed as told', said);
  if (mode !== 'user') tell(held > 3200 && held > 2 * free, 'disk speed', seen);
}

function groupsLeft(): string[] {
  const own = /^0::(.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1] ?? '/';
  const parent = join('/sys/fs/cgroup', own, '..');
  return readdirSync(parent, { recursive: true })
    .map(String)
    .filter((name) => /run-[0-9a-f]{12}$/.test(name));
}

async function kill(): Promise<void> {
  const source =
    '$SIG{TERM} = "IGNORE"; $| = 1; for (1..16) { if (!fork) { setpgrp; for (;;) { exit if fork; select undef, undef, undef, 0.05 } } } print "up\n"; sleep 600';
  const run = await cage.spawn({
    id: 'vm',
    argv: ['/usr/bin/perl', '-e', source],
    workDir: work,
    limits: { ...DEFAULT_LIMITS, wallMs: 600_000 },
    stdin: 'none',
    seccomp: 'kill',
  });
  await new Promise((resolve) => run.stdout.once('data', resolve));
  const began = performance.now();
  const exit = await run.kill('killed', 'asked');
  const took = Math.round(performance.now() - began);
  const left = groupsLeft();
  tell(
    exit.end === 'killed' && left.length === 0,
    'kill',
    `${took} ms, groups left: ${left.length}`,
  );
}

async function inside(): Promise<void> {
  const source =
    'open(my $c, "<", "/proc/self/cgroup"); print <$c>; print -e "/sys/fs/cgroup" ? "CGROUPFS" : "none", "\n"; print "uid $<\n"';
  const { stdout } = await perl(source, {});
  tell(/^0::\/$/m.test(stdout) && stdout.includes('none'), 'view from inside', stdout.trim());
}

try {
  for (const check of [level, memory, pids, cpu, disk, kill, inside]) await check();
} catch (error) {
  tell(false, 'test', error instanceof Error ? (error.stack ?? error.message) : String(error));
}
await cage.dispose();
process.stdout.write(`VM-DONE ${mode} ${failed}\n`);
process.exit(failed === 0 ? 0 : 1);
