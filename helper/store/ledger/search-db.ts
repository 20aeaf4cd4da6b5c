import { rmSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { AuditRow } from '../../../shared/contract/audit.ts';
import type { JsonObject } from '../../../shared/domain/json.ts';
import { toHex } from '../../../shared/proof/bytes.ts';
import { broken, unavailable } from './faults.ts';
import { type LogReader, rowOfBody } from './log-reader.ts';
import { SEARCH_INDEXES, SEARCH_SQL, SEARCH_VERSION } from './search-schema.ts';

export const SEARCH_FILE = 'search.db';

/** The file of the index with how far it goes. */
export interface OpenIndex {
  db: Database.Database;
  /** Rows of the log that are in it. */
  size: number;
  /** All secondary indexes are made; before, a query would read every row. */
  sorted: boolean;
}

export function searchFile(logDir: string): string {
  return join(logDir, SEARCH_FILE);
}

export function removeIndex(file: string): void {
  for (const end of ['', '-wal', '-shm', '-journal'])
    rmSync(`${file}${end}`, { force: true, recursive: true });
}

/** Opens the index of this log; one that is missing, damaged or of another log is begun anew. */
export function openIndex(file: string, reader: LogReader): OpenIndex {
  let db = connect(file);
  if (!fits(db, reader)) {
    db.close();
    removeIndex(file);
    db = connect(file);
    db.exec(`BEGIN; ${SEARCH_SQL} COMMIT;`);
  }
  const size = db.prepare('SELECT size FROM state WHERE id = 1').pluck().get() as
    | number
    | undefined;
  return { db, size: size ?? 0, sorted: isSorted(db) };
}

function connect(file: string): Database.Database {
  const db = new Database(file, { timeout: 2000 });
  try {
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = OFF');
    db.pragma('cache_size = -65536');
    db.pragma('wal_autocheckpoint = 8000');
    db.pragma('trusted_schema = OFF');
  } catch (error) {
    db.close();
    if (!(error instanceof Error)) throw error;
    rmSync(file, { force: true });
    return new Database(file, { timeout: 2000 });
  }
  return db;
}

/** The index belongs to this log as far as it goes: same root at its size. */
function fits(db: Database.Database, reader: LogReader): boolean {
  try {
    const tables = db.prepare('SELECT count(*) FROM sqlite_schema').pluck().get();
    if (tables === 0) return false;
    const row = db.prepare('SELECT version, size, root FROM state WHERE id = 1').get() as
      | { version: number; size: number; root: string }
      | undefined;
    if (row === undefined) return db.prepare('SELECT count(*) FROM rows').pluck().get() === 0;
    if (row.version !== SEARCH_VERSION || row.size > reader.size()) return false;
    return toHex(reader.rootAt(row.size)) === row.root;
  } catch (error) {
    // Whatever is wrong with a derived file, the answer is to derive it again.
    if (error instanceof Error) return false;
    throw error;
  }
}

function isSorted(db: Database.Database): boolean {
  const made = db
    .prepare("SELECT count(*) FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL")
    .pluck()
    .get() as number;
  return made >= SEARCH_INDEXES.length;
}

/**
 * Adds up to `count` rows of the log from `from` on, in one transaction that also says how far the
 * index goes now: whatever ends the process leaves a whole number of slices. Returns the new size.
 */
export function fillSlice(
  db: Database.Database,
  reader: LogReader,
  from: number,
  count: number,
): number {
  const size = Math.min(reader.size(), from + count);
  if (size <= from) return from;
  const records = reader.records(from, size - from);
  if (records.length !== size - from) {
    throw unavailable(`Records ${from} to ${size - 1} of the log could not all be read.`);
  }
  const insert = db.prepare(INSERT_ROW);
  const words = db.prepare('INSERT INTO words(rowid, text) VALUES(?,?)');
  const state = db.prepare(
    'INSERT INTO state VALUES(1,?,?,?) ON CONFLICT(id) DO UPDATE SET size = excluded.size, root = excluded.root',
  );
  db.transaction(() => {
    for (const record of records) {
      const body = bodyOf(record.seq, record.body);
      insert.run(...columns(rowOfBody(record, body), body));
      if (record.body !== null) words.run(record.seq, searchText(body));
    }
    state.run(SEARCH_VERSION, size, toHex(reader.rootAt(size)));
  })();
  return size;
}

function bodyOf(seq: number, body: string | null): JsonObject {
  if (body === null) return {};
  try {
    return JSON.parse(body) as JsonObject;
  } catch (error) {
    throw broken(`Record ${seq} of the log is not what its writer stored.`, error);
  }
}

export const INSERT_ROW = 'INSERT OR REPLACE INTO rows VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)';

/** Values of a row of the index. */
export function columns(row: AuditRow, body: JsonObject): (string | number | null)[] {
  const budget = body['budget'] as JsonObject | undefined;
  const pii = body['pii'] as JsonObject | undefined;
  const counts = Object.values((pii?.['counts'] ?? {}) as JsonObject);
  const orNull = (text: string): string | null => (text === '' ? null : text);
  const integer = (value: unknown): number | null => (typeof value === 'number' ? value : null);
  return [
    row.seq,
    row.ts,
    row.type,
    orNull(row.subject),
    orNull(row.actor),
    row.run,
    row.step,
    row.status,
    row.decision,
    row.rule,
    integer(budget?.['delta']),
    typeof body['id'] === 'string' ? body['id'] : null,
    integer(body['intent']),
    body['expects'] === 'outcome' ? 1 : null,
    counts.some((n) => typeof n === 'number' && n > 0) ? 1 : null,
    row.pruned ? 1 : 0,
  ];
}

const UNSEARCHED = new Set(['salt', 'id', 'boot', 'mono', 'ts', 'args_hmac', 'rotate']);

/** Words of a body: every text value but the random ones. */
export function searchText(body: JsonObject): string {
  const out: string[] = [];
  const walk = (value: unknown, key: string): void => {
    if (UNSEARCHED.has(key)) return;
    if (typeof value === 'string') out.push(value);
    else if (typeof value === 'object' && value !== null) {
      for (const [k, v] of Object.entries(value)) walk(v, k);
    }
  };
  walk(body, '');
  return out.join('\n');
}
