import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { AkiosError } from '../../../shared/domain/errors.ts';

export const LOCK_FILE = 'audit.lock';

/**
 * One writer for one log, over processes. The lock is a byte-range lock held by SQLite on an empty
 * side file: the kernel drops it when the process dies, and readers of the log are not hindered.
 * Throws LEDGER_LOCKED.
 */
export function lockLog(logDir: string): { release(): void } {
  const file = join(logDir, LOCK_FILE);
  const db = new Database(file, { timeout: 0 });
  try {
    db.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    db.close();
    const busy = error instanceof Error && 'code' in error && error.code === 'SQLITE_BUSY';
    if (!busy) throw error;
    throw new AkiosError('LEDGER_LOCKED', 'Another helper is writing this audit log.', {
      hint: 'Use the running helper, or stop it first (`akios status` shows it).',
      cause: error,
    });
  }
  chmodSync(file, 0o600);
  return {
    release: () => {
      db.close();
    },
  };
}
