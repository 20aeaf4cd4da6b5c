import {
  closeSync,
  constants as fsConstants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  type Stats,
} from 'node:fs';

/** Linux O_PATH (same number on x86-64 and arm64): a handle that names but cannot read. */
const O_PATH = 0o10000000;
const { O_DIRECTORY, O_NOFOLLOW, O_RDONLY } = fsConstants;

/** A file name as the kernel holds it. Bytes that are not UTF-8 must survive a round trip. */
export type Name = string | Buffer;

function assertPlainName(name: Name): void {
  const text = typeof name === 'string' ? name : name.toString('latin1');
  if (text === '' || text === '.' || text === '..' || /[/\0]/.test(text)) {
    throw new RangeError('not a plain file name');
  }
}

/**
 * A directory held open, so that names are resolved relative to the inode that was checked and
 * not to a path somebody can swap in between. Node has no openat; `/proc/self/fd/N/name` is the
 * same lookup: the kernel jumps to the open inode, then resolves one plain name. Linux only.
 */
export class DirHandle {
  readonly fd: number;

  private constructor(fd: number) {
    this.fd = fd;
  }

  /** Opens a directory by path; its last component must not be a link (ELOOP or ENOTDIR). */
  static open(path: string): DirHandle {
    return new DirHandle(openSync(path, O_PATH | O_DIRECTORY | O_NOFOLLOW));
  }

  /** The path through the handle. One plain name only: no slash, no dot names, no NUL. */
  at(name: Name): Name {
    assertPlainName(name);
    const base = `/proc/self/fd/${this.fd}/`;
    return typeof name === 'string' ? base + name : Buffer.concat([Buffer.from(base), name]);
  }

  /** Opens a sub-directory without following a link. */
  child(name: Name): DirHandle {
    return new DirHandle(openSync(this.at(name), O_PATH | O_DIRECTORY | O_NOFOLLOW));
  }

  lstat(name: Name): Stats {
    return lstatSync(this.at(name));
  }

  stat(): Stats {
    return fstatSync(this.fd);
  }

  names(): string[] {
    return readdirSync(`/proc/self/fd/${this.fd}/`);
  }

  rawNames(): Buffer[] {
    return readdirSync(`/proc/self/fd/${this.fd}/`, { encoding: 'buffer' });
  }

  /** A readable descriptor of the directory itself, for fsync. */
  readable(): number {
    return openSync(`/proc/self/fd/${this.fd}/`, O_RDONLY | O_DIRECTORY);
  }

  close(): void {
    closeSync(this.fd);
  }
}

export function errnoOf(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'UNKNOWN';
}
