import type { AuditRecord, InclusionProof } from '../../shared/contract/audit.ts';
import { fromHex, toHex } from '../../shared/proof/bytes.ts';
import { isCanonical } from '../../shared/proof/canonical.ts';
import { rootFromInclusion } from '../../shared/proof/proofs.ts';
import { sha256 } from '../../shared/proof/sha256.ts';
import { splitPoint, treeHasher } from '../../shared/proof/tree.ts';
import { checkNote, type NoteCheck, type VerifyEd25519 } from './check-note.ts';

const hasher = treeHasher(sha256);

/** A node of the path: its hash and the records under it, both ends included. */
export interface ProofNode {
  hash: string;
  from: number;
  to: number;
}

export interface ProofStep {
  left: ProofNode;
  right: ProofNode;
  /** Which of the two was hashed here; the other came with the proof. */
  carried: 'left' | 'right';
  result: ProofNode;
}

export interface ProofCheck {
  /** Hash of the body as it stands, or null when the body is pruned. */
  bodyLeaf: string | null;
  leaf: string;
  canonical: boolean | null;
  columns: boolean | null;
  steps: ProofStep[];
  /** Where the path leads; null when its shape does not fit index and size. */
  root: string | null;
  /** The leaf is in the tree with the signed root: everything above held. */
  included: boolean;
  note: NoteCheck | null;
}

interface Range {
  from: number;
  count: number;
}

/** Ranges of the carried node and its sibling, leaf to root, as RFC 6962 splits the tree. */
export function pathRanges(
  index: number,
  size: number,
): { own: Range; sibling: Range; ownIsLeft: boolean }[] {
  const out: { own: Range; sibling: Range; ownIsLeft: boolean }[] = [];
  let from = 0;
  let count = size;
  while (count > 1) {
    const k = splitPoint(count);
    const left = { from, count: k };
    const right = { from: from + k, count: count - k };
    const ownIsLeft = index < from + k;
    out.push({ own: ownIsLeft ? left : right, sibling: ownIsLeft ? right : left, ownIsLeft });
    ({ from, count } = ownIsLeft ? left : right);
  }
  return out.reverse();
}

const node = (hash: Uint8Array, range: Range): ProofNode => ({
  hash: toHex(hash),
  from: range.from,
  to: range.from + range.count - 1,
});

/** Every hash on the way from the leaf to the root, computed here. */
export function walk(
  index: number,
  size: number,
  leaf: Uint8Array,
  path: readonly Uint8Array[],
): ProofStep[] {
  const ranges = pathRanges(index, size);
  const steps: ProofStep[] = [];
  let hash = leaf;
  for (const [i, range] of ranges.entries()) {
    const sibling = path[i];
    if (sibling === undefined) return steps;
    const { own, sibling: other, ownIsLeft } = range;
    const left = ownIsLeft ? node(hash, own) : node(sibling, other);
    const right = ownIsLeft ? node(sibling, other) : node(hash, own);
    hash = ownIsLeft ? hasher.node(hash, sibling) : hasher.node(sibling, hash);
    const whole = { from: Math.min(own.from, other.from), count: own.count + other.count };
    steps.push({ left, right, carried: ownIsLeft ? 'left' : 'right', result: node(hash, whole) });
  }
  return steps;
}

function bodyChecks(record: AuditRecord): Pick<ProofCheck, 'bodyLeaf' | 'canonical' | 'columns'> {
  if (record.body === null) return { bodyLeaf: null, canonical: null, columns: null };
  const bodyLeaf = toHex(hasher.leaf(new TextEncoder().encode(record.body)));
  let body: unknown;
  try {
    body = JSON.parse(record.body);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    return { bodyLeaf, canonical: false, columns: false };
  }
  const fields = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  return {
    bodyLeaf,
    canonical: isCanonical(record.body, body),
    columns:
      fields['seq'] === record.seq && fields['ts'] === record.ts && fields['type'] === record.type,
  };
}

/** Recomputes one record's way to the signed root. Nothing the helper says is taken for true. */
export async function checkProof(
  record: AuditRecord,
  proof: InclusionProof,
  vkey: string,
  verify: VerifyEd25519,
): Promise<ProofCheck> {
  const checks = bodyChecks(record);
  const leaf = checks.bodyLeaf ?? record.leaf;
  const leafHash = fromHex(leaf) ?? new Uint8Array(0);
  const path = proof.hashes.map((h) => fromHex(h) ?? new Uint8Array(0));
  const root = rootFromInclusion(hasher, {
    index: BigInt(record.seq),
    size: BigInt(proof.size),
    leafHash,
    proof: path,
  });
  const note = proof.note === null ? null : await checkNote(proof.note, vkey, verify);
  const rootHex = root === null ? null : toHex(root);
  return {
    ...checks,
    leaf,
    steps: root === null ? [] : walk(record.seq, proof.size, leafHash, path),
    root: rootHex,
    included:
      checks.bodyLeaf !== null &&
      checks.bodyLeaf === record.leaf &&
      note?.state === 'ok' &&
      note.size === proof.size &&
      note.root === rootHex,
    note,
  };
}
