import type Database from 'better-sqlite3';
import { HASH_SIZE, TILE_WIDTH } from '../../proof/tiles.ts';
import { outOfOrder } from './disorder.ts';
import type { Findings } from './findings.ts';
import { leafHexOfText } from './hash.ts';
import type { RawRow, RowCheck } from './row-check.ts';
import type { Source } from './source.ts';
import { TILE_SQL, type TreeCheck } from './tree-check.ts';

const BATCH = 1000;
/** Stored bytes of one row that are read along with others; larger rows are read alone. */
const ROW_BYTES = 65_536;
const WHOLE = ['leaf', 'ts', 'type', 'body']
  .map((column) => `coalesce(octet_length(${column}), 0)`)
  .join(' + ');
const fits = (column: string): string => `CASE WHEN ${WHOLE} <= ${ROW_BYTES} THEN ${column} END`;
/** Last column: the size in bytes of a row too large to be read here, else NULL. */
const COLUMNS = `idx, ${['leaf', 'ts', 'type', 'body'].map(fits).join(', ')},
  CASE WHEN ${WHOLE} <= ${ROW_BYTES} THEN NULL ELSE ${WHOLE} END`;
/** The longest body that is hashed at all; a genuine one is a few thousand times shorter. */
const MAX_BODY = 256 * 1024 * 1024;

type Fetched = [...RawRow, large: bigint | null];

/** Rows from `from` on, in order, through the checks: closed segments first. */
export function readRows(
  source: Source,
  rows: RowCheck,
  tree: TreeCheck,
  findings: Findings,
  from = 0,
): void {
  const first = source.db.prepare('SELECT min(idx) FROM events').pluck().get() as number | null;
  if (first !== null && first > 0) {
    let next = 0;
    for (const segment of source.segments) {
      if (segment.from !== next || segment.to > first) continue;
      next = segment.to;
      if (segment.to <= from) continue;
      const db = source.openSegment(segment.file);
      if (db !== null) readFile(db, rows, tree, from);
    }
    if (next !== first && next > 0) findings.add('INDEX_GAP', { index: next, detail: 'segment' });
  }
  readFile(source.db, rows, tree, from);
}

function readFile(db: Database.Database, rows: RowCheck, tree: TreeCheck, from: number): void {
  const bytes = db
    .prepare(
      `SELECT CAST(body AS BLOB) FROM events WHERE idx = ? AND octet_length(body) <= ${MAX_BODY}`,
    )
    .pluck();
  const bytesOf = (idx: bigint): Uint8Array | null => {
    const value: unknown = bytes.get(idx);
    return value instanceof Uint8Array ? value : null;
  };
  const next = db
    .prepare(`SELECT ${COLUMNS} FROM events WHERE idx > ? ORDER BY idx LIMIT ${BATCH}`)
    .raw()
    .safeIntegers(true);
  const start = db
    .prepare(`SELECT ${COLUMNS} FROM events WHERE idx >= ? ORDER BY idx LIMIT ${BATCH}`)
    .raw()
    .safeIntegers(true);
  const leaf = db
    .prepare('SELECT leaf FROM events WHERE idx = ? AND octet_length(leaf) = 32')
    .pluck();
  // A negative index is a row like any other to the check, when the whole log is read.
  let batch = start.all(from === 0 ? -(2n ** 63n) : from) as Fetched[];
  while (batch.length > 0) {
    for (const row of batch) {
      const [idx, ...rest] = row;
      if (rest[4] === null) tree.append(rows.check(row as unknown as RawRow, bytesOf));
      else tree.append(rows.checkLarge(idx, leaf.get(idx), bytesOf(idx)));
    }
    const last = batch.at(-1)![0];
    batch = next.all(last) as Fetched[];
    // A page that leads back to earlier ones would be read for ever.
    if (batch.length > 0 && batch.at(-1)![0] <= last) throw outOfOrder();
  }
}

/** The leaf hashes as the level-0 tiles hold them, up to the last row (quick mode). */
export function leavesFromTiles(db: Database.Database, tree: TreeCheck, findings: Findings): void {
  const last = db.prepare('SELECT max(idx) FROM events').pluck().get() as number | null;
  const size = last === null || last < 0 ? 0 : last + 1;
  const tile = db.prepare(`${TILE_SQL} WHERE level = 0 AND n = ?`).pluck();
  for (let from = 0; from < size; from += TILE_WIDTH) {
    const count = Math.min(TILE_WIDTH, size - from);
    const data: unknown = tile.get(from / TILE_WIDTH);
    if (!(data instanceof Uint8Array) || data.length !== count * HASH_SIZE) {
      findings.add('TILE_MISMATCH', { index: from, level: 0 });
      return;
    }
    for (let i = 0; i < count; i++) {
      tree.append(data.subarray(i * HASH_SIZE, (i + 1) * HASH_SIZE));
    }
  }
}

/** Head row: exactly one, with the size and the compact range of the rows. */
export function checkHead(db: Database.Database, tree: TreeCheck, findings: Findings): void {
  const rows = db
    .prepare(
      'SELECT id, size, CASE WHEN octet_length(crange) <= 2048 THEN crange END FROM head ORDER BY id LIMIT 3',
    )
    .raw()
    .safeIntegers(true)
    .all() as [bigint, unknown, unknown][];
  const head = rows.find((row) => row[0] === 1n);
  const size = typeof head?.[1] === 'bigint' ? head[1] : 0n;
  const range = head?.[2];
  const fits =
    rows.length === 1 &&
    head !== undefined &&
    size === BigInt(tree.size) &&
    range instanceof Uint8Array &&
    Buffer.compare(range, tree.range.encode()) === 0;
  if (!fits) {
    findings.add('HEAD_MISMATCH', { index: Math.min(Number(size), tree.size) });
  }
}

/**
 * The body of one row if it hashes to its leaf in the column and, where the tree is built from tiles
 * (quick mode) and the column proves nothing, in the tile.
 */
export function readBody(source: Source, idx: number, quick: boolean): string | null {
  const segment = source.segments.find((s) => s.from <= idx && idx < s.to);
  const inTile = quick ? leafInTile(source.db, idx) : null;
  const read = (db: Database.Database | null): string | null => {
    const sql = `SELECT leaf, body FROM events WHERE idx = ? AND ${WHOLE} <= ${ROW_BYTES}`;
    const row = db?.prepare(sql).raw().get(idx) as [unknown, unknown] | undefined;
    if (row === undefined || typeof row[1] !== 'string' || !(row[0] instanceof Buffer)) return null;
    const leaf = leafHexOfText(row[1]);
    const genuine = leaf === row[0].toString('hex') && (inTile === null || leaf === inTile);
    return genuine ? row[1] : null;
  };
  return read(source.db) ?? (segment === undefined ? null : read(source.openSegment(segment.file)));
}

function leafInTile(db: Database.Database, idx: number): string {
  const tile: unknown = db
    .prepare(`${TILE_SQL} WHERE level = 0 AND n = ?`)
    .pluck()
    .get(Math.floor(idx / TILE_WIDTH));
  const at = (idx % TILE_WIDTH) * HASH_SIZE;
  return tile instanceof Buffer ? tile.toString('hex', at, at + HASH_SIZE) : '';
}
