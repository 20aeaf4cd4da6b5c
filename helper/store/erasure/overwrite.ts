import { randomFillSync } from 'node:crypto';
import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { AkiosError } from '../../../shared/domain/errors.ts';
import type { DirHandle, Name } from '../../../shared/node/open-at.ts';
import { CHUNK, MAX_SPARSE_BYTES, openFile } from './walk.ts';

async function writeFully(file: FileHandle, bytes: Buffer, at: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, at + done);
    done += bytesWritten;
  }
}

/** True when the stretch is a hole or all zeros: nothing to destroy, and writing would fill the disk. */
async function isBlank(file: FileHandle, buffer: Buffer, at: number, zeros: Buffer) {
  const { bytesRead } = await file.read(buffer, 0, buffer.length, at);
  return buffer.subarray(0, bytesRead).equals(zeros.subarray(0, bytesRead));
}

async function fill(
  file: FileHandle,
  stretches: readonly [from: number, length: number][],
  random: boolean,
  signal: AbortSignal | undefined,
): Promise<void> {
  const buffer = Buffer.alloc(CHUNK);
  for (const [from, length] of stretches) {
    signal?.throwIfAborted();
    if (random) randomFillSync(buffer);
    await writeFully(file, buffer.subarray(0, length), from);
  }
  await file.sync();
}

/** The stretches that hold data: all of a plain file, the non-zero ones of a sparse file. */
async function stretchesOf(
  file: FileHandle,
  size: number,
  sparse: boolean,
  signal: AbortSignal | undefined,
): Promise<[number, number][]> {
  const out: [number, number][] = [];
  const buffer = Buffer.alloc(CHUNK);
  const zeros = Buffer.alloc(CHUNK);
  for (let at = 0; at < size; at += CHUNK) {
    signal?.throwIfAborted();
    const length = Math.min(CHUNK, size - at);
    if (sparse && (await isBlank(file, buffer.subarray(0, length), at, zeros))) continue;
    out.push([at, length]);
  }
  return out;
}

/**
 * Destroys the content of one plain file: `passes` cycles of random bytes, fsync, zeros, fsync
 * (0 = none), then truncation and fsync. Streams; memory stays at one chunk. Throws on any failure,
 * and then the content must be taken as not destroyed.
 */
export async function destroyContent(
  folder: DirHandle,
  name: Name,
  mount: string,
  expected: { ino: number; nlink: number },
  passes: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const file = await openFile(folder, name, constants.O_RDWR, mount);
  try {
    const stats = await file.stat();
    if (stats.ino !== expected.ino || stats.nlink !== expected.nlink) {
      throw new AkiosError('CONFLICT', 'it was changed while the erasure ran');
    }
    const sparse = stats.blocks * 512 < stats.size;
    if (passes > 0 && sparse && stats.size > MAX_SPARSE_BYTES) {
      throw new AkiosError('TOO_LARGE', 'a sparse file too large to overwrite');
    }
    if (passes > 0) {
      const stretches = await stretchesOf(file, stats.size, sparse, signal);
      for (let pass = 0; pass < passes; pass += 1) {
        await fill(file, stretches, true, signal);
        await fill(file, stretches, false, signal);
      }
    }
    await file.truncate(0);
    await file.sync();
  } finally {
    await file.close();
  }
}
