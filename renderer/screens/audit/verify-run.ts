import type { CheckpointView } from '../../../shared/contract/audit.ts';
import type { NoteCheck } from '../../workers/check-note.ts';
import { type Epoch, keyAt, keyChain } from '../../workers/key-chain.ts';
import type { Fed } from '../../workers/messages.ts';
import type { SessionEnd } from '../../workers/verify-session.ts';

/** A checkpoint this browser saw and checked before; a witness that no helper can rewrite. */
export interface Pin {
  vkey: string;
  size: number;
  root: string;
  at: string;
}

export type Verdict =
  | {
      kind: 'verified' | 'unanchored';
      size: number;
      root: string;
      sealed: number;
      sealedRoot: string;
      vkey: string;
      witness: { size: number; at: string; who: 'browser' | 'anchor' } | null;
      /** The ledger of another key that this browser knew under the project; never verified then. */
      replaced?: { size: number; at: string };
    }
  | { kind: 'uncovered'; size: number; root: string; sealed: number }
  | {
      kind: 'broken';
      code: string;
      /** First record that does not hold, or the first of the interval. */
      seq: number;
      /** Last record of the interval; null when the record is exact. */
      upto: number | null;
      expected: string;
      found: string;
      /** Size of the newest checkpoint before it that still holds; 0: none. */
      good: number;
    }
  | { kind: 'cancelled'; size: number }
  | { kind: 'unsupported' };

/** What a verification needs of the helper and of the worker. */
export interface VerifyPorts {
  /** Reads the next records into the tree; throws AkiosError when the helper does not give them. */
  read(from: number, count: number, total: number): Promise<Fed>;
  checkpoint(size?: number): Promise<{ checkpoint: CheckpointView | null; vkey: string }>;
  begin(wanted: number[]): Promise<null>;
  finish(): Promise<SessionEnd>;
  root(size: number): Promise<string | null>;
  note(note: string, vkey: string): Promise<NoteCheck>;
  progress(done: number, total: number): void;
  cancelled(): boolean;
}

export interface VerifyInput {
  total: number;
  pin: Pin | null;
  anchor: { size: number; at: string; note?: string | undefined } | null;
}

export const RANGE = 2000;

/** Reads every record in ranges and compares the rebuilt tree with the signed checkpoint. */
export async function verifyAll(ports: VerifyPorts, input: VerifyInput): Promise<Verdict> {
  const newest = await ports.checkpoint();
  const { vkey } = newest;
  const signed = newest.checkpoint;
  const wanted = [signed?.size, input.pin?.size, input.anchor?.size].filter((n) => n !== undefined);
  await ports.begin(wanted);
  const total = Math.max(input.total, signed?.size ?? 0);
  const read = await readAll(ports, total);
  if (read.cancelled) return { kind: 'cancelled', size: read.size };
  const end = await ports.finish();
  const tree: Tree = { ports, end, vkey, keys: await keysOf(ports, vkey, end) };
  const broken = end.broken;
  if (broken !== null) {
    const sizes = end.sealSizes.filter((n) => n <= broken.seq);
    const good = await lastGood(tree, sizes);
    return { kind: 'broken', ...broken, upto: null, good };
  }
  if (signed === null) {
    return { kind: 'uncovered', size: end.size, root: end.root, sealed: 0 };
  }
  return signedVerdict(tree, input, signed);
}

/** The tree that was rebuilt here, and the keys its own records hand on. */
interface Tree {
  ports: VerifyPorts;
  end: SessionEnd;
  vkey: string;
  keys: readonly Epoch[];
}

const keysOf = (ports: VerifyPorts, vkey: string, end: SessionEnd): Promise<Epoch[]> =>
  keyChain(
    {
      noteAt: async (size) => (await ports.checkpoint(size)).checkpoint?.note ?? null,
      check: ports.note,
      rootAt: (size) => (size === end.size ? Promise.resolve(end.root) : ports.root(size)),
    },
    vkey,
    end.rotations,
  );

async function signedVerdict(
  tree: Tree,
  input: VerifyInput,
  signed: CheckpointView,
): Promise<Verdict> {
  const { ports, end, vkey } = tree;
  const note = await ports.note(signed.note, keyAt(tree.keys, signed.size));
  if (note.state === 'unsupported') return { kind: 'unsupported' };
  const state = note.state === 'ok' && note.size !== signed.size ? 'malformed' : note.state;
  if (state !== 'ok') return unsigned(tree, state);
  if (note.size > end.size) {
    return changed('TRUNCATED', end.size, String(note.size), String(end.size), end.size);
  }
  const found = note.size === end.size ? end.root : await ports.root(note.size);
  if (found !== note.root) return locate(tree, note, found ?? '');
  return witnessed(tree, input, {
    size: end.size,
    root: end.root,
    sealed: note.size,
    sealedRoot: note.root,
    vkey,
  });
}

