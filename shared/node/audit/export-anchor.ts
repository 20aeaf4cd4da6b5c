import { equalBytes, fromHex } from '../../proof/bytes.ts';
import { parseCheckpoint, parseNote } from '../../proof/note.ts';
import { verifyConsistency } from '../../proof/proofs.ts';
import { nodesFromTiles, rangeFromNodes } from '../../proof/tiles.ts';
import { consistencyPath, rootOfRange } from '../../proof/tree.ts';
import { Findings } from './findings.ts';
import { nodeTreeHasher } from './hash.ts';
import type { Anchor } from './inputs.ts';
import { openSource, type Source } from './source.ts';
import { TILE_SQL } from './tree-check.ts';

/** What the signed receipt of an export says of its tree. */
export interface ExportedTree {
  total: number;
  /** Hex. */
  root: string;
  /** The anchor known at the export with the consistency proof from it; absent in older receipts. */
  anchor?: unknown;
  consistency?: unknown;
}

/**
 * Whether an outside anchor bears an export out. `same`: it is of the exported tree, or a proof of
 * the receipt (from the anchor known at the export) or of the log of now (from or to any other) leads
 * from the one root to the other. `fork`: it names another tree. `unknown`: nothing leads from the one to the other.
 * Nothing in the log is trusted: a proof either leads to the anchored root or it does not.
 */
export function bornOut(
  tree: ExportedTree,
  { checkpoint }: Anchor,
  logDir: string | null,
): 'same' | 'fork' | 'unknown' {
  const root = fromHex(tree.root);
  const [size, total] = [checkpoint.size, BigInt(tree.total)];
  if (root === null) return 'fork';
  if (size === total) return equalBytes(checkpoint.root, root) ? 'same' : 'fork';
  const listed = size < total ? listedAnchor(tree) : null;
  if (listed?.size === size) {
    if (!equalBytes(listed.root, checkpoint.root)) return 'fork';
    const claim = { first: size, second: total, firstRoot: checkpoint.root, secondRoot: root };
    return verifyConsistency(nodeTreeHasher(), { ...claim, proof: listed.proof }) ? 'same' : 'fork';
  }
  if (logDir === null || size > BigInt(Number.MAX_SAFE_INTEGER)) return 'unknown';
  return bornOutByLog(
    logDir,
    { size: tree.total, root },
    { size: Number(size), root: checkpoint.root },
  );
}

interface Sized {
  size: number;
  root: Uint8Array;
}

function bornOutByLog(logDir: string, exported: Sized, anchored: Sized) {
  const [first, second] = [exported, anchored].sort((a, b) => a.size - b.size) as [Sized, Sized];
  const way = first.size === 0 ? null : wayInLog(logDir, first.size, second.size);
  if (way === null) return 'unknown';
  const rootOf = (one: Sized): Uint8Array => (one === first ? way.firstRoot : way.secondRoot);
  if (!equalBytes(rootOf(anchored), anchored.root)) return 'unknown';
  // The log is the anchored one: at the exported size it must have the exported root.
  if (!equalBytes(rootOf(exported), exported.root)) return 'fork';
  const proved = verifyConsistency(nodeTreeHasher(), {
    first: BigInt(first.size),
    second: BigInt(second.size),
    firstRoot: first.root,
    secondRoot: second.root,
    proof: way.proof,
  });
  return proved ? 'same' : 'unknown';
}

function listedAnchor(tree: ExportedTree) {
  const { anchor, consistency } = tree;
  if (typeof anchor !== 'string' || !Array.isArray(consistency)) return null;
  const checkpoint = parseCheckpoint(parseNote(anchor)?.text ?? '');
  const proof = consistency.map((hash) => (typeof hash === 'string' ? fromHex(hash) : null));
  if (checkpoint === null || proof.some((hash) => hash === null)) return null;
  return { size: checkpoint.size, root: checkpoint.root, proof: proof as Uint8Array[] };
}

/** Roots at two sizes and the consistency proof between them from the tiles; null when it has none. */
function wayInLog(logDir: string, first: number, second: number) {
  const hasher = nodeTreeHasher();
  let source: Source | null = null;
  try {
    // As carefully as a log that is verified: a pipe would hang the reader, a view run on for ever.
    source = openSource(logDir, false, new Findings());
    if (source === null) return null;
    const tile = source.db.prepare(`${TILE_SQL} WHERE level = ? AND n = ?`).pluck();
    const node = nodesFromTiles(hasher, (level, n) => {
      const data: unknown = tile.get(level, n);
      return Buffer.isBuffer(data) ? data : null;
    });
    return {
      firstRoot: rootOfRange(hasher, rangeFromNodes(node, first)),
      secondRoot: rootOfRange(hasher, rangeFromNodes(node, second)),
      proof: consistencyPath(hasher, node, first, second),
    };
  } catch (error) {
    // A log that cannot be read proves nothing; it is not what is verified here.
    if (error instanceof Error) return null;
    throw error;
  } finally {
    source?.close();
  }
}
