/**
 * What a cage costs: a program in the cage against the same program started plainly and in plain
 * bubblewrap with the same namespaces, with the helper warm; then the end of a 100-process tree.
 *   bin/node bench/cage.ts [--runs N]
 *   bin/node bench/cage.ts --soak [--runs N] [--kills N]   endurance instead, see cage-soak.ts
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLinuxCage } from '../helper/cage/linux/backend.ts';
import { DEFAULT_LIMITS } from '../helper/cage/linux/limits.ts';
import type { CageBackend, CageSpec } from '../helper/cage/port.ts';
import { soak } from './cage-soak.ts';

const PLAIN_BWRAP = [
  ...['--unshare-all', '--unshare-user', '--uid', '1000', '--gid', '1000', '--disable-userns'],
  ...['--ro-bind', '/usr', '/usr', '--symlink', 'usr/bin', '/bin', '--symlink', 'usr/lib', '/lib'],
  ...['--symlink', 'usr/lib64', '/lib64', '--proc', '/proc', '--dev', '/dev', '--tmpfs', '/tmp'],
  ...['--die-with-parent', '--new-session'],
];

function plain(program: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    child.once('error', reject);
    child.once('exit', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`${program} ended with ${code}`));
    });
  });
}

function specFor(work: string, argv: readonly [string, ...string[]]): CageSpec {
  const limits = { ...DEFAULT_LIMITS, wallMs: 60_000 };
  return { id: 'bench', argv, workDir: work, limits, stdin: 'none', seccomp: 'kill' };
}

async function caged(cage: CageBackend, spec: CageSpec): Promise<void> {
  const run = await cage.spawn(spec);
  run.stdout.resume();
  run.stderr.resume();
  const exit = await run.exited;
  if (exit.code !== 0) throw new Error(`the caged program ended: ${exit.detail}`);
}

interface Times {
  median: number;
  p95: number;
}

function summed(samples: readonly number[]): Times {
  const sorted = samples.toSorted((a, b) => a - b);
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { median: at(0.5), p95: at(0.95) };
}

/** The three in turn, so that a busy moment of the machine falls on all alike. */
async function compare(
  runs: number,
  subjects: Readonly<Record<string, () => Promise<void>>>,
): Promise<Map<string, Times>> {
  const samples = new Map(Object.keys(subjects).map((name): [string, number[]] => [name, []]));
  for (let i = -3; i < runs; i += 1) {
    for (const [name, subject] of Object.entries(subjects)) {
      const began = performance.now();
      await subject();
      if (i >= 0) samples.get(name)?.push(performance.now() - began);
    }
  }
  return new Map([...samples].map(([name, all]) => [name, summed(all)]));
}

async function killTree(cage: CageBackend, work: string): Promise<number> {
  const script = 'for i in $(seq 99); do setsid sleep 1000 & done; echo up; sleep 1000';
  const run = await cage.spawn(specFor(work, ['/bin/sh', '-c', script]));
  await new Promise((resolve) => run.stdout.once('data', resolve));
  const began = performance.now();
  await run.kill('killed', 'bench');
  return performance.now() - began;
}

const ms = (n: number): string => `${n.toFixed(1)} ms`;

function numberAfter(name: string, otherwise: number): number {
  const at = process.argv.indexOf(name);
  return at > 0 ? Number(process.argv[at + 1]) : otherwise;
}

async function compareAll(): Promise<void> {
  const runs = numberAfter('--runs', 50);
  const root = mkdtempSync(join(tmpdir(), 'akios-bench-cage-'));
  const work = join(root, 'work');
  mkdirSync(work);
  const cage = createLinuxCage({ stateDir: join(root, 'state') });
  try {
    const report = await cage.probe();
    process.stdout.write(`cage level: ${report.level}\n`);
    for (const argv of [['/bin/true'], ['/usr/bin/python3', '-c', '0']] as const) {
      const [program, ...args] = argv;
      const times = await compare(runs, {
        plain: () => plain(program, args),
        bubblewrap: () => plain('/usr/bin/bwrap', [...PLAIN_BWRAP, '--', ...argv]),
        cage: () => caged(cage, specFor(work, [program, ...args])),
      });
      const [bare, bwrap, ours] = ['plain', 'bubblewrap', 'cage'].map((name) => times.get(name));
      if (bare === undefined || bwrap === undefined || ours === undefined) continue;
      process.stdout.write(
        [
          `${argv.join(' ')} (${runs} runs each, in turn)`,
          `  plain       median ${ms(bare.median)}  p95 ${ms(bare.p95)}`,
          `  bubblewrap  median ${ms(bwrap.median)}  p95 ${ms(bwrap.p95)}`,
          `  cage        median ${ms(ours.median)}  p95 ${ms(ours.p95)}`,
          `  overhead of the cage over plain: median ${ms(ours.median - bare.median)} (reach 15), p95 ${ms(ours.p95 - bare.median)} (reach 25)`,
          `  ratio to plain bubblewrap: ${(ours.median / bwrap.median).toFixed(2)}`,
          '',
        ].join('\n'),
      );
    }
    const kills: number[] = [];
    for (let i = 0; i < 5; i += 1) kills.push(await killTree(cage, work));
    process.stdout.write(
      `end of a tree of 100 processes: median ${ms(summed(kills).median)}, worst ${ms(Math.max(...kills))} (reach 1000)\n`,
    );
  } finally {
    await cage.dispose();
    rmSync(root, { recursive: true, force: true });
  }
}

if (process.argv.includes('--soak')) {
  process.exitCode = await soak(numberAfter('--runs', 1000), numberAfter('--kills', 200));
} else {
  await compareAll();
}
