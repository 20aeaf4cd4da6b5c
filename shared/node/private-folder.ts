import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes a folder of this user alone, with its parents.
 * @throws the system's error (ENOENT, EACCES, ENOTDIR, EROFS, ENOSPC, ...)
 */
export function makePrivateFolder(folder: string): void {
  makeFolders(folder, 0o700);
}

/**
 * Makes a folder with its parents, all of this mode. One level at a time: below /proc, Node's own
 * recursive mkdir never comes back, and with it the program that was given such a path.
 * @throws the system's error (ENOENT, EACCES, ENOTDIR, EROFS, ENOSPC, ...)
 */
export function makeFolders(folder: string, mode: number): void {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return;
  if (dirname(folder) !== folder) makeFolders(dirname(folder), mode);
  try {
    mkdirSync(folder, { mode });
  } catch (error) {
    // Another process may have been faster; a file in the way is told by whoever uses the folder.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
