import {
  chmodSync,
  closeSync,
  constants as fsConstants,
  fstatSync,
  fsyncSync,
  lstatSync,
  openSync,
  readdirSync,
  type Stats,
} from 'node:fs';

/** Linux O_PATH (same number on x86-64 and arm64): a handle that names but cannot read. */
const O_PATH = 0o10000000;
// Absent on Windows.
const { O_DIRECTORY = 0, O_NOFOLLOW = 0, O_RDONLY } = fsConstants;

/** A file name as the kernel holds it. Bytes that are not UTF-8 must survive a round trip. */
export type Name = string | Buffer;

function assertPlainName(name: Name): void {
  const text = typeof name === 'string' ? name : name.toString('latin1');
  if (text === '' || text === '.' || text === '..' || /[/\0]/.test(text)) {
    throw new RangeError('not a plain file name');
  }
}

/**
 * How names are resolved. `handle`: relative to the open inode (Linux). `path`: by path, with the
 * last component never followed; for systems without `/proc/self/fd`. There a folder that is
 * swapped between two steps is noticed only by its next check.
 */
export type Lookup = 'handle' | 'path';

export function platformLookup(): Lookup {
  return process.platform === 'linux' ? 'handle' : 'path';
}

/**
 * A directory held open, so that names are resolved relative to the inode that was checked and
 * not to a path somebody can swap in between. Node has no openat; `/proc/self/fd/N/name` is the
 * same lookup: the kernel jumps to the open inode, then resolves one plain name.
 */
export class DirHandle {
  readonly fd: number;
  readonly lookup: Lookup;
  private readonly base: Buffer;

  private constructor(path: Name, lookup: Lookup) {
    this.lookup = lookup;
    if (lookup === 'handle') {
      this.fd = openSync(path, O_PATH | O_DIRECTORY | O_NOFOLLOW);
      this.base = Buffer.from(`/proc/self/fd/${this.fd}/`);
      return;
    }
    // Windows opens no folders: there the check is all there is.
    if (!lstatSync(path).isDirectory()) throw notFolder();
    this.fd =
      process.platform === 'win32' ? -1 : openSync(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    this.base = Buffer.concat([
      typeof path === 'string' ? Buffer.from(path) : path,
      Buffer.from('/'),
    ]);
  }

  /** Opens a directory by path; its last component must not be a link (ELOOP or ENOTDIR). */
  static open(path: string, lookup: Lookup = platformLookup()): DirHandle {
    return new DirHandle(path, lookup);
  }

  /** The path through the handle. One plain name only: no slash, no dot names, no NUL. */
  at(name: Name): Name {
    assertPlainName(name);
    return typeof name === 'string'
      ? this.base.toString('utf8') + name
      : Buffer.concat([this.base, name]);
  }

  /** Opens a sub-directory without following a link. */
  child(name: Name): DirHandle {
    return new DirHandle(this.at(name), this.lookup);
  }

  lstat(name: Name): Stats {
    return lstatSync(this.at(name));
  }

  stat(): Stats {
    return this.fd < 0 ? lstatSync(this.base) : fstatSync(this.fd);
  }

  names(): string[] {
    return readdirSync(this.base);
  }

  rawNames(): Buffer[] {
    return readdirSync(this.base, { encoding: 'buffer' });
  }

  /** Gives the owner of the folder all rights on it, where it has lost them. */
  unlock(): void {
    if ((this.stat().mode & 0o700) !== 0o700) chmodSync(this.base, 0o700);
  }

  /** Makes changes to the folder itself durable. */
  sync(): void {
    if (process.platform === 'win32') return;
    const fd = openSync(this.base, O_RDONLY | O_DIRECTORY);
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  }

  close(): void {
    if (this.fd >= 0) closeSync(this.fd);
  }
}

function notFolder(): Error {
  return Object.assign(new Error('not a folder'), { code: 'ENOTDIR' });
}

export function errnoOf(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'UNKNOWN';
}
