import { createHash } from 'node:crypto';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { stateDir } from './paths.ts';

/** Stable for a folder, so that keys and receipts of a project are found again. */
export function projectId(realPath: string): string {
  return `p${createHash('sha256').update(realPath).digest('hex').slice(0, 16)}`;
}

export interface LedgerFolders {
  logDir: string;
  trustDir: string;
}

/** Keys and trust roots lie outside every project. */
export function trustHome(state: string, id: string): { trustDir: string; secretDir: string } {
  const home = join(state, 'ledgers', id);
  return { trustDir: join(home, 'trust'), secretDir: join(home, 'secret') };
}

/** The ledger of programs that ran outside any project. */
export function userLedger(state: string): LedgerFolders {
  return { logDir: join(state, 'user', 'audit'), trustDir: trustHome(state, 'user').trustDir };
}

/** Where the ledger of a project (null: the user's own) and its trusted key lie. */
export function projectLedger(project: string | null, state: string = stateDir()): LedgerFolders {
  if (project === null) return userLedger(state);
  const dir = realpathSync(project);
  return {
    logDir: resolve(dir, storagePath(join(dir, 'config.yaml'))),
    trustDir: trustHome(state, projectId(dir)).trustDir,
  };
}

/** Only this one key is needed, and the verifier must not depend on a valid configuration. */
function storagePath(config: string): string {
  if (!existsSync(config)) return 'audit';
  const match = /^audit_storage_path:[ \t]*["']?([^"'#\r\n]+?)["']?[ \t]*(?:#.*)?$/m.exec(
    readFileSync(config, 'utf8'),
  );
  return match?.[1] ?? 'audit';
}
