import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Json, JsonObject } from '../../../shared/domain/json.ts';
import { sha256 } from '../../../shared/node/audit/hash.ts';
import { KEYS_FILE } from '../../../shared/node/audit/inputs.ts';
import { KNOWN_FILE } from '../../../shared/node/audit/known.ts';
import {
  RECEIPTS_DIR,
  RETIRED_DIR,
  receiptName,
  receiptNumber,
  receiptText,
} from '../../../shared/node/audit/receipts.ts';
import { toHex, utf8 } from '../../../shared/proof/bytes.ts';
import { formatNote } from '../../../shared/proof/note.ts';
import { syncDir, writeNew } from './files.ts';
import { destroyFile, HMAC_FILE, KEY_FILE, NEXT_KEY_FILE, type Signer, VKEY_FILE } from './keys.ts';
import type { LedgerPaths } from './port.ts';
import { ANCHOR_FILE, LAST_VERIFY_FILE, WITNESS_FILE } from './recover.ts';

export interface Receipt {
  file: string;
  note: string;
}

/**
 * Signs a statement (for example of an erasure) and keeps it in the trust folder, flushed, before
 * it returns: call it before the first byte is wiped. Integers and text only in `body`.
 */
export function writeReceipt(trustDir: string, signer: Signer, body: JsonObject): Receipt {
  const dir = join(trustDir, RECEIPTS_DIR);
  mkdirSync(dir, { recursive: true, mode: 0o750 });
  const text = receiptText(signer.key.name, body);
  const note = formatNote(text, [signer.sign(text)]);
  // One more than the highest: a receipt that somebody removed must neither stop nor hide this one.
  const stem = receiptName(Math.max(0, ...readdirSync(dir).map(receiptNumber)) + 1);
  writeNew(join(dir, `${stem}.vkey`), `${signer.vkey}\n`, 0o444);
  const file = join(dir, `${stem}.note`);
  writeNew(file, note, 0o444);
  return { file, note };
}

/** How a row of the log names a receipt: one that is removed is then missed. */
export function nameOf({ file, note }: Receipt): { file: string; sha256: string } {
  return { file: basename(file), sha256: toHex(sha256(utf8(note))) };
}

/** The newest receipt of a trust folder, whichever log signed it; null when there is none. */
export function newestReceipt(trustDir: string): Receipt | null {
  const dir = join(trustDir, RECEIPTS_DIR);
  const number = existsSync(dir) ? Math.max(0, ...readdirSync(dir).map(receiptNumber)) : 0;
  const file = join(dir, `${receiptName(number)}.note`);
  return number === 0 ? null : { file, note: readFileSync(file, 'utf8') };
}

/** A new folder for what is left of an ended log. */
export function retiredDir(trustDir: string): string {
  const root = join(trustDir, RETIRED_DIR);
  mkdirSync(root, { recursive: true, mode: 0o750 });
  const dir = join(root, `log-${String(readdirSync(root).length + 1).padStart(6, '0')}`);
  mkdirSync(dir);
  return dir;
}

/**
 * After an erasure with its receipt: the trusted key, key chain and anchor of the erased log move
 * to `retired/`, its private keys are destroyed, and the project may begin a new log.
 */
export function retireLog(
  paths: LedgerPaths,
  dir: string = retiredDir(paths.trustDir),
): { retired: string } {
  // A verdict over the ended log says nothing about the one that follows.
  const verdicts = [LAST_VERIFY_FILE, KNOWN_FILE, WITNESS_FILE];
  for (const name of [VKEY_FILE, KEYS_FILE, ANCHOR_FILE, ...verdicts]) {
    const file = join(paths.trustDir, name);
    if (existsSync(file)) renameSync(file, join(dir, name));
  }
  for (const name of [KEY_FILE, NEXT_KEY_FILE, HMAC_FILE]) {
    const file = join(paths.secretDir, name);
    if (existsSync(file)) destroyFile(file);
  }
  syncDir(paths.trustDir);
  return { retired: dir };
}

export function readJson(file: string): Json | null {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Json) : null;
}
