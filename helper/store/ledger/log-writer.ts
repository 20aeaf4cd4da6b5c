import type Database from 'better-sqlite3';
import { AkiosError } from '../../../shared/domain/errors.ts';
import { leafOfText } from '../../../shared/node/audit/hash.ts';
import { formatCheckpoint, formatNote } from '../../../shared/proof/note.ts';
import { encodeBody, type LogFields, type Moment, momentTexts, RandomPool, uuid7 } from './body.ts';
import { broken } from './faults.ts';
import type { Signer } from './keys.ts';
import type { EventDraft } from './port.ts';
import type { TreeState } from './tree-state.ts';

export interface Entry {
  draft: EventDraft;
  log?: LogFields;
}

export interface Row {
  seq: number;
  id: string;
  ts: string;
  type: string;
  body: string;
}

export interface Commit {
  /** One outcome for each entry, in order; rows of the log itself (seals) are only in `all`. */
  outcomes: (Row | AkiosError)[];
  all: Row[];
  size: number;
  note: string;
  root: Uint8Array;
  ts: string;
}

/** Time and chance, replaceable so that ledgers for tests can be made again byte for byte. */
export interface Sources {
  /** Milliseconds since 1970. */
  now(): number;
  /** Monotonic nanoseconds as decimal text. */
  mono(): string;
  boot: string;
  /** Milliseconds since the host booted, time asleep included; the system's when absent. */
  uptime?(): number;
  /** `bytes` random bytes as hex. */
  random(bytes: number): string;
}

export function systemSources(boot: string): Sources {
  const pool = new RandomPool();
  return {
    now: () => Date.now(),
    mono: () => process.hrtime.bigint().toString(),
    boot,
    random: (bytes) => pool.hex(bytes),
  };
}

export interface WriterState {
  tree: TreeState;
  lastTs: string;
  /** Size of the newest checkpoint that a seal names. */
  sealed: number;
  /** Size of the newest checkpoint, 0 when there is none. */
  newest: number;
  signer: Signer;
}

export interface CommitOptions {
  /** Bulk making of ledgers: checkpoints exactly at the multiples of this; seals are given. */
  every?: number;
  /** A second signature on the closing checkpoint: the next key proves that it exists. */
  cosigner?: Signer;
  /** Work in the same transaction, after the rows (prune, rotate). */
  within?: () => void;
  /** Names the newest checkpoint by a seal whatever the policy says. */
  seal?: boolean;
}

const SEAL_EVENTS = 256;
const SEAL_MS = 60_000;
const LOG_ACTOR = { type: 'helper', id: 'log' } as const;

/** Statements and transaction of the one writer. Throws what SQLite throws; the caller maps it. */
export class LogWriter {
  readonly #db: Database.Database;
  readonly #sources: Sources;
  readonly #guard: () => void;
  readonly #moment = momentTexts();
  #state: WriterState;
  #sealedAt: number;
  readonly #begin: Database.Statement;
  readonly #end: Database.Statement;
  readonly #insert: Database.Statement;
  readonly #dropTile: Database.Statement;
  readonly #tile: Database.Statement;
  readonly #head: Database.Statement;
  readonly #moveHead: Database.Statement;
  readonly #checkpoint: Database.Statement;
  readonly #moveCheckpoint: Database.Statement;

  /** `guard` throws when the files are no longer the ones that were opened. */
  constructor(db: Database.Database, state: WriterState, sources: Sources, guard: () => void) {
    this.#db = db;
    this.#state = state;
    this.#sources = sources;
    this.#guard = guard;
    this.#sealedAt = sources.now();
    this.#begin = db.prepare('BEGIN IMMEDIATE');
    this.#end = db.prepare('COMMIT');
    this.#insert = db.prepare('INSERT INTO events VALUES(?,?,?,?,?)');
    // Freed before the longer one is made, a tile's pages are used again: fewer pages to flush.
    this.#dropTile = db.prepare('DELETE FROM tiles WHERE level = ? AND n = ?');
    this.#tile = db.prepare('INSERT INTO tiles VALUES(?,?,?)');
    this.#head = db.prepare('INSERT INTO head VALUES(1,?,?)');
    this.#moveHead = db.prepare('UPDATE head SET size = ?, crange = ? WHERE id = 1 AND size = ?');
    this.#checkpoint = db.prepare('INSERT INTO checkpoints VALUES(?,?)');
    this.#moveCheckpoint = db.prepare('UPDATE checkpoints SET size = ?, note = ? WHERE size = ?');
  }

  get state(): Readonly<WriterState> {
    return this.#state;
  }

  setSigner(signer: Signer): void {
    this.#state = { ...this.#state, signer };
  }

