import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  lstatSync,
  openSync,
  readdirSync,
  renameSync,
  rmdirSync,
  unlinkSync,
} from 'node:fs';

const FOLDER = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/**
 * Removes what a program left, however deep it nested folders and however it closed them to their
 * owner. Folders found inside are moved up beside their parents and emptied one after another, so no
 * path grows, nothing recurses, and each entry costs a few calls. Links are removed, never followed.
 * Nobody may be writing there any more. A path that is not there is no error.
 */
export function eraseTree(path: string): void {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return;
  if (!stat.isDirectory()) {
    unlinkSync(path);
    return;
  }
  const sweep = new Sweep(path);
  sweep.run();
  rmdirSync(path);
}

/** Names as the bytes they are: not all of them are text. */
type Name = Buffer;
const SLASH = Buffer.from('/');
const below = (folder: string | Buffer, name: Name): Buffer =>
  Buffer.concat([Buffer.from(folder), SLASH, name]);

class Sweep {
  readonly #root: string;
  readonly #prefix = `.erase-${randomBytes(8).toString('hex')}-`;
  #moved = 0;
  /** Names of folders that lie directly in the root. */
  readonly #waiting: Name[] = [];

  constructor(root: string) {
    this.#root = root;
  }

  run(): void {
    this.#empty(Buffer.from(this.#root), (name) => this.#waiting.push(name));
    for (let name = this.#waiting.pop(); name !== undefined; name = this.#waiting.pop()) {
      const path = below(this.#root, name);
      this.#empty(path, (inner, here) => this.#moveUp(below(here, inner)));
      rmdirSync(path);
    }
  }

  /** Removes everything in a folder but folders. */
  #empty(path: Buffer, folder: (name: Name, here: string) => void): void {
    const fd = openFolder(path);
    try {
      // Through the descriptor: a name that turns into a link meanwhile leads nowhere else.
      const here = `/proc/self/fd/${fd}`;
      for (const entry of readdirSync(here, { withFileTypes: true, encoding: 'buffer' })) {
        if (entry.isDirectory()) folder(entry.name, here);
        else unlinkSync(below(here, entry.name));
      }
    } finally {
      closeSync(fd);
    }
  }

  #moveUp(from: Buffer): void {
    const name = Buffer.from(`${this.#prefix}${this.#moved}`);
    this.#moved += 1;
    const to = below(this.#root, name);
    try {
      renameSync(from, to);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EACCES') throw error;
      // A folder that may not be written may not be moved either: its ".." would change.
      chmodSync(from, 0o700);
      renameSync(from, to);
    }
    this.#waiting.push(name);
  }
}

/** Opened for its owner first where the program had closed it. */
function openFolder(path: Buffer): number {
  const stat = lstatSync(path);
  if (stat.isDirectory() && (stat.mode & 0o700) !== 0o700 && stat.uid === process.getuid?.()) {
    chmodSync(path, 0o700);
  }
  const fd = openSync(path, FOLDER);
  if ((stat.mode & 0o700) !== 0o700) tryOpen(fd);
  return fd;
}

/** Root needs none of these rights; an ordinary user changes only what is its own. */
function tryOpen(fd: number): void {
  try {
    fchmodSync(fd, 0o700);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') throw error;
  }
}
