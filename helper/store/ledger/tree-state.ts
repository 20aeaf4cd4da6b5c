import { HASH_SIZE, levelSizes, TILE_WIDTH } from '../../../shared/proof/tiles.ts';
import { CompactRange, type TreeHasher } from '../../../shared/proof/tree.ts';

export interface DirtyTile {
  level: number;
  n: number;
  data: Uint8Array;
  /** A shorter one is stored already. */
  grown: boolean;
}

interface OpenTile {
  n: number;
  count: number;
  data: Uint8Array;
}

/**
 * The growing edge of the tree: compact range and the last, partial tile of each level. A batch
 * works on a copy, which replaces the original only after its commit.
 */
export class TreeState {
  readonly #hasher: TreeHasher;
  readonly range: CompactRange;
  readonly #open: OpenTile[];
  readonly #dirty = new Map<string, DirtyTile>();

  constructor(hasher: TreeHasher, range: CompactRange, open: OpenTile[]) {
    this.#hasher = hasher;
    this.range = range;
    this.#open = open;
  }

  static empty(hasher: TreeHasher): TreeState {
    return new TreeState(hasher, new CompactRange(hasher), []);
  }

  /** From the stored range and the last tile of each level (null when that level ends full). */
  static load(
    hasher: TreeHasher,
    size: number,
    hashes: readonly Uint8Array[],
    tile: (level: number, n: number) => Uint8Array | null,
  ): TreeState {
    const open: OpenTile[] = levelSizes(size).map((entries, level) => {
      const n = Math.floor(entries / TILE_WIDTH);
      const count = entries % TILE_WIDTH;
      const data = new Uint8Array(TILE_WIDTH * HASH_SIZE);
      const stored = count === 0 ? new Uint8Array(0) : tile(level, n);
      if (stored === null || stored.length !== count * HASH_SIZE) {
        throw new RangeError('The last tile does not fit the tree size.');
      }
      data.set(stored);
      return { n, count, data };
    });
    return new TreeState(hasher, new CompactRange(hasher, size, hashes), open);
  }

  get size(): number {
    return this.range.size;
  }

  copy(): TreeState {
    // Bytes are shared: a copy only writes beyond its `count`, where the original has nothing.
    const open = this.#open.map((t) => ({ ...t }));
    return new TreeState(this.#hasher, this.range.copy(), open);
  }

  append(leaf: Uint8Array): void {
    this.range.append(leaf, (height, hash) => {
      if (height % 8 === 0) this.#push(height / 8, hash);
    });
  }

  #push(level: number, hash: Uint8Array): void {
    this.#open[level] ??= { n: 0, count: 0, data: new Uint8Array(TILE_WIDTH * HASH_SIZE) };
    const tile = this.#open[level]!;
    tile.data.set(hash, tile.count * HASH_SIZE);
    tile.count += 1;
    const data = tile.data.subarray(0, tile.count * HASH_SIZE);
    const key = `${level}/${tile.n}`;
    const grown = this.#dirty.get(key)?.grown ?? tile.count > 1;
    this.#dirty.set(key, { level, n: tile.n, data, grown });
    if (tile.count === TILE_WIDTH) {
      this.#open[level] = { n: tile.n + 1, count: 0, data: new Uint8Array(TILE_WIDTH * HASH_SIZE) };
    }
  }

  /** Tiles changed since this copy was made; to be stored before another copy appends. */
  takeDirty(): DirtyTile[] {
    const out = [...this.#dirty.values()];
    this.#dirty.clear();
    return out;
  }
}
