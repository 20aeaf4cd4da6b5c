import {
  copyFileSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  type Stats,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import Database from 'better-sqlite3';
import type { Findings } from './findings.ts';
import { ARCHIVE_DIR, FORMAT_1, LOG_FILE, SEGMENT_NAME } from './format.ts';
import { InputUnreadable } from './inputs.ts';

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

/** Someone holds the file, or the system refuses it: that says nothing about its content. */
export function isNoAccess(error: unknown): boolean {
  return /^(EACCES|EPERM|EMFILE|ENFILE|ENOMEM|ENOSPC|SQLITE_(BUSY|LOCKED|NOMEM|PERM|AUTH))/.test(
    errorCode(error),
  );
}

function look(file: string): Stats | null {
  try {
    return lstatSync(file);
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw new InputUnreadable(`No access to ${file} (${code}).`, { cause: error });
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
  const db = openChecked(file, deep, findings, opened);
  const close = () => {
    for (const end of opened.reverse()) end();
  };
  if (db === null) {
    close();
    return null;
  }
  const segments = listSegments(join(dir, ARCHIVE_DIR), findings);
  const openSegment = (path: string) => {
    const segment = look(path);
    if (segment === null || !checkFile(path, segment, findings)) return null;
    if (!checkSides(path, findings)) return null;
    return openChecked(path, deep, findings, opened);
  };
  return { db, segments, openSegment, close };
}

/** SQLite opens these by itself: a pipe would hang it, a link would lead it elsewhere. */
function checkSides(file: string, findings: Findings): boolean {
  return ['-wal', '-shm', '-journal'].every((end) => {
    const stat = look(`${file}${end}`);
    if (stat === null || checkFile(`${file}${end}`, stat, findings)) return true;
    return stat.isSymbolicLink() && statSync(file + end, { throwIfNoEntry: false }) === undefined;
  });
}

/** Link, kind and mode of one file. False when it must not be opened at all. */
function checkFile(file: string, stat: Stats, findings: Findings): boolean {
  if (stat.isSymbolicLink()) findings.add('SYMLINK', { detail: file });
  const real = stat.isSymbolicLink() ? statSync(file, { throwIfNoEntry: false }) : stat;
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
    if (statSync(file).size === 0) findings.add('DB_CORRUPT', { detail: 'empty file' });
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
      throw new InputUnreadable(`No access to ${file} (${code}).`, { cause: error });
    }
    findings.add('DB_CORRUPT', { detail: error instanceof Error ? error.message : code });
    return null;
  }
}

function quickCheck(db: Database.Database, findings: Findings): void {
  const result = db.pragma('quick_check(3)') as { quick_check: string }[];
  if (result[0]?.quick_check !== 'ok') {
    findings.add('DB_CORRUPT', {
      detail: result
        .map((r) => r.quick_check)
        .join('; ')
        .slice(0, 300),
    });
  }
}

function schemaFits(db: Database.Database): boolean {
  const rows = db
    .prepare(
      `SELECT type, name, tbl_name, CASE WHEN octet_length(sql) <= 1000 THEN sql END AS sql
       FROM sqlite_schema WHERE octet_length(name) <= 100 OR name IS NULL ORDER BY name LIMIT 9`,
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

function privateCopy(file: string, opened: (() => void)[]): string {
  const dir = mkdtempSync(join(tmpdir(), 'akios-verify-'));
  opened.push(() => rmSync(dir, { recursive: true, force: true }));
  const copy = join(dir, LOG_FILE);
  const parts = ['', '-wal', '-journal'];
  const state = () =>
    parts.map((end) => statSync(`${file}${end}`, { throwIfNoEntry: false })?.mtimeMs);
  for (let attempt = 0; attempt < 3; attempt++) {
    const before = state();
    for (const end of parts) {
      rmSync(`${copy}${end}`, { force: true });
      if (existsSync(`${file}${end}`)) copyFileSync(`${file}${end}`, `${copy}${end}`);
    }
    const after = state();
    if (before.every((time, i) => time === after[i])) return copy;
  }
  throw new InputUnreadable(
    'The log changes too fast to be copied; give read access to its folder.',
  );
}

function listSegments(dir: string, findings: Findings): Source['segments'] {
  const stat = look(dir);
  if (stat === null) return [];
  if (stat.isSymbolicLink()) findings.add('SYMLINK', { detail: 'archive directory' });
  if (!stat.isDirectory()) return [];
  const out: Source['segments'] = [];
  for (const name of readdirSync(dir)) {
    const match = SEGMENT_NAME.exec(name);
    if (match === null) continue;
    out.push({ file: join(dir, name), from: Number(match[1]), to: Number(match[2]) });
  }
  return out.sort((a, b) => a.from - b.from || b.to - a.to);
}
