import {
  closeSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  type Stats,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { broken, unavailable } from './faults.ts';

/** Creates a file that must not exist, with its bytes and its directory entry flushed. */
export function writeNew(file: string, data: string | Uint8Array, mode: number): void {
  const fd = openSync(file, 'wx', mode);
  try {
    writeSync(fd, typeof data === 'string' ? Buffer.from(data) : data);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  syncDir(dirname(file));
}

/** Replaces a file in one step; a reader sees the old or the new content, never a part. */
export function replaceFile(file: string, data: string, mode = 0o644): void {
  const temporary = `${file}.new`;
  writeFileSync(temporary, data, { mode });
  renameSync(temporary, file);
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
  mkdirSync(dir, { recursive: true, mode });
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
