import {
  chmodSync,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { AkiosError } from '../../shared/domain/errors.ts';
import type { PlannedFile } from './plan.ts';

const BLOCK = 1024 * 1024;

/**
 * Copies the plan beside the target and puts it in the target's place in one step, so that an
 * upgrade that is cut short leaves the old program whole.
 */
export function installTree(plan: readonly PlannedFile[], target: string): void {
  const fresh = `${target}.new-${process.pid}`;
  const old = `${target}.old-${process.pid}`;
  rmSync(fresh, { recursive: true, force: true });
  try {
    for (const file of plan) copyFile(file, join(fresh, file.to));
    if (lstatSync(target, { throwIfNoEntry: false }) !== undefined) renameSync(target, old);
    renameSync(fresh, target);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
    rmSync(old, { recursive: true, force: true });
  }
}

/** The source is opened without following a link and must be a plain file at that moment. */
function copyFile({ from, mode }: PlannedFile, to: string): void {
  makeFolder(dirname(to));
  const source = openSync(from, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    if (!fstatSync(source).isFile()) {
      throw new AkiosError('DENIED', `${from} is no plain file; it is not installed.`);
    }
    const target = openSync(to, 'wx', mode);
    try {
      const block = Buffer.allocUnsafe(BLOCK);
      for (;;) {
        const got = readSync(source, block);
        if (got === 0) break;
        for (let at = 0; at < got; ) at += writeSync(target, block, at, got - at);
      }
    } finally {
      closeSync(target);
    }
    chmodSync(to, mode);
  } finally {
    closeSync(source);
  }
}

/** Whatever the caller's umask is: the service's user must be able to read what root copies. */
function makeFolder(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) return;
  makeFolder(dirname(path));
  mkdirSync(path);
  chmodSync(path, 0o755);
}

/**
 * The first path, of a tree and of the folders above it, that somebody but its owner could change;
 * null when there is none. The service must never run what another user can write.
 */
export function firstWritable(tree: string, owner = 0): string | null {
  for (let folder = tree; ; folder = dirname(folder)) {
    if (!isFixed(folder, owner)) return folder;
    if (dirname(folder) === folder) break;
  }
  return firstInside(tree, owner);
}

/** As `firstWritable`, for what lies in the folder alone. */
export function firstInside(folder: string, owner: number): string | null {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (!isFixed(path, owner)) return path;
    const inner = entry.isDirectory() ? firstInside(path, owner) : null;
    if (inner !== null) return inner;
  }
  return null;
}

function isFixed(path: string, owner: number): boolean {
  const stat = lstatSync(path);
  if (stat.isSymbolicLink() || (stat.uid !== 0 && stat.uid !== owner)) return false;
  return (stat.mode & 0o022) === 0;
}
