import { constants, copyFileSync, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type {
  AuditRecord,
  AuditRow,
  InclusionProof,
  LedgerStats,
} from '../../../shared/contract/audit.ts';
import { AkiosError } from '../../../shared/domain/errors.ts';
import { LOG_FILE } from '../../../shared/node/audit/format.ts';
import { nodeTreeHasher } from '../../../shared/node/audit/hash.ts';
import { toHex } from '../../../shared/proof/bytes.ts';
import { canonicalize } from '../../../shared/proof/canonical.ts';
import { verifyInclusion } from '../../../shared/proof/proofs.ts';
import { type BrokenRow, type ListQuery, scanRows } from './broken-scan.ts';
import { broken, storeFault } from './faults.ts';
import { loadHmac, readVkey } from './keys.ts';
import { LogReader } from './log-reader.ts';
import type { ProjectLedger } from './managed.ts';
import type { LedgerPaths } from './port.ts';
import { checkSchema, readAnchor } from './recover.ts';
import { segmentArchive } from './segments.ts';
import { pathStats } from './stats.ts';

interface Snapshot {
  dir: string;
  stamp: string;
  db: Database.Database;
  reader: LogReader;
}

const ENDS = ['', '-wal'];

/**
 * A log that `openLedger` refused with LEDGER_BROKEN, for reading alone: what is there is shown as
 * it is, everything that would write rejects with that first error. Reads come from a private copy,
 * because SQLite makes side files beside a database it opens. Never throws for damage.
 */
export function openBrokenLedger(paths: LedgerPaths, error: AkiosError): BrokenLedger {
  return new BrokenLedger(paths, error);
}

/** See `openBrokenLedger`. */
export class BrokenLedger implements ProjectLedger {
  readonly paths: LedgerPaths;
  readonly #error: AkiosError;
  #snapshot: Snapshot | null = null;

  constructor(paths: LedgerPaths, error: AkiosError) {
    this.paths = paths;
    this.#error = error;
  }

  broken(): AkiosError {
    return this.#error;
  }

  /** Nothing to add: it takes no row already, and the first reason stays. */
  condemn(_finding: string): void {
    return;
  }

  size(): number {
    return this.#or(0, ({ db, reader }) => {
      const rows = (db.prepare('SELECT max(idx) + 1 FROM events').pluck().get() as number) ?? 0;
      // A changed head must not make readers look for rows that never were.
      return Math.max(0, Math.min(reader.size(), rows));
    });
  }

  vkey(): string {
    const known = readVkey(this.paths.trustDir);
    if (known === null) throw broken('The trusted verifier key of this log is missing.');
    return known.text;
  }

  /** Without a size: the newest checkpoint that can be read, null when there is none. */
  checkpoint(size?: number) {
    if (size !== undefined) return this.#read(({ reader }) => reader.checkpoint(size));
    return this.#or(null, ({ db, reader }) => {
      const sizes = db.prepare('SELECT size FROM checkpoints ORDER BY size DESC LIMIT 16').pluck();
      for (const known of sizes.all() as number[]) {
        const view = attempt(() => reader.checkpoint(known));
        if (view !== null) return view;
      }
      return null;
    });
  }

  record(seq: number): AuditRecord {
    return this.#read(({ reader }) => plain(reader.record(seq)));
  }

  records(from: number, count: number): AuditRecord[] {
    return this.#read(({ reader }) => reader.records(from, count).map(plain));
  }

  /** A proof is handed out only when the leaf of the record leads to the root and the checkpoint. */
  inclusion(seq: number, size?: number) {
    return this.#read(({ reader }) => {
      const proof = reader.inclusion(seq, size ?? this.checkpoint()?.size);
      const signed = reader.checkpoint(proof.size);
      if (!leads(proof) || (signed !== null && signed.root !== proof.root)) {
        throw broken(`The hashes stored for record ${seq} do not lead to the checkpoint.`);
      }
      return proof;
    });
  }

  consistency(first: number, second?: number) {
    return this.#read(({ reader }) => reader.consistency(first, second));
  }

  list(query: ListQuery): { items: AuditRow[]; total: number; size: number } {
    const size = this.size();
    return this.#read(({ reader }) => {
      const rows = (from: number, count: number): BrokenRow[] => reader.records(from, count);
      return { ...scanRows(rows, size, query), size };
    });
  }

  stats(): LedgerStats {
    const size = this.size();
    const last = (seq: number) =>
      size === 0 ? null : this.#or(null, ({ reader }) => String(reader.record(seq).ts));
    const counted = {
      events: size,
      root: this.#or('', ({ reader }) => toHex(reader.rootAt(size))),
      checkpoints: this.#or(
        0,
        ({ db }) => db.prepare('SELECT count(*) FROM checkpoints').pluck().get() as number,
      ),
      pruned: this.#or(
        0,
        ({ db }) =>
          db.prepare('SELECT count(*) FROM events WHERE body IS NULL').pluck().get() as number,
      ),
      firstAt: last(0),
      lastAt: last(size - 1),
    };
    return pathStats(
      this.paths,
      counted,
      attempt(() => readAnchor(this.paths.trustDir)),
    );
  }

  segmentStart(): number {
    return this.#or(
      0,
      ({ db }) => (db.prepare('SELECT min(idx) FROM events').pluck().get() as number | null) ?? 0,
    );
  }

  argsDigest(value: unknown): string {
    return loadHmac(this.paths.secretDir)(canonicalize(value));
  }

  /** Nothing is recovered on a broken log. */
  openIntents() {
    return [];
  }

  indexing() {
    return null;
  }

  async indexed(): Promise<boolean> {
    return true;
  }

  exports() {
    return [];
  }

  onCommit(): () => void {
    return () => undefined;
  }

  onRefused(): () => void {
    return () => undefined;
  }

  async append(): Promise<never> {
    throw this.#error;
  }

  async exportTo(): Promise<never> {
    throw this.#error;
  }

  async anchorNow(): Promise<never> {
    throw this.#error;
  }

  rotate(): never {
    throw this.#error;
  }

  prune(): never {
    throw this.#error;
  }

  followsOn(): never {
    throw this.#error;
  }

  signReceipt(): never {
    throw this.#error;
  }

  rotateKey(): never {
    throw this.#error;
  }

  async close(): Promise<void> {
    this.#drop();
  }

  #drop(): void {
    const old = this.#snapshot;
    this.#snapshot = null;
    if (old === null) return;
    old.db.close();
    rmSync(old.dir, { recursive: true, force: true });
  }

  /** Reads from a copy of the files as they are now. Throws LEDGER_BROKEN for damage. */
  #read<T>(work: (snapshot: Snapshot) => T): T {
    try {
      return work(this.#current());
    } catch (error) {
      throw readFault(error);
    }
  }

  #or<T>(fallback: T, work: (snapshot: Snapshot) => T): T {
    try {
      return this.#read(work);
    } catch (error) {
      if (error instanceof AkiosError && error.code === 'LEDGER_BROKEN') return fallback;
      throw error;
    }
  }

  #current(): Snapshot {
    const file = join(this.paths.logDir, LOG_FILE);
    const stamp = stampOf(file);
    if (this.#snapshot?.stamp === stamp) return this.#snapshot;
    this.#drop();
    if (!existsSync(file)) throw this.#error;
    this.#snapshot = takeSnapshot(this.paths.logDir, file, stamp);
    return this.#snapshot;
  }
}

