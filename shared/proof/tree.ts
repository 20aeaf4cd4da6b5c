import { concatBytes } from './bytes.ts';
import type { Sha256 } from './sha256.ts';

/** RFC 6962 hashing: leaves and inner nodes in separate domains (0x00 / 0x01). */
export interface TreeHasher {
  /** Root of no leaves: H(""). */
  readonly empty: Uint8Array;
  leaf(body: Uint8Array): Uint8Array;
  node(left: Uint8Array, right: Uint8Array): Uint8Array;
}

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

export function treeHasher(sha256: Sha256): TreeHasher {
  return {
    empty: sha256(new Uint8Array(0)),
    leaf: (body) => sha256(concatBytes(LEAF, body)),
    node: (left, right) => sha256(concatBytes(NODE, left, right)),
  };
}

/** Largest power of two strictly below n (n >= 2). */
export function splitPoint(n: number): number {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}

/** Sizes of the perfect subtrees of a tree of `size` leaves, left to right (its set bits). */
export function perfectSizes(size: number): number[] {
  const out: number[] = [];
  for (let bit = 2 ** 52, left = size; left > 0; bit /= 2) {
    if (left >= bit) {
      out.push(bit);
      left -= bit;
    }
  }
  return out;
}

/** How many perfect subtrees a tree of `size` leaves has. */
function bitCount(size: number): number {
  let count = 0;
  for (let left = size; left > 0; left = Math.floor(left / 2)) count += left % 2;
  return count;
}

/**
 * The roots of the perfect subtrees of a growing tree, largest first. Enough to append and to
 * give the root; 32 bytes for each set bit of the size.
 */
export class CompactRange {
  readonly #hasher: TreeHasher;
  #size: number;
  #hashes: Uint8Array[];

  /** Throws RangeError when the number of hashes does not belong to `size`. */
  constructor(hasher: TreeHasher, size = 0, hashes: readonly Uint8Array[] = []) {
    if (!Number.isSafeInteger(size) || size < 0 || bitCount(size) !== hashes.length) {
      throw new RangeError('The compact range does not belong to this size.');
    }
    this.#hasher = hasher;
    this.#size = size;
    this.#hashes = [...hashes];
  }

  get size(): number {
    return this.#size;
  }

  get hashes(): readonly Uint8Array[] {
    return this.#hashes;
  }

  /** Adds a leaf; `completed` hears each perfect subtree that it closes (height 0 = the leaf). */
  append(leaf: Uint8Array, completed?: (height: number, hash: Uint8Array) => void): void {
    let hash = leaf;
    let height = 0;
    completed?.(height, hash);
    for (let n = this.#size; n % 2 === 1; n = (n - 1) / 2) {
      hash = this.#hasher.node(this.#hashes.pop()!, hash);
      height += 1;
      completed?.(height, hash);
    }
    this.#hashes.push(hash);
    this.#size += 1;
  }

  root(): Uint8Array {
    return rootOfRange(this.#hasher, this.#hashes);
  }

  encode(): Uint8Array {
    return concatBytes(...this.#hashes);
  }

  copy(): CompactRange {
    return new CompactRange(this.#hasher, this.#size, this.#hashes);
  }
}

/** Root from perfect-subtree roots, folded from the right as RFC 6962 splits. */
export function rootOfRange(hasher: TreeHasher, hashes: readonly Uint8Array[]): Uint8Array {
  let root = hashes.at(-1);
  if (root === undefined) return hasher.empty;
  for (let i = hashes.length - 2; i >= 0; i--) root = hasher.node(hashes[i]!, root);
  return root;
}

/** Hash of the perfect subtree `index` at `level` (level 0 = leaves). */
export type NodeSource = (level: number, index: number) => Uint8Array;

/** Root of the leaves [from, from + count); `from` must be a multiple of the subtree it starts. */
export function subtreeRoot(
  hasher: TreeHasher,
  node: NodeSource,
  from: number,
  count: number,
): Uint8Array {
  if (count === 0) return hasher.empty;
  const level = Math.log2(count);
  if (Number.isInteger(level)) return node(level, from / count);
  const k = splitPoint(count);
  return hasher.node(
    subtreeRoot(hasher, node, from, k),
    subtreeRoot(hasher, node, from + k, count - k),
  );
}

/** RFC 6962 2.1.1 audit path of leaf `index` in the tree of `size` leaves, leaf to root. */
export function inclusionPath(
  hasher: TreeHasher,
  node: NodeSource,
  index: number,
  size: number,
): Uint8Array[] {
  if (!(index >= 0 && index < size))
    throw new RangeError('The leaf is not in a tree of this size.');
  const path: Uint8Array[] = [];
  let from = 0;
  let count = size;
  while (count > 1) {
    const k = splitPoint(count);
    if (index - from < k) {
      path.push(subtreeRoot(hasher, node, from + k, count - k));
      count = k;
    } else {
      path.push(subtreeRoot(hasher, node, from, k));
      from += k;
      count -= k;
    }
  }
  return path.reverse();
}

/** RFC 6962 2.1.2 consistency proof from the tree of `first` leaves to the one of `second`. */
export function consistencyPath(
  hasher: TreeHasher,
  node: NodeSource,
  first: number,
  second: number,
): Uint8Array[] {
  if (!(first >= 0 && first <= second)) throw new RangeError('first must not exceed second.');
  if (first === 0 || first === second) return [];
  const path: Uint8Array[] = [];
  let from = 0;
  let old = first;
  let count = second;
  let whole = true;
  while (old !== count) {
    const k = splitPoint(count);
    if (old <= k) {
      path.push(subtreeRoot(hasher, node, from + k, count - k));
      count = k;
    } else {
      path.push(subtreeRoot(hasher, node, from, k));
      from += k;
      old -= k;
      count -= k;
      whole = false;
    }
  }
  if (!whole) path.push(subtreeRoot(hasher, node, from, count));
  return path.reverse();
}
