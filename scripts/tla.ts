import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { declareNotRun } from './not-run.ts';

/**
 * Runs TLC on docs/tla: the specification must pass, every mutation must fail with the error its
 * table row names, and the states that must be reachable must be reached.
 * TLA2TOOLS_JAR names the tools; without it, or without java, this says NOT RUN and exits 0.
 */
interface Check {
  name: string;
  off: string;
  /** Only this invariant is checked; null = the whole configuration. */
  invariant: string | null;
  /** Text TLC must print; null = no error at all. */
  expect: string | null;
}

const MUTATIONS: readonly (readonly [off: string, invariant: string])[] = [
  ['deny', 'DenyWins'],
  ['default', 'DenyWins'],
  ['permit', 'DenyWins'],
  ['budget', 'CostKillSwitchWorks'],
  ['settle', 'CostKillSwitchWorks'],
  ['overrun', 'OverrunCloses'],
  ['redact', 'PIIAlwaysRedacted'],
  ['deliver', 'PIIAlwaysRedacted'],
  ['intent', 'AuditCompleteness'],
  ['cage', 'SandboxRequired'],
  ['recover', 'IntentsClosed'],
  ['recover', 'EffectsAtMostOnce'],
  ['close', 'IntentsClosed'],
];
const REACHED = ['NeverKilled', 'NeverCompleted', 'NeverUnknown', 'NeverOverrun'];

const violated = (invariant: string) => `Invariant ${invariant} is violated`;

export const CHECKS: readonly Check[] = [
  { name: 'specification', off: '{}', invariant: null, expect: null },
  ...MUTATIONS.map(([off, invariant]) => ({
    name: `without the guard "${off}" ${invariant} fails`,
    off: `{"${off}"}`,
    invariant,
    expect: violated(invariant),
  })),
  {
    name: 'without the guard "refuse" a run hangs',
    off: '{"refuse"}',
    invariant: 'TypeInvariant',
    expect: 'Deadlock reached',
  },
  ...REACHED.map((invariant) => ({
    name: `${invariant} is false`,
    off: '{}',
    invariant,
    expect: violated(invariant),
  })),
];

/** The configuration of one check, made from the shipped one. */
export function configFor(shipped: string, check: Pick<Check, 'off' | 'invariant'>): string {
  const changed = shipped.replace(/^(\s*Off = ).*$/m, `$1${check.off}`);
  if (check.invariant === null) return changed;
  const kept = changed.slice(0, changed.indexOf('INVARIANTS'));
  return `${kept}INVARIANTS\n    ${check.invariant}\n`;
}

function main(): number {
  const jar = process.env['TLA2TOOLS_JAR'];
  const missing = !jar
    ? 'TLA2TOOLS_JAR does not name tla2tools.jar'
    : !existsSync(jar)
      ? `TLA2TOOLS_JAR names ${jar}, which does not exist`
      : spawnSync('java', ['-version']).status !== 0
        ? 'java is not installed'
        : null;
  if (missing !== null || !jar) {
    declareNotRun('tla', missing ?? 'no jar');
    return 0;
  }
  const source = join(import.meta.dirname, '../docs/tla');
  const work = mkdtempSync(join(tmpdir(), 'akios-tla-'));
  let failed = 0;
  try {
    cpSync(source, work, { recursive: true });
    const shipped = readFileSync(join(source, 'AKIOSEnforcement.cfg'), 'utf8');
    for (const check of CHECKS) if (!runTlc(jar, work, shipped, check)) failed += 1;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  process.stdout.write(`${CHECKS.length - failed} passed, ${failed} failed\n`);
  return failed === 0 ? 0 : 1;
}

function runTlc(jar: string, work: string, shipped: string, check: Check): boolean {
  writeFileSync(join(work, 'check.cfg'), configFor(shipped, check));
  const args = [
    '-XX:+UseParallelGC',
    // The tools unpack their modules and leave them: ours to clear away.
    `-Djava.io.tmpdir=${work}`,
    '-cp',
    jar,
    'tlc2.TLC',
    '-workers',
    '2',
    '-cleanup',
    '-config',
    'check.cfg',
    'AKIOSEnforcement.tla',
  ];
  const run = spawnSync('java', args, {
    cwd: work,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    timeout: 15 * 60_000,
  });
  const clean = run.status === 0 && run.stdout.includes('No error has been found');
  const passed = check.expect === null ? clean : !clean && run.stdout.includes(check.expect);
  process.stdout.write(`${passed ? 'ok    ' : 'FAILED'} ${check.name}\n`);
  if (!passed) process.stdout.write(`${run.stdout.slice(-4000)}${run.stderr.slice(-1000)}\n`);
  return passed;
}

if (import.meta.main) process.exitCode = main();
