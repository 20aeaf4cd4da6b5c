import type Database from 'better-sqlite3';
import type { AuditRow } from '../../../shared/contract/audit.ts';
import type { AkiosError } from '../../../shared/domain/errors.ts';
import { LEDGER_FIELDS } from '../../../shared/query/fields.ts';
import { parseQuery } from '../../../shared/query/parse.ts';
import { compileQuery, type Where } from './compile.ts';
import { indexBuilding, storeFault } from './faults.ts';
import { IndexBuild } from './index-build.ts';
import { auditRow, type LogReader } from './log-reader.ts';
import type { OpenIntent } from './port.ts';
import {
  columns,
  fillSlice,
  INSERT_ROW,
  type OpenIndex,
  openIndex,
  removeIndex,
  searchFile,
} from './search-db.ts';
import { SEARCH_INDEXES, SEARCH_VERSION } from './search-schema.ts';
import { allMatches, countMatches, firstMatches, windows } from './search-select.ts';
import type { Known } from './seen-ids.ts';

export interface ListQuery {
  q?: string;
  before?: number;
  after?: number;
  limit: number;
}

/** Sizes in rows; smaller ones let a test see every state. */
export interface IndexLimits {
  /** Further behind than this the index is filled by a process of its own, and says so. */
  far?: number;
  /** Rows that process writes at a time, and how long it rests (ms) after each. */
  slice?: number;
  pauseMs?: number;
  /** After a build that failed (a full disk) the next one waits this long (ms). */
  retryMs?: number;
}

/** Rows indexed at a time in the background (about 20 ms), and when an answer waits for it. */
const SLICE = 500;
const LARGE_SLICE = 10_000;
const IDLE_MS = 250;
/** Between commits the index takes about 2 ms at a time, so that no writer waits long for it. */
const BUSY_SLICE = 64;
const BUSY_PAUSE_MS = 25;
const BUSY_MS = 50;
/** About half a second of work: the longest that an answer waits for the index. */
const FAR = 20_000;
const RETRY_MS = 30_000;

/**
 * The search index beside the log: which sequences match. Rows shown are always read from the log
 * itself. It follows the log lazily and catches up before it answers. When it is missing or far
 * behind, a process of its own fills it: until then whatever needs it throws INDEX_BUILDING, and
 * nothing ever answers from a part of the log.
 */
export class SearchIndex {
  readonly #file: string;
  readonly #logDir: string;
  readonly #reader: LogReader;
  readonly #limits: Required<IndexLimits>;
  #index: OpenIndex | null = null;
  #build: IndexBuild | null = null;
  /** Why the last build failed. */
  #fault: AkiosError | null = null;
  #faultAt = 0;
  #closed = false;
  #timer: NodeJS.Timeout | null = null;
  #committedAt = Number.NEGATIVE_INFINITY;
  readonly #totals = new Map<string, { size: number; total: number }>();
  readonly #waiting: ((ready: boolean) => void)[] = [];

  constructor(logDir: string, reader: LogReader, limits: IndexLimits = {}) {
    this.#logDir = logDir;
    this.#file = searchFile(logDir);
    this.#reader = reader;
    this.#limits = { far: FAR, slice: LARGE_SLICE, pauseMs: 0, retryMs: RETRY_MS, ...limits };
  }

  /** New rows exist: index them soon, in small steps while the writer is busy. */
  behind(): void {
    this.#committedAt = performance.now();
    this.#soon(IDLE_MS);
  }

