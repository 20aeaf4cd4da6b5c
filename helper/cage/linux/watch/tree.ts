import { existsSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';

/** What one look at the processes of a cage found. */
export interface TreeLook {
  pids: number[];
  /** Sum of resident sets; pages shared by several processes count several times. */
  rssBytes: number;
  /** Of each process. */
  rssOf: ReadonlyMap<number, number>;
  /** Address space of all processes, touched or not. */
  virtualBytes: number;
  cpuMs: number;
  /** Of that, in the kernel. */
  systemMs: number;
  /** Processes and threads. */
  tasks: number;
  /** One process of each session. */
  sessions: ReadonlyMap<number, number>;
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
  const rssOf = new Map<number, number>();
  const sessions = new Map<number, number>();
  let virtualBytes = 0;
  let ticks = 0;
  let systemTicks = 0;
  let tasks = 0;
  for (const pid of pids) {
    const stat = read(`/proc/${pid}/stat`);
    if (stat === null) continue;
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // utime, stime, and those of children already waited for; vsize in bytes, rss in pages.
    for (const i of [11, 12, 13, 14]) ticks += Number(fields[i]);
    for (const i of [12, 14]) systemTicks += Number(fields[i]);
    tasks += Number(fields[17]);
    sessions.set(Number(fields[3]), pid);
    virtualBytes += Number(fields[20]);
    rssOf.set(pid, Number(fields[21]) * PAGE);
  }
  const rssBytes = [...rssOf.values()].reduce((a, b) => a + b, 0);
  const [cpuMs, systemMs] = [ticks * TICK_MS, systemTicks * TICK_MS];
  return { pids, rssBytes, rssOf, virtualBytes, cpuMs, systemMs, tasks, sessions };
}

/**
 * Memory of the tree with shared pages counted once (proportional set size). A process that hides
 * itself (unreadable program, PR_SET_DUMPABLE) counts with its whole resident set.
 * @param part `private`: without shared memory and memory files
 */
export function exactMemory(
  look: Pick<TreeLook, 'pids' | 'rssOf'>,
  part: 'all' | 'private' = 'all',
): number {
  let bytes = 0;
  for (const pid of look.pids) {
    const rollup = read(`/proc/${pid}/smaps_rollup`);
    const all = kilobytes(rollup, 'Pss');
    if (all === null) bytes += existsSync(`/proc/${pid}`) ? (look.rssOf.get(pid) ?? 0) : 0;
    else bytes += all - (part === 'all' ? 0 : (kilobytes(rollup, 'Pss_Shmem') ?? 0));
  }
  return bytes;
}

function kilobytes(text: string | null, name: string): number | null {
  const found = new RegExp(`^${name}: +(\\d+) kB`, 'm').exec(text ?? '')?.[1];
  return found === undefined ? null : Number(found) * 1024;
}

/**
 * Bytes in files that only a descriptor still holds: memory files (memfd), which no process's
 * resident set shows, and unlinked files on the file system `device`, which no folder shows; and how
 * many pipes there are.
 */
export function heldFiles(
  pids: readonly number[],
  device: number | null,
): { memory: number; disk: number; pipes: number } {
  const pipes = new Set<string>();
  const memory = new Map<string, number>();
  const disk = new Map<string, number>();
  for (const pid of pids) {
    for (const fd of list(`/proc/${pid}/fd`)) {
      const path = `/proc/${pid}/fd/${fd}`;
      try {
        const link = readlinkSync(path);
        if (link.startsWith('pipe:')) pipes.add(link);
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
  return { memory: sum(memory), disk: sum(disk), pipes: pipes.size };
}
