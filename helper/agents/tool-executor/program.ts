import { readdirSync, readlinkSync, realpathSync, type Stats, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { AkiosError } from '../../../shared/domain/errors.ts';
import { errnoOf } from '../../../shared/node/open-at.ts';

/** In the order of PATH inside the cage. */
export const SYSTEM_FOLDERS = ['/usr/local/bin', '/usr/bin', '/bin', '/usr/sbin', '/sbin'] as const;

export interface Program {
  /** One spelling per program: real folder of the system plus name, e.g. `/usr/bin/python3`. */
  path: string;
  /** The file it really is, every link followed, e.g. `/usr/bin/python3.11`. */
  real: string;
}

function realOf(path: string): string | null {
  try {
    return realpathSync(path);
  } catch (thrown) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES'].includes(errnoOf(thrown))) return null;
    throw thrown;
  }
}

const missing = (command: string) =>
  new AkiosError('INPUT_INVALID', `There is no program ${basename(command)} in the cage.`, {
    hint: 'Programs come from the system folders (/usr/bin and the like), not from the project.',
  });

/**
 * Finds a program by name or absolute path. Only system folders count, and the file at the end of
 * all links must be executable, lie under /usr and be writable by its owner alone.
 */
export function resolveProgram(
  command: string,
  folders: readonly string[] = SYSTEM_FOLDERS,
): Program {
  const isName = !command.includes('/');
  if (!isName && !command.startsWith('/')) throw missing(command);
  const realFolders = folders.map(realOf).filter((folder) => folder !== null);
  const candidates = isName ? realFolders.map((folder) => join(folder, command)) : [command];
  for (const candidate of candidates) {
    const folder = realOf(dirname(candidate));
    const real = realOf(candidate);
    if (folder === null || real === null || !realFolders.includes(folder)) continue;
    const stats = statSync(real);
    if (!stats.isFile() || (stats.mode & 0o111) === 0) continue;
    if (!/^\/(?:usr|s?bin|lib\w*)\//.test(real) || (stats.mode & 0o022) !== 0) {
      throw new AkiosError('DENIED', `${candidate} is not a file of the system.`);
    }
    return { path: join(folder, basename(candidate)), real };
  }
  throw missing(command);
}

/** Longer chains than the kernel follows do not resolve. */
const MAX_LINKS = 40;

/**
 * Every other name a rule may know a program by: each link on the way from `path` to the real file,
 * that file, every name in the system folders that leads to the same file (device and inode: hard
 * links and links beside it), and the spellings of all these through folders that are links (/bin
 * for /usr/bin).
 */
export function otherNames(
  program: Program,
  folders: readonly string[] = SYSTEM_FOLDERS,
): string[] {
  const names = new Set<string>([program.real]);
  let at = program.path;
  for (let i = 0; i < MAX_LINKS && at !== program.real; i += 1) {
    const folder = realOf(dirname(at));
    if (folder === null) break;
    at = join(folder, basename(at));
    names.add(at);
    const next = linkOf(at);
    if (next === null) break;
    at = resolve(folder, next);
    names.add(at);
  }
  for (const name of sameFile(program.real, folders)) names.add(name);
  for (const name of [program.path, ...names]) {
    for (const folder of folders) {
      if (realOf(folder) === dirname(name)) names.add(join(folder, basename(name)));
    }
  }
  names.delete(program.path);
  return [...names].sort();
}

/** Read anew each time: a link that was made or turned since the last decision must count. */
function sameFile(real: string, folders: readonly string[]): string[] {
  const file = statOf(real);
  if (file === null) return [];
  const found: string[] = [];
  for (const folder of new Set(folders.map(realOf))) {
    if (folder === null) continue;
    for (const name of readdirSync(folder)) {
      const path = join(folder, name);
      const stats = statOf(path);
      if (stats?.ino === file.ino && stats.dev === file.dev) found.push(path);
    }
  }
  return found;
}

function statOf(path: string): Stats | null {
  try {
    return statSync(path);
  } catch (thrown) {
    // A name whose link leads nowhere, in a circle, or to where this user cannot look is no program.
    if (['ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES'].includes(errnoOf(thrown))) return null;
    throw thrown;
  }
}

function linkOf(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch (thrown) {
    if (errnoOf(thrown) === 'EINVAL') return null;
    throw thrown;
  }
}
