import { chmodSync, closeSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { ARCHIVE_DIR, FORMAT_1, LOG_FILE, segmentName } from '../../../shared/node/audit/format.ts';
import { toHex } from '../../../shared/proof/bytes.ts';
import type { LedgerCore } from './core.ts';
import { broken, storeFault } from './faults.ts';
import { privateDir, syncDir } from './files.ts';
import type { Actor } from './port.ts';
import { listSegments } from './segments.ts';

export interface Rotated {
  rotated: boolean;
  archived_events: number;
  archived_merkle_root: string;
  archive_dir: string;
  rotated_at: string;
}

/**
 * Closes the current segment: its rows move to `archive/segment-<from>-<to>.db`, the tree goes on.
 * The row that opens the new segment names range, root and file of the closed one. The segment is
 * on disk before the rows leave the main file, and they leave it in the commit of that row.
 */
export function rotateSegment(core: LedgerCore, actor: Actor): Rotated {
  const dir = join(core.paths.logDir, ARCHIVE_DIR);
  const from = (core.db.prepare('SELECT min(idx) FROM events').pluck().get() as number | null) ?? 0;
  const to = core.size();
  const root = toHex(core.reader.rootAt(to));
  const rotated_at = new Date().toISOString();
  const result = { archived_merkle_root: root, archive_dir: dir, rotated_at };
  // One row is the opening of a segment: nothing happened since the last rotation.
  if (to - from < 3) return { rotated: false, archived_events: 0, ...result };
  try {
    privateDir(dir, 0o750);
    dropStaleSegments(core.paths.logDir, from);
    const name = segmentName(from, to);
    writeSegment(core.paths.logDir, dir, name, from, to);
    const data = { from, to, root, file: name };
    const move = core.db.prepare('DELETE FROM events WHERE idx < ?');
    core.commitNow([{ draft: { type: 'log.rotate', actor, data } }], {
      seal: true,
      within: () => move.run(to),
    });
    core.db.exec('VACUUM');
    core.db.pragma('wal_checkpoint(TRUNCATE)');
  } catch (error) {
    throw storeFault(error);
  }
  return { rotated: true, archived_events: to - from, ...result };
}

/**
 * Left by a rotation that was interrupted before its commit: it begins where the main file begins,
 * which still has the rows. Any other stray file is not ours to remove.
 */
export function dropStaleSegments(logDir: string, start: number): void {
  for (const segment of listSegments(logDir)) if (segment.from === start) rmSync(segment.file);
}

function writeSegment(logDir: string, dir: string, name: string, from: number, to: number): void {
  const temporary = join(dir, 'segment.new');
  rmSync(temporary, { force: true });
  closeSync(openSync(temporary, 'wx', 0o640));
  const db = new Database(temporary);
  try {
    // No side files: a closed segment is one file that can be copied as it is.
    db.pragma('journal_mode = DELETE');
    db.exec(FORMAT_1.map((table) => `${table.sql};`).join(''));
    db.prepare('ATTACH ? AS log').run(join(logDir, LOG_FILE));
    const copied = db
      .prepare(
        'INSERT INTO main.events SELECT * FROM log.events WHERE idx >= ? AND idx < ? ORDER BY idx',
      )
      .run(from, to);
    if (copied.changes !== to - from)
      throw broken('The rows of the segment to close are not complete.');
    db.exec('DETACH log');
  } finally {
    db.close();
  }
  const fd = openSync(temporary, 'r');
  fsyncSync(fd);
  closeSync(fd);
  chmodSync(temporary, 0o640);
  renameSync(temporary, join(dir, name));
  syncDir(dir);
}
