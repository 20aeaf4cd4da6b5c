import type { AuditRecord } from '../../shared/contract/audit.ts';
import { fromHex, isHexOf, toHex } from '../../shared/proof/bytes.ts';
import { isCanonical } from '../../shared/proof/canonical.ts';
import { makeSha256 } from '../../shared/proof/sha256.ts';
import { CompactRange, rootOfRange, treeHasher } from '../../shared/proof/tree.ts';

/** Codes of the log verifier (docs of the on-disk format); `seq` is the record's number. */
export interface Break {
  code:
    | 'INDEX_GAP'
    | 'LEAF_MISMATCH'
    | 'NOT_CANONICAL'
    | 'SEQ_MISMATCH'
    | 'COLUMN_MISMATCH'
    | 'TIME_REGRESSION'
    | 'UNAUTHORISED_PRUNE';
  seq: number;
  expected: string;
  found: string;
}

/** A change of key that the records announce; it counts once its checkpoint is checked. */
export interface Rotation {
  /** Size of the checkpoint that covers the event. */
  size: number;
  /** The next key. */
  vkey: string;
}

/** What is known when every record was read. */
export interface SessionEnd {
  size: number;
  broken: Break | null;
  root: string;
  /** Sizes of which the root is known, ascending. */
  sealSizes: number[];
  /** In the order of the records. */
  rotations: Rotation[];
}

/** Seal sizes whose root is kept, so that a fault can be placed between two checkpoints. */
const MAX_SEALS = 4096;
/** Daily for 50 years; a hostile log with more is not followed, so its newest key is not trusted. */
const MAX_ROTATIONS = 20_000;

const hasher = treeHasher(makeSha256());
const encoder = new TextEncoder();

interface Body {
  seq?: unknown;
  ts?: unknown;
  type?: unknown;
  seal?: unknown;
  prune?: unknown;
  rotate?: unknown;
}

/** Reads the records of a ledger in order and rebuilds its tree, trusting nothing but the bytes. */
export class VerifySession {
  readonly #range = new CompactRange(hasher);
  /** Size and the roots of its perfect subtrees: the root is folded only when it is asked for. */
  readonly #seals = new Map<number, readonly Uint8Array[]>();
  readonly #pruned: [number, number][] = [];
  readonly #prunes: [number, number][] = [];
  readonly #rotations: Rotation[] = [];
  readonly #wanted: Set<number>;
  #everyNth = 1;
  #sealCount = 0;
  #lastTs = '';
  #broken: Break | null = null;

  /** @param wanted sizes whose root is needed whatever happens (checkpoints, pins, anchors) */
  constructor(wanted: readonly number[] = []) {
    this.#wanted = new Set(wanted);
    this.#remember(0);
  }

  get size(): number {
    return this.#range.size;
  }

  get broken(): Break | null {
    return this.#broken;
  }

  /** Sizes of which the root is known, ascending. */
  #sealSizes(): number[] {
    return [...this.#seals.keys()].filter((n) => n > 0).sort((a, b) => a - b);
  }

