import { fromHex } from '../../proof/bytes.ts';
import { type Checkpoint, parseCheckpoint, parseNote, type SignedNote } from '../../proof/note.ts';
import { type Line, Malformed } from './bundle-lines.ts';

const MAX_HASHES = 64;

/** A field that is text. Like the others here, throws Malformed for anything else. */
export function text(line: Line, key: string): string {
  const value = line[key];
  if (typeof value !== 'string') throw new Malformed(`${key} is no text`);
  return value;
}

/** A whole number that no reader rounds. */
export function count(line: Line, key: string): number {
  const value = line[key];
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw new Malformed(`${key}`);
  return value as number;
}

/** One hash in lower-case hex. */
export function hashOf(value: unknown, key: string): Uint8Array {
  const bytes = typeof value === 'string' ? fromHex(value) : null;
  if (bytes === null || bytes.length !== 32) throw new Malformed(`${key}: a hash`);
  return bytes;
}

export function hashes(line: Line, key: string): Uint8Array[] {
  const value = line[key];
  if (!Array.isArray(value) || value.length > MAX_HASHES) throw new Malformed(`${key}`);
  return value.map((item: unknown) => hashOf(item, key));
}

export function signedCheckpoint(source: string): { note: SignedNote; checkpoint: Checkpoint } {
  const note = parseNote(source);
  const checkpoint = note === null ? null : parseCheckpoint(note.text);
  if (note === null || checkpoint === null) throw new Malformed('a checkpoint');
  return { note, checkpoint };
}

/** The outside anchor that was known at an export, and the proof from it to the exported tree. */
export interface Stated {
  checkpoint: Checkpoint;
  proof: Uint8Array[];
}

/** The fields `anchor` and `consistency`; null when there was no anchor. */
export function statedAnchor(line: Line): Stated | null {
  const proof = hashes(line, 'consistency');
  if (line['anchor'] !== null) {
    return { checkpoint: signedCheckpoint(text(line, 'anchor')).checkpoint, proof };
  }
  if (proof.length > 0) throw new Malformed('a proof without its anchor');
  return null;
}
