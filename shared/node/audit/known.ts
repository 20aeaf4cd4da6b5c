import {
  accessSync,
  constants,
  existsSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { dirname, resolve } from 'node:path';
import type Database from 'better-sqlite3';
import { concatBytes, fromHex, toHex } from '../../proof/bytes.ts';
import { type Checkpoint, formatVkey, parseVkey, type VerifierKey } from '../../proof/note.ts';
import { verifyConsistency } from '../../proof/proofs.ts';
import { HASH_SIZE, levelSizes, nodesFromTiles, TILE_WIDTH } from '../../proof/tiles.ts';
import { CompactRange, consistencyPath, perfectSizes } from '../../proof/tree.ts';
import { nodeTreeHasher, sha256 } from './hash.ts';
import { InputUnreadable } from './inputs.ts';
import type { Epoch } from './note-check.ts';
import { TILE_SQL, type TreeStart } from './tree-check.ts';

/** What a verification that found nothing established; the next one may go on from there. */
export interface Known {
  tree: TreeStart;
  lastTs: string;
  /** Changes of key so far. */
  epochs: Epoch[];
}

/** Beside the trusted key, never in the log folder. */
export const KNOWN_FILE = 'verified.json';
const MAX_BYTES = 4_194_304;

interface Stored {
  vkey: string;
  size: number;
  range: string;
  tiles: string[];
  lastTs: string;
  keys: { after: number; vkey: string }[];
}

function vkeyOf(key: VerifierKey): string {
  return formatVkey(sha256, key.name, key.publicKey);
}

/** Whether a state could be kept here. */
export function isWritable(file: string | null): boolean {
  try {
    if (file !== null) accessSync(dirname(resolve(file)), constants.W_OK);
    return file !== null;
  } catch (error) {
    if (error instanceof Error) return false;
    throw error;
  }
}

/** Writes the state in one step. Throws InputUnreadable when the place does not permit it. */
export function keepKnown(file: string | null, key: VerifierKey, known: Known | undefined): void {
  if (file === null || known === undefined) return;
  const { size, range, levels } = known.tree;
  const stored: Stored = {
    vkey: vkeyOf(key),
    size,
    range: toHex(concatBytes(...range)),
    tiles: levels.map((tile) => toHex(tile.data.subarray(0, tile.count * HASH_SIZE))),
    lastTs: known.lastTs,
    keys: known.epochs.map((epoch) => ({ after: epoch.after, vkey: vkeyOf(epoch.key) })),
  };
  const part = `${file}.${process.pid}.part`;
  try {
    writeFileSync(part, `${JSON.stringify(stored)}\n`, { mode: 0o600 });
    renameSync(part, file);
  } catch (error) {
    throw new InputUnreadable(`The state of the verification cannot be kept: ${file}.`, {
      cause: error,
    });
  }
}

/**
 * The state kept for this key; null when there is none (then everything is read). Throws
 * InputUnreadable for a damaged one: it must not silently count as none.
 */
export function readKnown(file: string | null, key: VerifierKey): Known | null {
  if (file === null || !existsSync(file)) return null;
  try {
    const text = readFileSync(file, 'utf8');
    if (text.length > MAX_BYTES) throw new Error('too large');
    const stored = JSON.parse(text) as Stored;
    if (typeof stored.vkey !== 'string') throw new Error('vkey');
    // Another log was verified from here before: nothing is known of this one.
    if (stored.vkey !== vkeyOf(key)) return null;
    return decode(stored, key);
  } catch (error) {
    throw new InputUnreadable(`The state of the last verification is damaged: ${file}.`, {
      cause: error,
    });
  }
}

function decode(stored: Stored, key: VerifierKey): Known {
  const { size } = stored;
  const bytes = fromHex(stored.range);
  if (!Number.isSafeInteger(size) || size < 0 || bytes === null) throw new Error('size');
  if (bytes.length !== perfectSizes(size).length * HASH_SIZE) throw new Error('range');
  const range = split(bytes);
  const tree = { size, range, levels: stored.tiles.map((text, level) => tile(text, size, level)) };
  if (tree.levels.length < levelSizes(size).length) throw new Error('tiles');
  checkTiles(tree);
  if (typeof stored.lastTs !== 'string') throw new Error('time');
  const epochs = stored.keys.map(({ after, vkey }) => {
    const next = parseVkey(sha256, vkey);
    if (next === null || next.name !== key.name || !Number.isSafeInteger(after)) {
      throw new Error('key');
    }
    return { after, key: next };
  });
  return { tree, lastTs: stored.lastTs, epochs };
}

function split(bytes: Uint8Array): Uint8Array[] {
  const at = (i: number): Uint8Array => bytes.slice(i * HASH_SIZE, (i + 1) * HASH_SIZE);
  return Array.from({ length: bytes.length / HASH_SIZE }, (_, i) => at(i));
}

function tile(text: string, size: number, level: number) {
  const bytes = fromHex(text);
  const entries = Math.floor(size / TILE_WIDTH ** level);
  const count = entries % TILE_WIDTH;
  if (bytes === null || bytes.length !== count * HASH_SIZE) throw new Error('tile');
  const data = new Uint8Array(TILE_WIDTH * HASH_SIZE);
  data.set(bytes);
  return { n: Math.floor(entries / TILE_WIDTH), count, data };
}

/** The open tiles must lead to the same roots as the range, else later rows hash to nonsense. */
function checkTiles(tree: TreeStart): void {
  const hasher = nodeTreeHasher();
  const peaks: Uint8Array[] = [];
  for (const { count, data } of [...tree.levels].reverse()) {
    const range = new CompactRange(hasher);
    for (const hash of split(data.subarray(0, count * HASH_SIZE))) range.append(hash);
    peaks.push(...range.hashes);
  }
  if (toHex(concatBytes(...peaks)) !== toHex(concatBytes(...tree.range))) throw new Error('tiles');
}

/**
 * Whether the tree verified before extends an anchor smaller than it: proved by hashes from the
 * stored tiles, which need no trust, because the proof must lead to both roots.
 */
export function extendsAnchor(db: Database.Database, anchor: Checkpoint, tree: TreeStart): boolean {
  const hasher = nodeTreeHasher();
  if (anchor.size === 0n) return true;
  const get = db.prepare(`${TILE_SQL} WHERE level = ? AND n = ?`).pluck();
  const source = (level: number, n: number) => {
    const data: unknown = get.get(level, n);
    return data instanceof Uint8Array ? data : null;
  };
  try {
    const node = nodesFromTiles(hasher, source);
    const proof = consistencyPath(hasher, node, Number(anchor.size), tree.size);
    return verifyConsistency(hasher, {
      first: anchor.size,
      second: BigInt(tree.size),
      firstRoot: anchor.root,
      secondRoot: new CompactRange(hasher, tree.size, tree.range).root(),
      proof,
    });
  } catch (error) {
    if (error instanceof Error && error.name === 'TileMissing') return false;
    throw error;
  }
}
