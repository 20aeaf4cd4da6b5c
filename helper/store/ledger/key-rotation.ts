import { statSync } from 'node:fs';
import { join } from 'node:path';
import { KEYS_FILE } from '../../../shared/node/audit/inputs.ts';
import { parseNote } from '../../../shared/proof/note.ts';
import { type LedgerCore, LOG_ACTOR } from './core.ts';
import { appendFlushed, exists } from './files.ts';
import {
  createKey,
  destroyFile,
  KEY_FILE,
  NEXT_KEY_FILE,
  promoteNextKey,
  type Signer,
} from './keys.ts';

const DAY_MS = 86_400_000;

/** Why the key is due to be replaced, or null: another boot of the host, or a day of age. */
export function rotationDue(
  secretDir: string,
  lastBoot: string | null,
  boot: string,
): string | null {
  if (lastBoot !== null && lastBoot !== boot) return 'boot';
  const age = Date.now() - statSync(join(secretDir, KEY_FILE)).mtimeMs;
  return age > DAY_MS ? 'daily' : null;
}

/**
 * Replaces the signing key. The row carries the next vkey; the checkpoint that covers it is signed
 * by the old key (authority) and the next one (possession); then the old private key is destroyed,
 * so whoever steals a key later cannot sign the past again.
 */
export function rotateKey(core: LedgerCore, origin: string, reason: string): Signer {
  const nextFile = join(core.paths.secretDir, NEXT_KEY_FILE);
  if (exists(nextFile)) destroyFile(nextFile);
  const next = createKey(nextFile, origin);
  appendFlushed(join(core.paths.trustDir, KEYS_FILE), `${next.vkey}\n`, 0o644);
  const draft = { type: 'log.key_rotate', actor: LOG_ACTOR, data: { reason } };
  core.commitNow([{ draft, log: { rotate: next.vkey } }], { cosigner: next });
  promoteNextKey(core.paths.secretDir);
  return next;
}

/** The checkpoint of a rotation must be named by a seal, or thinning would drop it. */
export function isRotationNote(note: string | null): boolean {
  return note !== null && (parseNote(note)?.signatures.length ?? 0) > 1;
}
