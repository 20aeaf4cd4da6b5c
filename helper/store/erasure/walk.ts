import { createHash } from 'node:crypto';
import { chmodSync, closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { AkiosError } from '../../../shared/domain/errors.ts';
import { type DirHandle, errnoOf, type Name } from '../../../shared/node/open-at.ts';

export const CHUNK = 1024 * 1024;
/** A sparse file that claims more than this is not read through: it would take days. */
export const MAX_SPARSE_BYTES = 64 * 1024 ** 3;
const O_PATH = 0o10000000;
// Absent on Windows.
const { O_NOFOLLOW = 0, O_NONBLOCK = 0, O_RDONLY } = constants;

/** A name for people: control and direction characters escaped, bounded. */
export function displayPath(base: string, name: Name): string {
  const text = typeof name === 'string' ? name : name.toString('utf8');
  const shown = text.replaceAll(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\ufffd]/gu,
    (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`,
  );
  const path = base === '' ? shown : `${base}/${shown}`;
  return path.length <= 1024 ? path : `${path.slice(0, 1000)}...`;
}

function mountId(fd: number): string {
  const info = readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8');
  const id = /^mnt_id:\s*(\d+)$/m.exec(info)?.[1];
  if (id === undefined)
    throw new AkiosError('UNSUPPORTED', 'The kernel does not tell mounts apart.');
  return id;
}

/** Which mount a folder lies on: bind mounts share a device number, but never a mount id. */
export function mountOf(folder: DirHandle): string {
  return folder.lookup === 'handle' ? mountId(folder.fd) : `device ${folder.stat().dev}`;
}

/** Opens the folder `path` below `root` name by name. Null when it is not there. */
export function openTarget(root: DirHandle, path: string): DirHandle | null {
  const names = path.split('/');
  if (names.some((name) => name === '' || name === '.' || name === '..')) {
    throw new AkiosError('INPUT_INVALID', 'A target of an erasure is not a plain path.');
  }
  let at = root;
  const passed: DirHandle[] = [];
  try {
    for (const name of names) {
      at = at.child(name);
      passed.push(at);
    }
    passed.pop();
    return at;
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return null;
    throw thrown;
  } finally {
    for (const handle of passed) handle.close();
  }
}

/** Opens a sub-folder; one that its owner locked is unlocked by handle first. */
export function openChild(folder: DirHandle, name: Name): DirHandle {
  const child = folder.child(name);
  try {
    child.unlock();
    return child;
  } catch (thrown) {
    child.close();
    throw thrown;
  }
}

const isElsewhere = () => new AkiosError('DENIED', 'another file system is mounted here');
const isOther = () => new AkiosError('DENIED', 'it is no longer a plain file');

/** Opens by path: the last name is not followed, and what was opened is what was looked at. */
async function openByPath(folder: DirHandle, name: Name, flags: number, mount: string) {
  const path = folder.at(name);
  const seen = folder.lstat(name);
  if (!seen.isFile()) throw isOther();
  if (`device ${seen.dev}` !== mount) throw isElsewhere();
  if ((seen.mode & 0o600) !== 0o600) chmodSync(path, 0o600);
  const file = await open(path, flags | O_NOFOLLOW | O_NONBLOCK);
  const stats = await file.stat();
  if (stats.isFile() && stats.ino === seen.ino && stats.dev === seen.dev) return file;
  await file.close();
  throw isOther();
}

/**
 * Opens the plain file `name` for reading or writing without following a link, and makes sure it is
 * the one the handle saw: same inode, same mount. A file its owner locked is unlocked first.
 */
export async function openFile(
  folder: DirHandle,
  name: Name,
  flags: number,
  mount: string,
): Promise<FileHandle> {
  if (folder.lookup === 'path') return await openByPath(folder, name, flags, mount);
  const seen = openSync(folder.at(name), O_PATH | O_NOFOLLOW);
  try {
    const stats = fstatSync(seen);
    if (!stats.isFile()) throw isOther();
    if (mountId(seen) !== mount) throw isElsewhere();
    if ((stats.mode & 0o600) !== 0o600) chmodSync(`/proc/self/fd/${seen}`, 0o600);
    // Through the handle: the same inode, whatever the name points at by now.
    return await open(`/proc/self/fd/${seen}`, flags | O_NONBLOCK);
  } finally {
    closeSync(seen);
  }
}

/** SHA-256 of a file, streamed; null for a sparse file too large to read through. */
export async function hashFile(
  folder: DirHandle,
  name: Name,
  mount: string,
  signal: AbortSignal | undefined,
): Promise<string | null> {
  const file = await openFile(folder, name, O_RDONLY, mount);
  try {
    const stats = await file.stat();
    if (stats.size > MAX_SPARSE_BYTES && stats.blocks * 512 < stats.size) return null;
    const hash = createHash('sha256');
    const buffer = Buffer.allocUnsafe(CHUNK);
    for (;;) {
      signal?.throwIfAborted();
      const { bytesRead } = await file.read(buffer, 0, CHUNK, null);
      if (bytesRead === 0) return hash.digest('hex');
      hash.update(buffer.subarray(0, bytesRead));
    }
  } finally {
    await file.close();
  }
}

/** The sentence for a person; never the text of an unknown error. */
export function whyOf(thrown: unknown): string {
  if (thrown instanceof AkiosError) return thrown.message;
  switch (errnoOf(thrown)) {
    case 'EACCES':
    case 'EPERM':
      return 'the system does not let this user change it';
    case 'EROFS':
      return 'the file system is read-only';
    case 'EBUSY':
      return 'it is in use or a file system is mounted on it';
    case 'ENOSPC':
    case 'EDQUOT':
      return 'no room is left to overwrite it';
    case 'EIO':
      return 'the disk reported an error';
    case 'ENOTEMPTY':
      return 'something in it could not be removed';
    default:
      return `the system refused (${errnoOf(thrown)})`;
  }
}
