import { readFileSync, writeFileSync } from 'node:fs';

/** So many sessions are left alone; beyond, each gets less, so that all of them weigh little more than one. */
const FEW = 4;
const MANY = 16;
/** More sessions than `MANY` that could not be quieted for this long are an attack on the scheduler. */
export const EAGER_MS = 2_000;

export interface SessionLook {
  /** One process of each session. */
  sessions: ReadonlyMap<number, number>;
}

/** Gives one process's session a niceness; false where the kernel does not take it (now). */
export type Quiet = (pid: number, nice: number) => 'done' | 'gone' | 'later';

/**
 * Where no control group bounds the processor, the kernel gives each session its share
 * (sched_autogroup): a program that makes a hundred of them leaves the helper, and a person who wants
 * to stop it, a hundredth. The sessions of a cage are quieted as they grow in number. Without rights
 * the kernel takes ten such orders a second, so a program that outruns them is ended.
 */
export class SessionWatch {
  readonly #quiet: Quiet;
  /** Session to the niceness it was given. */
  #given = new Map<number, number>();
  #eagerSince: number | null = null;

  constructor(quiet: Quiet = setAutogroup) {
    this.#quiet = quiet;
  }

  /** How many sessions stand against it for too long, or null. `now` in milliseconds. */
  look(now: number, { sessions }: SessionLook): number | null {
    const nice = sessions.size > MANY ? 19 : sessions.size > FEW ? 10 : 0;
    if (nice === 0) {
      this.#eagerSince = null;
      return null;
    }
    const given = new Map([...this.#given].filter(([session]) => sessions.has(session)));
    let eager = 0;
    let refused = false;
    for (const [session, pid] of sessions) {
      if ((given.get(session) ?? 0) >= nice) continue;
      const answer = refused ? 'later' : this.#quiet(pid, nice);
      if (answer === 'done') given.set(session, nice);
      if (answer === 'later') {
        refused = true;
        eager += 1;
      }
    }
    this.#given = given;
    if (eager <= MANY) this.#eagerSince = null;
    else this.#eagerSince ??= now;
    return this.#eagerSince !== null && now - this.#eagerSince > EAGER_MS ? eager : null;
  }
}

/** Whether sessions are scheduled as groups here at all. */
export function sessionsCompete(): boolean {
  try {
    return readFileSync('/proc/sys/kernel/sched_autogroup_enabled', 'latin1').trim() === '1';
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

function setAutogroup(pid: number, nice: number): 'done' | 'gone' | 'later' {
  try {
    writeFileSync(`/proc/${pid}/autogroup`, String(nice), { flag: 'r+' });
    return 'done';
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'ESRCH' ? 'gone' : 'later';
  }
}
