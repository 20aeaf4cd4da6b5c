import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { ARCHIVE_DIR, SEGMENT_NAME } from '../../../shared/node/audit/format.ts';
import { broken } from './faults.ts';
import { exists, identity } from './files.ts';
import type { Archive } from './log-reader.ts';

export interface Segment {
  file: string;
  from: number;
  to: number;
}

/** Segment files by their names, in order. */
export function listSegments(logDir: string): Segment[] {
  const dir = join(logDir, ARCHIVE_DIR);
  if (!exists(dir)) return [];
  return readdirSync(dir)
    .map((name) => ({ name, match: SEGMENT_NAME.exec(name) }))
    .filter((item) => item.match !== null)
    .map(({ name, match }) => ({
      file: join(dir, name),
      from: Number(match![1]),
      to: Number(match![2]),
    }))
    .sort((a, b) => a.from - b.from || b.to - a.to);
}

/**
 * The segments that lead without gap to `start`, as the verifier chooses them; stray files beside
 * them are not read.
 */
export function segmentChain(logDir: string, start: number): Segment[] {
  const out: Segment[] = [];
  let next = 0;
  for (const segment of listSegments(logDir)) {
    if (segment.from !== next || segment.to > start) continue;
    out.push(segment);
    next = segment.to;
  }
  return out;
}

type Stored = ReturnType<Archive['rows']>;

/** Closed segments kept open for reading; more would only hold file handles. */
const OPEN_FILES = 8;

/** Rows that rotation moved to segment files. Reads only; the files read last stay open. */
export function segmentArchive(db: Database.Database, logDir: string): Archive {
  const first = db.prepare('SELECT min(idx) FROM events').pluck();
  const files = new Map<string, { db: Database.Database; rows: Database.Statement }>();
  const open = (name: string) => {
    const known = files.get(name);
    if (known !== undefined) return known;
    if (identity(name) === null) throw broken('A segment of the log is a link or no file.');
    const segment = new Database(name, { readonly: true, fileMustExist: true });
    const rows = segment.prepare(
      'SELECT idx, leaf, ts, type, body FROM events WHERE idx >= ? AND idx < ? ORDER BY idx LIMIT ?',
    );
    if (files.size >= OPEN_FILES) {
      const [oldest] = files;
      files.delete(oldest![0]);
      oldest![1].db.close();
    }
    files.set(name, { db: segment, rows });
    return { db: segment, rows };
  };
  let listed: Segment[] = [];
  let listedTo = -1;
  return {
    start: () => (first.get() as number | null) ?? 0,
    rows: (from, to) => {
      const start = (first.get() as number | null) ?? 0;
      // A rotation makes a new file and moves the first row.
      if (start !== listedTo) [listed, listedTo] = [segmentChain(logDir, start), start];
      const out: Stored = [];
      for (const segment of listed) {
        if (segment.to <= from || segment.from >= to) continue;
        const rows = open(segment.file).rows.all(from, to, to - from) as Stored;
        for (const row of rows) if (row.idx >= segment.from && row.idx < segment.to) out.push(row);
      }
      return out;
    },
    close: () => {
      for (const file of files.values()) file.db.close();
      files.clear();
    },
  };
}
