import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { FORMAT_1, LOG_FILE } from '../../../shared/node/audit/format.ts';
import { nodeTreeHasher, sha256 } from '../../../shared/node/audit/hash.ts';
import { toHex, utf8 } from '../../../shared/proof/bytes.ts';
import { broken, storeFault } from './faults.ts';
import { exists, lstatOrNull, privateDir, syncDir, writeNew } from './files.ts';
import {
  createKey,
  destroyFile,
  KEY_FILE,
  loadKey,
  NEXT_KEY_FILE,
  promoteNextKey,
  readVkey,
  type Signer,
  VKEY_FILE,
} from './keys.ts';
import type { LedgerPaths } from './port.ts';
import { ANCHOR_FILE, checkSchema, checkSigner, type Loaded, loadState } from './recover.ts';
import { TreeState } from './tree-state.ts';
import { WAL_FRAMES } from './wal-room.ts';

export interface OpenLog {
  db: Database.Database;
  loaded: Loaded;
  signer: Signer;
  vkey: string;
  fresh: boolean;
}

/** Folders with their modes; links are refused. */
export function prepareDirs(paths: LedgerPaths): void {
  privateDir(paths.logDir, 0o750);
  privateDir(paths.trustDir, 0o750);
  privateDir(paths.secretDir, 0o700);
  chmodSync(paths.secretDir, 0o700);
}

/**
 * Opens or begins the log database and finds the key in force. Throws LEDGER_BROKEN when a log that
 * was anchored outside is gone, when files are links, or when state and checkpoint disagree.
 */
export function openLog(paths: LedgerPaths, origin: string | undefined, durable: boolean): OpenLog {
  const file = join(paths.logDir, LOG_FILE);
  const stat = lstatOrNull(file);
  if (stat !== null && !stat.isFile()) throw broken('The audit database is a link or not a file.');
  if (stat !== null && (stat.mode & 0o022) !== 0) {
    throw broken('The audit database can be written by others (mode must be 0640).');
  }
  if (stat === null && exists(join(paths.trustDir, ANCHOR_FILE))) {
    throw broken('The audit database was removed: an anchor of it still exists.');
  }
  if (stat === null) {
    closeSync(openSync(file, 'wx', 0o640));
    syncDir(paths.logDir);
  }
  const db = connect(file, durable);
  try {
    const empty = db.prepare('SELECT count(*) FROM sqlite_schema').pluck().get() === 0;
    if (empty) db.exec(`BEGIN;${FORMAT_1.map((table) => `${table.sql};`).join('')}COMMIT;`);
    else checkSchema(db);
    const fresh =
      db.prepare('SELECT count(*) FROM (SELECT 1 FROM events LIMIT 1)').pluck().get() === 0;
    if (!fresh) return { db, ...existingKey(paths, loadState(db)), fresh };
    if (exists(join(paths.trustDir, ANCHOR_FILE))) {
      throw broken('The audit log was emptied: an anchor of it still exists.');
    }
    const loaded = {
      tree: TreeState.empty(nodeTreeHasher()),
      lastTs: '',
      newest: 0,
      sealed: 0,
      note: null,
    };
    return { db, loaded, ...firstKey(paths, origin), fresh };
  } catch (error) {
    const fault = storeFault(error);
    if (fault.code === 'LEDGER_BROKEN') {
      closeAsFound(db, file);
      tryKeepEvidence(paths, file);
    } else db.close();
    throw fault;
  }
}

/**
 * The last connection that may write moves the write-ahead log into the database when it closes. A
 * reader that outlives it leaves both files of a broken log as they were found.
 */
function closeAsFound(db: Database.Database, file: string): void {
  const wal = lstatOrNull(`${file}-wal`);
  if (wal === null || wal.size === 0) {
    db.close();
    return;
  }
  let reader: Database.Database | null = null;
  try {
    reader = new Database(file, { readonly: true, fileMustExist: true, timeout: 2000 });
    reader.prepare('SELECT count(*) FROM sqlite_schema').get();
  } catch (error) {
    process.emitWarning(error instanceof Error ? error : String(error));
  } finally {
    db.close();
    reader?.close();
  }
}

