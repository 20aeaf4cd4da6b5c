import { statSync } from 'node:fs';
import type { CageEnd, CageLimits } from '../../port.ts';
import type { Usage } from '../caged-process.ts';
import { printable } from '../launch/program.ts';
import { type DiskUse, fileSystemUse, measure } from './disk.ts';
import { ForkWatch, PINNED_MS } from './forks.ts';
import { MemoryWatch } from './memory.ts';
import type { SocketWatch } from './new-sockets.ts';
import { SessionWatch, sessionsCompete } from './sessions.ts';
import { heldFiles, lookAt, treeOf } from './tree.ts';

export interface PollInput {
  limits: CageLimits;
  init: number;
  workDir: string | null;
  sockets: SocketWatch;
  /** Watch memory and processor time too: no cgroup holds them. */
  softMemory: boolean;
  /** New processes refused so far, where a group counts them. */
  refused(): number | null;
  end(end: CageEnd, detail: string): void;
}

const EVERY_MS = 100;
/** A walk of the work folder is paid for by this many times its length in rest. */
const REST = 4;
const MIB = 1024 * 1024;
/** A folder with more entries than this is judged by its file system's counters alone. */
const MOST_WALKED = 200_000;
/** Other programs may free room meanwhile, which hides growth from the counters. */
const WALK_ANYWAY_MS = 2000;
/** The list of a machine with very many sockets is not read all the time. */
const SOCKETS_REST = 20;
const SCRATCH = ['/tmp', '/dev/shm'];

const mib = (bytes: number): string => `${Math.round(bytes / MIB)} MiB`;

/**
 * Looks at a run every 100 ms and ends it past a limit that the kernel does not hold for us. Soft:
 * between two looks a program may go over.
 */
export class Poll {
  readonly #input: PollInput;
  readonly #memory: MemoryWatch | null;
  readonly #sessions: SessionWatch | null;
  readonly #diskAtStart: Promise<DiskUse> | null;
  /** Of the work folder: somebody may remove or rename it while the program runs. */
  readonly #device: number | null;
  readonly #forks: ForkWatch;
  #fsAtStart: DiskUse | null = null;
  #timer: NodeJS.Timeout | null = null;
  #stopped = false;
  #disk: Promise<void> = Promise.resolve();
  #diskBusy = false;
  #nextWalk = 0;
  #lastWalk = performance.now();
  /** What the last walk found, and what the file system held as it began. */
  #walked: { use: DiskUse; fs: DiskUse } | null = null;
  #nextSockets = 0;
  #cpuMs: number | null = null;
  #peakRss = 0;

