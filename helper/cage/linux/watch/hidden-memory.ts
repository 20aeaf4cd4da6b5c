import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** What the kernel keeps for one mapping, its place in the tree included (measured: 125 to 150). */
const MAPPING_BYTES = 160;
/** A pipe beyond the user's soft limit still gets two pages, each other one sixteen (pipe(7)). */
const SMALL_PIPE = 8_192;
const USUAL_PIPE = 65_536;
const PAGE = 4096;

/** Counters of the whole host, in bytes: cheap to read, and nobody can hide from them. */
export interface HostMemory {
  /** In memory files and shared mappings, whoever holds them. */
  shared: number;
  /** In objects of the kernel that cannot be given back. */
  kernel: number;
}

export function hostMemory(text: string = readFileSync('/proc/meminfo', 'latin1')): HostMemory {
  const of = (name: string): number =>
    Number(new RegExp(`^${name}: +(\\d+) kB`, 'm').exec(text)?.[1] ?? 0) * 1024;
  return { shared: of('Shmem'), kernel: of('SUnreclaim') };
}

/** A file below /proc; null when the process is over, 'closed' when it hides itself from us. */
function textOf(path: string): string | null | 'closed' {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    return isClosed(error) ? 'closed' : null;
  }
}

function isClosed(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'EACCES' || code === 'EPERM';
}

/** Bytes in page tables: a few pages that are only read can need a table each, and show nowhere else. */
export function pageTables(pids: readonly number[]): number {
  let bytes = 0;
  for (const pid of pids) {
    const status = textOf(`/proc/${pid}/status`) ?? '';
    bytes += Number(/^VmPTE:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
  }
  return bytes;
}

/** The most that so many pipes hold; those that one user may fill whole are bounded together. */
export function pipeMemory(pipes: number, softPages: number): number {
  const whole = softPages === 0 ? Number.MAX_SAFE_INTEGER : softPages * PAGE;
  return pipes * SMALL_PIPE + Math.min(pipes * USUAL_PIPE, whole);
}

export function pipeSoftPages(): number {
  return Number(textOf('/proc/sys/fs/pipe-user-pages-soft')) || 0;
}

/** What the processes of a cage may hold although no resident set shows it. */
export interface Holdings {
  /** Bytes in shared memory that is mapped; exact where the kernel tells, else as far as it reaches. */
  mapped: number;
  /** Mappings of all processes. */
  mappings: number;
  /** Descriptors under way between two sockets, or a process that hides itself: anything is possible. */
  unknown: boolean;
}

const ROW = /^([0-9a-f]+)-([0-9a-f]+) (\S{4}) \S+ (\S+) (\d+) +(.*)$/;
/** Memory files, anonymous shared memory and System V segments. */
const SHARED = /^(?:\/memfd:|\/dev\/zero \(deleted\)|\/SYSV)/;

/**
 * Looks through every mapping and socket of the processes, in turns with other work.
 * @param most mappings after which counting ends: more is too much anyway
 */
export async function holdings(pids: readonly number[], most: number): Promise<Holdings> {
  const files = new Map<string, number>();
  const found: Holdings = { mapped: 0, mappings: 0, unknown: false };
  for (const pid of pids) {
    const maps = textOf(`/proc/${pid}/maps`);
    if (maps === 'closed') found.unknown = true;
    else if (maps !== null) found.mappings += mappingsOf(pid, maps, files);
    found.unknown ||= sendsDescriptors(pid);
    if (found.mappings > most) break;
    await nextTurn();
  }
  found.mapped = [...files.values()].reduce((a, b) => a + b, 0);
  return found;
}

function mappingsOf(pid: number, maps: string, files: Map<string, number>): number {
  let count = 0;
  for (const line of maps.split('\n')) {
    count += 1;
    const [, from = '', to = '', , device, inode, name = ''] = ROW.exec(line) ?? [];
    if (!SHARED.test(name)) continue;
    const key = `${device}:${inode}`;
    const size = Number.parseInt(to, 16) - Number.parseInt(from, 16);
    const exact = blocksOf(`/proc/${pid}/map_files/${from}-${to}`);
    files.set(key, exact ?? (files.get(key) ?? 0) + size);
  }
  return count;
}

/** Only root may follow these links. */
function blocksOf(path: string): number | null {
  try {
    return statSync(path).blocks * 512;
  } catch {
    // Not ours to see, or unmapped meanwhile: the size of the mapping stands in for it.
    return null;
  }
}

/** Whether a socket of the process has descriptors in its queue. */
function sendsDescriptors(pid: number): boolean {
  let names: string[];
  try {
    names = readdirSync(`/proc/${pid}/fd`);
  } catch (error) {
    return isClosed(error);
  }
  return names.some((fd) => {
    try {
      if (!readlinkSync(`/proc/${pid}/fd/${fd}`).startsWith('socket:')) return false;
    } catch {
      // Closed meanwhile.
      return false;
    }
    return /^scm_fds:\s*[1-9]/m.test(textOf(`/proc/${pid}/fdinfo/${fd}`) ?? '');
  });
}

export const mappingMemory = (mappings: number): number => mappings * MAPPING_BYTES;
export const mappingsIn = (bytes: number): number => Math.ceil(bytes / MAPPING_BYTES);
