import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { AkiosError } from '../../../shared/domain/errors.ts';
import { stateDir } from '../../../shared/node/paths.ts';
import type { CageMount } from '../../cage/port.ts';

const LEDGER_FILE = 'audit.db';
/** The cage has its own there: a grant would put the host's in their place. */
const SCRATCH = ['/tmp', '/dev/shm', '/workspace', '/run'];

export const within = (path: string, folder: string): boolean =>
  path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);

/** State of helpers with other settings on this machine: this user's usual one, and the system's. */
export function usualStateFolders(): string[] {
  return [...usual(), '/var/lib/akios'].filter((folder) => existsSync(folder));
}

function usual(): string[] {
  try {
    return [stateDir({})];
  } catch (error) {
    // A user without a home folder has no usual place.
    if (error instanceof AkiosError) return [];
    throw error;
  }
}

/**
 * A folder that holds rows of an audit log and that `path` lies in, is, or leads to; null when there
 * is none. `projects` are the folders of known projects, whose logs may lie anywhere below them.
 */
export function ledgerNear(path: string, projects: readonly string[]): string | null {
  for (let folder = path; ; folder = dirname(folder)) {
    if (existsSync(join(folder, LEDGER_FILE))) return folder;
    if (dirname(folder) === folder) break;
  }
  const below = foldersIn(path).find((folder) => existsSync(join(folder, LEDGER_FILE)));
  return below ?? projects.find((project) => within(project, path)) ?? null;
}

function foldersIn(path: string): string[] {
  try {
    return readdirSync(path, { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? [join(path, entry.name)] : [],
    );
  } catch (error) {
    // What this user may not list, a program of this user may not list either.
    if ((error as NodeJS.ErrnoException).code === 'EACCES') return [];
    throw error;
  }
}

/**
 * A policy grants no program the helper's keys and sockets or an audit log, not even to read: who
 * reads a signing key can forge, and a socket that can be seen can be spoken to.
 * @throws AkiosError DENIED
 */
export function checkGrants(
  mounts: readonly CageMount[],
  helperFolders: readonly string[],
  projects: readonly string[],
): void {
  const own = helperFolders.filter((folder) => existsSync(folder)).map((f) => realpathSync(f));
  for (const { host } of mounts) {
    // The cage itself refuses what is not there and what goes through a link.
    if (!existsSync(host)) continue;
    const path = realpathSync(host);
    const bad =
      own.find((folder) => within(path, folder) || within(folder, path)) ??
      SCRATCH.find((folder) => path === folder) ??
      projects.find((project) => within(project, path)) ??
      (existsSync(join(path, LEDGER_FILE)) ? path : undefined);
    if (bad === undefined) continue;
    throw new AkiosError(
      'DENIED',
      `${host} cannot be granted to a program: it holds or leads to ${bad}.`,
      { hint: 'Grant the folders that the program reads, not one above them.', where: host },
    );
  }
}
