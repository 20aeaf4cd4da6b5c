import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmdirSync,
  type Stats,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { AkiosError } from '../../../../shared/domain/errors.ts';
import { type DirHandle, errnoOf } from '../../../../shared/node/open-at.ts';
import type { FileEntry, WorkerOps } from '../port.ts';
import { canonicalPath } from '../project-path.ts';
import { MAX_LIST_ENTRIES } from '../protocol.ts';
import { decodeText } from './decode.ts';

const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;
export const MAX_FILE_BYTES = 64 * 1024 * 1024;
export const MAX_WRITE_BYTES = 10 * 1024 * 1024;
const MAX_DEPTH = 64;
const CHUNK = 1024 * 1024;

/** Turns an errno into the sentence and code a workflow author sees. `path` is project relative. */
export function fileError(thrown: unknown, path: string): unknown {
  if (thrown instanceof AkiosError) return thrown;
  const errno = errnoOf(thrown);
  switch (errno) {
    case 'ENOENT':
      return new AkiosError('FILE_NOT_FOUND', `There is no file or folder at ${path}.`, {
        hint: 'It may also lie outside what the policy lets this run see.',
      });
    case 'ENOTDIR':
    case 'ELOOP':
      return new AkiosError('DENIED', `A part of ${path} is a link or not a folder.`, {
        hint: 'Links are never followed. Put the file itself in the project.',
      });
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new AkiosError('DENIED', `The cage does not let this run touch ${path} this way.`, {
        hint: 'Grant the folder in the policy, for writing if it is to be changed.',
      });
    case 'EXDEV':
    case 'EBUSY':
      return new AkiosError('DENIED', `${path} lies on a boundary of the grant.`);
    case 'ENOSPC':
    case 'EDQUOT':
      return new AkiosError('DISK_FULL', `No room is left to write ${path}.`);
    case 'EFBIG':
      return new AkiosError('TOO_LARGE', `${path} would pass the size limit of the cage.`);
    case 'ENOTEMPTY':
    case 'EEXIST':
      return new AkiosError('CONFLICT', `${path} already exists or is not empty.`);
    default:
      return new AkiosError('STEP_FAILED', `The file operation on ${path} failed (${errno}).`);
  }
}

interface Place {
  parent: DirHandle;
  name: string;
  path: string;
}

/** Opens the parent folder of `raw` name by name, following no link, and hands it to `use`. */
function atPlace<T>(root: DirHandle, raw: string, make: boolean, use: (place: Place) => T): T {
  const path = canonicalPath(raw);
  const names = path.split('/');
  const name = names.pop();
  if (name === undefined || path === '.') {
    throw new AkiosError('INPUT_INVALID', 'The path names the project folder itself.');
  }
  if (names.length > MAX_DEPTH) throw new AkiosError('INPUT_INVALID', 'The path is too deep.');
  const open: DirHandle[] = [];
  try {
    let parent = root;
    for (const step of names) {
      if (make) makeFolder(parent, step);
      parent = parent.child(step);
      open.push(parent);
    }
    return use({ parent, name, path });
  } catch (thrown) {
    throw fileError(thrown, path);
  } finally {
    for (const handle of open) handle.close();
  }
}

function makeFolder(parent: DirHandle, name: string): void {
  try {
    parent.lstat(name);
  } catch (thrown) {
    if (errnoOf(thrown) !== 'ENOENT') throw thrown;
    mkdirSync(parent.at(name), 0o755);
  }
}

/** A plain file with one name. Devices, pipes, sockets and hard links are refused. */
function assertPlainFile(stats: Stats, path: string): void {
  if (stats.isSymbolicLink()) throw new AkiosError('DENIED', `${path} is a link.`);
  if (stats.isDirectory()) throw new AkiosError('INPUT_INVALID', `${path} is a folder.`);
  if (!stats.isFile()) throw new AkiosError('DENIED', `${path} is not a plain file.`);
  if (stats.nlink > 1) {
    throw new AkiosError('DENIED', `${path} is a hard link: the same file has another name.`, {
      hint: 'Copy the file instead of linking it.',
    });
  }
}

