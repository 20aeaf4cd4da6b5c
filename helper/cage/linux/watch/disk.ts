import {
  closeSync,
  constants,
  type Dir,
  type Dirent,
  lstatSync,
  opendirSync,
  openSync,
} from 'node:fs';
import { statfs } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';

export interface DiskUse {
  bytes: number;
  entries: number;
  /** Folders are nested deeper than is counted. */
  deep?: boolean;
}

export interface Bounds {
  bytes: number;
  entries: number;
  /** Asked between entries; true ends the walk early. */
  stopped?: () => boolean;
}

/**
 * Size of a folder tree on disk. Links are never followed: each folder is opened by name below an
 * already open one. Stops past the bounds, since more is too much anyway.
 */
export async function measure(path: string, bounds: Bounds): Promise<DiskUse> {
  const walk = new Walk(bounds);
  await walk.folder(path, 0);
  return walk.use;
}

/** Each level costs an open descriptor of the helper. */
const DEEPEST = 128;
const OPEN_FOLDER = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
/**
 * Looked at in one go, in slices: a program writes on while it is counted, and an answer from
 * another thread for each file would take twenty times as long.
 */
const SLICE_MS = 4;
const LOOKS_AT_CLOCK = 64;

class Walk {
  readonly use: DiskUse = { bytes: 0, entries: 0 };
  readonly #bounds: Bounds;
  readonly #linked = new Set<number>();
  #sliceBegan = performance.now();

  constructor(bounds: Bounds) {
    this.#bounds = bounds;
  }

  #over(): boolean {
    const { bytes, entries, stopped } = this.#bounds;
    return this.use.entries > entries || this.use.bytes > bytes || stopped?.() === true;
  }

  async #turn(): Promise<void> {
    if (this.use.entries % LOOKS_AT_CLOCK !== 0) return;
    if (performance.now() - this.#sliceBegan < SLICE_MS) return;
    await nextTurn();
    this.#sliceBegan = performance.now();
  }

  async folder(path: string, depth: number): Promise<void> {
    const fd = unlessGone(() => openSync(path, OPEN_FOLDER));
    if (fd === null) return;
    try {
      const here = `/proc/self/fd/${fd}`;
      const entries = unlessGone(() => opendirSync(here, { bufferSize: 256 }));
      if (entries === null) return;
      try {
        await this.#entries(entries, here, depth);
      } finally {
        entries.closeSync();
      }
    } finally {
      closeSync(fd);
    }
  }

  async #entries(entries: Dir, here: string, depth: number): Promise<void> {
    const next = (): Dirent | null => unlessGone(() => entries.readSync());
    for (let entry = next(); entry !== null; entry = next()) {
      this.use.entries += 1;
      if (this.#over()) return;
      const inner = `${here}/${entry.name}`;
      if (entry.isFile()) count(inner, this.use, this.#linked);
      else if (entry.isDirectory() && depth >= DEEPEST) this.use.deep = true;
      else if (entry.isDirectory()) await this.folder(inner, depth + 1);
      await this.#turn();
    }
  }
}

function count(path: string, use: DiskUse, linked: Set<number>): void {
  const stat = unlessGone(() => lstatSync(path));
  if (stat === null) return;
  if (stat.nlink > 1) {
    if (linked.has(stat.ino)) return;
    linked.add(stat.ino);
  }
  use.bytes += stat.blocks * 512;
}

function unlessGone<T>(look: () => T): T | null {
  try {
    return look();
  } catch (error) {
    return ignoreGone(error as NodeJS.ErrnoException);
  }
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
