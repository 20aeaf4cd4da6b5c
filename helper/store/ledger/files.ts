import {
  closeSync,
  fsyncSync,
  linkSync,
  lstatSync,
  openSync,
  renameSync,
  rmSync,
  type Stats,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { makeFolders } from '../../../shared/node/private-folder.ts';
import { broken, unavailable } from './faults.ts';

/**
 * Creates a file that must not exist, with its bytes and its directory entry flushed. The name
 * appears with the whole content: a key cut short by a power failure would end its log.
 */
export function writeNew(file: string, data: string | Uint8Array, mode: number): void {
  const part = `${file}.part`;
  rmSync(part, { force: true });
  writeFlushed(part, 'wx', data, mode);
  try {
    // Unlike a rename, a link never takes the place of a file that is there.
    linkSync(part, file);
  } finally {
    unlinkSync(part);
  }
  syncDir(dirname(file));
}

/** Replaces a file in one step; after a power failure too it has the old or the new content. */
export function replaceFile(file: string, data: string, mode = 0o644): void {
  const temporary = `${file}.new`;
  writeFlushed(temporary, 'w', data, mode);
  renameSync(temporary, file);
}

/** Appends and flushes; made with this mode when absent. */
export function appendFlushed(file: string, data: string, mode: number): void {
  writeFlushed(file, 'a', data, mode);
}

function writeFlushed(file: string, flag: string, data: string | Uint8Array, mode: number): void {
  const fd = openSync(file, flag, mode);
  try {
    writeSync(fd, typeof data === 'string' ? Buffer.from(data) : data);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

export function syncDir(dir: string): void {
  const fd = openSync(dir, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

export function exists(file: string): boolean {
  return lstatOrNull(file) !== null;
}

export function lstatOrNull(file: string): Stats | null {
  return lstatSync(file, { throwIfNoEntry: false }) ?? null;
}

/** Makes a real directory of ours; a link or one that others can write is refused. */
export function privateDir(dir: string, mode: number): void {
  makeFolders(dir, mode);
  const stat = lstatSync(dir);
  if (!stat.isDirectory()) throw broken('A folder of the audit log is a symbolic link or a file.');
  if ((stat.mode & 0o002) !== 0)
    throw unavailable('A folder of the audit log is writable by everyone.');
}

/** Which plain file a name stands for now (device and inode); null for none and for a link. */
export function identity(file: string): string | null {
  const stat = lstatSync(file, { throwIfNoEntry: false });
  return stat?.isFile() === true ? `${stat.dev}:${stat.ino}` : null;
}
