import { toHex } from '../../shared/proof/bytes.ts';
import { checkSignature, parseCheckpoint, parseNote, parseVkey } from '../../shared/proof/note.ts';
import { sha256 } from '../../shared/proof/sha256.ts';

export type NoteState = 'ok' | 'malformed' | 'invalid' | 'untrusted' | 'bad key' | 'unsupported';

export interface NoteCheck {
  state: NoteState;
  /** What the note says; only to be believed when the state is ok. */
  size: number;
  root: string;
}

/** Pure Ed25519 over bytes; null when this browser cannot. */
export type VerifyEd25519 = (
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
) => Promise<boolean | null>;

const own = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(bytes);

/** WebCrypto's Ed25519. The note's own code has already refused S above the group order. */
export const webCryptoEd25519: VerifyEd25519 = async (publicKey, message, signature) => {
  try {
    const key = await crypto.subtle.importKey('raw', own(publicKey), 'Ed25519', false, ['verify']);
    return await crypto.subtle.verify('Ed25519', key, own(signature), own(message));
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'NotSupportedError') return null;
    if (cause instanceof DOMException) return false;
    throw cause;
  }
};

const NOTHING = { size: 0, root: '' };

/** Checks a signed checkpoint against a verifier key: form, key, origin, signature. */
export async function checkNote(
  text: string,
  vkey: string,
  verify: VerifyEd25519,
): Promise<NoteCheck> {
  const key = parseVkey(sha256, vkey.trim());
  if (key === null) return { state: 'bad key', ...NOTHING };
  const note = parseNote(text);
  const checkpoint = note === null ? null : parseCheckpoint(note.text);
  if (note === null || checkpoint === null || checkpoint.size > BigInt(Number.MAX_SAFE_INTEGER)) {
    return { state: 'malformed', ...NOTHING };
  }
  const said = { size: Number(checkpoint.size), root: toHex(checkpoint.root) };
  if (checkpoint.origin !== key.name) return { state: 'untrusted', ...said };
  const jobs: [Uint8Array, Uint8Array, Uint8Array][] = [];
  const shape = checkSignature(
    (publicKey, message, signature) => {
      jobs.push([publicKey, message, signature]);
      return true;
    },
    note,
    key,
  );
  if (shape !== 'ok' || jobs.length === 0) {
    return { state: shape === 'untrusted' ? 'untrusted' : 'invalid', ...said };
  }
  for (const job of jobs) {
    const good = await verify(...job);
    if (good === null) return { state: 'unsupported', ...said };
    if (!good) return { state: 'invalid', ...said };
  }
  return { state: 'ok', ...said };
}
