import type { AuditRecord } from '../../shared/contract/audit.ts';
import { toHex } from '../../shared/proof/bytes.ts';
import { inPlaceHasher } from '../../shared/proof/in-place.ts';
import { CompactRange, rootOfRange } from '../../shared/proof/tree.ts';
import { type Batch, type Break, checkRecords, type Mark } from './check-records.ts';

export type { Break };

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

const encoder = new TextEncoder();
const hasher = inPlaceHasher((text, target) => encoder.encodeInto(text, target));

/** Takes the records of a ledger in order and rebuilds its tree, trusting nothing but the bytes. */
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

  /** Checks the next records and takes them; stops at the first that does not hold. */
  feed(records: readonly AuditRecord[]): void {
    this.take(checkRecords(this.size, records));
  }

  /**
   * Takes records that were checked one by one elsewhere. Throws RangeError when they are not the
   * next ones: a batch out of order is a fault of this program, not of the ledger.
   */
  take(batch: Batch): void {
    if (this.#broken !== null) return;
    if (batch.from !== this.size) throw new RangeError('The batch is not the next one.');
    const { broken, firstTs, leaves, marks } = batch;
    const gap = broken?.code === 'INDEX_GAP' && broken.seq === batch.from;
    const known = leaves.length > 0 || broken !== null;
    if (known && !gap && firstTs < this.#lastTs) {
      this.#broken = {
        code: 'TIME_REGRESSION',
        seq: batch.from,
        expected: this.#lastTs,
        found: firstTs,
      };
      return;
    }
    let next = 0;
    for (let at = 0; at < leaves.length; at += 32) {
      const seq = this.#range.size;
      for (; marks[next]?.seq === seq; next++) this.#heed(marks[next]!);
      if (this.#wanted.has(seq)) this.#remember(seq);
      // A copy: what is kept of a batch must not keep the whole batch.
      this.#range.append(leaves.slice(at, at + 32));
    }
    if (leaves.length > 0) this.#lastTs = batch.lastTs;
    this.#broken = broken;
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

  #heed(mark: Mark): void {
    const { seq } = mark;
    if (mark.kind === 'pruned') this.#addPruned(seq);
    if (mark.kind === 'seal' && ++this.#sealCount % this.#everyNth === 0) this.#remember(seq);
    if (mark.kind === 'prune') this.#prunes.push(mark.range);
    if (mark.kind === 'rotate' && this.#rotations.length < MAX_ROTATIONS) {
      this.#rotations.push({ size: seq + 1, vkey: mark.vkey });
      this.#wanted.add(seq + 1);
    }
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
