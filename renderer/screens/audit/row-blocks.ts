import type { AuditRow } from '../../../shared/contract/audit.ts';

export const BLOCK = 200;
/** Blocks kept; with BLOCK rows each this is at most 5,000 rows in memory. */
export const MAX_BLOCKS = 25;

/**
 * A window over the ledger by sequence number. Blocks are cut at fixed numbers (block b holds
 * 200 b to 200 b + 199), so what was read stays right while the ledger grows.
 */
export class RowBlocks {
  readonly #blocks = new Map<number, ReadonlyMap<number, AuditRow>>();
  readonly #pending = new Set<number>();
  readonly #read: (before: number, limit: number) => Promise<readonly AuditRow[]>;
  readonly #changed: () => void;

  constructor(
    read: (before: number, limit: number) => Promise<readonly AuditRow[]>,
    changed: () => void,
  ) {
    this.#read = read;
    this.#changed = changed;
  }

  get rows(): number {
    let n = 0;
    for (const block of this.#blocks.values()) n += block.size;
    return n;
  }

  row(seq: number): AuditRow | null {
    return this.#blocks.get(Math.floor(seq / BLOCK))?.get(seq) ?? null;
  }

  /** Reads what is missing between two sequence numbers, both included, of a ledger of `size`. */
  need(low: number, high: number, size: number): void {
    const lastBlock = Math.floor(Math.max(0, size - 1) / BLOCK);
    for (let b = Math.floor(high / BLOCK); b >= Math.floor(low / BLOCK); b--) {
      if (b < 0 || b > lastBlock || this.#pending.has(b)) continue;
      const known = this.#blocks.get(b);
      const full = Math.min(BLOCK, size - b * BLOCK);
      if (known !== undefined && known.size >= full) {
        this.#touch(b, known);
        continue;
      }
      void this.#fetch(b);
    }
  }

  async #fetch(block: number): Promise<void> {
    this.#pending.add(block);
    try {
      const rows = await this.#read((block + 1) * BLOCK, BLOCK);
      const mine = rows.filter((r) => Math.floor(r.seq / BLOCK) === block);
      this.#touch(block, new Map(mine.map((r) => [r.seq, r])));
    } finally {
      this.#pending.delete(block);
      this.#changed();
    }
  }

  #touch(block: number, rows: ReadonlyMap<number, AuditRow>): void {
    this.#blocks.delete(block);
    this.#blocks.set(block, rows);
    for (const oldest of this.#blocks.keys()) {
      if (this.#blocks.size <= MAX_BLOCKS) return;
      this.#blocks.delete(oldest);
    }
  }
}
