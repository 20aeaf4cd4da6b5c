import type Database from 'better-sqlite3';
import type { LogReader } from './log-reader.ts';
import type { Commit, CommitOptions, Entry } from './log-writer.ts';
import type { Actor, LedgerPaths, OpenIntent } from './port.ts';
import type { SearchIndex } from './search.ts';

/** What the life-cycle operations need of an open ledger. */
export interface LedgerCore {
  readonly paths: LedgerPaths;
  readonly db: Database.Database;
  readonly reader: LogReader;
  readonly search: SearchIndex;
  size(): number;
  openIntents(): OpenIntent[];
  /**
   * Throws DENIED for a time (ms since 1970) that a clock which jumped gave. With `actor` that person
   * vouches for it, which is recorded.
   */
  checkTime(now: number, actor?: Actor): void;
  commitNow(entries: readonly Entry[], options?: CommitOptions): Commit;
}

export const LOG_ACTOR: Actor = { type: 'helper', id: 'log' };
