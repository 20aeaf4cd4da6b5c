import { setPriority } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { LOG_FILE } from '../../../shared/node/audit/format.ts';
import { storeFault } from './faults.ts';
import type { BuildOrder, BuildReport } from './index-build.ts';
import { LogReader } from './log-reader.ts';
import { fillSlice, type OpenIndex, openIndex, searchFile } from './search-db.ts';
import { SEARCH_INDEXES } from './search-schema.ts';
import { segmentArchive } from './segments.ts';

/** The helper's own work goes first. */
const NICE = 10;

/**
 * Fills the search index of a log in a process of its own, so that the helper answers and records
 * meanwhile, and can end it at once by a signal. Each slice is one transaction: the next attempt
 * goes on where a killed one ended. Without its parent it ends by itself.
 */
async function build({ logDir, slice, near, pauseMs }: BuildOrder): Promise<void> {
  const log = new Database(join(logDir, LOG_FILE), { readonly: true, fileMustExist: true });
  const reader = new LogReader(log, segmentArchive(log, logDir));
  const index = openIndex(searchFile(logDir), reader);
  // One snapshot for each slice: a rotation must not move rows between two reads of it.
  const snapshot = log.transaction(() => {
    index.size = fillSlice(index.db, reader, index.size, slice);
    return reader.size();
  });
  for (;;) {
    const of = snapshot();
    await tell({ kind: 'progress', indexed: index.size, of });
    if (pauseMs > 0) await new Promise((wake) => setTimeout(wake, pauseMs));
    if (of - index.size > near) continue;
    if (index.sorted) break;
    await sort(index, of);
  }
  index.db.close();
  log.close();
}

/** One statement for each index; none that is made already is made again. */
async function sort(index: OpenIndex, of: number): Promise<void> {
  for (const sql of SEARCH_INDEXES) {
    index.db.exec(sql);
    await tell({ kind: 'progress', indexed: index.size, of });
  }
  index.sorted = true;
}

/** Also lets the news of a parent that is gone come in. */
function tell(report: BuildReport): Promise<void> {
  return new Promise((resolve) => {
    // Nobody listens any more: the helper ended, and this ends with it.
    if (!process.connected) process.exit(0);
    process.send!(report, (error: Error | null) => {
      if (error !== null) process.exit(0);
      resolve();
    });
  });
}

process.once('disconnect', () => process.exit(0));
try {
  setPriority(NICE);
  await build(JSON.parse(process.argv[2] ?? '{}') as BuildOrder);
  await tell({ kind: 'done' });
} catch (error) {
  await tell({ kind: 'fault', fault: storeFault(error).toValue() });
}
process.disconnect();