function tryKeepEvidence(paths: LedgerPaths, file: string): void {
  try {
    keepEvidence(paths, file);
  } catch (error) {
    // No room for a copy must not hide that the log is broken.
    process.emitWarning(error instanceof Error ? error : String(error));
  }
}

/** A copy of what was found, once for each state of the file: someone may try to repair it. */
function keepEvidence(paths: LedgerPaths, file: string): void {
  const stat = lstatOrNull(file);
  if (stat === null || stat.size === 0) return;
  const name = `broken-${stat.mtime.toISOString().replace(/[:.]/g, '-')}-${stat.size}`;
  const dir = join(paths.trustDir, 'evidence', name);
  if (exists(dir)) return;
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  for (const end of ['', '-wal']) {
    if (exists(`${file}${end}`)) {
      copyFileSync(`${file}${end}`, join(dir, `${LOG_FILE}${end}`), constants.COPYFILE_FICLONE);
    }
  }
}

function connect(file: string, durable: boolean): Database.Database {
  try {
    const db = new Database(file, { timeout: 2000 });
    db.pragma('journal_mode = WAL');
    db.pragma(`synchronous = ${durable ? 'FULL' : 'OFF'}`);
    db.pragma('trusted_schema = OFF');
    db.pragma(`wal_autocheckpoint = ${WAL_FRAMES}`);
    return db;
  } catch (error) {
    throw storeFault(error);
  }
}

/** An interrupted first use leaves key and vkey but no row: they are taken up again. */
function firstKey(
  paths: LedgerPaths,
  origin: string | undefined,
): { signer: Signer; vkey: string } {
  const keyFile = join(paths.secretDir, KEY_FILE);
  const known = readVkey(paths.trustDir);
  if (known !== null && existsSync(keyFile)) {
    const signer = loadKey(keyFile, known.key.name);
    if (signer.vkey !== known.text)
      throw broken('The signing key does not belong to the trusted key.');
    return { signer, vkey: known.text };
  }
  if (known !== null) throw broken('The signing key of this log is missing.');
  // Cut short between the two: nothing was signed by this key that anyone could verify.
  if (existsSync(keyFile)) destroyFile(keyFile);
  const name = origin ?? `akios/${hostTag()}/${randomBytes(6).toString('hex')}`;
  const signer = createKey(keyFile, name);
  writeNew(join(paths.trustDir, VKEY_FILE), `${signer.vkey}\n`, 0o644);
  return { signer, vkey: signer.vkey };
}

/** Tells hosts apart without naming them. */
function hostTag(): string {
  return toHex(sha256(utf8(`akios host ${hostname()}`))).slice(0, 8);
}

/** The key in force signed the newest checkpoint; an interrupted rotation is finished or undone. */
function existingKey(
  paths: LedgerPaths,
  loaded: Loaded,
): { loaded: Loaded; signer: Signer; vkey: string } {
  const known = readVkey(paths.trustDir);
  if (loaded.note === null) throw broken('Every checkpoint was removed from the log.');
  if (known === null) {
    throw broken(
      'This log was begun at another place: the project was moved or copied here, or its trusted key was removed.',
    );
  }
  const { name } = known.key;
  const next = join(paths.secretDir, NEXT_KEY_FILE);
  if (exists(next)) {
    const candidate = loadKey(next, name);
    if (signedBy(loaded.note, candidate)) promoteNextKey(paths.secretDir);
  }
  const signer = loadKey(join(paths.secretDir, KEY_FILE), name);
  checkSigner(loaded.note, signer);
  return { loaded, signer, vkey: known.text };
}

function signedBy(note: string, signer: Signer): boolean {
  try {
    checkSigner(note, signer);
    return true;
  } catch {
    return false;
  }
}

export function bootId(): string {
  const file = '/proc/sys/kernel/random/boot_id';
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : 'unknown';
}
