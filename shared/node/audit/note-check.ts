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
  epochs: Epoch[];
  any: boolean;
}

/** Reads all checkpoint rows; malformed ones are findings and take no further part. */
export function readNotes(db: Database.Database, findings: Findings): StoredNote[] {
  const rows = db
    .prepare('SELECT size, CAST(note AS BLOB) FROM checkpoints ORDER BY size')
    .raw()
    .safeIntegers(true)
    .all() as [bigint, unknown][];
  return rows.map(([size, bytes]) => {
    const text = bytes instanceof Uint8Array ? fromUtf8(bytes) : null;
    const note = text === null ? null : parseNote(text);
    const checkpoint = note === null ? null : parseCheckpoint(note.text);
    const fits = checkpoint !== null && checkpoint.size === size;
    if (!fits) findings.add('NOTE_MALFORMED', { index: Number(size) });
    return {
      size,
      at: Number(size),
      note: fits ? note : null,
      checkpoint: fits ? checkpoint : null,
    };
  });
}

/** Sizes at which the tree's root is needed. */
export function wantedSizes(notes: readonly StoredNote[]): Set<number> {
  return new Set(notes.filter((n) => n.checkpoint !== null).map((n) => n.at));
}

export interface NoteContext {
  findings: Findings;
  key: VerifierKey;
  rows: number;
  roots: ReadonlyMap<number, Uint8Array>;
  /** The authenticated body of a row, for key rotations; null when it does not hash to its leaf. */
  bodyOf(idx: number): string | null;
}

/**
 * Signatures, origins and roots, oldest first. A rotation takes effect only after a checkpoint that
 * the old key signed, whose root matches, and which the new key signed too.
 */
export function checkNotes(notes: readonly StoredNote[], context: NoteContext): NoteResult {
  const { findings, rows } = context;
  const valid = new Set<number>();
  const matched: number[] = [];
  const epochs: Epoch[] = [{ after: 0, key: context.key }];
  let newestValid = 0;
  let truncated = false;
  for (const { size, at, note, checkpoint } of notes) {
    if (note === null || checkpoint === null) continue;
    const { key } = epochs.at(-1)!;
    if (!checkOrigin(checkpoint, note, key, at, findings)) continue;
    valid.add(at);
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
    const next = rotatedKey(at, note, context);
    if (next !== null) epochs.push({ after: at, key: next });
  }
  return { valid, matched, newestValid, epochs, any: notes.length > 0 };
}

function checkOrigin(
  checkpoint: Checkpoint,
  note: SignedNote,
  key: VerifierKey,
  at: number,
  findings: Findings,
): boolean {
  const state = checkSignature(ed25519Verify, note, key);
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
