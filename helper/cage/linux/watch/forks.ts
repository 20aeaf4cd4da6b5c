/** A program that stands at its limit this long, and goes on starting processes, is ended. */
export const PINNED_MS = 5_000;
/** So near the limit that the difference may be processes that ended while they were counted. */
const NEAR = 0.9;
/** Part of one processor that goes into system calls: what failing to fork again and again costs. */
const BUSY = 0.15;

export interface ForkLook {
  /** Processes and threads of the program. */
  tasks: number;
  pids: readonly number[];
  /** Time in the kernel of all of them so far, milliseconds. */
  systemMs: number;
  /** New processes that the kernel has refused so far; null where nothing counts them. */
  refused: number | null;
}

/**
 * Tells a fork bomb from a program that merely has as many processes as it may. The limit holds
 * both, but a bomb would eat the processor until its time is up.
 */
export class ForkWatch {
  readonly #limit: number;
  readonly #seen = new Set<number>();
  #since: number | null = null;
  #fresh = 0;
  #first: ForkLook | null = null;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** True when it stood at the limit for `PINNED_MS` and went on trying. `now` in milliseconds. */
  look(now: number, look: ForkLook): boolean {
    if (look.tasks < this.#limit * NEAR) {
      this.#since = null;
      return false;
    }
    if (this.#since === null || this.#first === null) {
      this.#begin(now, look);
      return false;
    }
    for (const pid of look.pids) {
      if (this.#seen.has(pid)) continue;
      this.#seen.add(pid);
      this.#fresh += 1;
    }
    const stood = now - this.#since;
    if (stood < PINNED_MS) return false;
    const busy = look.systemMs - this.#first.systemMs > stood * BUSY;
    const refused = (look.refused ?? 0) - (this.#first.refused ?? 0) > this.#limit;
    const trying = busy || refused || this.#fresh > this.#limit / 2;
    this.#begin(now, look);
    return trying;
  }

  #begin(now: number, look: ForkLook): void {
    this.#since = now;
    this.#first = look;
    this.#fresh = 0;
    this.#seen.clear();
    for (const pid of look.pids) this.#seen.add(pid);
  }
}
