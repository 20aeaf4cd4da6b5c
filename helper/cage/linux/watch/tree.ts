import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';

/** What one look at the processes of a cage found. */
export interface TreeLook {
  pids: number[];
  /** Sum of resident sets; pages shared by several processes count several times. */
  rssBytes: number;
  cpuMs: number;
  /** Of that, in the kernel. */
  systemMs: number;
  /** Processes and threads. */
  tasks: number;
}

const PAGE = 4096;
const TICK_MS = 10;

function read(path: string): string | null {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    // The process ended between two reads: it holds nothing any more.
    return null;
  }
}

function list(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function childrenOf(pid: number): number[] {
  return list(`/proc/${pid}/task`).flatMap((thread) =>
    (read(`/proc/${pid}/task/${thread}/children`) ?? '').split(' ').filter(Boolean).map(Number),
  );
}

/** Every process of the tree below (and with) process 1 of a cage: orphans are its children too. */
export function treeOf(init: number): number[] {
  const found = [init];
  const seen = new Set(found);
  for (let i = 0; i < found.length; i += 1) {
    for (const child of childrenOf(found[i] ?? 0)) {
      if (!seen.has(child)) {
        seen.add(child);
        found.push(child);
      }
    }
  }
  return found;
}

export function lookAt(init: number): TreeLook {
  const pids = treeOf(init);
  let rssBytes = 0;
  let ticks = 0;
  let systemTicks = 0;
  let tasks = 0;
  for (const pid of pids) {
    const stat = read(`/proc/${pid}/stat`);
    if (stat === null) continue;
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // utime, stime, and those of children already waited for; rss in pages.
    for (const i of [11, 12, 13, 14]) ticks += Number(fields[i]);
    for (const i of [12, 14]) systemTicks += Number(fields[i]);
    tasks += Number(fields[17]);
    rssBytes += Number(fields[21]) * PAGE;
  }
  return { pids, rssBytes, cpuMs: ticks * TICK_MS, systemMs: systemTicks * TICK_MS, tasks };
}

/** Memory of the tree with shared pages counted once (proportional set size). */
export function exactMemory(pids: readonly number[]): number {
  let bytes = 0;
  for (const pid of pids) {
    const rollup = read(`/proc/${pid}/smaps_rollup`) ?? '';
    bytes += Number(/^Pss: +(\d+) kB/m.exec(rollup)?.[1] ?? 0) * 1024;
  }
  return bytes;
}

/**
 * Bytes in files that only a descriptor still holds: memory files (memfd), which no process's
 * resident set shows, and unlinked files on the file system `device`, which no folder shows.
 */
export function heldFiles(
  pids: readonly number[],
  device: number | null,
): { memory: number; disk: number } {
  const memory = new Map<string, number>();
  const disk = new Map<string, number>();
  for (const pid of pids) {
    for (const fd of list(`/proc/${pid}/fd`)) {
      const path = `/proc/${pid}/fd/${fd}`;
      try {
        const link = readlinkSync(path);
        if (!link.endsWith(' (deleted)')) continue;
        const stat = statSync(path);
        const into = link.startsWith('/memfd:') ? memory : stat.dev === device ? disk : null;
        into?.set(`${stat.dev}:${stat.ino}`, stat.blocks * 512);
      } catch {
        // Closed meanwhile: nothing to count.
      }
    }
  }
  const sum = (files: Map<string, number>): number =>
    [...files.values()].reduce((a, b) => a + b, 0);
  return { memory: sum(memory), disk: sum(disk) };
}

/** Bytes of shared memory in use on the whole host: tells cheaply when memory files may grow. */
export function hostShared(): number {
  const found = /^Shmem: +(\d+) kB/m.exec(read('/proc/meminfo') ?? '');
  return Number(found?.[1] ?? 0) * 1024;
}