  /**
   * One transaction: rows, tiles, head and a signed checkpoint. On return all of it is on disk;
   * on a throw none of it is visible and the state is as before.
   */
  commit(entries: readonly Entry[], options: CommitOptions = {}): Commit {
    this.#begin.run();
    try {
      const batch = new Batch(this.#state, this.#sources, this.#moment);
      this.#fill(batch, entries, options);
      options.within?.();
      this.#end.run();
      this.#guard();
      if (batch.sealed > this.#state.sealed) this.#sealedAt = this.#sources.now();
      this.#state = { ...this.#state, ...batch.state() };
      return batch.result();
    } catch (error) {
      if (this.#db.inTransaction) this.#db.exec('ROLLBACK');
      throw error;
    }
  }

  #fill(batch: Batch, entries: readonly Entry[], options: CommitOptions): void {
    const { every } = options;
    const due = every === undefined && (options.seal === true || this.#sealDue(batch.size));
    if (due && batch.newest > 0 && batch.newest === batch.size && batch.sealed < batch.newest) {
      this.#put(batch.add(sealEntry(batch.size)));
    }
    for (const entry of entries) {
      const row = batch.tryAdd(entry);
      if (row === null) continue;
      this.#put(row);
      if (every !== undefined && batch.size % every === 0) this.#writeCheckpoint(batch);
    }
    if (batch.newest !== batch.size) this.#writeCheckpoint(batch, options.cosigner);
    for (const t of batch.tree.takeDirty()) {
      if (t.grown) this.#dropTile.run(t.level, t.n);
      this.#tile.run(t.level, t.n, t.data);
    }
    this.#writeHead(batch.size, batch.tree.range.encode());
  }

  /** Where the head is not the one this writer left, its rows are not either. */
  #writeHead(size: number, range: Uint8Array): void {
    const before = this.#state.tree.size;
    if (before === 0) this.#head.run(size, range);
    else expectOne(this.#moveHead.run(size, range, before));
  }

  #sealDue(size: number): boolean {
    if (size - this.#state.sealed >= SEAL_EVENTS) return true;
    return this.#sources.now() - this.#sealedAt >= SEAL_MS;
  }

  #put(row: Row & { leaf: Uint8Array }): void {
    this.#insert.run(row.seq, row.leaf, row.ts, row.type, row.body);
  }

  /** A checkpoint that no seal names is only kept while it is the newest. */
  #writeCheckpoint(batch: Batch, cosigner?: Signer): void {
    const moved = batch.sealed < batch.newest ? batch.newest : null;
    const root = batch.tree.range.root();
    const text = formatCheckpoint(this.#state.signer.key.name, batch.size, root);
    const signers = cosigner === undefined ? [this.#state.signer] : [this.#state.signer, cosigner];
    batch.checkpoint(
      formatNote(
        text,
        signers.map((s) => s.sign(text)),
      ),
      root,
    );
    if (moved === null) this.#checkpoint.run(batch.size, batch.note);
    else expectOne(this.#moveCheckpoint.run(batch.size, batch.note, moved));
  }
}

function expectOne({ changes }: { changes: number }): void {
  if (changes !== 1) throw broken('Someone else changed the audit log.');
}

/** Names the checkpoint of this size; it must become row `size`. */
export function sealEntry(size: number): Entry {
  return { draft: { type: 'log.seal', actor: LOG_ACTOR }, log: { seal: size } };
}

/** What one transaction adds, on a copy of the tree. */
class Batch {
  readonly tree: TreeState;
  readonly #sources: Sources;
  readonly #moment: (ms: number) => Moment;
  readonly #outcomes: (Row | AkiosError)[] = [];
  readonly #all: Row[] = [];
  #lastTs: string;
  sealed: number;
  newest: number;
  note = '';
  #root: Uint8Array | null = null;

  constructor(state: WriterState, sources: Sources, moment: (ms: number) => Moment) {
    this.#moment = moment;
    this.tree = state.tree.copy();
    this.#sources = sources;
    this.#lastTs = state.lastTs;
    this.sealed = state.sealed;
    this.newest = state.newest;
  }

  get size(): number {
    return this.tree.size;
  }

  /** Null when this one draft is invalid: it must not take the other callers' events with it. */
  tryAdd(entry: Entry): (Row & { leaf: Uint8Array }) | null {
    try {
      const row = this.add(entry);
      this.#outcomes.push(row);
      return row;
    } catch (error) {
      if (!(error instanceof AkiosError)) throw error;
      this.#outcomes.push(error);
      return null;
    }
  }

  add(entry: Entry): Row & { leaf: Uint8Array } {
    const seq = this.tree.size;
    const moment = this.#moment(this.#sources.now());
    // A clock that steps back must not make an honest log look edited: hold the last time.
    const ts = moment.iso > this.#lastTs ? moment.iso : this.#lastTs;
    const random = this.#sources.random(26);
    const id = entry.draft.id ?? uuid7(moment, random.slice(32));
    const salt = random.slice(0, 32);
    const { boot } = this.#sources;
    const mono = this.#sources.mono();
    const body = encodeBody(entry.draft, entry.log ?? {}, { seq, id, ts, salt, boot, mono });
    const leaf = leafOfText(body);
    this.tree.append(leaf);
    this.#lastTs = ts;
    const row = { seq, id, ts, type: entry.draft.type, body };
    this.#all.push(row);
    if (entry.log?.seal !== undefined) this.sealed = entry.log.seal;
    return { ...row, leaf };
  }

  checkpoint(note: string, root: Uint8Array): void {
    this.note = note;
    this.#root = root;
    this.newest = this.tree.size;
  }

  state(): Omit<WriterState, 'signer'> {
    return { tree: this.tree, lastTs: this.#lastTs, sealed: this.sealed, newest: this.newest };
  }

  result(): Commit {
    const { note, size } = this;
    // A commit ends with a checkpoint, so this is the root of all its rows.
    const root = size === this.newest && this.#root !== null ? this.#root : this.tree.range.root();
    return { outcomes: this.#outcomes, all: this.#all, size, note, root, ts: this.#lastTs };
  }
}
