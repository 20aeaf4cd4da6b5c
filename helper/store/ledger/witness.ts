import { AkiosError } from '../../../shared/domain/errors.ts';
import { ed25519Verify, sha256 } from '../../../shared/node/audit/hash.ts';
import {
  concatBytes,
  equalBytes,
  fromBase64,
  fromHex,
  toBase64,
  utf8,
} from '../../../shared/proof/bytes.ts';
import {
  formatNote,
  isKeyName,
  parseNote,
  type SignatureLine,
} from '../../../shared/proof/note.ts';
import type { Ledger } from './port.ts';

/** C2SP tlog-witness: another party that sees each checkpoint extend the last one it saw. */
export interface Witness {
  name: string;
  /** Ed25519 public key, 32 bytes. */
  publicKey: Uint8Array;
  /** Sends `body` to the witness's add-checkpoint address; the caller decides how it may travel. */
  post(body: string): Promise<{ status: number; text: string }>;
}

export interface Cosigned {
  size: number;
  /** Seconds since 1970 by the clock of the witness. */
  time: number;
  /** The checkpoint with the line of the witness added. */
  note: string;
}

const COSIGNATURE = 4;
const MAX_TRIES = 2;

/** Reads the vkey of a cosigner (type 0x04); null when malformed. */
export function parseWitnessKey(text: string): { name: string; publicKey: Uint8Array } | null {
  const [name = '', id = '', ...rest] = text.trim().split('+');
  const blob = fromBase64(rest.join('+'));
  if (!isKeyName(name) || blob === null || blob.length !== 33 || blob[0] !== COSIGNATURE)
    return null;
  const known = fromHex(id);
  if (known === null || !equalBytes(known, witnessId(name, blob.slice(1)))) return null;
  return { name, publicKey: blob.slice(1) };
}

function witnessId(name: string, publicKey: Uint8Array): Uint8Array {
  return sha256(concatBytes(utf8(`${name}\n`), Uint8Array.of(COSIGNATURE), publicKey)).slice(0, 4);
}

/**
 * Asks a witness to cosign the newest checkpoint; `seen` is the size it last cosigned (0 at first).
 * Throws LEDGER_UNAVAILABLE when it refuses, LEDGER_BROKEN when it has seen more than this log holds.
 */
export async function askWitness(
  ledger: Pick<Ledger, 'checkpoint' | 'consistency'>,
  witness: Witness,
  seen: number,
): Promise<Cosigned> {
  const view = ledger.checkpoint();
  if (view === null) throw refused('The log has no checkpoint yet.');
  let old = seen;
  for (let attempt = 0; attempt < MAX_TRIES; attempt++) {
    if (old > view.size) {
      throw new AkiosError(
        'LEDGER_BROKEN',
        `The witness has seen ${old} records, this log has ${view.size}.`,
        {
          hint: 'The log was rolled back or replaced. Keep its files as evidence.',
        },
      );
    }
    const { status, text } = await witness.post(requestBody(ledger, old, view.size, view.note));
    if (status === 200) return cosigned(view.size, view.note, text, witness);
    // 409: the witness is at another size and says at which.
    const known = status === 409 ? /^(0|[1-9]\d{0,14})\n?$/.exec(text) : null;
    if (known === null) throw refusal(status, old);
    if (Number(known[1]) === old && old === view.size) throw refusal(422, old);
    old = Number(known[1]);
  }
  throw refused('The witness did not settle on a size.');
}

/** What the statuses of the protocol mean for this log. */
function refusal(status: number, old: number): AkiosError {
  if (status === 422) {
    return new AkiosError(
      'LEDGER_BROKEN',
      `The witness saw other records than this log holds among its first ${old}.`,
      { hint: 'The log was forked or replaced. Keep its files as evidence.' },
    );
  }
  if (status === 404) return refused('The witness does not know this log (404).', ENROL);
  if (status === 403) return refused('The witness does not know the key of this log (403).', ENROL);
  return refused(`The witness answered ${status}, which is no answer of the protocol.`);
}

const ENROL =
  'Give the operator of the witness the log.vkey of this log, after each change of key.';
const GOES_ON = 'The log goes on; only this anchor failed.';

function refused(message: string, hint = GOES_ON): AkiosError {
  return new AkiosError('LEDGER_UNAVAILABLE', message, { hint });
}

function requestBody(
  ledger: Pick<Ledger, 'consistency'>,
  old: number,
  size: number,
  note: string,
): string {
  const hashes = old === 0 || old === size ? [] : ledger.consistency(old, size).hashes;
  const lines = hashes.map((hash) => `${toBase64(fromHex(hash)!)}\n`);
  return `old ${old}\n${lines.join('')}\n${note}`;
}

function cosigned(size: number, note: string, answer: string, witness: Witness): Cosigned {
  const parsed = parseNote(note + answer);
  const id = witnessId(witness.name, witness.publicKey);
  const line = parsed?.signatures.find((s) => s.name === witness.name && equalBytes(s.id, id));
  const time =
    parsed === null || line === undefined ? null : checkCosignature(parsed.text, line, witness);
  if (parsed === null || line === undefined || time === null)
    throw refused('The answer of the witness is not its cosignature of this checkpoint.');
  // Lines of keys that nobody here trusts are not kept.
  const own = parseNote(note)?.signatures ?? [];
  return { size, time, note: formatNote(parsed.text, [...own, line]) };
}

/** The time in a valid cosignature/v1; null when it does not verify. */
function checkCosignature(text: string, line: SignatureLine, witness: Witness): number | null {
  if (line.signature.length !== 72) return null;
  const time = Number(new DataView(line.signature.slice().buffer).getBigUint64(0));
  const message = utf8(`cosignature/v1\ntime ${time}\n${text}`);
  return ed25519Verify(witness.publicKey, message, line.signature.slice(8)) ? time : null;
}
