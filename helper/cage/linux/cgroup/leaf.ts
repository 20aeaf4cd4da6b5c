import {
  closeSync,
  constants,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CageLimits } from '../../port.ts';
import { BRIDGE_PROCESSES } from '../limits.ts';

export interface LeafEvents {
  oomKills: number;
  pidsRefused: number;
}

const errnoOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? '';

function field(path: string, name: string): number {
  try {
    const text = readFileSync(path, 'utf8');
    return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENODEV') return 0;
    throw error;
  }
}

function single(path: string): number | null {
  try {
    return Number(readFileSync(path, 'utf8'));
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENODEV') return null;
    throw error;
  }
}

/** bubblewrap and process 1 are in the group too. */
const OWN_PROCESSES = 2;
const CPU_PERIOD = 100_000;

/** For writing alone: some of these files, like cgroup.kill, may not be read even by their owner. */
export function writeGroupFile(path: string, value: string | number): void {
  const fd = openSync(path, constants.O_WRONLY);
  try {
    writeSync(fd, `${value}\n`);
  } finally {
    closeSync(fd);
  }
}

/** The control group of one run. */
export class Leaf {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** Makes the group and writes its limits; nothing is in it yet. */
  static create(base: string, name: string, limits: CageLimits, bridge: boolean): Leaf {
    const leaf = new Leaf(join(base, name));
    mkdirSync(leaf.path, { mode: 0o755 });
    try {
      leaf.#limit(limits, OWN_PROCESSES + (bridge ? BRIDGE_PROCESSES : 0));
      return leaf;
    } catch (error) {
      rmdirSync(leaf.path);
      throw error;
    }
  }

  #limit(limits: CageLimits, ownProcesses: number): void {
    this.#write('memory.max', Math.floor(limits.memoryBytes));
    this.#write('memory.oom.group', 1);
    this.#write('pids.max', Math.floor(limits.pids) + ownProcesses);
    const quota = Math.max(1000, Math.floor(limits.cpus * CPU_PERIOD));
    this.#write('cpu.max', `${quota} ${CPU_PERIOD}`);
    try {
      this.#write('memory.swap.max', 0);
    } catch (error) {
      // A kernel without swap accounting has no such file.
      if (errnoOf(error) !== 'ENOENT') throw error;
    }
  }

  /**
   * Holds what the group reads from, and writes to, one disk. Written back pages count too, where
   * the file system tells whose they are (ext4, xfs, btrfs): a file's pages belong to the group that
   * made it dirty first, until the kernel notices after some seconds that another one writes.
   * @param disk "major:minor" of a whole disk
   */
  limitDisk(disk: string, bytesPerSecond: number): void {
    const most = Math.max(1, Math.floor(bytesPerSecond));
    this.#write('io.max', `${disk} rbps=${most} wbps=${most}`);
  }

  #write(file: string, value: string | number): void {
    writeGroupFile(join(this.path, file), value);
  }

  kill(): void {
    try {
      this.#write('cgroup.kill', 1);
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT' && errnoOf(error) !== 'ENODEV') throw error;
    }
  }

  events(): LeafEvents {
    return {
      oomKills: field(join(this.path, 'memory.events'), 'oom_kill'),
      pidsRefused: field(join(this.path, 'pids.events'), 'max'),
    };
  }

  cpuMs(): number {
    return Math.round(field(join(this.path, 'cpu.stat'), 'usage_usec') / 1000);
  }

  peakBytes(): number | null {
    return single(join(this.path, 'memory.peak'));
  }

  /** Kills what is left and removes the group; waits until the kernel lets go of it. */
  async remove(): Promise<void> {
    for (let wait = 1; ; wait = Math.min(wait * 2, 100)) {
      if (tryRemove(this.path)) return;
      this.kill();
      await sleep(wait);
    }
  }
}

function tryRemove(path: string): boolean {
  try {
    rmdirSync(path);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return true;
    if (errnoOf(error) === 'EBUSY') return false;
    throw error;
  }
}

/** Ends and removes a group with everything below it. */
export async function removeTree(path: string): Promise<void> {
  let children: string[];
  try {
    children = readdirSync(path, { withFileTypes: true })
      .filter((e) => e.isDirectory())
      .map((e) => e.name);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return;
    throw error;
  }
  for (const name of children) await removeTree(join(path, name));
  await new Leaf(path).remove();
}
