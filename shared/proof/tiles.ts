import { type NodeSource, perfectSizes, type TreeHasher } from './tree.ts';

/** C2SP 256-wide hash tiles: tile n of level k holds the roots of full tiles of level k - 1. */
export const TILE_WIDTH = 256;
export const HASH_SIZE = 32;

export type TileSource = (level: number, n: number) => Uint8Array | null;

/** Thrown when a proof needs a hash that the tiles do not hold. */
export class TileMissing extends Error {
  override readonly name = 'TileMissing';
}

/** Entries of each tile level for a tree of `size` leaves; levels without an entry are absent. */
export function levelSizes(size: number): number[] {
  const out: number[] = [];
  for (let n = size; n > 0; n = Math.floor(n / TILE_WIDTH)) out.push(n);
  return out;
}

/** Perfect-subtree hashes read from tiles. Throws TileMissing for an absent or short tile. */
export function nodesFromTiles(hasher: TreeHasher, tile: TileSource): NodeSource {
  return (level, index) => {
    const tileLevel = Math.floor(level / 8);
    const width = 2 ** (level % 8);
    const first = index * width;
    const n = Math.floor(first / TILE_WIDTH);
    const data = tile(tileLevel, n);
    const at = (first % TILE_WIDTH) * HASH_SIZE;
    if (data === null || data.length < at + width * HASH_SIZE) {
      throw new TileMissing(`tile ${tileLevel}/${n}`);
    }
    let row: Uint8Array[] = [];
    for (let i = 0; i < width; i++) {
      row.push(data.subarray(at + i * HASH_SIZE, at + (i + 1) * HASH_SIZE));
    }
    while (row.length > 1) {
      const next: Uint8Array[] = [];
      for (let i = 0; i < row.length; i += 2) next.push(hasher.node(row[i]!, row[i + 1]!));
      row = next;
    }
    return row[0]!.slice();
  };
}

/** The compact range of a tree of `size` leaves from its nodes. */
export function rangeFromNodes(node: NodeSource, size: number): Uint8Array[] {
  const out: Uint8Array[] = [];
  let from = 0;
  for (const count of perfectSizes(size)) {
    out.push(node(Math.log2(count), from / count));
    from += count;
  }
  return out;
}
