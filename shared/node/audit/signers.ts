import {
  checkSignature,
  type SignatureState,
  type SignedNote,
  type VerifierKey,
} from '../../proof/note.ts';
import { ed25519Verify } from './hash.ts';

/** A checkpoint and its size. */
export interface Signed {
  note: SignedNote;
  size: bigint;
}

/** Places of the first and the last key that signed, in the list of keys. */
interface Signers {
  state: SignatureState;
  first: number;
  last: number;
}

/**
 * The signature of a receipt, with that of the checkpoint it states. `untrusted` also when the keys
 * do not stand in their order: an old key, stolen before it was destroyed, must not sign a receipt
 * over a later tree. A key may change between the checkpoint and the receipt.
 */
export function signersState(
  keys: readonly VerifierKey[],
  receipt: SignedNote,
  head: Signed | null,
  anchor: Signed | null,
): SignatureState {
  const own = signersOf(receipt, keys);
  if (head === null) return own.state;
  const stated = signersOf(head.note, keys);
  for (const state of ['invalid', 'untrusted'] as const) {
    if (own.state === state || stated.state === state) return state;
  }
  if (stated.first > own.last) return 'untrusted';
  const outside = anchor === null ? null : signersOf(anchor.note, keys);
  if (anchor === null || outside?.state !== 'ok') return 'ok';
  const inTurn =
    anchor.size <= head.size ? outside.first <= stated.last : stated.first <= outside.last;
  return inTurn ? 'ok' : 'untrusted';
}

function signersOf(note: SignedNote, keys: readonly VerifierKey[]): Signers {
  const states = keys.map((one) => checkSignature(ed25519Verify, note, one));
  const state = states.includes('invalid') ? 'invalid' : states.includes('ok') ? 'ok' : 'untrusted';
  return { state, first: states.indexOf('ok'), last: states.lastIndexOf('ok') };
}
