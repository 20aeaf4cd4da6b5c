import type { NoteCheck } from './check-note.ts';
import type { Rotation } from './verify-session.ts';

/** A key and the size after which it counts. */
export interface Epoch {
  after: number;
  vkey: string;
}

/** What is needed to follow one change of key. */
export interface RotationPorts {
  /** The signed note of exactly this size; null when there is none. */
  noteAt(size: number): Promise<string | null>;
  check(note: string, vkey: string): Promise<NoteCheck>;
  /** Root of the first `size` records, known otherwise than from the note. */
  rootAt(size: number): Promise<string | null>;
}

/**
 * The keys of a ledger in order of force. A rotation counts only when the checkpoint that covers
 * its event is signed by the key in force and by the next one, and its root is the tree's: whoever
 * can write records but not sign can announce a key, and nothing follows from it.
 */
export async function keyChain(
  ports: RotationPorts,
  first: string,
  rotations: readonly Rotation[],
): Promise<Epoch[]> {
  const epochs: Epoch[] = [{ after: 0, vkey: first }];
  for (const { size, vkey } of rotations) {
    const note = await ports.noteAt(size);
    if (note === null) continue;
    const root = await ports.rootAt(size);
    const holds = ({ state, ...said }: NoteCheck): boolean =>
      state === 'ok' && said.size === size && said.root === root;
    if (!holds(await ports.check(note, keyAt(epochs, size)))) continue;
    if (holds(await ports.check(note, vkey))) epochs.push({ after: size, vkey });
  }
  return epochs;
}

/** The key that counts for a checkpoint of this size. */
export function keyAt(epochs: readonly Epoch[], size: number): string {
  const epoch = epochs.findLast(({ after }) => after < size) ?? epochs[0];
  if (epoch === undefined) throw new Error('A ledger has a first key.');
  return epoch.vkey;
}