function withFile<T>(place: Place, flags: number, use: (fd: number, stats: Stats) => T): T {
  // O_NONBLOCK: opening a pipe must not hang the worker before its type is seen.
  const fd = openSync(place.parent.at(place.name), flags | O_NOFOLLOW | O_NONBLOCK, 0o644);
  try {
    const stats = fstatSync(fd);
    assertPlainFile(stats, place.path);
    return use(fd, stats);
  } finally {
    closeSync(fd);
  }
}

/** Reads at most `cap` bytes; one byte more is an error, never a silent cut. */
function readAll(fd: number, cap: number, path: string): Buffer {
  const chunks: Buffer[] = [];
  let total = 0;
  for (;;) {
    const chunk = Buffer.allocUnsafe(Math.min(CHUNK, cap + 1 - total));
    const got = readSync(fd, chunk, 0, chunk.length, null);
    if (got === 0) return Buffer.concat(chunks, total);
    total += got;
    if (total > cap) {
      throw new AkiosError('TOO_LARGE', `${path} is larger than ${cap} bytes.`, {
        hint: 'Raise the read limit of the step, or split the file.',
      });
    }
    chunks.push(chunk.subarray(0, got));
  }
}

export function readBytes(root: DirHandle, path: string, cap = MAX_FILE_BYTES): Buffer {
  return atPlace(root, path, false, (place) =>
    withFile(place, O_RDONLY, (fd) => readAll(fd, cap, place.path)),
  );
}

function writeAll(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at, bytes.length - at);
  fsyncSync(fd);
}

function assertReplaceable(place: Place): void {
  try {
    assertPlainFile(place.parent.lstat(place.name), place.path);
  } catch (thrown) {
    if (errnoOf(thrown) !== 'ENOENT') throw thrown;
  }
}

/** Whole or not at all: written beside, flushed, then renamed over the name. */
export function writeBytes(root: DirHandle, path: string, bytes: Uint8Array): number {
  return atPlace(root, path, true, (place) => {
    assertReplaceable(place);
    const beside = place.parent.at(`.akios-${randomBytes(9).toString('hex')}`);
    const fd = openSync(beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o644);
    try {
      try {
        writeAll(fd, bytes);
      } finally {
        closeSync(fd);
      }
      renameSync(beside, place.parent.at(place.name));
    } catch (thrown) {
      unlinkSync(beside);
      throw thrown;
    }
    place.parent.sync();
    return bytes.length;
  });
}

function appendBytes(root: DirHandle, path: string, bytes: Uint8Array): number {
  return atPlace(root, path, true, (place) =>
    withFile(place, O_WRONLY | O_APPEND | O_CREAT, (fd, stats) => {
      if (stats.size + bytes.length > MAX_FILE_BYTES) {
        throw new AkiosError('TOO_LARGE', `${place.path} would pass ${MAX_FILE_BYTES} bytes.`);
      }
      writeAll(fd, bytes);
      return bytes.length;
    }),
  );
}

function entryOf(path: string, stats: Stats): FileEntry {
  const kind = stats.isFile()
    ? 'file'
    : stats.isDirectory()
      ? 'directory'
      : stats.isSymbolicLink()
        ? 'link'
        : 'other';
  return { path, kind, bytes: stats.size, modifiedAt: stats.mtime.toISOString() };
}

function listInto(folder: DirHandle, base: string, deep: boolean, out: FileEntry[]): void {
  for (const name of folder.names().sort()) {
    const path = base === '.' ? name : `${base}/${name}`;
    let stats: Stats;
    try {
      stats = folder.lstat(name);
    } catch (thrown) {
      // A name that is not UTF-8 cannot be addressed; one that vanished is no longer there.
      if (errnoOf(thrown) !== 'ENOENT') throw thrown;
      continue;
    }
    if (out.length >= MAX_LIST_ENTRIES) {
      throw new AkiosError('TOO_LARGE', `The folder holds more than ${MAX_LIST_ENTRIES} entries.`);
    }
    out.push(entryOf(path, stats));
    if (deep && stats.isDirectory() && path.split('/').length < MAX_DEPTH) {
      const inner = folder.child(name);
      try {
        listInto(inner, path, deep, out);
      } finally {
        inner.close();
      }
    }
  }
}