  #soon(ms: number): void {
    if (this.#timer !== null || this.#build !== null || this.#closed) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#background();
    }, ms);
    this.#timer.unref();
  }

  #background(): void {
    try {
      const index = this.#open();
      if (this.#isFar(index)) {
        this.#startBuild(index);
        return;
      }
      const busy = performance.now() - this.#committedAt < BUSY_MS;
      this.#slice(index, busy ? BUSY_SLICE : SLICE);
      const lag = this.#reader.size() - index.size;
      if (lag > 0) this.#soon(busy ? BUSY_PAUSE_MS : 0);
      else if (busy && !index.sorted) this.#soon(IDLE_MS);
      else this.#sort(index);
    } catch (error) {
      // Derived data: the next query makes it anew, and says so if that fails too.
      warn(error);
      this.#tryReset();
    }
  }

  #tryReset(): void {
    try {
      this.#reset();
    } catch (error) {
      warn(error);
    }
  }

  /** What is left to do would hold every other caller up. */
  #isFar(index: OpenIndex): boolean {
    const { far } = this.#limits;
    return this.#reader.size() - index.size > far || (!index.sorted && index.size > far);
  }

  #startBuild(index: OpenIndex): void {
    if (this.#build !== null || this.#closed) return;
    const { slice, pauseMs, far } = this.#limits;
    const order = { logDir: this.#logDir, slice, pauseMs, near: Math.min(far, SLICE) };
    // A whole index goes on telling ids it knows; an unfinished one is the other process's alone.
    if (!index.sorted) this.#letGo();
    this.#build = new IndexBuild(order, index.size, (fault) => this.#built(fault));
  }

  #built(fault: AkiosError | null): void {
    this.#build = null;
    this.#letGo();
    this.#fault = fault;
    if (fault !== null) {
      this.#faultAt = performance.now();
      process.emitWarning(fault);
      this.#soon(this.#limits.retryMs);
      return;
    }
    for (const wake of this.#waiting.splice(0)) wake(true);
    this.#soon(0);
  }

  #letGo(): void {
    this.#index?.db.close();
    this.#index = null;
  }

  /** How far a build has come (rows); null when the index can be asked. */
  building(): { indexed: number; of: number } | null {
    return this.#answer(() => {
      if (this.#build === null && !this.#isFar(this.#open())) return null;
      return { indexed: this.#build?.indexed ?? this.#open().size, of: this.#reader.size() };
    });
  }

  /** True when the index can be asked; false when it was closed before. */
  async ready(): Promise<boolean> {
    if (this.#closed) return false;
    if (this.building() === null) return true;
    return await new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#soon(0);
    });
  }

  /** The index, with every row of the log in it. Throws INDEX_BUILDING, or why it cannot be built. */
  whole(): Database.Database {
    return this.#answer(() => this.#catchUp()).db;
  }

  #catchUp(): OpenIndex {
    if (this.#build === null) {
      const index = this.#open();
      if (!this.#isFar(index)) {
        while (index.size < this.#reader.size()) this.#slice(index, LARGE_SLICE);
        this.#sort(index);
        return index;
      }
      if (this.#fault !== null && performance.now() - this.#faultAt < this.#limits.retryMs)
        throw this.#fault;
      this.#startBuild(index);
    }
    throw indexBuilding({ indexed: this.#build?.indexed ?? 0, of: this.#reader.size() });
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
    this.#letGo();
    this.#totals.clear();
    // The file of a running build is that process's: it looks at it by itself.
    if (this.#build === null) removeIndex(this.#file);
  }

  #open(): OpenIndex {
    this.#index ??= openIndex(this.#file, this.#reader);
    return this.#index;
  }

  #sort(index: OpenIndex): void {
    if (index.sorted) return;
    for (const sql of SEARCH_INDEXES) index.db.exec(sql);
    index.sorted = true;
  }

  #slice(index: OpenIndex, rows: number): void {
    index.size = fillSlice(index.db, this.#reader, index.size, rows);
  }

  /** Throws INPUT_INVALID (with the position) for a filter that does not parse. */
  where(q: string | undefined): Where {
    return compileQuery(parseQuery(q ?? '', LEDGER_FIELDS, { now: Date.now() }));
  }

  list(query: ListQuery): { items: AuditRow[]; total: number; size: number } {
    const where = this.where(query.q);
    return where.sql === '1' ? this.#all(query) : this.#answer(() => this.#list(query, where));
  }

  /** Every row of a range: straight from the log, whatever the index has. */
  #all({ before, after, limit }: ListQuery): { items: AuditRow[]; total: number; size: number } {
    const size = this.#reader.size();
    const high = Math.min(size, before ?? size);
    const low = Math.max((after ?? -1) + 1, after === undefined ? high - limit : 0, 0);
    const rows = this.#reader.records(low, Math.max(0, Math.min(limit, high - low))).map(auditRow);
    return { items: after === undefined ? rows.reverse() : rows, total: size, size };
  }

  #list(query: ListQuery, where: Where): { items: AuditRow[]; total: number; size: number } {
    const { db } = this.#catchUp();
    const size = this.#reader.size();
    const total = this.#total(db, where, size);
    const range = { from: (query.after ?? -1) + 1, to: Math.min(size, query.before ?? size) };
    const up = query.after !== undefined;
    const seqs = firstMatches(db, where, range, { up, limit: query.limit, total });
    return { items: this.#rows(seqs), total, size };
  }

  /** Sequences below `upTo` that match, ascending, in pages; for exports. */
  *matching(where: Where, upTo: number, page: number): Generator<number[]> {
    if (where.sql === '1') {
      for (let at = 0; at < upTo; at += page) {
        yield Array.from({ length: Math.min(page, upTo - at) }, (_, i) => at + i);
      }
      return;
    }
    const total = this.count(where);
    // What the index holds already does not change: later rows need not be in it between two pages.
    for (const range of windows(upTo, total)) {
      const found = this.#answer(() => allMatches(this.#holding(upTo).db, where, range));
      for (let at = 0; at < found.length; at += page) yield found.slice(at, at + page);
    }
  }

  /** The index with at least this many rows in it; asked all the same while it is filled up. */
  #holding(size: number): OpenIndex {
    const index = this.#index;
    return index?.sorted === true && index.size >= size ? index : this.#catchUp();
  }

  count(where: Where): number {
    const size = this.#reader.size();
    if (where.sql === '1') return size;
    return this.#answer(() => this.#total(this.#catchUp().db, where, size));
  }

  /** First and last sequence that match; call only when something does. */
  bounds(where: Where): { first: number; last: number } {
    const sql = `SELECT min(seq) AS first, max(seq) AS last FROM rows WHERE ${where.sql}`;
    return this.#answer(
      () =>
        this.#catchUp()
          .db.prepare(sql)
          .get(...where.params) as { first: number; last: number },
    );
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
    const key = JSON.stringify(where);
    const known = this.#totals.get(key) ?? { size: 0, total: 0 };
    const added = countMatches(db, where, { from: known.size, to: size });
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
    const { db } = this.#holding(upTo);
    const row = db.prepare('SELECT seq, ts, type FROM rows WHERE id = ?').get(id) as
      | { seq: number; ts: string; type: string }
      | undefined;
    return row === undefined ? null : { ...row, id, duplicate: true };
  }

  openIntents(): OpenIntent[] {
    return this.#answer(
      () =>
        this.#catchUp()
          .db.prepare(
            `SELECT seq, type, run, step, coalesce(subject, '') AS subject FROM rows AS i
             WHERE expects = 1 AND NOT EXISTS (SELECT 1 FROM rows AS o WHERE o.intent = i.seq) ORDER BY seq`,
          )
          .all() as OpenIntent[],
    );
  }

  /**
   * Before bodies are removed: an end of the process until `forget` is done must not leave what they
   * said in the index: one that is found marked is made anew. Returns what takes the mark away.
   */
  willForget(): () => void {
    const db = this.whole();
    db.exec('UPDATE state SET version = 0');
    return () => {
      db.prepare('UPDATE state SET version = ?').run(SEARCH_VERSION);
    };
  }

  /** Forgets what pruned bodies said; their rows stay as sequence, time and type. */
  forget(from: number, to: number): void {
    const db = this.whole();
    db.pragma('secure_delete = ON');
    const insert = db.prepare(INSERT_ROW);
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
    db.prepare('UPDATE state SET version = ?').run(SEARCH_VERSION);
    db.pragma('wal_checkpoint(TRUNCATE)');
    this.#totals.clear();
  }

  /** Closes the index; a build that runs is ended where it is. */
  close(): Promise<void> {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#letGo();
    for (const wake of this.#waiting.splice(0)) wake(false);
    return this.#build?.stop() ?? Promise.resolve();
  }
}

function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error));
}
