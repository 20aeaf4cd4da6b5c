/** The stored objects of format 1, word for word; anything else in a log database is tampering. */
export const FORMAT_1: readonly { name: string; sql: string }[] = [
  {
    name: 'checkpoints',
    sql: 'CREATE TABLE checkpoints(size INTEGER PRIMARY KEY, note TEXT NOT NULL) STRICT',
  },
  {
    name: 'events',
    sql: 'CREATE TABLE events(idx INTEGER PRIMARY KEY, leaf BLOB NOT NULL, ts TEXT NOT NULL, type TEXT NOT NULL, body TEXT) STRICT',
  },
  {
    name: 'head',
    sql: 'CREATE TABLE head(id INTEGER PRIMARY KEY, size INTEGER NOT NULL, crange BLOB NOT NULL) STRICT',
  },
  {
    name: 'tiles',
    sql: 'CREATE TABLE tiles(level INTEGER NOT NULL, n INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY(level,n)) STRICT, WITHOUT ROWID',
  },
];

export const LOG_FILE = 'audit.db';
/** Closed segments of the same tree: `archive/segment-<from>-<to>.db`, to exclusive. */
export const ARCHIVE_DIR = 'archive';
export const SEGMENT_NAME = /^segment-(\d{12})-(\d{12})\.db$/;
/** UTC, fixed width, so byte order is time order. */
export const TIME =
  /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/;

export function segmentName(from: number, to: number): string {
  return `segment-${String(from).padStart(12, '0')}-${String(to).padStart(12, '0')}.db`;
}
