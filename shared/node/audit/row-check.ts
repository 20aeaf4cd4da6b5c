import { createHash } from 'node:crypto';
import { isCanonical } from '../../proof/canonical.ts';
import type { Findings } from './findings.ts';
import { TIME } from './format.ts';
import { leafHexOfText } from './hash.ts';
import { isSize, LogEvents, type Seal } from './log-events.ts';

/** One stored row, trusted in nothing: idx as a big integer, the rest whatever the file holds. */
export type RawRow = [idx: bigint, leaf: unknown, ts: unknown, type: unknown, body: unknown];

const NO_LEAF = new Uint8Array(32);
const ZERO = Uint8Array.of(0);
/** A missing row must not be skipped by rounding: beyond this, numbers are no longer exact. */
const EXACT = BigInt(Number.MAX_SAFE_INTEGER);

/** Checks rows in order; collects seals, authorised prunes and rows without body. */
export class RowCheck {
  readonly #findings: Findings;
  readonly #strict: boolean;
  #next = 0n;
  #lastTs = '';
  count = 0;
  readonly #log: LogEvents;

  constructor(findings: Findings, strict: boolean, from = 0, lastTs = '') {
    this.#findings = findings;
    this.#strict = strict;
    this.#log = new LogEvents(findings);
    this.#next = BigInt(from);
    this.#lastTs = lastTs;
  }

  get seals(): readonly Seal[] {
    return this.#log.seals;
  }

  /** Receipts that rows name, see `LogEvents`. */
  get receipts(): ReadonlyMap<number, string> {
    return this.#log.receipts;
  }

  /** Time of the last row that was in order. */
  get lastTs(): string {
    return this.#lastTs;
  }

  /**
   * Checks one row and returns the leaf hash that the tree is built from. `bytesOf` gives the
   * stored bytes of a body: text that holds U+FFFD may stand for bytes that are no UTF-8.
   */
  check(row: RawRow, bytesOf: (idx: bigint) => Uint8Array | null): Uint8Array {
    const [bigIdx, leaf, ts, , body] = row;
    const idx = this.#step(bigIdx);
    const hash = leaf instanceof Uint8Array && leaf.length === 32 ? leaf : null;
    if (hash === null) this.#findings.add('LEAF_MISMATCH', { index: idx, detail: 'leaf column' });
    if (body === null) this.#log.noBody(idx);
    const signed = body === null ? null : this.#checkBody(row, hash, bytesOf);
    if (this.#strict) this.#checkTime(idx, signed ?? ts);
    return hash ?? NO_LEAF;
  }

  /**
   * A row far larger than a writer makes. Its bytes are hashed as far as memory allows, so that the
   * leaf is judged too, but nothing in it is parsed. `bytes` is null when even that is too much.
   */
  checkLarge(bigIdx: bigint, leaf: unknown, bytes: Uint8Array | null): Uint8Array {
    const idx = this.#step(bigIdx);
    const hash = leaf instanceof Uint8Array && leaf.length === 32 ? leaf : null;
    const genuine = hash !== null && bytes !== null && leafHexOfBytes(bytes) === hex(hash);
    if (!genuine) this.#findings.add('LEAF_MISMATCH', { index: idx });
    this.#findings.add('NOT_CANONICAL', { index: idx, detail: 'larger than a record may be' });
    return hash ?? NO_LEAF;
  }

  #step(bigIdx: bigint): number {
    if (bigIdx !== this.#next || bigIdx > EXACT) {
      this.#findings.add('INDEX_GAP', { index: Number(this.#next) });
    }
    this.#next = bigIdx + 1n;
    this.count += 1;
    return Number(bigIdx);
  }

  #checkTime(idx: number, ts: unknown): void {
    if (typeof ts !== 'string' || !TIME.test(ts)) {
      this.#findings.add('NOT_CANONICAL', { index: idx, detail: 'ts' });
      return;
    }
    if (ts < this.#lastTs) this.#findings.add('TIME_REGRESSION', { index: idx });
    this.#lastTs = ts;
  }

  /** Returns the ts that the leaf vouches for, or null. */
  #checkBody(
    row: RawRow,
    leaf: Uint8Array | null,
    bytesOf: (idx: bigint) => Uint8Array | null,
  ): string | null {
    const [bigIdx, , ts, type, body] = row;
    const idx = Number(bigIdx);
    if (typeof body !== 'string') {
      this.#findings.add('NOT_CANONICAL', { index: idx, detail: 'body is not text' });
      return null;
    }
    const odd = body.includes('\ufffd') ? bytesOf(bigIdx) : null;
    const digest = odd === null ? leafHexOfText(body) : leafHexOfBytes(odd);
    const genuine = leaf !== null && digest === hex(leaf);
    if (!genuine && leaf !== null) this.#findings.add('LEAF_MISMATCH', { index: idx });
    if (odd !== null && !Buffer.from(body, 'utf8').equals(odd)) {
      this.#findings.add('NOT_CANONICAL', { index: idx, detail: 'body is not UTF-8' });
      return null;
    }
    const event = parseEvent(body);
    if (event === null) {
      this.#findings.add('NOT_CANONICAL', { index: idx });
      return null;
    }
    if (event.seq !== idx) this.#findings.add('SEQ_MISMATCH', { index: idx });
    if (event.ts !== ts || event.type !== type)
      this.#findings.add('COLUMN_MISMATCH', { index: idx });
    if (this.#strict && !isCanonical(body, event))
      this.#findings.add('NOT_CANONICAL', { index: idx });
    if (genuine && event.type.startsWith('log.')) this.#log.see(idx, event);
    return genuine ? event.ts : null;
  }

  /** Call after the last row. */
  finish(): void {
    this.#log.finish();
  }
}

function leafHexOfBytes(body: Uint8Array): string {
  return createHash('sha256').update(ZERO).update(body).digest('hex');
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
}

interface Event extends Record<string, unknown> {
  seq: number;
  ts: string;
  type: string;
}

/** A body as an object with the fields that every event has; null when it is none. */
export function parseEvent(body: string): Event | null {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
    const event = value as Record<string, unknown>;
    const fits =
      isSize(event['seq']) && typeof event['ts'] === 'string' && typeof event['type'] === 'string';
    return fits ? (event as Event) : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
