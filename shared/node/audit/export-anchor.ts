import { equalBytes } from '../../proof/bytes.ts';
import { verifyConsistency } from '../../proof/proofs.ts';
import { nodesFromTiles, rangeFromNodes } from '../../proof/tiles.ts';
import { consistencyPath, rootOfRange } from '../../proof/tree.ts';
import type { Stated } from './bundle-fields.ts';
import { Findings } from './findings.ts';
import { nodeTreeHasher } from './hash.ts';
import type { Anchor } from './inputs.ts';
import { openSource, type Source } from './source.ts';
import { TILE_SQL } from './tree-check.ts';

interface Sized {
  size: number;
  root: Uint8Array;
}

/** What an export says of its tree. */
export interface ExportedTree extends Sized {
  stated: Stated | null;
}

/** Whether the export's own proof leads from the anchor it states to its tree. */
export function leadsOn({ size, root, stated }: ExportedTree): boolean {
  if (stated === null) return true;
  const { checkpoint, proof } = stated;
  return verifyConsistency(nodeTreeHasher(), {
    first: checkpoint.size,
    second: BigInt(size),
    firstRoot: checkpoint.root,
    secondRoot: root,
    proof,
  });
}

/**
 * Whether an outside anchor bears an export out. `same`: it is of the exported tree, or a proof of
 * the export (from the anchor known when it began) or of the log of now (from or to any other) leads
 * from the one root to the other. `fork`: it names another tree. `unknown`: nothing leads from the
 * one to the other. Nothing in the log is trusted: a proof leads to the anchored root or it does not.
 */
export function bornOut(
  tree: ExportedTree,
  { checkpoint }: Anchor,
  logDir: string | null,
): 'same' | 'fork' | 'unknown' {
  const { size, root } = checkpoint;
  const { stated } = tree;
  if (size === BigInt(tree.size)) return equalBytes(root, tree.root) ? 'same' : 'fork';
  if (size < BigInt(tree.size) && stated?.checkpoint.size === size) {
    return equalBytes(stated.checkpoint.root, root) && leadsOn(tree) ? 'same' : 'fork';
  }
  if (logDir === null || size > BigInt(Number.MAX_SAFE_INTEGER)) return 'unknown';
  return bornOutByLog(logDir, tree, { size: Number(size), root });
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