const changed = (
  code: string,
  seq: number,
  expected: string,
  found: string,
  good: number,
): Verdict => ({
  kind: 'broken',
  code,
  seq,
  upto: null,
  expected,
  found,
  good,
});

async function readAll(
  ports: VerifyPorts,
  total: number,
): Promise<{ cancelled: boolean; size: number }> {
  let size = 0;
  while (size < total) {
    if (ports.cancelled()) return { cancelled: true, size };
    const fed = await ports.read(size, Math.min(RANGE, total - size), total);
    if (fed.broken !== null || fed.size === size) break;
    size = fed.size;
    ports.progress(size, total);
  }
  return { cancelled: ports.cancelled(), size };
}

/** Whether the helper has a checkpoint of this size, signed by its key, of the rebuilt tree. */
async function holds({ ports, keys }: Tree, size: number): Promise<boolean> {
  const { checkpoint } = await ports.checkpoint(size);
  if (checkpoint === null) return false;
  const note = await ports.note(checkpoint.note, keyAt(keys, size));
  return note.state === 'ok' && note.size === size && note.root === (await ports.root(size));
}

/** Newest size of the list whose signed root equals the rebuilt one; halves the list each time. */
async function lastGood(tree: Tree, sizes: readonly number[]): Promise<number> {
  let low = 0;
  let high = sizes.length;
  while (low < high) {
    const mid = (low + high) >> 1;
    if (await holds(tree, sizes[mid]!)) low = mid + 1;
    else high = mid;
  }
  return low === 0 ? 0 : sizes[low - 1]!;
}

/** Every body fits its leaf and yet the signed root is another one: the change is in between. */
async function locate(tree: Tree, note: NoteCheck, found: string): Promise<Verdict> {
  const sizes = tree.end.sealSizes;
  const good = await lastGood(
    tree,
    sizes.filter((n) => n < note.size),
  );
  const next = sizes.find((n) => n > good) ?? note.size;
  return {
    kind: 'broken',
    code: 'ROOT_MISMATCH',
    seq: good,
    upto: Math.min(next, note.size) - 1,
    expected: note.root,
    found,
    good,
  };
}

/**
 * The newest checkpoint is not signed by a key this ledger handed on. A changed record breaks the
 * chain of keys, too, so the first checkpoint that fails says which of the two it is.
 */
async function unsigned(tree: Tree, state: string): Promise<Verdict> {
  const { ports, end, keys } = tree;
  const good = await lastGood(tree, end.sealSizes);
  const next = end.sealSizes.find((n) => n > good);
  const { checkpoint } = next === undefined ? { checkpoint: null } : await ports.checkpoint(next);
  if (checkpoint !== null) {
    const note = await ports.note(checkpoint.note, keyAt(keys, checkpoint.size));
    if (note.state === 'ok') return locate(tree, note, (await ports.root(note.size)) ?? '');
  }
  const code = `NOTE_${state.toUpperCase().replaceAll(' ', '_')}`;
  return changed(code, good, 'a valid signature', state, good);
}

/** The root that an anchored note signed at a size; null when no key of this ledger signed it. */
async function anchored({ ports, keys }: Tree, size: number, note: string): Promise<string | null> {
  const seen = await ports.note(note, keyAt(keys, size));
  return seen.state === 'ok' && seen.size === size ? seen.root : null;
}

async function witnessed(
  tree: Tree,
  { pin, anchor }: VerifyInput,
  what: { size: number; root: string; sealed: number; sealedRoot: string; vkey: string },
): Promise<Verdict> {
  const { ports } = tree;
  if (pin !== null && pin.vkey !== what.vkey) {
    const replaced = { size: pin.size, at: pin.at };
    return { kind: 'unanchored', ...what, witness: null, replaced };
  }
  if (pin !== null) {
    if (pin.size > what.size) {
      return changed('ROLLBACK', what.size, String(pin.size), String(what.size), what.size);
    }
    const root = pin.size === what.size ? what.root : await ports.root(pin.size);
    if (root !== pin.root) return changed('FORK', 0, pin.root, root ?? '', 0);
    return { kind: 'verified', ...what, witness: { size: pin.size, at: pin.at, who: 'browser' } };
  }
  const seen = anchor?.note === undefined ? null : await anchored(tree, anchor.size, anchor.note);
  if (anchor === null || seen === null) return { kind: 'unanchored', ...what, witness: null };
  const { size, at } = anchor;
  if (size > what.size) {
    return changed('ROLLBACK', what.size, String(size), String(what.size), what.size);
  }
  const root = size === what.size ? what.root : await ports.root(size);
  if (root !== seen) return changed('FORK', 0, seen, root ?? '', 0);
  return { kind: 'verified', ...what, witness: { size, at, who: 'anchor' } };
}
