import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { declareNotRun } from '../../../scripts/not-run.ts';

export const STRANGER_SCRIPT = fileURLToPath(
  new URL('../../../docs/verify/verify.py', import.meta.url),
);

export interface StrangersVerdict {
  exitCode: number;
  findings: { code: string; index?: number }[];
}

/** Whether Python 3.9 with SQLite 3.37 and openssl are here; says so when they are not. */
export function strangerWorks(): boolean {
  const probe = 'import sqlite3, sys; sys.exit(sqlite3.sqlite_version_info < (3, 37))';
  const python = spawnSync('python3', ['-c', probe]).status === 0;
  const works = python && spawnSync('openssl', ['version']).status === 0;
  if (!works) declareNotRun('ledger: the independent verifier', 'needs python3 and openssl');
  return works;
}

/** Runs the independent verifier (Python and openssl) on `dir/log`, a bundle or another export. */
export function strangersVerdict(
  dir: string,
  bundle?: string,
  flag: '--bundle' | '--export' = '--bundle',
): StrangersVerdict {
  const what = bundle === undefined ? ['--log', join(dir, 'log')] : [flag, bundle];
  const trust = join(dir, 'trust');
  const keys = ['--vkey', join(trust, 'log.vkey'), '--anchor', join(trust, 'anchor.note')];
  return strangersAnswer([...what, ...keys]);
}

/** The same with a command line of one's own. */
export function strangersAnswer(args: readonly string[]): StrangersVerdict {
  const { exitCode, report } = strangersReport(args);
  const findings = (report['findings'] as StrangersVerdict['findings']).map(({ code, index }) =>
    index === undefined ? { code } : { code, index },
  );
  return { exitCode, findings };
}

/** The exit code and the whole JSON object. */
export function strangersReport(args: readonly string[]): {
  exitCode: number;
  report: Record<string, unknown>;
} {
  const run = spawnSync('python3', [STRANGER_SCRIPT, ...args], { encoding: 'utf8' });
  if (run.error !== undefined) throw run.error;
  const last = run.stdout.trimEnd().split('\n').at(-1) ?? '';
  if (run.stderr.includes('Traceback')) throw new Error(run.stderr);
  if (!last.startsWith('{')) throw new Error(`The independent verifier failed: ${run.stderr}`);
  return { exitCode: run.status ?? -1, report: JSON.parse(last) as Record<string, unknown> };
}
