import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type Database from 'better-sqlite3';
import { FORMAT_1 } from '../../../shared/node/audit/format.ts';
import { ed25519Verify, leafHexOfText, nodeTreeHasher } from '../../../shared/node/audit/hash.ts';
import { equalBytes, toHex } from '../../../shared/proof/bytes.ts';
import {
  type Checkpoint,
  checkSignature,
  parseCheckpoint,
  parseNote,
} from '../../../shared/proof/note.ts';
import { nodesFromTiles, rangeFromNodes } from '../../../shared/proof/tiles.ts';
import { perfectSizes, rootOfRange } from '../../../shared/proof/tree.ts';
import { broken } from './faults.ts';
import type { Signer } from './keys.ts';
import { TreeState } from './tree-state.ts';

export const ANCHOR_FILE = 'anchor.note';
/** Beside the anchor: the newest verdict, and the checkpoint a witness cosigned last. */
export const LAST_VERIFY_FILE = 'last-verify.json';
export const WITNESS_FILE = 'witness.note';

interface Head {
  size: number;
  crange: Buffer;
}

export interface Loaded {
  tree: TreeState;
  lastTs: string;
  newest: number;
  sealed: number;
  note: string | null;
}

/** Throws LEDGER_BROKEN unless the database declares exactly the tables of format 1. */
export function checkSchema(db: Database.Database): void {
  const rows = db
    .prepare('SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name')
    .all() as {
    type: string;
    name: string;
    tbl_name: string;
    sql: string;
  }[];
  const same =
    rows.length === FORMAT_1.length &&
    rows.every((row, i) => {
      const want = FORMAT_1[i]!;
      return (
        row.type === 'table' &&
        row.name === want.name &&
        row.tbl_name === want.name &&
        row.sql === want.sql
      );
    });
  if (!same) throw broken('The audit database does not have the tables of its format.');
}

/**
 * The tree state of an existing log, checked against head row, tiles, the rows of the last tile
 * and the newest checkpoint. Costs a few hundred rows whatever the size of the log.
 * Throws LEDGER_BROKEN at the first thing that does not fit; nothing is repaired.
 */
export function loadState(db: Database.Database): Loaded {
  const hasher = nodeTreeHasher();
  const head = db.prepare('SELECT size, crange FROM head WHERE id = 1').get() as Head | undefined;
  const count = db.prepare('SELECT max(idx) + 1 FROM events').pluck().get() as number | null;
  if (head === undefined || !Number.isSafeInteger(head.size) || head.size !== (count ?? 0)) {
    throw broken('The head of the log does not fit its rows.');
  }
  const { size } = head;
  const hashes = splitHashes(head.crange, size);
  const tileOf = db.prepare('SELECT data FROM tiles WHERE level = ? AND n = ?').pluck();
  const tile = (level: number, n: number) => (tileOf.get(level, n) as Buffer | undefined) ?? null;
  const node = nodesFromTiles(hasher, tile);
  let tree: TreeState;
  try {
    const stored = rangeFromNodes(node, size);
    if (!stored.every((hash, i) => equalBytes(hash, hashes[i]!))) {
      throw broken('The hash tiles do not fit the head of the log.');
    }
    tree = TreeState.load(hasher, size, hashes, tile);
  } catch (error) {
    throw broken('The hash tiles of the log are incomplete.', error);
  }
  const lastTs = checkTail(db, size, tile);
  const newest = db
    .prepare('SELECT size, note FROM checkpoints ORDER BY size DESC LIMIT 1')
    .get() as { size: number; note: string } | undefined;
  if (newest !== undefined) {
    const root = rootOfRange(hasher, newest.size <= size ? rangeFromNodes(node, newest.size) : []);
    checkNewest(newest, size, root);
  }
  const sealed = lastSealed(db, newest?.size ?? 0, size);
  return { tree, lastTs, newest: newest?.size ?? 0, sealed, note: newest?.note ?? null };
}

function splitHashes(crange: Buffer, size: number): Buffer[] {
  if (crange.length !== perfectSizes(size).length * 32)
    throw broken('The head of the log is malformed.');
  return Array.from({ length: crange.length / 32 }, (_, i) => crange.subarray(32 * i, 32 * i + 32));
}

/** Rows under the last leaf tile: bodies, leaf column and tile must agree. Returns the last ts. */
function checkTail(
  db: Database.Database,
  size: number,
  tile: (level: number, n: number) => Buffer | null,
): string {
  if (size === 0) return '';
  const n = Math.floor((size - 1) / 256);
  const data = tile(0, n);
  const rows = db
    .prepare('SELECT idx, leaf, ts, body FROM events WHERE idx >= ? ORDER BY idx LIMIT 257')
    .all(n * 256) as { idx: number; leaf: Buffer; ts: string; body: string | null }[];
  // Rows before the first one here lie in an archived segment; the verifier checks those.
  const first = rows[0]?.idx ?? size;
  const gap = rows.findIndex((row, i) => row.idx !== first + i);
  if (gap >= 0) throw broken(`Record ${first + gap} is missing from the log.`);
  for (const row of rows) {
    const at = (row.idx - n * 256) * 32;
    const fits = data !== null && row.leaf.equals(data.subarray(at, at + 32));
    if (!fits || (row.body !== null && leafHexOfText(row.body) !== row.leaf.toString('hex'))) {
      throw broken(`Record ${row.idx} does not fit the tree of the log.`);
    }
  }
  return rows.at(-1)?.ts ?? '';
}

function checkNewest(newest: { size: number; note: string }, size: number, root: Uint8Array): void {
  const parsed = parseCheckpoint(parseNote(newest.note)?.text ?? '');
  const fits = parsed !== null && newest.size <= size && parsed.size === BigInt(newest.size);
  if (!fits || !equalBytes(parsed.root, root)) {
    throw broken('The newest checkpoint does not fit the log.');
  }
}

/** Whether the newest checkpoint already has its seal (only when rows follow it). */
function lastSealed(db: Database.Database, newest: number, size: number): number {
  const row = db
    .prepare("SELECT max(idx) FROM events WHERE idx >= ? AND type = 'log.seal'")
    .pluck()
    .get(Math.max(0, Math.min(newest, size) - 1024)) as number | null;
  return row ?? 0;
}

/** The signer's own newest checkpoint, or the log belongs to another key. */
export function checkSigner(note: string, signer: Signer): void {
  const parsed = parseNote(note);
  if (parsed === null || checkSignature(ed25519Verify, parsed, signer.key) !== 'ok') {
    throw broken('The newest checkpoint was not signed by the key of this log.');
  }
}

/**
 * A log must never sign two histories: writing goes on only if the log still contains what was
 * anchored outside. Throws LEDGER_BROKEN for a rolled-back or forked log.
 */
export function checkAnchor(
  trustDir: string,
  size: number,
  rootAt: (n: number) => Uint8Array,
): void {
  const anchor = readAnchor(trustDir);
  if (anchor === null) return;
  const anchored = Number(anchor.size);
  if (anchored > size) {
    throw broken(
      `The log has ${size} records but ${anchored} were anchored: it was rolled back or cut.`,
    );
  }
  if (toHex(rootAt(anchored)) !== toHex(anchor.root)) {
    throw broken(`The log differs from what was anchored at size ${anchored}.`);
  }
}

export function readAnchor(trustDir: string): Checkpoint | null {
  const file = join(trustDir, ANCHOR_FILE);
  if (!existsSync(file)) return null;
  const parsed = parseCheckpoint(parseNote(readFileSync(file, 'utf8'))?.text ?? '');
  if (parsed === null) throw broken('The anchor of the log is malformed.');
  return parsed;
}
