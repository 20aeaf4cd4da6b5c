import { existsSync, readFileSync } from 'node:fs';
import { uptime } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { AkiosError } from '../../../shared/domain/errors.ts';
import { replaceFile } from './files.ts';

export const CLOCK_FILE = 'clock.json';
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** A clock may be set ahead by this much while the host runs (a late first synchronisation). */
const STEP_MS = HOUR_MS;
/** So long a host may have been off, or a log at rest, before a person has to say that it was. */
const OFF_MS = 31 * DAY_MS;

const moment = z.strictObject({
  boot: z.string(),
  /** Milliseconds the host had been up. */
  uptime: z.number(),
  /** Milliseconds since 1970. */
  wall: z.number(),
});
type Moment = z.infer<typeof moment>;

/** What of a host tells how much time really passed. */
export interface HostTime {
  boot: string;
  /** Milliseconds since the host booted, time asleep included. */
  uptime(): number;
}

export function hostTime({ boot, uptime: given }: Partial<HostTime> & { boot: string }): HostTime {
  return { boot, uptime: given ?? (() => uptime() * 1000) };
}

export interface ClockDoubt {
  /** What the clock says, and the latest that is believed; milliseconds since 1970. */
  now: number;
  believed: number;
}

/**
 * Which times of the clock are believed when bodies are to be removed for good. A clock that jumps
 * ahead must not make everything old: it is held against the uptime of the host, and across a
 * restart against the last moment that was believed. A clock that goes back makes nothing old and is
 * believed at once; the believed time itself never goes back.
 */
export class TrustedClock {
  readonly #file: string;
  readonly #host: HostTime;
  #last: Moment | null;
  #keptAt = Number.NEGATIVE_INFINITY;

  /** `newest`: time of the newest record (ISO, empty for none), for a log that never kept a moment. */
  constructor(trustDir: string, host: HostTime, newest: string) {
    this.#file = join(trustDir, CLOCK_FILE);
    this.#host = host;
    this.#last = readMoment(this.#file) ?? (newest === '' ? null : before(Date.parse(newest)));
  }

  /** Looks at the clock; null when it is believed. Ms since 1970. */
  look(now: number): ClockDoubt | null {
    const believed = this.#believed(now);
    const allowed = believed + (this.#last?.boot === this.#host.boot ? STEP_MS : OFF_MS);
    const doubt = this.#last !== null && now > allowed;
    // Within a boot the uptime alone goes on: many small steps ahead are a large one.
    const sameBoot = this.#last?.boot === this.#host.boot;
    this.#keep(doubt || sameBoot ? believed : Math.max(believed, now));
    return doubt ? { now, believed } : null;
  }

  /** A person says that the clock is right. */
  confirm(now: number): void {
    this.#keptAt = Number.NEGATIVE_INFINITY;
    this.#keep(now);
  }

  /** Throws DENIED while the clock is not believed. */
  refuse(now: number): void {
    const doubt = this.look(now);
    if (doubt === null) return;
    const { message, hint } = doubtText(doubt);
    throw new AkiosError('DENIED', message, { hint });
  }

  #believed(now: number): number {
    if (this.#last === null) return now;
    const { boot, uptime: then, wall } = this.#last;
    return boot === this.#host.boot ? wall + Math.max(0, this.#host.uptime() - then) : wall;
  }

  /** On disk once an hour: a killed helper only makes the gap look an hour longer. */
  #keep(wall: number): void {
    const { boot } = this.#host;
    const at = this.#host.uptime();
    const sameBoot = this.#last?.boot === boot;
    this.#last = { boot, uptime: at, wall };
    if (sameBoot && at - this.#keptAt < HOUR_MS) return;
    this.#keptAt = at;
    try {
      replaceFile(this.#file, `${JSON.stringify(this.#last)}\n`);
    } catch (error) {
      // What is known goes on in memory; an older moment on disk only makes the next start stricter.
      process.emitWarning(error instanceof Error ? error : String(error));
    }
  }
}

function before(wall: number): Moment {
  return { boot: '', uptime: 0, wall };
}

function readMoment(file: string): Moment | null {
  if (!existsSync(file)) return null;
  try {
    const parsed = moment.safeParse(JSON.parse(readFileSync(file, 'utf8')));
    return parsed.success ? parsed.data : null;
  } catch (error) {
    // Cut short or edited: then the newest record is what is believed.
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

export function doubtText({ now, believed }: ClockDoubt): { message: string; hint: string } {
  return {
    message: `The clock says ${isoText(now)}, but no more than ${isoText(believed)} can be told from the uptime of this host and the log: no body is removed by a clock that jumped.`,
    hint: 'Correct the clock. When it is right (the host was off for long), give `akios audit prune` with --trust-clock once; that is recorded.',
  };
}

export function isoText(ms: number): string {
  // Beyond what a date can hold, as a wild clock may be.
  return Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : `${ms} ms after 1970`;
}
