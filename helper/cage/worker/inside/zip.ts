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

/** The directory is one piece, its end is the end of the file, and nothing is counted otherwise. */
function checkEnd(view: DataView, end: number): void {
  if (end + 22 + view.getUint16(end + 20, true) !== view.byteLength)
    throw bad('has data after its end');
  if (end >= 20 && view.getUint32(end - 20, true) === 0x07064b50) throw bad('uses 64-bit records');
  const disks = view.getUint16(end + 4, true) + view.getUint16(end + 6, true);
  if (disks !== 0 || view.getUint16(end + 8, true) !== view.getUint16(end + 10, true))
    throw bad('is one of several');
}

/** Names inside the archive only, in one spelling: programs fold case, marks and dots differently. */
function checkName(name: string): void {
  const control = [...name].some((char) => char.charCodeAt(0) < 32);
  const parts = name.replace(/\/$/, '').split('/');
  const outside = parts.some((part) => part === '' || part === '.' || part === '..');
  if (control || outside || /[\\\ufffd]|^[A-Za-z]:/.test(name))
    throw bad('has an entry with a name that leads elsewhere');
}

/** A second name in the extra fields of an entry (Info-ZIP Unicode path). */
function namedAgain(view: DataView, from: number, length: number, name: string): boolean {
  let at = from;
  while (at + 4 <= from + length) {
    const size = view.getUint16(at + 2, true);
    if (view.getUint16(at, true) === 0x7075 && size > 5) {
      const bytes = Buffer.from(view.buffer, view.byteOffset + at + 9, size - 5);
      if (bytes.toString('utf8') !== name) return true;
    }
    at += 4 + size;
  }
  return false;
}

/**
 * Reads the directory of a zip file: names, sizes and packed bytes; nothing is inflated.
 * Refuses what readers disagree on (encryption, 64-bit records, duplicate or differing names or
 * headers, names of other places, overlapping entries, data before or behind), because a file that
 * two programs see differently cannot be vouched for.
 */
export function readZip(bytes: Uint8Array): Map<string, ZipEntry> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 22) throw bad('is too short');
  const end = findEnd(view);
  checkEnd(view, end);
  const count = view.getUint16(end + 10, true);
  let at = view.getUint32(end + 16, true);
  if (count > MAX_ENTRIES) throw bad('has too many entries');
  const entries = new Map<string, ZipEntry>();
  const folded = new Set<string>();
  const ranges: [number, number][] = [];
  let total = 0;
  for (let index = 0; index < count; index += 1) {
    if (at + 46 > end || view.getUint32(at, true) !== 0x02014b50) throw bad('directory is broken');
    const nameLength = view.getUint16(at + 28, true);
    const name = Buffer.from(bytes.subarray(at + 46, at + 46 + nameLength)).toString('utf8');
    const entry = readEntry(bytes, view, at, name, ranges);
    checkName(name);
    // Parts of an Office file are the same part whatever their case.
    if (folded.has(name.toLowerCase())) throw bad('names one entry twice');
    folded.add(name.toLowerCase());
    const extra = view.getUint16(at + 30, true);
    if (at + 46 + nameLength + extra > end) throw bad('directory is broken');
    if (namedAgain(view, at + 46 + nameLength, extra, name)) throw bad('gives one entry two names');
    total += entry.size;
    if (entry.size > MAX_ENTRY_BYTES || total > MAX_TOTAL_BYTES) throw bomb();
    entries.set(name, entry);
    at += 46 + nameLength + extra + view.getUint16(at + 32, true);
  }
  if (at !== end) throw bad('directory is broken');
  ranges.sort((a, b) => a[0] - b[0]);
  if (ranges.length > 0 && ranges[0]![0] !== 0) throw bad('has data before its first entry');
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
  const later = (flags & 8) !== 0;
  const localSize = view.getUint32(local + 18, true);
  const same =
    view.getUint16(local + 8, true) === method &&
    (view.getUint16(local + 6, true) & 0x49) === (flags & 0x49) &&
    (localSize === packedSize || (later && localSize === 0));
  if (!same) throw bad('describes one entry in two ways');
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
