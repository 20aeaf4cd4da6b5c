import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { LOG_FILE } from '../../../shared/node/audit/format.ts';
import { broken } from './faults.ts';
import { identity } from './files.ts';

/** Far above the grain of the clock: a tick of the kernel, or seconds where fractions are not kept. */
const SETTLED_MS = 100;
const COARSE_SETTLED_MS = 5000;

interface Folder {
  ino: number;
  dev: number;
  /** Milliseconds with a fraction: exact to a quarter of a microsecond, far below `SETTLED_MS`. */
  ctimeMs: number;
}

/**
 * A check, to be made after each commit, that the names still stand for the files that were opened.
 * Rows committed to an unlinked or exchanged database would be acknowledged and lost.
 *
 * No name in a folder changes without the folder's change time. Once that time was older than its
 * grain when all names were in order, the same time later means the same names, so that one look at
 * the folder does. It is not only less work: a file whose times are read gets a new time with its
 * next write, which the flush must then write out too. `now`: milliseconds since 1970.
 */
export function fileGuard(logDir: string, now: () => number = Date.now): () => void {
  // Without the shared memory of this writer, readers of the same name would make their own.
  const names = ['', '-wal', '-shm'].map((end) => join(logDir, `${LOG_FILE}${end}`));
  const opened = names.map(identity);
  let settled: Folder | null = null;
  return () => {
    const folder = look(logDir);
    if (settled !== null && folder !== null && same(folder, settled)) return;
    names.forEach((name, i) => {
      const found = identity(name);
      if (found === null || found !== opened[i]) {
        throw broken('The audit database was removed or exchanged while it was open.');
      }
    });
    settled = folder !== null && isSettled(folder, now()) ? folder : null;
  };
}

function isSettled({ ctimeMs }: Folder, now: number): boolean {
  const least = Number.isInteger(ctimeMs) ? COARSE_SETTLED_MS : SETTLED_MS;
  return now - ctimeMs > least;
}

function look(dir: string): Folder | null {
  const stat = lstatSync(dir, { throwIfNoEntry: false });
  return stat?.isDirectory() === true ? stat : null;
}

function same(a: Folder, b: Folder): boolean {
  return a.ino === b.ino && a.dev === b.dev && a.ctimeMs === b.ctimeMs;
}
