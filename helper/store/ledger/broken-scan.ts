import Database from 'better-sqlite3';
import type { AuditRow } from '../../../shared/contract/audit.ts';
import { AkiosError } from '../../../shared/domain/errors.ts';
import type { JsonObject } from '../../../shared/domain/json.ts';
import { LEDGER_FIELDS } from '../../../shared/query/fields.ts';
import { parseQuery } from '../../../shared/query/parse.ts';
import { compileQuery } from './compile.ts';
import { rowOfBody } from './log-reader.ts';
import type { ListQuery } from './search.ts';
import { columns, INSERT_ROW, searchText } from './search-db.ts';
import { SEARCH_SQL } from './search-schema.ts';

export type { ListQuery };

export interface BrokenRow {
  seq: number;
  ts: string;
  type: string;
  body: string | null;
}

/** Rows that one filtered answer reads at most; more would hold every other call up. */
const MAX_SCAN = 50_000;
const PAGE = 1000;

type Read = (from: number, count: number) => BrokenRow[];

/**
 * The list of a log without its search index: straight from the rows, or for a filter from an index
 * in memory. Rows whose body does not parse are listed with what their columns say.
 * Throws INPUT_INVALID for a filter that does not parse, TOO_LARGE for one over too many rows.
 */
export function scanRows(
  read: Read,
  size: number,
  query: ListQuery,
): { items: AuditRow[]; total: number } {
  const where = compileQuery(parseQuery(query.q ?? '', LEDGER_FIELDS, { now: Date.now() }));
  if (where.sql === '1') return { items: window(read, size, query), total: size };
  if (size > MAX_SCAN) {
    throw new AkiosError('TOO_LARGE', `A broken log is filtered up to ${MAX_SCAN} records.`, {
      hint: 'List it without a filter, or read a copy with the verifier.',
    });
  }
  const db = new Database(':memory:');
  try {
    const rows = fill(db, read, size);
    const order = query.after === undefined ? 'DESC' : 'ASC';
    const bounds = [query.before ?? size, query.after ?? -1];
    const seqs = db
      .prepare(
        `SELECT seq FROM rows WHERE ${where.sql} AND seq < ? AND seq > ? ORDER BY seq ${order} LIMIT ?`,
      )
      .pluck()
      .all(...where.params, ...bounds, query.limit) as number[];
    const total = db
      .prepare(`SELECT count(*) FROM rows WHERE ${where.sql}`)
      .pluck()
      .get(...where.params) as number;
    return { items: seqs.flatMap((seq) => rows.get(seq) ?? []), total };
  } finally {
    db.close();
  }
}

/** Walks over gaps until the page is full: a removed row must not hide the ones behind it. */
function window(read: Read, size: number, query: ListQuery): AuditRow[] {
  const low = Math.max(0, (query.after ?? -1) + 1);
  const high = Math.min(size, query.before ?? size);
  const up = query.after !== undefined;
  const items: AuditRow[] = [];
  const step = Math.max(query.limit, PAGE);
  for (let n = 0; low + n * step < high && items.length < query.limit && n * step < MAX_SCAN; n++) {
    const from = up ? low + n * step : Math.max(low, high - (n + 1) * step);
    const to = up ? Math.min(high, from + step) : high - n * step;
    const rows = read(from, to - from).map((row) => rowOf(row).row);
    items.push(...(up ? rows : rows.reverse()));
  }
  return items.slice(0, query.limit);
}

function fill(db: Database.Database, read: Read, size: number): Map<number, AuditRow> {
  const rows = new Map<number, AuditRow>();
  db.exec(SEARCH_SQL);
  const insert = db.prepare(INSERT_ROW);
  const words = db.prepare('INSERT INTO words(rowid, text) VALUES(?,?)');
  db.transaction(() => {
    for (let from = 0; from < size; from += PAGE) {
      for (const record of read(from, Math.min(PAGE, size - from))) {
        if (rows.has(record.seq)) continue;
        const { row, body } = rowOf(record);
        rows.set(row.seq, row);
        insert.run(...columns(row, body));
        if (record.body !== null) words.run(row.seq, searchText(body));
      }
    }
  })();
  return rows;
}

function rowOf(record: BrokenRow): { row: AuditRow; body: JsonObject } {
  const body = parsed(record.body);
  const { seq, ts, type } = record;
  return {
    row: rowOfBody({ seq, ts: String(ts), type: String(type), body: record.body }, body),
    body,
  };
}

function parsed(body: string | null): JsonObject {
  if (body === null) return {};
  try {
    const value: unknown = JSON.parse(String(body));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as JsonObject)
      : {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}
