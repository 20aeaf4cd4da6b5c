import type Database from 'better-sqlite3';
import { equalBytes, fromUtf8 } from '../../proof/bytes.ts';
import {
  type Checkpoint,
  checkSignature,
  parseCheckpoint,
  parseNote,
  parseVkey,
  type SignedNote,
  type VerifierKey,
} from '../../proof/note.ts';
import { Disorder, outOfOrder } from './disorder.ts';
import type { Findings } from './findings.ts';
import { ed25519Verify, sha256 } from './hash.ts';

interface StoredNote {
  /** The row's size column, and the same as a number for reports. */
  size: bigint;
  at: number;
  note: SignedNote | null;
  checkpoint: Checkpoint | null;
}

/** A key and the size after which its signatures count (0 for the first key). */
export interface Epoch {
  after: number;
  key: VerifierKey;
}

export interface NoteResult {
  /** Sizes whose checkpoint is well formed and signed by the key in force. */
  valid: ReadonlySet<number>;
  /** Sizes whose root matched, ascending. */
  matched: number[];
  newestValid: number;
  /** Root that the newest of them states. */
  newestRoot: Uint8Array | null;
  epochs: Epoch[];
}

/** A genuine note is a few hundred bytes; cosigned ones a few thousand. */
const MAX_NOTE = 65_536;
const BATCH = 500;
/** Bad signatures judged one by one; with this many, the rest of the bad ones adds nothing. */
const MAX_INVALID = 50_000;

/** Checkpoint rows from size `from` on, in order, a few at a time. */
function* storedNotes(db: Database.Database, from: number): Generator<StoredNote> {
  const rows = db
    .prepare(
      `SELECT size, CASE WHEN octet_length(note) <= ${MAX_NOTE} THEN CAST(note AS BLOB) END
       FROM checkpoints WHERE size >= ? ORDER BY size LIMIT ${BATCH}`,
    )
    .raw()
    .safeIntegers(true);
  for (let next = from === 0 ? -(2n ** 63n) : BigInt(from); next < 2n ** 63n; ) {
    const batch = rows.all(next) as [bigint, unknown][];
    for (const [size, bytes] of batch) yield storedNote(size, bytes);
    if (batch.length < BATCH) return;
    const last = batch.at(-1)![0];
    if (last < next) throw outOfOrder();
    next = last + 1n;
  }
}

function storedNote(size: bigint, bytes: unknown): StoredNote {
  const text = bytes instanceof Uint8Array ? fromUtf8(bytes) : null;
  const note = text === null ? null : parseNote(text);
  const checkpoint = note === null ? null : parseCheckpoint(note.text);
  const fits = checkpoint !== null && checkpoint.size === size;
  return {
    size,
    at: Number(size),
    note: fits ? note : null,
    checkpoint: fits ? checkpoint : null,
  };
}

/** Sizes at which the tree's root is needed; none beyond the rows, however many rows claim more. */
export function wantedSizes(db: Database.Database, from: number): Set<number> {
  const last = db.prepare('SELECT max(idx) FROM events').pluck().get() as number | null;
  const sizes = db
    .prepare('SELECT size FROM checkpoints WHERE size >= ? AND size <= ? ORDER BY size')
    .pluck()
    .iterate(from, Math.min((last ?? -1) + 1, Number.MAX_SAFE_INTEGER));
  const wanted = new Set<number>();
  const disorder = new Disorder();
  for (const size of sizes as IterableIterator<number>) {
    disorder.see(BigInt(size));
    wanted.add(size);
  }
  return wanted;
}

export interface NoteContext {
  findings: Findings;
  key: VerifierKey;
  rows: number;
  roots: ReadonlyMap<number, Uint8Array>;
  /** Where the check begins: sizes below were checked before, and so were these keys. */
  from: number;
  epochs: readonly Epoch[];
  /** The authenticated body of a row, for key rotations; null when it does not hash to its leaf. */
  bodyOf(idx: number): string | null;
}

/**
 * Signatures, origins and roots, oldest first. A rotation takes effect only after a checkpoint that
 * the old key signed, whose root matches, and which the new key signed too.
 */
export function checkNotes(db: Database.Database, context: NoteContext): NoteResult {
  const { findings, rows } = context;
  const valid = new Set<number>();
  const matched: number[] = [];
  const epochs: Epoch[] = [{ after: 0, key: context.key }, ...context.epochs];
  const quota = { left: MAX_INVALID };
  let newestValid = 0;
  let newestRoot: Uint8Array | null = null;
  let truncated = false;
  let any = false;
  for (const { size, at, note, checkpoint } of storedNotes(db, context.from)) {
    any = true;
    if (note === null || checkpoint === null) {
      findings.add('NOTE_MALFORMED', { index: at });
      continue;
    }
    const { key } = epochs.findLast((epoch) => epoch.after < at || epoch.after === 0)!;
    if (!checkOrigin(checkpoint, note, key, at, findings, quota)) continue;
    valid.add(at);
    newestRoot = checkpoint.root;
    if (size > BigInt(rows)) {
      if (!truncated) findings.add('TRUNCATED', { index: rows, upto: at });
      truncated = true;
      newestValid = rows;
      continue;
    }
    newestValid = at;
    const after = matched.at(-1) ?? 0;
    const root = context.roots.get(at);
    if (root === undefined || !equalBytes(root, checkpoint.root)) {
      findings.add('ROOT_MISMATCH', { index: after, after, upto: at });
      continue;
    }
    matched.push(at);
    const next = at === context.from && at > 0 ? null : rotatedKey(at, note, context);
    if (next !== null) epochs.push({ after: at, key: next });
  }
  if (!any) findings.add('NO_CHECKPOINT', { index: 0 });
  return { valid, matched, newestValid, newestRoot, epochs };
}

function checkOrigin(
  checkpoint: Checkpoint,
  note: SignedNote,
  key: VerifierKey,
  at: number,
  findings: Findings,
  quota: { left: number },
): boolean {
  const state = quota.left > 0 ? checkSignature(ed25519Verify, note, key) : 'invalid';
  if (state === 'invalid') quota.left -= 1;
  if (checkpoint.origin !== key.name) findings.add('ORIGIN_MISMATCH', { index: at });
  if (state === 'invalid') findings.add('SIG_INVALID', { index: at });
  if (state === 'untrusted') findings.add('SIG_UNTRUSTED_KEY', { index: at });
  return state === 'ok' && checkpoint.origin === key.name;
}

function rotatedKey(at: number, note: SignedNote, context: NoteContext): VerifierKey | null {
  if (at === 0 || note.signatures.length < 2) return null;
  const body = context.bodyOf(at - 1);
  if (body === null) return null;
  const event = JSON.parse(body) as Record<string, unknown>;
  if (event['type'] !== 'log.key_rotate' || typeof event['rotate'] !== 'string') return null;
  const key = parseVkey(sha256, event['rotate']);
  if (key === null || key.name !== context.key.name) return null;
  return checkSignature(ed25519Verify, note, key) === 'ok' ? key : null;
}

/** The key that counts for a checkpoint of this size. */
export function keyAt(epochs: readonly Epoch[], size: bigint): VerifierKey {
  let key = epochs[0]!.key;
  for (const epoch of epochs) if (BigInt(epoch.after) < size) key = epoch.key;
  return key;
}
