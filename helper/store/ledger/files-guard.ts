import { join } from 'node:path';
import { LOG_FILE } from '../../../shared/node/audit/format.ts';
import { broken } from './faults.ts';
import { identity } from './files.ts';

/**
 * A check that the names still stand for the files that were opened. Rows committed to an unlinked
 * or exchanged database would be acknowledged and lost.
 */
export function fileGuard(logDir: string): () => void {
  // Without the shared memory of this writer, readers of the same name would make their own.
  const names = ['', '-wal', '-shm'].map((end) => join(logDir, `${LOG_FILE}${end}`));
  const opened = names.map(identity);
  return () => {
    names.forEach((name, i) => {
      const now = identity(name);
      if (now === null || now !== opened[i]) {
        throw broken('The audit database was removed or exchanged while it was open.');
      }
    });
  };
}
