import type Database from 'better-sqlite3';
import { equalBytes, fromUtf8 } from '../../proof/bytes.ts';
import { checkSignature, parseCheckpoint, parseNote, type VerifierKey } from '../../proof/note.ts';
import { verifyInclusion } from '../../proof/proofs.ts';
import { nodesFromTiles, rangeFromNodes } from '../../proof/tiles.ts';
import { inclusionPath, type NodeSource, rootOfRange } from '../../proof/tree.ts';
import { Disorder } from './disorder.ts';
import { Findings } from './findings.ts';
import { ed25519Verify, nodeTreeHasher } from './hash.ts';
import { parseEvent } from './row-check.ts';
import { openSource, type Source } from './source.ts';
import { TILE_SQL } from './tree-check.ts';

/** What a receipt of an export states, and what the log says of the same export. */
export interface StatedExport {
  size: number;
  root: Uint8Array;
  format: unknown;
  filter: string;
  rows: number;
  bytes: number;
  sha256: string;
}

const MAX_BODY = 65_536;
const hasher = nodeTreeHasher();

/**
 * Whether the log of now contradicts the receipt of an export: a sentence, or null. An export begins
 * with a row, and its tree ends with that row; it ends with a row that names its `total` and digest.
 * Nothing in the log is trusted: a row counts only when it is proved to lie in a tree that a key of
 * the log signed and that has the exported root at the exported size. So what is gone contradicts
 * nothing: an older or other log, a body that was pruned, a last row lost with its process, a row of
 * the time before `total` was written.
 */
export function contradiction(
  logDir: string,
  stated: StatedExport,
  keys: readonly VerifierKey[],
): string | null {
  let source: Source | null = null;
  try {
    source = openSource(logDir, false, new Findings());
    const tree = source === null ? null : signedTree(source.db, keys);
    if (source === null || tree === null || stated.size < 1 || tree.size < stated.size) return null;
    const same = equalBytes(
      rootOfRange(hasher, rangeFromNodes(tree.node, stated.size)),
      stated.root,
    );
    return same ? judge(source, tree, stated) : null;
  } catch (error) {
    // A log that cannot be read proves nothing; it is not what is verified here.
    if (error instanceof Error) return null;
    throw error;
  } finally {
    source?.close();
  }
}

interface SignedTree {
  size: number;
  root: Uint8Array;
  node: NodeSource;
}

/** The newest checkpoint with the tree that the tiles make of it; null when they do not agree. */
function signedTree(db: Database.Database, keys: readonly VerifierKey[]): SignedTree | null {
  const bytes: unknown = db
    .prepare('SELECT CAST(note AS BLOB) FROM checkpoints ORDER BY size DESC LIMIT 1')
    .pluck()
    .get();
  const note = bytes instanceof Uint8Array ? parseNote(fromUtf8(bytes) ?? '') : null;
  const checkpoint = note === null ? null : parseCheckpoint(note.text);
  if (note === null || checkpoint === null) return null;
  if (checkpoint.size > BigInt(Number.MAX_SAFE_INTEGER)) return null;
  if (!keys.some((key) => checkSignature(ed25519Verify, note, key) === 'ok')) return null;
  const tile = db.prepare(`${TILE_SQL} WHERE level = ? AND n = ?`).pluck();
  const node = nodesFromTiles(hasher, (level, n) => {
    const data: unknown = tile.get(level, n);
    return Buffer.isBuffer(data) ? data : null;
  });
  const size = Number(checkpoint.size);
  const root = rootOfRange(hasher, rangeFromNodes(node, size));
  return equalBytes(root, checkpoint.root) ? { size, root, node } : null;
}

function judge(source: Source, tree: SignedTree, stated: StatedExport): string | null {
  for (const { idx, event } of exportRows(source, tree, stated.size - 1)) {
    const data = event['data'] as Record<string, unknown> | undefined;
    if (idx === stated.size - 1) {
      const began = event['type'] === 'log.export' && statusOf(event) === 'started';
      if (!began || data?.['filter'] !== stated.filter || data['format'] !== stated.format) {
        return 'the log has no such export at this size';
      }
    } else if (event['type'] === 'log.export' && data?.['total'] === stated.size) {
      if (statusOf(event) !== 'ok') return 'by the log, this export was not finished';
      const same = (['sha256', 'bytes', 'rows'] as const).every((k) => data[k] === stated[k]);
      if (!same) return 'the log names another file for this export';
    }
  }
  return null;
}

function statusOf(event: Record<string, unknown>): unknown {
  return (event['result'] as Record<string, unknown> | undefined)?.['status'];
}

/** Row `from`, and the rows of exports after it, each proved to lie in the tree. */
function* exportRows(source: Source, tree: SignedTree, from: number) {
  const disorder = new Disorder();
  const files = source.segments
    .filter(({ to }) => to > from)
    .map(({ file }) => source.openSegment(file))
    .filter((db) => db !== null);
  for (const db of [...files, source.db]) {
    const rows = db
      .prepare(
        `SELECT idx, CASE WHEN octet_length(body) <= ${MAX_BODY} THEN CAST(body AS BLOB) END
         FROM events WHERE idx = ? OR (idx > ? AND type = 'log.export') ORDER BY idx`,
      )
      .raw()
      .iterate(from, from) as IterableIterator<[number, unknown]>;
    for (const [idx, body] of rows) {
      disorder.see(BigInt(idx));
      if (!(body instanceof Uint8Array) || !isIn(tree, idx, body)) continue;
      const event = parseEvent(fromUtf8(body) ?? '');
      if (event !== null && event.seq === idx) yield { idx, event };
    }
  }
}

function isIn(tree: SignedTree, idx: number, body: Uint8Array): boolean {
  if (idx >= tree.size) return false;
  return verifyInclusion(hasher, {
    index: BigInt(idx),
    size: BigInt(tree.size),
    leafHash: hasher.leaf(body),
    root: tree.root,
    proof: inclusionPath(hasher, tree.node, idx, tree.size),
  });
}
