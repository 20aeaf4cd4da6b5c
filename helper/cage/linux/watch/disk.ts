import { constants } from 'node:fs';
import { lstat, open, opendir, statfs } from 'node:fs/promises';

export interface DiskUse {
  bytes: number;
  entries: number;
  /** Folders are nested deeper than is counted. */
  deep?: boolean;
}

/**
 * Size of a folder tree on disk. Links are never followed: each folder is opened by name below an
 * already open one. Stops at `most`, since more is too much anyway.
 */
export async function measure(path: string, most: DiskUse): Promise<DiskUse> {
  const use: DiskUse = { bytes: 0, entries: 0 };
  const linked = new Set<number>();
  await walk(path, use, most, linked, 0);
  return use;
}

/** Each level costs an open descriptor of the helper. */
const DEEPEST = 128;

async function walk(
  path: string,
  use: DiskUse,
  most: DiskUse,
  linked: Set<number>,
  depth: number,
): Promise<void> {
  const flags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
  const folder = await open(path, flags).catch(ignoreGone);
  if (folder === null) return;
  try {
    const here = `/proc/self/fd/${folder.fd}`;
    const entries = await opendir(here).catch(ignoreGone);
    if (entries === null) return;
    for await (const entry of entries) {
      use.entries += 1;
      if (use.entries > most.entries || use.bytes > most.bytes) return;
      if (entry.isFile()) await count(`${here}/${entry.name}`, use, linked);
      else if (entry.isDirectory() && depth >= DEEPEST) use.deep = true;
      else if (entry.isDirectory())
        await walk(`${here}/${entry.name}`, use, most, linked, depth + 1);
    }
  } finally {
    await folder.close();
  }
}

async function count(path: string, use: DiskUse, linked: Set<number>): Promise<void> {
  const stat = await lstat(path).catch(ignoreGone);
  if (stat === null) return;
  if (stat.nlink > 1) {
    if (linked.has(stat.ino)) return;
    linked.add(stat.ino);
  }
  use.bytes += stat.blocks * 512;
}

/** A file that goes away, or turns into something else, while it is counted takes no room. */
function ignoreGone(error: NodeJS.ErrnoException): null {
  const fine = ['ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES', 'ENAMETOOLONG'];
  if (fine.includes(error.code ?? '')) return null;
  throw error;
}

/** Blocks and inodes in use on the file system that holds `path`; null where it cannot tell. */
export async function fileSystemUse(path: string): Promise<DiskUse | null> {
  const fs = await statfs(path).catch(ignoreGone);
  if (fs === null) return null;
  return { bytes: (fs.blocks - fs.bfree) * fs.bsize, entries: fs.files - fs.ffree };
}
