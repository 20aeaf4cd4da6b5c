import type Database from 'better-sqlite3';
import type { Where } from './compile.ts';

/** Sequences from `from` to below `to`. */
export interface Range {
  from: number;
  to: number;
}

/** With fewer matches than this they are collected by an index and sorted: about 20 ms. */
const FEW = 20_000;
/** Rows that are looked through one after the other before an index is asked: about 50 ms. */
const SCAN_ROWS = 400_000;
/** Matches that are held at a time for an export, and rows looked through for them. */
const HELD = 200_000;
const WINDOW = 100_000;

/**
 * The first `limit` matches of a range, ascending or descending. An index gives matches in its own
 * order, so the first of many would cost as much as all: with many, the rows themselves are looked
 * through from that end, where they are soon found unless they all lie far away.
 */
export function firstMatches(
  db: Database.Database,
  where: Where,
  { from, to }: Range,
  { up, limit, total }: { up: boolean; limit: number; total: number },
  scanRows = SCAN_ROWS,
): number[] {
  if (where.words === undefined && total > FEW && to - from > 0) {
    const near = up
      ? { from, to: Math.min(to, from + scanRows) }
      : { from: Math.max(from, to - scanRows), to };
    const found = select(db, where, near, { up, limit, scan: true });
    if (found.length >= limit || (near.from === from && near.to === to)) return found;
  }
  return select(db, where, { from, to }, { up, limit, scan: false });
}

/** Every match of a range, ascending. */
export function allMatches(db: Database.Database, where: Where, range: Range): number[] {
  return select(db, where, range, { up: true, limit: -1, scan: range.to - range.from <= WINDOW });
}

/** The ranges in which an export asks for its matches: one when they are few. */
export function* windows(size: number, total: number, window = WINDOW): Generator<Range> {
  const step = total <= HELD ? Math.max(1, size) : window;
  for (let from = 0; from < size; from += step) yield { from, to: Math.min(size, from + step) };
}

/** Number of matches in a range. */
export function countMatches(db: Database.Database, where: Where, { from, to }: Range): number {
  if (to <= from) return 0;
  // By an index, the few rows that came since the last count would cost as much as all.
  const table = from > 0 && to - from <= WINDOW ? 'rows NOT INDEXED' : 'rows';
  const sql =
    where.words === undefined
      ? `SELECT count(*) FROM ${table} WHERE ${where.sql} AND seq >= ?`
      : 'SELECT count(*) FROM words WHERE words MATCH ? AND rowid >= ?';
  return db
    .prepare(sql)
    .pluck()
    .get(...where.params, from) as number;
}

function select(
  db: Database.Database,
  where: Where,
  { from, to }: Range,
  { up, limit, scan }: { up: boolean; limit: number; scan: boolean },
): number[] {
  const [table, key, match] =
    where.words === undefined
      ? [scan ? 'rows NOT INDEXED' : 'rows', 'seq', where.sql]
      : ['words', 'rowid', 'words MATCH ?'];
  return db
    .prepare(
      `SELECT ${key} FROM ${table} WHERE ${match} AND ${key} >= ? AND ${key} < ? ORDER BY ${key} ${up ? 'ASC' : 'DESC'} LIMIT ?`,
    )
    .pluck()
    .all(...where.params, from, to, limit) as number[];
}