function list(root: DirHandle, raw: string, recursive: boolean): FileEntry[] {
  const out: FileEntry[] = [];
  if (canonicalPath(raw) === '.') {
    listInto(root, '.', recursive, out);
    return out;
  }
  return atPlace(root, raw, false, (place) => {
    const folder = place.parent.child(place.name);
    try {
      listInto(folder, place.path, recursive, out);
      return out;
    } finally {
      folder.close();
    }
  });
}

function stat(root: DirHandle, raw: string): FileEntry {
  if (canonicalPath(raw) === '.') return entryOf('.', root.stat());
  return atPlace(root, raw, false, (place) => entryOf(place.path, place.parent.lstat(place.name)));
}

function exists(root: DirHandle, raw: string): boolean {
  try {
    stat(root, raw);
    return true;
  } catch (thrown) {
    if (thrown instanceof AkiosError && thrown.code === 'FILE_NOT_FOUND') return false;
    throw thrown;
  }
}

function move(root: DirHandle, from: string, to: string): void {
  atPlace(root, from, false, (source) => {
    assertPlainFile(source.parent.lstat(source.name), source.path);
    atPlace(root, to, true, (target) => {
      assertReplaceable(target);
      try {
        renameSync(source.parent.at(source.name), target.parent.at(target.name));
      } catch (thrown) {
        // Two grants are two mounts: a rename cannot cross them, a copy can.
        if (errnoOf(thrown) !== 'EXDEV') throw thrown;
        writeBytes(root, to, readBytes(root, from));
        unlinkSync(source.parent.at(source.name));
      }
    });
  });
}

function remove(root: DirHandle, path: string): void {
  atPlace(root, path, false, (place) => {
    const stats = place.parent.lstat(place.name);
    // Removing a link removes the link; an empty folder may go, a full one is refused.
    if (stats.isDirectory()) rmdirSync(place.parent.at(place.name));
    else unlinkSync(place.parent.at(place.name));
  });
}

type FsOps = { [O in keyof WorkerOps as O extends `fs.${string}` ? O : never]: WorkerOps[O] };

/** The file operations, confined to `root` by handle and to the grants by the mounts around it. */
export function fileOps(root: DirHandle): {
  [O in keyof FsOps]: (input: FsOps[O]['in']) => FsOps[O]['out'];
} {
  return {
    'fs.read': ({ path, maxBytes }) => {
      const bytes = readBytes(root, path, Math.min(maxBytes, MAX_FILE_BYTES));
      return { text: decodeText(bytes, canonicalPath(path)), bytes: bytes.length };
    },
    'fs.write': ({ path, text, append }) => {
      const bytes = Buffer.from(text, 'utf8');
      if (bytes.length > MAX_WRITE_BYTES) {
        throw new AkiosError('TOO_LARGE', `One write may hold at most ${MAX_WRITE_BYTES} bytes.`);
      }
      const write = append === true ? appendBytes : writeBytes;
      return { bytes: write(root, path, bytes) };
    },
    'fs.list': ({ path, recursive }) => ({ entries: list(root, path, recursive === true) }),
    'fs.stat': ({ path }) => ({ entry: stat(root, path) }),
    'fs.exists': ({ path }) => ({ exists: exists(root, path) }),
    'fs.move': ({ from, to }) => {
      move(root, from, to);
      return {};
    },
    'fs.copy': ({ from, to }) => ({ bytes: writeBytes(root, to, readBytes(root, from)) }),
    'fs.delete': ({ path }) => {
      remove(root, path);
      return {};
    },
  };
}
