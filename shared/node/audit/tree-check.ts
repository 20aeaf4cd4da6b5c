import type Database from 'better-sqlite3';
import { HASH_SIZE, levelSizes, TILE_WIDTH } from '../../proof/tiles.ts';
import { CompactRange } from '../../proof/tree.ts';
import { Disorder } from './disorder.ts';
import type { Findings } from './findings.ts';
import { nodeTreeHasher } from './hash.ts';

const TILE_BYTES = TILE_WIDTH * HASH_SIZE;
/** A tile longer than a full one is read as absent, however long it is. */
export const TILE_SQL = `SELECT CASE WHEN octet_length(data) <= ${TILE_BYTES} THEN data END FROM tiles`;

/** A tile that is being filled. */
export interface Growing {
  n: number;
  count: number;
  data: Uint8Array;
}

/** A tree verified before: its compact range and, per level, the tile that is not full. */
export interface TreeStart {
  size: number;
  range: Uint8Array[];
  levels: Growing[];
}

/**
 * Rebuilds the tree from leaf hashes in order, compares every stored tile with the rebuilt one, and
 * keeps the roots at the sizes asked for. Memory does not grow with the log.
 */
export class TreeCheck {
  readonly #range: CompactRange;
  readonly #levels: Growing[];
  readonly #wanted: ReadonlySet<number>;
  readonly #findings: Findings;
  readonly #tile: Database.Statement;
  readonly #keys: Database.Statement;
  readonly #skipLeafTiles: boolean;
  readonly roots = new Map<number, Uint8Array>();

  constructor(
    db: Database.Database,
    wanted: ReadonlySet<number>,
    findings: Findings,
    skipLeafTiles = false,
    start: TreeStart | null = null,
  ) {
    this.#range = new CompactRange(nodeTreeHasher(), start?.size ?? 0, start?.range ?? []);
    this.#levels = (start?.levels ?? []).map((tile) => ({ ...tile, data: tile.data.slice() }));
    this.#wanted = wanted;
    this.#findings = findings;
    this.#skipLeafTiles = skipLeafTiles;
    this.#tile = db.prepare(`${TILE_SQL} WHERE level = ? AND n = ?`).pluck();
    this.#keys = db
      .prepare('SELECT level, n FROM tiles ORDER BY level, n')
      .raw()
      .safeIntegers(true);
    if (wanted.has(this.size)) this.roots.set(this.size, this.#range.root());
  }

  /** What a later check needs to go on from here. */
  state(): TreeStart {
    return { size: this.size, range: [...this.#range.hashes], levels: this.#levels };
  }

  get size(): number {
    return this.#range.size;
  }

  get range(): CompactRange {
    return this.#range;
  }

  append(leaf: Uint8Array): void {
    this.#range.append(leaf, (height, hash) => {
      if (height % 8 === 0) this.#push(height / 8, hash);
    });
    if (this.#wanted.has(this.#range.size)) this.roots.set(this.#range.size, this.#range.root());
  }

  #push(level: number, hash: Uint8Array): void {
    this.#levels[level] ??= { n: 0, count: 0, data: new Uint8Array(TILE_BYTES) };
    const tile = this.#levels[level]!;
    tile.data.set(hash, tile.count * HASH_SIZE);
    tile.count += 1;
    if (tile.count < TILE_WIDTH) return;
    this.#compare(level, tile);
    tile.n += 1;
    tile.count = 0;
  }

  #compare(level: number, tile: Growing): void {
    if (level === 0 && this.#skipLeafTiles) return;
    const want = tile.data.subarray(0, tile.count * HASH_SIZE);
    const stored: unknown = this.#tile.get(level, tile.n);
    const got = stored instanceof Uint8Array ? stored : new Uint8Array(0);
    if (Buffer.compare(want, got) === 0) return;
    let same = 0;
    while (same < want.length && same < got.length && want[same] === got[same]) same += 1;
    this.#mismatch(level, tile.n, Math.floor(same / HASH_SIZE));
  }

  #mismatch(level: number, n: number, position: number): void {
    const entry = TILE_WIDTH * n + position;
    // A planted level leads beyond what numbers hold, and nothing times infinity is no number.
    const width = level < 100 ? TILE_WIDTH ** level : Number.POSITIVE_INFINITY;
    const index = entry === 0 || level < 0 ? 0 : entry * width;
    this.#findings.add('TILE_MISMATCH', { index, level });
  }

  /** Call after the last leaf: partial tiles, and tiles that should not be there. */
  finish(): void {
    this.#levels.forEach((tile, level) => {
      if (tile.count > 0) this.#compare(level, tile);
    });
    const tilesAt = levelSizes(this.size).map((entries) => Math.ceil(entries / TILE_WIDTH));
    const disorder = new Disorder();
    for (const [level, n] of this.#keys.iterate() as IterableIterator<[unknown, unknown]>) {
      if (typeof level === 'bigint' && typeof n === 'bigint') disorder.see((level << 64n) + n);
      else disorder.see(0n);
      // A file written around the declared types may hold anything as a number.
      if (typeof level !== 'bigint' || typeof n !== 'bigint') {
        this.#findings.add('TILE_MISMATCH', { index: 0, level: 0 });
        continue;
      }
      const expected = level >= 0n && n >= 0n && n < BigInt(tilesAt[Number(level)] ?? 0);
      if (!expected) this.#mismatch(Number(level), Number(n), 0);
    }
  }
}
