import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { ARCHIVE_DIR, SEGMENT_NAME } from '../../../shared/node/audit/format.ts';
import { exists } from './files.ts';
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
    .sort((a, b) => a.from - b.from);
}

type Stored = ReturnType<Archive['rows']>;

/** Rows that rotation moved to segment files. Reads only; each file is opened for one request. */
export function segmentArchive(db: Database.Database, logDir: string): Archive {
  const first = db.prepare('SELECT min(idx) FROM events').pluck();
  return {
    start: () => (first.get() as number | null) ?? 0,
    rows: (from, to) => {
      const out: Stored = [];
      for (const segment of listSegments(logDir)) {
        if (segment.to <= from || segment.from >= to) continue;
        const file = new Database(segment.file, { readonly: true, fileMustExist: true });
        try {
          const rows = file
            .prepare(
              'SELECT idx, leaf, ts, type, body FROM events WHERE idx >= ? AND idx < ? ORDER BY idx',
            )
            .all(from, to) as Stored;
          for (const row of rows)
            if (row.idx >= segment.from && row.idx < segment.to) out.push(row);
        } finally {
          file.close();
        }
      }
      return out;
    },
  };
}