function leads({ seq, size, leaf, hashes, root }: InclusionProof): boolean {
  const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));
  return verifyInclusion(nodeTreeHasher(), {
    index: BigInt(seq),
    size: BigInt(size),
    leafHash: bytes(leaf),
    proof: hashes.map(bytes),
    root: bytes(root),
  });
}

function stampOf(file: string): string {
  return ENDS.map((end) => {
    const stat = statSync(`${file}${end}`, { throwIfNoEntry: false });
    return stat === undefined || stat.size === 0 ? '-' : `${stat.ino}:${stat.size}:${stat.mtimeMs}`;
  }).join(' ');
}

function takeSnapshot(logDir: string, file: string, stamp: string): Snapshot {
  if (!statSync(file).isFile()) throw broken('The audit database is not a regular file.');
  const dir = mkdtempSync(join(tmpdir(), `akios-broken-${process.pid}-`));
  let db: Database.Database | null = null;
  try {
    const copy = join(dir, LOG_FILE);
    for (const end of ENDS) {
      if (existsSync(`${file}${end}`)) {
        copyFileSync(`${file}${end}`, `${copy}${end}`, constants.COPYFILE_FICLONE);
      }
    }
    db = new Database(copy, { fileMustExist: true, timeout: 2000 });
    db.pragma('trusted_schema = OFF');
    db.pragma('query_only = ON');
    // Before any other statement: a planted schema would run its own expressions.
    checkSchema(db);
    return { dir, stamp, db, reader: new LogReader(db, segmentArchive(db, logDir)) };
  } catch (error) {
    db?.close();
    rmSync(dir, { recursive: true, force: true });
    throw error;
  }
}

/** Columns as the contract has them, whatever was written into them. */
function plain(record: AuditRecord): AuditRecord {
  const { leaf, ts, type, body } = record;
  return {
    seq: record.seq,
    leaf: /^[0-9a-f]*$/.test(leaf) ? leaf : '',
    ts: String(ts),
    type: String(type),
    body: body === null ? null : String(body),
  };
}

function attempt<T>(work: () => T): T | null {
  try {
    return work();
  } catch (error) {
    if (error instanceof Error) return null;
    throw error;
  }
}

/** Typed errors stay; what SQLite or a parser says of damaged content is LEDGER_BROKEN. */
function readFault(error: unknown): AkiosError {
  if (error instanceof AkiosError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (/^(E[A-Z]+|SQLITE_(FULL|IOERR|CANTOPEN|PERM|BUSY).*)$/.test(code)) return storeFault(error);
  return broken('This part of the log cannot be read.', error);
}
