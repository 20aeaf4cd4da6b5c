import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { AkiosError } from '../shared/domain/errors.ts';
import { makePrivateFolder } from '../shared/node/private-folder.ts';

/**
 * One helper per socket. The lock is a byte-range lock of the kernel (held by SQLite on an empty
 * file): it is gone the moment the process dies, however it dies. Null when another holds it.
 */
export function takeHelperLock(file: string): { release(): void } | null {
  let db: Database.Database | null = null;
  try {
    makePrivateFolder(dirname(file));
    db = new Database(file, { timeout: 0 });
    db.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    db?.close();
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    if (code === 'SQLITE_BUSY') return null;
    throw new AkiosError('HELPER_UNREACHABLE', `${file} cannot be locked: ${reasonOf(code)}.`, {
      hint: 'Check the state folder: space, permissions, file system.',
      cause: error,
    });
  }
  const held = db;
  return { release: () => held.close() };
}

function reasonOf(code: string): string {
  if (code === 'SQLITE_FULL' || code === 'ENOSPC' || code === 'EDQUOT') return 'the disk is full';
  if (code.startsWith('SQLITE_READONLY') || code === 'SQLITE_CANTOPEN' || code === 'EROFS') {
    return 'it cannot be written';
  }
  return code === 'EACCES' || code === 'EPERM' ? 'it belongs to somebody else' : code;
}