  constructor(input: PollInput) {
    this.#input = input;
    this.#forks = new ForkWatch(input.limits.pids);
    this.#sessions = input.softMemory && sessionsCompete() ? new SessionWatch() : null;
    this.#memory = input.softMemory
      ? new MemoryWatch(
          input.init,
          input.limits.memoryBytes,
          () => this.#scratchBytes(),
          (detail) => this.#end('memory', detail),
          (error) => this.#blind(error),
        )
      : null;
    this.#diskAtStart = input.workDir === null ? null : this.#baseline(input.workDir);
    // It may fail before the first look waits for it.
    this.#diskAtStart?.catch((error: unknown) => this.#blind(error));
    this.#device =
      input.workDir === null
        ? null
        : (statSync(input.workDir, { throwIfNoEntry: false })?.dev ?? null);
    this.#timer = setInterval(() => {
      try {
        this.#look();
      } catch (error) {
        this.#blind(error);
      }
    }, EVERY_MS);
  }

  async stop(): Promise<Usage> {
    this.#stopped = true;
    if (this.#timer !== null) clearInterval(this.#timer);
    await Promise.all([this.#disk, this.#memory?.settled()]);
    return { cpuMs: this.#cpuMs, maxRssBytes: this.#peakRss === 0 ? null : this.#peakRss };
  }

  /** What the folder held before: the limits are on what this run adds. */
  async #baseline(workDir: string): Promise<DiskUse> {
    this.#fsAtStart = await fileSystemUse(workDir);
    const stopped = (): boolean => this.#stopped;
    return measure(workDir, { bytes: Number.MAX_SAFE_INTEGER, entries: MOST_WALKED, stopped });
  }

  #look(): void {
    if (this.#stopped) return;
    const { init, limits } = this.#input;
    const look = lookAt(init);
    this.#cpuMs = Math.max(this.#cpuMs ?? 0, look.cpuMs);
    this.#peakRss = Math.max(this.#peakRss, look.rssBytes);
    this.#memory?.look(look);
    const eager = this.#sessions?.look(performance.now(), look) ?? null;
    if (eager !== null) {
      this.#end('pids', `Its processes took the processor in ${eager} sessions at once.`);
    }
    // Process 1 is not the program's.
    const forks = { ...look, tasks: look.tasks - 1, refused: this.#input.refused() };
    if (this.#forks.look(performance.now(), forks)) {
      const stood = `It stood at its limit of ${limits.pids} processes for ${PINNED_MS / 1000} s`;
      this.#end('pids', `${stood} and went on starting more.`);
    }
    if (look.cpuMs > limits.cpuSeconds * 1000) {
      this.#end(
        'timeout',
        `Its processes used more than ${limits.cpuSeconds} s of processor time.`,
      );
    }
    if (performance.now() >= this.#nextSockets) this.#judgeSockets();
    if (!this.#diskBusy) {
      this.#diskBusy = true;
      this.#disk = this.#judgeDisk()
        .catch((error: unknown) => this.#blind(error))
        .finally(() => {
          this.#diskBusy = false;
        });
    }
  }

  #judgeSockets(): void {
    const began = performance.now();
    const fresh = this.#input.sockets.fresh();
    this.#nextSockets = performance.now() + SOCKETS_REST * (performance.now() - began);
    if (fresh === null) return;
    const why = 'a program outside listens there, and the cage must not reach it';
    this.#end('killed', `A socket appeared in a folder it sees (${printable(fresh)}): ${why}.`);
  }

  async #scratchBytes(): Promise<number> {
    const { init } = this.#input;
    const uses = SCRATCH.map((place) => fileSystemUse(`/proc/${init}/root${place}`));
    return (await Promise.all(uses)).reduce((sum, use) => sum + (use?.bytes ?? 0), 0);
  }

  async #judgeDisk(): Promise<void> {
    const { init, limits, workDir } = this.#input;
    const began = performance.now();
    for (const place of SCRATCH) {
      const scratch = await fileSystemUse(`/proc/${init}/root${place}`);
      if (scratch !== null && scratch.entries > limits.diskEntries) {
        this.#end('disk', `It made more than ${limits.diskEntries} files in ${place}.`);
      }
    }
    if (workDir === null || this.#diskAtStart === null) return;
    const before = await this.#diskAtStart;
    const most = {
      bytes: before.bytes + limits.diskBytes,
      entries: before.entries + limits.diskEntries,
    };
    const now = await fileSystemUse(workDir);
    if (began < this.#nextWalk && !this.#pressing(now, before, most)) return;
    const worth = this.#worthWalking(now, limits);
    if (before.entries > MOST_WALKED) {
      if (worth === 'over') this.#end('disk', 'It filled the file system of the work folder.');
    } else if (worth !== 'no' || began - this.#lastWalk > WALK_ANYWAY_MS) {
      this.#lastWalk = began;
      const use = await measure(workDir, { ...most, stopped: () => this.#stopped });
      this.#walked = now === null ? null : { use, fs: now };
      this.#judgeUse(use, before, most);
    }
    this.#nextWalk = performance.now() + REST * (performance.now() - began);
  }

  /**
   * True when the last walk's result and what the file system has taken up since are more than is
   * allowed: then a program may be writing for all it is worth, and a walk must not rest.
   */
  #pressing(now: DiskUse | null, before: DiskUse, most: DiskUse): boolean {
    const { use, fs } = this.#walked ?? { use: before, fs: this.#fsAtStart };
    if (now === null || fs === null) return false;
    const over = (had: number, took: number, may: number): boolean => had + took > may + may / 16;
    return (
      over(use.bytes, now.bytes - fs.bytes, most.bytes) ||
      over(use.entries, now.entries - fs.entries, most.entries)
    );
  }

  #judgeUse(use: DiskUse, before: DiskUse, most: DiskUse): void {
    const { init, limits } = this.#input;
    const held = this.#device === null ? 0 : heldFiles(treeOf(init), this.#device).disk;
    const bytes = use.bytes + held;
    if (bytes > most.bytes) {
      this.#end('disk', `It added more than ${mib(limits.diskBytes)} to the work folder.`);
    } else if (use.entries > most.entries) {
      this.#end('disk', `It added more than ${limits.diskEntries} entries to the work folder.`);
    } else if (use.deep === true && before.deep !== true) {
      this.#end('disk', 'It nested folders too deep to be counted.');
    }
  }

  /** The file system's own counters are cheap: walk only when they moved enough to matter. */
  #worthWalking(now: DiskUse | null, limits: CageLimits): 'no' | 'yes' | 'over' {
    if (now === null || this.#fsAtStart === null) return 'yes';
    const bytes = now.bytes - this.#fsAtStart.bytes;
    const entries = now.entries - this.#fsAtStart.entries;
    if (bytes > limits.diskBytes || entries > limits.diskEntries) return 'over';
    // Some file systems (btrfs) count no inodes.
    const near = bytes > limits.diskBytes / 8 || entries > limits.diskEntries / 8;
    return near || now.entries === 0 ? 'yes' : 'no';
  }

  /** A program that cannot be watched is ended; the helper and the other programs go on. */
  #blind(error: unknown): void {
    const why = error instanceof Error ? error.message : String(error);
    this.#end('killed', `What it uses could not be measured: ${why}.`);
  }

  #end(end: CageEnd, detail: string): void {
    if (!this.#stopped) this.#input.end(end, detail);
  }
}
