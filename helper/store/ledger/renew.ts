import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { AkiosError } from '../../../shared/domain/errors.ts';
import type { JsonObject } from '../../../shared/domain/json.ts';
import { ARCHIVE_DIR, LOG_FILE } from '../../../shared/node/audit/format.ts';
import { KEYS_FILE } from '../../../shared/node/audit/inputs.ts';
import { toHex } from '../../../shared/proof/bytes.ts';
import { parseCheckpoint, parseNote } from '../../../shared/proof/note.ts';
import { openBrokenLedger } from './broken.ts';
import { exists, syncDir } from './files.ts';
import { KEY_FILE, loadKey, readVkey, VKEY_FILE } from './keys.ts';
import { lockLog } from './lock.ts';
import { prepareDirs } from './open.ts';
import type { Actor, LedgerPaths } from './port.ts';
import { retiredDir, retireLog, writeReceipt } from './receipts.ts';
import { ANCHOR_FILE, readAnchor } from './recover.ts';
import { SEARCH_FILE } from './search-db.ts';

/** A trust folder of another project: a moved log is verified with the key that lies there. */
export interface OtherTrust {
  project: string;
  trustDir: string;
}

export interface SetAside {
  /** Folder that holds the older log, its trusted key and its anchor. */
  retired: string;
  /** The older log was begun at this place; null when it was begun here. */
  movedFrom: string | null;
  previous: { vkey: string | null; size: number | null; root: string | null };
  /** Receipt signed by the older key, in the trust folder; null when that key is not here. */
  receipt: string | null;
}

const EVIDENCE = [LOG_FILE, `${LOG_FILE}-wal`, ARCHIVE_DIR, 'attachments'];
const TRUST = [VKEY_FILE, KEYS_FILE, ANCHOR_FILE];

/**
 * Ends a log that cannot go on (gone, changed, or of another place): states so in a receipt signed
 * by its own key where that is here, keeps what is left of it with its trusted key and anchor, and
 * destroys its private keys. The next `openLedger` begins a new log under a new origin. Call it only
 * with the LEDGER_BROKEN that `openLedger` threw. Throws LEDGER_LOCKED and what the disk throws.
 */
export function setLogAside(
  paths: LedgerPaths,
  fault: AkiosError,
  about: { actor: Actor; reason: string },
  others: readonly OtherTrust[] = [],
): SetAside {
  if (fault.code !== 'LEDGER_BROKEN') throw new AkiosError('INTERNAL', 'This log is not broken.');
  prepareDirs(paths);
  const lock = lockLog(paths.logDir);
  try {
    const home = homeOf(paths, fault, others);
    const previous = whatIsKnown(home?.trustDir ?? paths.trustDir);
    const receipt = stateIt(paths, { ...about, found: fault.message, ...previous });
    const retired = retiredDir(paths.trustDir);
    // First the key: a log that is set aside must be verifiable whatever happens next.
    copyTrust(home?.trustDir ?? paths.trustDir, retired);
    moveLog(paths.logDir, join(retired, 'log'));
    retireLog(paths, retired);
    syncDir(retired);
    return { retired, movedFrom: home?.project ?? null, previous, receipt };
  } finally {
    lock.release();
  }
}

/** Where the key of a log lies that was begun at another place; null when it was begun here. */
function homeOf(
  paths: LedgerPaths,
  fault: AkiosError,
  others: readonly OtherTrust[],
): OtherTrust | null {
  if (exists(join(paths.trustDir, VKEY_FILE))) return null;
  const origin = originOf(paths, fault);
  if (origin === null) return null;
  return others.find(({ trustDir }) => nameOf(trustDir) === origin) ?? null;
}

function nameOf(trustDir: string): string | null {
  try {
    return readVkey(trustDir)?.key.name ?? null;
  } catch (error) {
    // A damaged key of another project is no reason to refuse this one.
    if (error instanceof AkiosError) return null;
    throw error;
  }
}

/** Only names the candidate: the verifier decides whether its key really signed the log. */
function originOf(paths: LedgerPaths, fault: AkiosError): string | null {
  const log = openBrokenLedger(paths, fault);
  try {
    return parseCheckpoint(parseNote(log.checkpoint()?.note ?? '')?.text ?? '')?.origin ?? null;
  } finally {
    void log.close();
  }
}

function whatIsKnown(trustDir: string): SetAside['previous'] {
  const known = { vkey: null, size: null, root: null };
  try {
    const vkey = readVkey(trustDir)?.text ?? null;
    const view = readAnchor(trustDir);
    if (view === null) return { ...known, vkey };
    return { vkey, size: Number(view.size), root: toHex(view.root) };
  } catch (error) {
    // Damaged trust files are kept as they are; nothing is claimed from them.
    if (error instanceof AkiosError) return known;
    throw error;
  }
}

function stateIt(paths: LedgerPaths, about: { actor: Actor } & Record<string, unknown>) {
  const file = join(paths.secretDir, KEY_FILE);
  const name = nameOf(paths.trustDir);
  if (name === null || !existsSync(file)) return null;
  const body: JsonObject = {
    kind: 'log.set_aside',
    at: new Date().toISOString(),
    actor: { ...about.actor },
    reason: String(about['reason']),
    found: String(about['found']),
    size: about['size'] as number | null,
    root: about['root'] as string | null,
  };
  return basename(writeReceipt(paths.trustDir, loadKey(file, name), body).file);
}

function copyTrust(from: string, to: string): void {
  for (const name of TRUST) {
    if (exists(join(from, name))) cpSync(join(from, name), join(to, name));
  }
}

/** Links are moved as links; what is derived is dropped. */
function moveLog(logDir: string, to: string): void {
  mkdirSync(to, { mode: 0o700 });
  for (const name of EVIDENCE) {
    const file = join(logDir, name);
    if (exists(file)) move(file, join(to, name));
  }
  for (const name of readdirSync(logDir)) {
    if (name.startsWith(SEARCH_FILE) || name === `${LOG_FILE}-shm`) {
      rmSync(join(logDir, name), { force: true });
    }
  }
  syncDir(logDir);
}

function move(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EXDEV')) throw error;
    cpSync(from, to, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
    rmSync(from, { recursive: true });
  }
}