  rootAt(size: number): string | null {
    if (size === this.size) return toHex(this.#range.root());
    const hashes = this.#seals.get(size);
    return hashes === undefined ? null : toHex(rootOfRange(hasher, hashes));
  }

  /** Takes the next records; stops at the first that does not hold. */
  feed(records: readonly AuditRecord[]): void {
    for (const record of records) {
      if (this.#broken !== null) return;
      this.#broken = this.#take(record);
    }
  }

  /** All that is known after the last record. */
  end(): SessionEnd {
    return {
      broken: this.#finish(),
      size: this.size,
      root: this.rootAt(this.size) ?? '',
      sealSizes: this.#sealSizes(),
      rotations: [...this.#rotations],
    };
  }

  #finish(): Break | null {
    if (this.#broken !== null) return this.#broken;
    const seq = firstUncovered(this.#pruned, this.#prunes);
    if (seq !== null) {
      this.#broken = { code: 'UNAUTHORISED_PRUNE', seq, expected: 'log.prune', found: '' };
    }
    return this.#broken;
  }

  #take(record: AuditRecord): Break | null {
    const seq = this.#range.size;
    const fault = (code: Break['code'], expected: string, found: string): Break => ({
      code,
      seq,
      expected,
      found,
    });
    if (record.seq !== seq) return fault('INDEX_GAP', String(seq), String(record.seq));
    if (record.ts < this.#lastTs) return fault('TIME_REGRESSION', this.#lastTs, record.ts);
    this.#lastTs = record.ts;
    let leaf: Uint8Array;
    if (record.body === null) {
      const kept = fromHex(record.leaf);
      if (kept === null || kept.length !== 32) return fault('LEAF_MISMATCH', record.leaf, '');
      leaf = kept;
      this.#addPruned(seq);
    } else {
      leaf = hasher.leaf(encoder.encode(record.body));
      if (!isHexOf(record.leaf, leaf)) return fault('LEAF_MISMATCH', record.leaf, toHex(leaf));
      const body = parse(record.body);
      if (body === null) return fault('NOT_CANONICAL', 'JSON', '');
      if (!isCanonical(record.body, body)) return fault('NOT_CANONICAL', 'RFC 8785', '');
      if (body.seq !== seq) return fault('SEQ_MISMATCH', String(seq), String(body.seq));
      if (body.ts !== record.ts) return fault('COLUMN_MISMATCH', String(body.ts), record.ts);
      if (body.type !== record.type)
        return fault('COLUMN_MISMATCH', String(body.type), record.type);
      if (!this.#readMarks(seq, body)) return fault('NOT_CANONICAL', String(body.type), '');
    }
    if (this.#wanted.has(seq)) this.#remember(seq);
    this.#range.append(leaf);
    return null;
  }

  /** What events of the log itself say; false when they do not say it in the form of the format. */
  #readMarks(seq: number, body: Body): boolean {
    if (body.type === 'log.seal') {
      if (!isSize(body.seal)) return false;
      // A seal names the checkpoint just before it, so the tree has exactly that size now.
      if (body.seal === seq && ++this.#sealCount % this.#everyNth === 0) this.#remember(seq);
    }
    if (body.type === 'log.prune') {
      const [from, to, ...more] = Array.isArray(body.prune) ? (body.prune as unknown[]) : [];
      if (!isSize(from) || !isSize(to) || from > to || more.length > 0) return false;
      // Only rows before it: nobody may announce the loss of what is not yet written.
      this.#prunes.push([from, Math.min(to, seq)]);
    }
    if (body.type === 'log.key_rotate' && typeof body.rotate === 'string') {
      if (this.#rotations.length >= MAX_ROTATIONS) return true;
      this.#rotations.push({ size: seq + 1, vkey: body.rotate });
      this.#wanted.add(seq + 1);
    }
    return true;
  }

  #addPruned(seq: number): void {
    const last = this.#pruned.at(-1);
    if (last !== undefined && last[1] === seq) last[1] = seq + 1;
    else this.#pruned.push([seq, seq + 1]);
  }

  #remember(size: number): void {
    this.#seals.set(size, [...this.#range.hashes]);
    if (this.#seals.size <= MAX_SEALS + this.#wanted.size) return;
    this.#everyNth *= 2;
    for (const [i, key] of [...this.#seals.keys()].entries()) {
      if (i % 2 === 1 && !this.#wanted.has(key)) this.#seals.delete(key);
    }
  }
}

function parse(text: string): Body | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : null;
  } catch (cause) {
    if (cause instanceof SyntaxError) return null;
    throw cause;
  }
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** The first record without body that no range covers; ranges may touch and overlap. */
function firstUncovered(
  gaps: readonly (readonly [number, number])[],
  ranges: readonly (readonly [number, number])[],
): number | null {
  const sorted = [...ranges].sort((a, b) => a[0] - b[0]);
  let covered = 0;
  let next = 0;
  for (const [from, to] of gaps) {
    for (let seq = from; seq < to; seq = covered) {
      while (next < sorted.length && sorted[next]![0] <= seq) {
        covered = Math.max(covered, sorted[next]![1]);
        next += 1;
      }
      if (covered <= seq) return seq;
    }
  }
  return null;
}
