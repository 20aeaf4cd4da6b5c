import { join } from 'node:path';
import type { CheckpointView } from '../../../shared/contract/audit.ts';
import { AkiosError } from '../../../shared/domain/errors.ts';
import { ed25519Verify, sha256 } from '../../../shared/node/audit/hash.ts';
import { laterKeys } from '../../../shared/node/audit/inputs.ts';
import { toHex } from '../../../shared/proof/bytes.ts';
import {
  checkSignature,
  parseCheckpoint,
  parseNote,
  parseVkey,
} from '../../../shared/proof/note.ts';
import { VKEY_FILE } from './keys.ts';
import type { Ledger, LedgerPaths } from './port.ts';

export interface SeenVerdict {
  verdict: 'consistent' | 'rolled_back' | 'forked' | 'unsigned';
  seen: { size: number; root: string };
  now: CheckpointView;
  hashes: string[];
}

/**
 * Compares a checkpoint that someone kept with the log of now, with the RFC 6962 consistency proof
 * where there is one. `unsigned`: no key of this log signed it, so it says nothing about the log.
 * Throws INPUT_INVALID for what is no checkpoint of this log.
 */
export function checkSeen(
  ledger: Ledger & { readonly paths: LedgerPaths },
  text: string,
): SeenVerdict {
  const note = parseNote(text);
  const checkpoint = note === null ? null : parseCheckpoint(note.text);
  const first = parseVkey(sha256, ledger.vkey());
  const now = ledger.checkpoint();
  if (first === null || now === null) throw invalid('The log has no checkpoint yet.');
  if (note === null || checkpoint === null) throw invalid('This is not a signed checkpoint.');
  if (checkpoint.origin !== first.name) {
    throw invalid(`The checkpoint is one of another log: ${checkpoint.origin}.`);
  }
  if (checkpoint.size > BigInt(Number.MAX_SAFE_INTEGER)) throw invalid('The size is too large.');
  const size = Number(checkpoint.size);
  const seen = { size, root: toHex(checkpoint.root) };
  const keys = [first, ...laterKeys(join(ledger.paths.trustDir, VKEY_FILE), first.name)];
  const signed = keys.some((key) => checkSignature(ed25519Verify, note, key) === 'ok');
  if (!signed) return { verdict: 'unsigned', seen, now, hashes: [] };
  if (size > now.size) return { verdict: 'rolled_back', seen, now, hashes: [] };
  const proof = ledger.consistency(size, now.size);
  const same = proof.firstRoot === seen.root;
  return { verdict: same ? 'consistent' : 'forked', seen, now, hashes: proof.hashes };
}

function invalid(message: string): AkiosError {
  return new AkiosError('INPUT_INVALID', message, {
    where: 'note',
    hint: 'Give the file that akios audit anchor printed, or anchor.note.',
  });
}
