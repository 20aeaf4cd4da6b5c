import type Database from 'better-sqlite3';
import type {
  AuditRecord,
  AuditRow,
  CheckpointView,
  InclusionProof,
} from '../../../shared/contract/audit.ts';
import { AkiosError } from '../../../shared/domain/errors.ts';
import type { JsonObject } from '../../../shared/domain/json.ts';
import { nodeTreeHasher } from '../../../shared/node/audit/hash.ts';
import { toHex } from '../../../shared/proof/bytes.ts';
import { parseCheckpoint, parseNote } from '../../../shared/proof/note.ts';
import {
  HASH_SIZE,
  nodesFromTiles,
  rangeFromNodes,
  TILE_WIDTH,
} from '../../../shared/proof/tiles.ts';
import {
  consistencyPath,
  inclusionPath,
  type NodeSource,
  rootOfRange,
} from '../../../shared/proof/tree.ts';
import { broken } from './faults.ts';

interface StoredRow {
  idx: number;
  leaf: Buffer;
  ts: string;
  type: string;
  body: string | null;
}

/** Where rows that a rotation moved out of the main file are found. */
export interface Archive {
  /** First row of the main file. */
  start(): number;
  rows(from: number, to: number): StoredRow[];
  /** Closes what is open; the next read opens it again. */
  close(): void;
}

/** Full tiles kept, 8 KiB each. */
const KEPT_TILES = 128;
/** Roots of full subtrees kept between proofs: about 10 MB. */
const KEPT_NODES = 65_536;

/** Reads of one log through one connection. Sizes and sequences are row numbers. */
export class LogReader {
  readonly #hasher = nodeTreeHasher();
  readonly #node: NodeSource;
  readonly #archive: Archive;
  readonly #nodes = new Map<number, Uint8Array>();
  readonly #size: Database.Statement;
  readonly #range: Database.Statement;
  readonly #note: Database.Statement;
  readonly #newest: Database.Statement;

