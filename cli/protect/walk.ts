import { type Dirent, type lstatSync, readdirSync, statSync } from 'node:fs';
import { AkiosError } from '../../shared/domain/errors.ts';
import { bytesOfText, textOfBytes } from '../../shared/node/raw-text.ts';

/** Folders that hold copies and tools, never a person's documents. Each skip is named. */
const SKIPPED = new Set(['.git', '.hg', '.svn', 'node_modules', '__pycache__', '.venv']);

export type Found =
  /** `follow`: named by the person, so a link may stand there. */
  | { kind: 'file'; name: string; follow: boolean }
  | { kind: 'skipped'; name: string; why: string }
  | { kind: 'error'; name: string; error: AkiosError };

const byName = (a: { name: string }, b: { name: string }): number =>
  a.name < b.name ? -1 : a.name > b.name ? 1 : 0;

/**
 * The files that names stand for: a folder for all files below it, in the order of their names.
 * Links inside folders are not followed; everything that is left out is named.
 */
export function* filesOf(names: readonly string[]): Generator<Found> {
  for (const name of names) {
    if (name !== '-' && isFolder(name)) yield* below(name);
    else yield { kind: 'file', name, follow: true };
  }
}

function isFolder(name: string): boolean {
  try {
    return statSync(bytesOfText(name), { throwIfNoEntry: false })?.isDirectory() === true;
  } catch {
    // A folder above is closed, or the name too long: opening it tells, and the others are scanned.
    return false;
  }
}

function* below(folder: string): Generator<Found> {
  let entries: Dirent<Buffer>[];
  try {
    entries = readdirSync(bytesOfText(folder), { withFileTypes: true, encoding: 'buffer' });
  } catch (cause) {
    yield { kind: 'error', name: folder, error: fileFault(folder, cause) };
    return;
  }
  const children = entries.map((entry) => ({ name: textOfBytes(entry.name), entry })).sort(byName);
  for (const { name, entry } of children) {
    const path = `${folder.replace(/\/+$/, '')}/${name}`;
    if (entry.isSymbolicLink()) yield { kind: 'skipped', name: path, why: 'a link' };
    else if (!entry.isDirectory()) yield { kind: 'file', name: path, follow: false };
    else if (SKIPPED.has(name)) yield { kind: 'skipped', name: path, why: 'a folder of tools' };
    else yield* below(path);
  }
}

/** What a failed file operation means to a person. */
export function fileFault(name: string, cause: unknown): AkiosError {
  if (cause instanceof AkiosError) return cause;
  const code = (cause as NodeJS.ErrnoException).code ?? 'unknown';
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new AkiosError('FILE_NOT_FOUND', `There is no file ${name}.`, { cause });
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return new AkiosError('DENIED', `${name} may not be read by this user.`, { cause });
  }
  if (code === 'ELOOP') return new AkiosError('INPUT_INVALID', `${name} is a link.`, { cause });
  if (code === 'ENXIO') {
    return new AkiosError('INPUT_INVALID', `${name} is not a plain file: a socket or device.`);
  }
  return new AkiosError('INPUT_INVALID', `${name} cannot be read (${code}).`, { cause });
}

/** @throws AkiosError unless it is a plain file; says what it is instead. */
export function assertPlain(name: string, stat: ReturnType<typeof lstatSync> & object): void {
  if (stat.isFile()) return;
  const what = stat.isFIFO()
    ? 'a pipe'
    : stat.isSocket()
      ? 'a socket'
      : stat.isDirectory()
        ? 'a folder'
        : stat.isSymbolicLink()
          ? 'a link'
          : 'a device';
  throw new AkiosError('INPUT_INVALID', `${name} is ${what}, not a plain file.`, {
    ...(stat.isFIFO() ? { hint: 'Let the other program write to `akios protect scan -`.' } : {}),
  });
}
