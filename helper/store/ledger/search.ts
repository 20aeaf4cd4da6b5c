import { rmSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { AuditRow } from '../../../shared/contract/audit.ts';
import type { JsonObject } from '../../../shared/domain/json.ts';
import { toHex } from '../../../shared/proof/bytes.ts';
import { LEDGER_FIELDS } from '../../../shared/query/fields.ts';
import { parseQuery } from '../../../shared/query/parse.ts';
import { compileQuery, type Where } from './compile.ts';
import { storeFault } from './faults.ts';
import { auditRow, type LogReader, rowOfBody } from './log-reader.ts';
import type { OpenIntent } from './port.ts';
import { SEARCH_INDEXES, SEARCH_SQL, SEARCH_VERSION } from './search-schema.ts';
import type { Known } from './seen-ids.ts';

export const SEARCH_FILE = 'search.db';

export interface ListQuery {
  q?: string;
  before?: number;
  after?: number;
  limit: number;
}

/** Rows indexed at a time in the background (about 20 ms), and when an answer waits for it. */
const SLICE = 500;
const LARGE_SLICE = 10_000;
const IDLE_MS = 250;
/** Between commits the index takes about 2 ms at a time, so that no writer waits long for it. */
const BUSY_SLICE = 64;
const BUSY_PAUSE_MS = 25;
const BUSY_MS = 50;
/** Further behind than this it follows at the pace of the commits: an answer must not wait long. */
const MAX_LAG = 20_000;

/**
 * The search index beside the log: which sequences match. Rows shown are always read from the log
 * itself. It follows the log lazily and catches up before it answers.
 */
export class SearchIndex {
  readonly #file: string;
  readonly #reader: LogReader;
  #db: Database.Database | null = null;
  #size = 0;
  #indexed = false;
  #timer: NodeJS.Timeout | null = null;
  #committedAt = Number.NEGATIVE_INFINITY;
  readonly #totals = new Map<string, { size: number; total: number }>();

  constructor(logDir: string, reader: LogReader) {
    this.#file = join(logDir, SEARCH_FILE);
    this.#reader = reader;
  }

  /** New rows exist: index them soon, in small steps while the writer is busy. */
  behind(): void {
    this.#committedAt = performance.now();
    this.#soon(IDLE_MS);
  }

  #soon(ms: number): void {
    if (this.#timer !== null) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#background();
    }, ms);
    this.#timer.unref();
  }

  #background(): void {
    try {
      const busy = performance.now() - this.#committedAt < BUSY_MS;
      this.#slice(busy ? BUSY_SLICE : SLICE);
      const lag = this.#reader.size() - this.#size;
      if (lag > 0) this.#soon(busy && lag < MAX_LAG ? BUSY_PAUSE_MS : 0);
      else if (busy && !this.#indexed) this.#soon(IDLE_MS);
      else this.#index(this.#open());
    } catch (error) {
      // Derived data: the next query makes it anew, and says so if that fails too.
      process.emitWarning(error instanceof Error ? error : String(error));
      this.#reset();
    }
  }

  /** Runs a query; an index that turns out damaged is made anew, once. Maps what is thrown. */
  #answer<T>(query: () => T): T {
    try {
      return query();
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : '';
      if (!/^SQLITE_(CORRUPT|NOTADB|IOERR|READONLY)/.test(code)) throw storeFault(error);
    }
    this.#reset();
    try {
      return query();
    } catch (error) {
      throw storeFault(error);
    }
  }

  #reset(): void {
    this.#db?.close();
    this.#db = null;
    this.#indexed = false;
    this.#totals.clear();
    this.#remove();
  }

  #remove(): void {
    for (const end of ['', '-wal', '-shm', '-journal']) {
      rmSync(`${this.#file}${end}`, { force: true });
    }
  }

  #open(): Database.Database {
    if (this.#db !== null) return this.#db;
    let db = connect(this.#file);
    if (!this.#fits(db)) {
      db.close();
      this.#remove();
      db = connect(this.#file);
      db.exec(`BEGIN; ${SEARCH_SQL} COMMIT;`);
    }
    const size = db.prepare('SELECT size FROM state WHERE id = 1').pluck().get() as
      | number
      | undefined;
    this.#size = size ?? 0;
    this.#db = db;
    return db;
  }

  /** The index belongs to this log as far as it goes: same root at its size. */
  #fits(db: Database.Database): boolean {
    try {
      const tables = db.prepare('SELECT count(*) FROM sqlite_schema').pluck().get();
      if (tables === 0) return false;
      const row = db.prepare('SELECT version, size, root FROM state WHERE id = 1').get() as
        | { version: number; size: number; root: string }
        | undefined;
      if (row === undefined) return db.prepare('SELECT count(*) FROM rows').pluck().get() === 0;
      if (row.version !== SEARCH_VERSION || row.size > this.#reader.size()) return false;
      return toHex(this.#reader.rootAt(row.size)) === row.root;
    } catch (error) {
      // Whatever is wrong with a derived file, the answer is to derive it again.
      if (error instanceof Error) return false;
      throw error;
    }
  }

  #catchUp(): Database.Database {
    const db = this.#open();
    while (this.#size < this.#reader.size()) this.#slice(LARGE_SLICE);
    this.#index(db);
    return db;
  }

  #index(db: Database.Database): void {
    if (this.#indexed) return;
    db.exec(SEARCH_INDEXES);
    this.#indexed = true;
  }

  #slice(rows: number): void {
    const db = this.#open();
    const records = this.#reader.records(this.#size, rows);
    if (records.length === 0) return;
    const size = this.#size + records.length;
    const insert = db.prepare(
      'INSERT OR REPLACE INTO rows VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)',
    );
    const words = db.prepare('INSERT INTO words(rowid, text) VALUES(?,?)');
    const state = db.prepare('INSERT OR REPLACE INTO state VALUES(1,?,?,?)');
    db.transaction(() => {
      for (const record of records) {
        const body = record.body === null ? {} : (JSON.parse(record.body) as JsonObject);
        insert.run(...columns(rowOfBody(record, body), body));
        if (record.body !== null) words.run(record.seq, searchText(body));
      }
      state.run(SEARCH_VERSION, size, toHex(this.#reader.rootAt(size)));
    })();
    this.#size = size;
  }

  /** Throws INPUT_INVALID (with the position) for a filter that does not parse. */
  where(q: string | undefined): Where {
    return compileQuery(parseQuery(q ?? '', LEDGER_FIELDS, { now: Date.now() }));
  }

  list(query: ListQuery): { items: AuditRow[]; total: number; size: number } {
    return this.#answer(() => this.#list(query));
  }

  #list(query: ListQuery): { items: AuditRow[]; total: number; size: number } {
    const db = this.#catchUp();
    const size = this.#reader.size();
    const where = this.where(query.q);
    const order = query.after === undefined ? 'DESC' : 'ASC';
    const [from, key, match] =
      where.words === undefined ? ['rows', 'seq', where.sql] : ['words', 'rowid', 'words MATCH ?'];
    const seqs = db
      .prepare(
        `SELECT ${key} FROM ${from} WHERE ${match} AND ${key} < ? AND ${key} > ? ORDER BY ${key} ${order} LIMIT ?`,
      )
      .pluck()
      .all(...where.params, query.before ?? size, query.after ?? -1, query.limit) as number[];
    return { items: this.#rows(seqs), total: this.#total(db, where, size), size };
  }

  /** Sequences that match, ascending, from `after` on; for exports. */
  sequences(where: Where, after: number, limit: number): number[] {
    return this.#catchUp()
      .prepare(`SELECT seq FROM rows WHERE ${where.sql} AND seq > ? ORDER BY seq LIMIT ?`)
      .pluck()
      .all(...where.params, after, limit) as number[];
  }

  count(where: Where): number {
    return this.#total(this.#catchUp(), where, this.#reader.size());
  }

  /** First and last sequence that match; call only when something does. */
  bounds(where: Where): { first: number; last: number } {
    return this.#catchUp()
      .prepare(`SELECT min(seq) AS first, max(seq) AS last FROM rows WHERE ${where.sql}`)
      .get(...where.params) as { first: number; last: number };
  }

  #rows(seqs: readonly number[]): AuditRow[] {
    const first = seqs[0];
    const last = seqs.at(-1);
    if (first === undefined || last === undefined) return [];
    const span = Math.abs(last - first) + 1;
    if (span > seqs.length * 4) return seqs.map((seq) => auditRow(this.#reader.record(seq)));
    const wanted = new Set(seqs);
    const rows = this.#reader.records(Math.min(first, last), span).filter((r) => wanted.has(r.seq));
    return (first > last ? rows.reverse() : rows).map(auditRow);
  }

  /** A log only grows, so a total known at a size needs only the rows since then. */
  #total(db: Database.Database, where: Where, size: number): number {
    if (where.sql === '1') return size;
    const key = JSON.stringify(where);
    const known = this.#totals.get(key) ?? { size: 0, total: 0 };
    const sql =
      where.words === undefined
        ? `SELECT count(*) FROM rows WHERE ${where.sql} AND seq >= ?`
        : 'SELECT count(*) FROM words WHERE words MATCH ? AND rowid >= ?';
    const added = db
      .prepare(sql)
      .pluck()
      .get(...where.params, known.size) as number;
    const total = known.total + added;
    if (this.#totals.size > 200) this.#totals.clear();
    this.#totals.set(key, { size, total });
    return total;
  }

  /** The event with this id among the first `upTo` rows (and any later ones indexed), or null. */
  find(id: string, upTo: number): Known | null {
    return this.#answer(() => this.#find(id, upTo));
  }

  #find(id: string, upTo: number): Known | null {
    const db = this.#open();
    while (this.#size < upTo) this.#slice(LARGE_SLICE);
    this.#index(db);
    const row = db.prepare('SELECT seq, ts, type FROM rows WHERE id = ?').get(id) as
      | { seq: number; ts: string; type: string }
      | undefined;
    return row === undefined ? null : { ...row, id, duplicate: true };
  }

  openIntents(): OpenIntent[] {
    return this.#answer(() => this.#openIntents());
  }

  #openIntents(): OpenIntent[] {
    const rows = this.#catchUp()
      .prepare(
        `SELECT seq, type, run, step, coalesce(subject, '') AS subject FROM rows AS i
         WHERE expects = 1 AND NOT EXISTS (SELECT 1 FROM rows AS o WHERE o.intent = i.seq) ORDER BY seq`,
      )
      .all() as OpenIntent[];
    return rows;
  }

  /** Forgets what pruned bodies said; their rows stay as sequence, time and type. */
  forget(from: number, to: number): void {
    const db = this.#catchUp();
    db.pragma('secure_delete = ON');
    const insert = db.prepare(
      'INSERT OR REPLACE INTO rows VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)',
    );
    const drop = db.prepare('DELETE FROM words WHERE rowid = ?');
    db.transaction(() => {
      for (let at = from; at < to; at += LARGE_SLICE) {
        for (const record of this.#reader.records(at, Math.min(LARGE_SLICE, to - at))) {
          if (record.body !== null) continue;
          insert.run(...columns(auditRow(record), {}));
          drop.run(record.seq);
        }
      }
      db.exec("INSERT INTO words(words) VALUES('optimize')");
    })();
    db.exec('VACUUM');
    db.pragma('wal_checkpoint(TRUNCATE)');
    this.#totals.clear();
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#db?.close();
    this.#db = null;
    this.#indexed = false;
  }
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
