import { renameSync, statSync } from 'node:fs';
import { join } from 'node:path';

export type Level = 'info' | 'warn' | 'error' | 'fatal';
export type Log = (level: Level, message: string, facts?: Record<string, unknown>) => void;

const MAX_LOG = 4 * 1024 * 1024;

/** One JSON line per entry on stderr, which the starter has pointed at `helper.log`. */
export const log: Log = (level, message, facts = {}) => {
  const entry = { at: new Date().toISOString(), level, message, pid: process.pid, ...facts };
  process.stderr.write(`${JSON.stringify(entry)}\n`);
};

/** The old log is kept once; the next start writes a new one. */
export function rotateLog(stateDir: string): void {
  const file = join(stateDir, 'helper.log');
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat !== undefined && stat.size > MAX_LOG) renameSync(file, `${file}.1`);
}

/** A bug's stack goes to the log, which only the user can read; it never goes to a caller. */
export function faultFacts(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { error: String(error).slice(0, 500) };
  const cause = error.cause instanceof Error ? { cause: error.cause.stack?.slice(0, 2000) } : {};
  return { error: error.message.slice(0, 1000), stack: error.stack?.slice(0, 4000), ...cause };
}
