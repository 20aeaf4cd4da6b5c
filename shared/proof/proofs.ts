import { equalBytes } from './bytes.ts';
import type { TreeHasher } from './tree.ts';

/**
 * Proof verification after RFC 9162 2.1.3.2 and 2.1.4.2. Indexes and sizes are BigInt: both are
 * 64-bit in the format and must not be rounded.
 */
export interface InclusionClaim {
  index: bigint;
  size: bigint;
  leafHash: Uint8Array;
  root: Uint8Array;
  proof: readonly Uint8Array[];
}

const HASH_BYTES = 32;

function wellFormed(hashes: readonly Uint8Array[]): boolean {
  return hashes.every((h) => h.length === HASH_BYTES);
}

/** True exactly when the proof shows the leaf at `index` of the tree with this root. */
export function verifyInclusion(hasher: TreeHasher, claim: InclusionClaim): boolean {
  const root = rootFromInclusion(hasher, claim);
  return root !== null && equalBytes(root, claim.root);
}

/** The root an inclusion proof leads to; null when its shape does not fit index and size. */
export function rootFromInclusion(
  hasher: TreeHasher,
  claim: Omit<InclusionClaim, 'root'>,
): Uint8Array | null {
  const { index, size, leafHash, proof } = claim;
  if (index < 0n || index >= size || !wellFormed([leafHash, ...proof])) return null;
  let fn = index;
  let sn = size - 1n;
  let hash = leafHash;
  for (const p of proof) {
    if (sn === 0n) return null;
    if ((fn & 1n) === 1n || fn === sn) {
      hash = hasher.node(p, hash);
      while ((fn & 1n) === 0n && fn !== 0n) {
        fn >>= 1n;
        sn >>= 1n;
      }
    } else {
      hash = hasher.node(hash, p);
    }
    fn >>= 1n;
    sn >>= 1n;
  }
  return sn === 0n ? hash : null;
}

export interface ConsistencyClaim {
  first: bigint;
  second: bigint;
  firstRoot: Uint8Array;
  secondRoot: Uint8Array;
  proof: readonly Uint8Array[];
}

/** True exactly when the tree of `second` leaves extends the tree of `first` leaves. */
export function verifyConsistency(hasher: TreeHasher, claim: ConsistencyClaim): boolean {
  const { first, second, firstRoot, secondRoot, proof } = claim;
  if (first < 0n || second < first || !wellFormed(proof)) return false;
  if (first === second) {
    if (first === 0n && !equalBytes(firstRoot, hasher.empty)) return false;
    return proof.length === 0 && equalBytes(firstRoot, secondRoot);
  }
  // Every tree extends the empty one, so a proof from size 0 would prove nothing.
  if (first === 0n || !wellFormed([firstRoot, secondRoot])) return false;
  const isPower = (first & (first - 1n)) === 0n;
  const path = isPower ? [firstRoot, ...proof] : [...proof];
  const start = path.shift();
  if (start === undefined) return false;
  let fn = first - 1n;
  let sn = second - 1n;
  while ((fn & 1n) === 1n) {
    fn >>= 1n;
    sn >>= 1n;
  }
  let fr = start;
  let sr = start;
  for (const c of path) {
    if (sn === 0n) return false;
    if ((fn & 1n) === 1n || fn === sn) {
      fr = hasher.node(c, fr);
      sr = hasher.node(c, sr);
      while ((fn & 1n) === 0n && fn !== 0n) {
        fn >>= 1n;
        sn >>= 1n;
      }
    } else {
      sr = hasher.node(sr, c);
    }
    fn >>= 1n;
    sn >>= 1n;
  }
  return sn === 0n && equalBytes(fr, firstRoot) && equalBytes(sr, secondRoot);
}
