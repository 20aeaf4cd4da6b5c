import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * "major:minor" of the whole disk that holds a path, as io.max wants it; null where the kernel
 * cannot name one (tmpfs, overlay, network and multi-disk file systems), so that nothing can be
 * limited there.
 */
export function diskOf(path: string): string | null {
  const device = statSync(path, { bigint: true, throwIfNoEntry: false })?.dev;
  return device === undefined ? null : wholeDisk(numbersOf(device));
}

/** The numbers of a dev_t as the C library packs them. */
export function numbersOf(device: bigint): string {
  const major = ((device >> 8n) & 0xfffn) | ((device >> 32n) & 0xfffff000n);
  const minor = (device & 0xffn) | ((device >> 12n) & 0xffffff00n);
  return `${major}:${minor}`;
}

/** A partition has no queue of its own: its disk has. */
export function wholeDisk(numbers: string, blocks = '/sys/dev/block'): string | null {
  const place = join(blocks, numbers);
  if (numbers.startsWith('0:') || !existsSync(place)) return null;
  if (!existsSync(join(place, 'partition'))) return numbers;
  // The link leads to DISK/PARTITION: the kernel, not the text, must go up from there.
  return readFileSync(`${place}/../dev`, 'utf8').trim();
}
