import { inflateRawSync } from 'node:zlib';
import { AkiosError } from '../../../../shared/domain/errors.ts';

const MAX_ENTRIES = 4096;
const MAX_ENTRY_BYTES = 64 * 1024 * 1024;
const MAX_TOTAL_BYTES = 192 * 1024 * 1024;

export interface ZipEntry {
  name: string;
  method: number;
  packed: Uint8Array;
  size: number;
}

const bad = (why: string) => new AkiosError('INPUT_INVALID', `The document's archive ${why}.`);
const bomb = () =>
  new AkiosError('TOO_LARGE', 'The document unpacks to more than the limit.', {
    hint: 'Its compressed size hides its real size; it was not unpacked further.',
  });

function findEnd(view: DataView): number {
  const lowest = Math.max(0, view.byteLength - 22 - 0xffff);
  for (let at = view.byteLength - 22; at >= lowest; at -= 1) {
    if (view.getUint32(at, true) === 0x06054b50) return at;
  }
  throw bad('has no directory');
}

/** Where the directory of an archive ends whose comment reaches to the end of the file; or null. */
export function endOfZip(bytes: Uint8Array): number | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const lowest = Math.max(0, view.byteLength - 22 - 0xffff);
  for (let at = view.byteLength - 22; at >= lowest; at -= 1) {
    const isEnd = view.getUint32(at, true) === 0x06054b50;
    if (isEnd && at + 22 + view.getUint16(at + 20, true) === view.byteLength) return at;
  }
  return null;
}

/**
 * Reads the directory of a zip file: names, sizes and packed bytes; nothing is inflated.
 * Refuses what readers disagree on (encryption, 64-bit records, duplicate or differing names,
 * overlapping entries), because a file that two programs see differently cannot be vouched for.
 */
export function readZip(bytes: Uint8Array): Map<string, ZipEntry> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 22) throw bad('is too short');
  const end = findEnd(view);
  const count = view.getUint16(end + 10, true);
  let at = view.getUint32(end + 16, true);
  if (count > MAX_ENTRIES) throw bad('has too many entries');
  const entries = new Map<string, ZipEntry>();
  const ranges: [number, number][] = [];
  let total = 0;
  for (let index = 0; index < count; index += 1) {
    if (at + 46 > end || view.getUint32(at, true) !== 0x02014b50) throw bad('directory is broken');
    const nameLength = view.getUint16(at + 28, true);
    const name = Buffer.from(bytes.subarray(at + 46, at + 46 + nameLength)).toString('utf8');
    const entry = readEntry(bytes, view, at, name, ranges);
    if (entries.has(name)) throw bad('names one entry twice');
    total += entry.size;
    if (entry.size > MAX_ENTRY_BYTES || total > MAX_TOTAL_BYTES) throw bomb();
    entries.set(name, entry);
    at += 46 + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  ranges.sort((a, b) => a[0] - b[0]);
  for (let index = 1; index < ranges.length; index += 1) {
    if (ranges[index]![0] < ranges[index - 1]![1]) throw bad('has overlapping entries');
  }
  return entries;
}

function readEntry(
  bytes: Uint8Array,
  view: DataView,
  at: number,
  name: string,
  ranges: [number, number][],
): ZipEntry {
  const flags = view.getUint16(at + 8, true);
  const method = view.getUint16(at + 10, true);
  const packedSize = view.getUint32(at + 20, true);
  const size = view.getUint32(at + 24, true);
  const local = view.getUint32(at + 42, true);
  if ((flags & 0x41) !== 0) throw bad('is encrypted');
  if (method !== 0 && method !== 8) throw bad('uses an unknown compression');
  if (packedSize === 0xffffffff || size === 0xffffffff) throw bad('uses 64-bit records');
  if (local + 30 > bytes.length || view.getUint32(local, true) !== 0x04034b50) {
    throw bad('points outside itself');
  }
  const localName = view.getUint16(local + 26, true);
  const start = local + 30 + localName + view.getUint16(local + 28, true);
  const shown = Buffer.from(bytes.subarray(local + 30, local + 30 + localName)).toString('utf8');
  if (shown !== name) throw bad('gives one entry two names');
  if (start + packedSize > bytes.length) throw bad('is cut off');
  ranges.push([local, start + packedSize]);
  return { name, method, packed: bytes.subarray(start, start + packedSize), size };
}

/** Inflates one entry to exactly its declared size; one byte more or less is refused. */
export function unpack(entry: ZipEntry): Buffer {
  if (entry.method === 0) {
    if (entry.packed.length !== entry.size) throw bad('lies about a size');
    return Buffer.from(entry.packed);
  }
  try {
    const out = inflateRawSync(entry.packed, { maxOutputLength: Math.max(1, entry.size) });
    if (out.length !== entry.size) throw bad('lies about a size');
    return out;
  } catch (thrown) {
    if (thrown instanceof AkiosError) throw thrown;
    if (thrown instanceof RangeError) throw bomb();
    throw bad('is damaged');
  }
}
