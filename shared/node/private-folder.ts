import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes a folder of this user alone, with its parents. One level at a time: below /proc, Node's own
 * recursive mkdir never comes back.
 * @throws the system's error (ENOENT, EACCES, ENOTDIR, EROFS, ENOSPC, ...)
 */
export function makePrivateFolder(folder: string): void {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return;
  if (dirname(folder) !== folder) makePrivateFolder(dirname(folder));
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    // Another process may have been faster; a file in the way is told by whoever uses the folder.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
