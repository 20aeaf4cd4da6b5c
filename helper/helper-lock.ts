import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { AkiosError } from '../shared/domain/errors.ts';
import { makePrivateFolder } from '../shared/node/private-folder.ts';

/**
 * One helper per socket. The lock is a byte-range lock of the kernel (held by SQLite on an empty
 * file): it is gone the moment the process dies, however it dies. Null when another holds it.
 */
export function takeHelperLock(file: string): { release(): void } | null {
  makePrivateFolder(dirname(file));
  const db = new Database(file, { timeout: 0 });
  try {
    db.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    db.close();
    if (error instanceof Error && 'code' in error && error.code === 'SQLITE_BUSY') return null;
    throw new AkiosError('HELPER_UNREACHABLE', `The helper lock ${file} cannot be taken.`, {
      hint: 'Check the state folder: space, permissions, file system.',
      cause: error,
    });
  }
  return { release: () => db.close() };
}
