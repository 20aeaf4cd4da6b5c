import {
  closeSync,
  copyFileSync,
  existsSync,
  lstatSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  type Stats,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import Database from 'better-sqlite3';
import { makeScratch, sweepScratch } from '../scratch.ts';
import type { Findings } from './findings.ts';
import { ARCHIVE_DIR, FORMAT_1, LOG_FILE, SEGMENT_NAME } from './format.ts';
import { InputUnreadable, LogUnreadable } from './inputs.ts';

export interface Source {
  db: Database.Database;
  /** Files of closed segments by name; consulted only for rows before the first of the main file. */
  segments: { file: string; from: number; to: number }[];
  openSegment(file: string): Database.Database | null;
  close(): void;
}

function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/**
 * Someone holds the file, the system refuses it, or the medium cannot be read: that says nothing
 * about its content. A file that is merely too short is damage.
 */
export function isNoAccess(error: unknown): boolean {
  const code = errorCode(error);
  if (code.startsWith('SQLITE_IOERR')) return !code.endsWith('_SHORT_READ');
  return /^(EACCES|EPERM|EMFILE|ENFILE|ENOMEM|ENOSPC|EIO|SQLITE_(BUSY|LOCKED|NOMEM|PERM|AUTH))/.test(
    code,
  );
}

function look(file: string): Stats | null {
  try {
    return lstatSync(file);
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP') return null;
    throw new LogUnreadable(`No access to ${file} (${code}).`, { cause: error });
  }
}

/**
 * Opens the log read-only in one read transaction after the checks of the surroundings. Null when
 * nothing can be read from it; the findings then say why. Throws InputUnreadable without access.
 */
export function openSource(logDir: string, deep: boolean, findings: Findings): Source | null {
  // resolve() drops a trailing slash, which would make lstat follow a link.
  const dir = resolve(logDir);
  const file = join(dir, LOG_FILE);
  const dirStat = look(dir);
  if (dirStat?.isSymbolicLink()) findings.add('SYMLINK', { detail: 'log directory' });
  const stat = dirStat === null ? null : look(file);
  if (stat === null) {
    findings.add('LOG_MISSING', { index: 0 });
    return null;
  }
  if (!checkFile(file, stat, findings)) return null;
  if (!checkSides(file, findings)) return null;
  const opened: (() => void)[] = [];
  const close = () => {
    for (const end of opened.reverse()) end();
  };
  try {
    const db = openChecked(file, deep, findings, opened);
    if (db !== null) return sourceOf(db, dir, deep, findings, opened, close);
  } catch (error) {
    // A copy of the log must not be left behind where anybody may look.
    close();
    if (error instanceof InputUnreadable || !isNoAccess(error)) throw error;
    throw new LogUnreadable(`No access to ${dir} (${errorCode(error)}).`, { cause: error });
  }
  close();
  return null;
}

function sourceOf(
  db: Database.Database,
  dir: string,
  deep: boolean,
  findings: Findings,
  opened: (() => void)[],
  close: () => void,
): Source {
  const segments = segmentsOf(join(dir, ARCHIVE_DIR), findings);
  const segmentFiles = new Map<string, Database.Database | null>();
  const openOnce = (path: string) => {
    const segment = look(path);
    if (segment === null || !checkFile(path, segment, findings)) return null;
    if (!checkSides(path, findings)) return null;
    const db = openChecked(path, deep, findings, opened);
    if (db !== null) checkSegment(db, path, findings);
    return db;
  };
  // Once each: what is wrong with a file is said once, and its pages are checked once.
  const openSegment = (path: string) => {
    if (!segmentFiles.has(path)) segmentFiles.set(path, openOnce(path));
    return segmentFiles.get(path) ?? null;
  };
  return { db, segments, openSegment, close };
}

/** Of a closed segment only the rows count: what stands in its other tables, nobody vouches for. */
function checkSegment(db: Database.Database, file: string, findings: Findings): void {
  const more = ['tiles', 'head', 'checkpoints'].some(
    (table) => db.prepare(`SELECT 1 FROM ${table} LIMIT 1`).get() !== undefined,
  );
  if (more) findings.add('DB_CORRUPT', { detail: `more than rows in the segment ${file}` });
}

/** SQLite opens these by itself: a pipe would hang it, a link would lead it elsewhere. */
function checkSides(file: string, findings: Findings): boolean {
  return ['-wal', '-shm', '-journal'].every((end) => {
    const stat = look(`${file}${end}`);
    if (stat === null || checkFile(`${file}${end}`, stat, findings)) return true;
    return stat.isSymbolicLink() && followed(`${file}${end}`) === undefined;
  });
}

/** What a link leads to; undefined when it leads nowhere, or in a circle. */
function followed(file: string): Stats | undefined {
  try {
    return statSync(file, { throwIfNoEntry: false });
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ELOOP' || code === 'ENOTDIR') return undefined;
    throw new LogUnreadable(`No access to ${file} (${code}).`, { cause: error });
  }
}

/** Link, kind and mode of one file. False when it must not be opened at all. */
function checkFile(file: string, stat: Stats, findings: Findings): boolean {
  if (stat.isSymbolicLink()) findings.add('SYMLINK', { detail: file });
  const real = stat.isSymbolicLink() ? followed(file) : stat;
  if (real === undefined) {
    findings.add('LOG_MISSING', { index: 0, detail: file });
    return false;
  }
  // A pipe or a device in place of the file would hang or feed the reader without end.
  if (!real.isFile()) {
    findings.add('DB_CORRUPT', { detail: 'not a regular file' });
    return false;
  }
  if ((real.mode & 0o022) !== 0) findings.add('PERMISSIONS', { detail: file });
  return true;
}

function openChecked(
  file: string,
  deep: boolean,
  findings: Findings,
  opened: (() => void)[],
): Database.Database | null {
  try {
    const db = openReadOnly(file, opened);
    db.pragma('trusted_schema = OFF');
    db.pragma('cell_size_check = ON');
    db.pragma('query_only = ON');
    db.exec('BEGIN');
    const encoding = db.pragma('encoding', { simple: true });
    checkLength(db, file, findings);
    // Before any other statement: a check of the pages would run the expressions of a planted schema.
    if (encoding !== 'UTF-8' || !schemaFits(db)) {
      findings.add('SCHEMA_MISMATCH', { detail: 'stored declarations differ from format 1' });
      return null;
    }
    if (deep) quickCheck(db, findings);
    return db;
  } catch (error) {
    const code = errorCode(error);
    if (error instanceof InputUnreadable) throw error;
    if (isNoAccess(error)) {
      throw new LogUnreadable(`No access to ${file} (${code}).`, { cause: error });
    }
    const detail = error instanceof Error ? error.message : code;
    if (detail.includes('malformed database schema')) findings.add('SCHEMA_MISMATCH', { detail });
    findings.add('DB_CORRUPT', { detail });
    return null;
  }
}

/**
 * SQLite reads the missing end of a last page as zeros, so a cut there would pass. While frames wait
 * in a write-ahead file, a crash may have left a part of a page that they still cover.
 */
function checkLength(db: Database.Database, file: string, findings: Findings): void {
  const { size } = statSync(file);
  const page = Number(db.pragma('page_size', { simple: true }));
  const waiting = followed(`${file}-wal`)?.size ?? 0;
  if (size === 0) findings.add('DB_CORRUPT', { detail: 'empty file' });
  else if (size % page !== 0 && waiting === 0) {
    findings.add('DB_CORRUPT', { detail: 'cut within a page' });
  }
}

const IOERR = 10;
const SHORT_READ = 522;

function quickCheck(db: Database.Database, findings: Findings): void {
  const result = db.pragma('quick_check(20)') as { quick_check: string }[];
  if (result[0]?.quick_check === 'ok') return;
  const found = result.map((r) => r.quick_check).join('; ');
  for (const [, digits] of found.matchAll(/error code=(\d+)/g)) {
    // The pragma tells of a medium that cannot be read as if it were damage.
    if ((Number(digits) & 255) === IOERR && Number(digits) !== SHORT_READ) {
      throw new LogUnreadable(`The medium of the log cannot be read (SQLite error ${digits}).`);
    }
  }
  findings.add('DB_CORRUPT', { detail: found.slice(0, 300) });
}

function schemaFits(db: Database.Database): boolean {
  const rows = db
    .prepare(
      // Long values are left out, never their rows: a trigger with a long name is a trigger too.
      `SELECT ${['type', 'name', 'tbl_name', 'sql']
        .map(
          (column) => `CASE WHEN octet_length(${column}) <= 1000 THEN ${column} END AS ${column}`,
        )
        .join(', ')}
       FROM sqlite_schema ORDER BY sqlite_schema.name LIMIT 9`,
    )
    .all() as Record<'type' | 'name' | 'tbl_name' | 'sql', unknown>[];
  return (
    rows.length === FORMAT_1.length &&
    FORMAT_1.every(({ name, sql }, i) => {
      const row = rows[i]!;
      return row.type === 'table' && row.name === name && row.tbl_name === name && row.sql === sql;
    })
  );
}

/** Directly, or from a private copy where SQLite may not create its shared-memory file. */
function openReadOnly(file: string, opened: (() => void)[]): Database.Database {
  try {
    const db = new Database(file, { readonly: true, fileMustExist: true, timeout: 5000 });
    opened.push(() => db.close());
    db.prepare('SELECT count(*) FROM sqlite_schema').get();
    return db;
  } catch (error) {
    const code = errorCode(error);
    if (!code.startsWith('SQLITE_CANTOPEN') && !code.startsWith('SQLITE_READONLY')) throw error;
    const copy = privateCopy(file, opened);
    const db = new Database(copy, { fileMustExist: true, timeout: 5000 });
    opened.push(() => db.close());
    return db;
  }
}

const SCRATCH = 'akios-verify';

function privateCopy(file: string, opened: (() => void)[]): string {
  // One that was killed could not clear its copy away.
  sweepScratch(tmpdir(), SCRATCH);
  const dir = makeScratch(tmpdir(), SCRATCH);
  opened.push(() => rmSync(dir, { recursive: true, force: true }));
  const copy = join(dir, LOG_FILE);
  const parts = ['', '-wal', '-journal'];
  const state = () =>
    parts.map((end) => {
      const stat = followed(`${file}${end}`);
      return stat === undefined ? '' : [stat.mtimeMs, stat.ctimeMs, stat.size].join();
    });
  for (let attempt = 0; attempt < 3; attempt++) {
    const before = state();
    for (const end of parts) {
      rmSync(`${copy}${end}`, { force: true });
      if (existsSync(`${file}${end}`)) copyFileSync(`${file}${end}`, `${copy}${end}`);
    }
    const after = state();
    if (before.every((time, i) => time === after[i])) {
      refuseSuperJournal(`${copy}-journal`);
      return copy;
    }
  }
  throw new LogUnreadable('The log changes too fast to be copied; give read access to its folder.');
}

const JOURNAL_MAGIC = Buffer.from('d9d505f920a163d7', 'hex');

/**
 * A rollback journal that ends in a name belongs to a commit over several databases; played back,
 * SQLite may delete the file of that name, wherever it lies. A log never makes such a journal.
 */
function refuseSuperJournal(file: string): void {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size < JOURNAL_MAGIC.length) return;
  const end = Buffer.alloc(JOURNAL_MAGIC.length);
  const fd = openSync(file, 'r');
  try {
    readSync(fd, end, 0, end.length, size - end.length);
  } finally {
    closeSync(fd);
  }
  if (end.equals(JOURNAL_MAGIC)) throw new Error('the journal names another file');
}

/** Closed segments, by their names. Throws LogUnreadable where nobody may list them. */
function segmentsOf(dir: string, findings: Findings): Source['segments'] {
  const stat = look(dir);
  if (stat === null) return [];
  if (stat.isSymbolicLink()) findings.add('SYMLINK', { detail: 'archive directory' });
  const real = stat.isSymbolicLink() ? followed(dir) : stat;
  return real?.isDirectory() === true ? listSegments(dir) : [];
}

function listSegments(dir: string): Source['segments'] {
  const out: Source['segments'] = [];
  for (const name of namesIn(dir)) {
    const match = SEGMENT_NAME.exec(name);
    if (match === null) continue;
    out.push({ file: join(dir, name), from: Number(match[1]), to: Number(match[2]) });
  }
  return out.sort((a, b) => a.from - b.from || b.to - a.to);
}

function namesIn(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch (error) {
    throw new LogUnreadable(`No access to ${dir} (${errorCode(error)}).`, { cause: error });
  }
}