  constructor(db: Database.Database, archive: Archive) {
    this.#archive = archive;
    this.#size = db.prepare('SELECT size FROM head WHERE id = 1').pluck();
    this.#range = db.prepare(
      'SELECT idx, leaf, ts, type, body FROM events WHERE idx >= ? AND idx < ? ORDER BY idx LIMIT ?',
    );
    this.#note = db.prepare('SELECT size, note FROM checkpoints WHERE size = ?');
    this.#newest = db.prepare('SELECT size, note FROM checkpoints ORDER BY size DESC LIMIT 1');
    const tile = db.prepare('SELECT data FROM tiles WHERE level = ? AND n = ?').pluck();
    const full = new Map<string, Buffer>();
    this.#node = nodesFromTiles(this.#hasher, (level, n) => {
      const key = `${level}/${n}`;
      const known = full.get(key);
      if (known !== undefined) return known;
      const data = (tile.get(level, n) as Buffer | undefined) ?? null;
      // A full tile never changes; the growing one does.
      if (data?.length === TILE_WIDTH * HASH_SIZE) {
        if (full.size >= KEPT_TILES) full.clear();
        full.set(key, data);
      }
      return data;
    });
  }

  size(): number {
    return (this.#size.get() as number | undefined) ?? 0;
  }

  checkpoint(size?: number): CheckpointView | null {
    const row = (size === undefined ? this.#newest.get() : this.#note.get(size)) as
      | { size: number; note: string }
      | undefined;
    if (row === undefined) return null;
    const parsed = parseCheckpoint(parseNote(row.note)?.text ?? '');
    if (parsed === null) throw broken('A stored checkpoint is malformed.');
    const last = row.size > 0 ? this.#stored(row.size - 1, 1)[0] : undefined;
    return { size: row.size, root: toHex(parsed.root), note: row.note, at: last?.ts ?? null };
  }

  /** First row of the main file; earlier ones are in closed segments. */
  start(): number {
    return this.#archive.start();
  }

  /** Rows [from, from + count), whichever file holds them. */
  #stored(from: number, count: number): StoredRow[] {
    const to = Math.min(from + count, this.size());
    const start = this.#archive.start();
    const old = from < start ? this.#archive.rows(from, Math.min(to, start)) : [];
    if (to <= start) return old;
    const first = Math.max(from, start);
    // As many as there can be: the pages of a damaged file may lead round in a circle.
    return [...old, ...(this.#range.all(first, to, to - first) as StoredRow[])];
  }

  record(seq: number): AuditRecord {
    const [row] = this.records(seq, 1);
    if (row === undefined) {
      throw new AkiosError('RECORD_NOT_FOUND', `The ledger has no record ${seq}.`, {
        hint: `It holds records 0 to ${this.size() - 1}.`,
      });
    }
    return row;
  }

  records(from: number, count: number): AuditRecord[] {
    return this.#stored(from, count).map((row) => ({
      seq: row.idx,
      // Whatever a stranger stored here, it is no hash unless it is bytes.
      leaf: Buffer.isBuffer(row.leaf) ? row.leaf.toString('hex') : '',
      ts: row.ts,
      type: row.type,
      body: row.body,
    }));
  }

  /** Root of the first `size` leaves, from tiles. */
  rootAt(size: number): Uint8Array {
    return rootOfRange(this.#hasher, rangeFromNodes(this.#node, size));
  }

  inclusion(seq: number, size?: number): InclusionProof {
    const total = this.size();
    const n = size ?? this.checkpoint()?.size ?? total;
    if (seq >= n || n > total) {
      throw new AkiosError('RECORD_NOT_FOUND', `Record ${seq} is not in a log of size ${n}.`, {
        hint: `The log has ${total} records.`,
      });
    }
    return {
      seq,
      size: n,
      leaf: this.record(seq).leaf,
      hashes: this.path(seq, n),
      root: toHex(this.rootAt(n)),
      note: this.checkpoint(n)?.note ?? null,
    };
  }

  /** Audit path of a record in the tree of `size`: leaf to root, hex. */
  path(seq: number, size: number): string[] {
    return inclusionPath(this.#hasher, (level, index) => this.#kept(level, index), seq, size).map(
      toHex,
    );
  }

  /** A perfect subtree never changes once it is full, so its root may be kept. */
  #kept(level: number, index: number): Uint8Array {
    if (level % 8 === 0) return this.#node(level, index);
    const key = index * 64 + level;
    const known = this.#nodes.get(key);
    if (known !== undefined) return known;
    const [left, right] = [this.#kept(level - 1, index * 2), this.#kept(level - 1, index * 2 + 1)];
    const hash = this.#hasher.node(left, right);
    if (this.#nodes.size >= KEPT_NODES) this.#nodes.clear();
    this.#nodes.set(key, hash);
    return hash;
  }

  /** Lets go of files of the archive, for those who change or close them. */
  release(): void {
    this.#archive.close();
  }

  consistency(first: number, second?: number) {
    const total = this.size();
    const n = second ?? this.checkpoint()?.size ?? total;
    if (first > n || n > total) {
      throw new AkiosError('INPUT_INVALID', `Sizes ${first} and ${n} do not fit this log.`, {
        hint: `Sizes must grow and not exceed ${total}.`,
      });
    }
    return {
      first,
      second: n,
      hashes: consistencyPath(this.#hasher, this.#node, first, n).map(toHex),
      firstRoot: toHex(this.rootAt(first)),
      secondRoot: toHex(this.rootAt(n)),
    };
  }
}

/** The list view of a record. A pruned record keeps sequence, time and type. */
export function auditRow(record: Pick<AuditRecord, 'seq' | 'ts' | 'type' | 'body'>): AuditRow {
  const body = record.body === null ? {} : (JSON.parse(record.body) as JsonObject);
  return rowOfBody(record, body);
}

/** The same for a body that is parsed already. */
export function rowOfBody(
  record: Pick<AuditRecord, 'seq' | 'ts' | 'type' | 'body'>,
  body: JsonObject,
): AuditRow {
  const part = (key: string): JsonObject => {
    const value = body[key];
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
  };
  const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
  return {
    seq: record.seq,
    ts: record.ts,
    type: record.type,
    subject: text(body['subject']) ?? '',
    actor: text(part('actor')['id']) ?? '',
    run: text(body['run']),
    step: text(body['step']),
    status: text(part('result')['status']),
    decision: text(part('policy')['decision']),
    rule: text(part('policy')['rule']),
    pruned: record.body === null,
  };
}
