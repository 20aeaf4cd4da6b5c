import { once } from 'node:events';
import { PassThrough, type Readable, type Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { AkiosError } from '../../../shared/domain/errors.ts';
import type { CagedProcess, CageEnd, CageExit, CageLimits } from '../port.ts';
import { startTicks } from './identities.ts';
import type { Launched } from './launch/launch.ts';
import { readStatus } from './launch/status.ts';
import { decodeWait, endOfSignal, notExecutedStatus, notExecutedText } from './outcome.ts';

export interface Usage {
  cpuMs: number | null;
  maxRssBytes: number | null;
}

/** What the surroundings of one run do for it: limits by cgroup or polling, evidence, clean-up. */
export interface RunSupport {
  limits: CageLimits;
  /** Begins to watch; `end` may be called at any time afterwards. */
  watch(pid: number, end: (end: CageEnd, detail: string) => void): { stop(): Promise<Usage> };
  /** Ends every process of the run where more than the pid namespace knows them (cgroup). */
  killTree(): void;
  /** The kernel's own account of an end: out of memory, forbidden call. */
  evidence(signal: string | null): Promise<{ end: CageEnd; detail: string } | null>;
  /** After the last process is gone. */
  release(): Promise<void>;
}

interface Ended {
  wait: number;
  cpuMs: number;
  maxRssBytes: number;
}

/** The launcher said no; `errno` and `what` are the launcher's. */
export class LaunchRefused extends Error {
  readonly errno: number;
  readonly what: string;
  constructor(errno: number, what: string) {
    super(`${what} (errno ${errno})`);
    this.errno = errno;
    this.what = what;
  }
}

const HARDER_MS = 250;

function gone(pid: number, ticks: string | null): boolean {
  return ticks === null || startTicks(pid) !== ticks;
}

/** One run from its launch to the moment when nothing of it exists. */
export class Run implements CagedProcess {
  readonly id: string;
  readonly stdin: Writable | null;
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly exited: Promise<CageExit>;
  readonly #launched: Launched;
  readonly #support: RunSupport;
  readonly #startedAt = performance.now();
  readonly #started = Promise.withResolvers<void>();
  readonly #out = new PassThrough();
  readonly #err = new PassThrough();
  #init: { pid: number; ticks: string | null } | null = null;
  #ended: Ended | null = null;
  #notExecuted: string | null = null;
  #reason: { end: CageEnd; detail: string } | null = null;
  #watch: { stop(): Promise<Usage> } | null = null;
  #wall: NodeJS.Timeout | null = null;
  #harder: NodeJS.Timeout | null = null;
  #output = 0;
  #running = false;

  constructor(id: string, launched: Launched, support: RunSupport) {
    this.id = id;
    this.#launched = launched;
    this.#support = support;
    this.stdin = launched.stdin;
    this.stdout = this.#out;
    this.stderr = this.#err;
    this.#readStatus();
    this.exited = this.#finish();
    launched.stdin?.on('error', () => launched.stdin?.destroy());
  }

  get pid(): number {
    return this.#init?.pid ?? this.#launched.monitor.pid ?? 0;
  }

  /** Resolves when process 1 runs inside every wall; throws what stopped it. */
  async started(): Promise<void> {
    await this.#started.promise;
  }

  async kill(end: CageEnd, detail: string): Promise<CageExit> {
    this.#reason ??= { end, detail };
    this.#killAll();
    return this.exited;
  }

  /**
   * The death of process 1 ends its whole namespace, and bubblewrap then reaps it; before there is
   * one, the guardian ends what it started. The group's own kill comes second: it would take
   * both along and leave the reaping to the host.
   */
  #killAll(): void {
    const { monitor } = this.#launched;
    if (this.#init !== null && !gone(this.#init.pid, this.#init.ticks)) signal(this.#init.pid);
    else if (monitor.pid !== undefined && monitor.exitCode === null && monitor.signalCode === null)
      signal(monitor.pid, 'SIGTERM');
    this.#harder ??= setTimeout(() => this.#killHarder(), HARDER_MS).unref();
  }

  /** In a timer: a fault here must reach the report of the run, not end the helper. */
  #killHarder(): void {
    try {
      this.#support.killTree();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      if (this.#reason !== null) this.#reason.detail += ` (its group could not be killed: ${why})`;
    }
  }

  #readStatus(): void {
    readStatus(this.#launched.status, {
      child: (pid) => {
        this.#init = { pid, ticks: startTicks(pid) };
      },
      running: () => this.#onRunning(),
      refused: (errno, what) => this.#started.reject(new LaunchRefused(errno, what)),
      notExecuted: (what) => {
        this.#notExecuted = what;
      },
      ended: (ended) => {
        this.#ended = ended;
      },
    });
  }

  #onRunning(): void {
    const { limits } = this.#support;
    this.#running = true;
    this.#relay(this.#launched.stdout, this.#out);
    this.#relay(this.#launched.stderr, this.#err);
    const end = (why: CageEnd, detail: string): void => {
      void this.kill(why, detail);
    };
    if (limits.wallMs < 2_147_483_647) {
      this.#wall = setTimeout(
        () => end('timeout', `It ran longer than ${limits.wallMs} ms.`),
        limits.wallMs,
      );
    }
    this.#watch = this.#support.watch(this.pid, end);
    this.#started.resolve();
  }

  /** Passes output on with back-pressure and counts it. */
  #relay(from: Readable, to: PassThrough): void {
    const most = this.#support.limits.outputBytes;
    from.on('data', (chunk: Buffer) => {
      const room = most - this.#output;
      this.#output += chunk.length;
      if (room > 0 && !to.write(chunk.length > room ? chunk.subarray(0, room) : chunk)) {
        from.pause();
      }
      if (this.#output > most && this.#reason === null) {
        void this.kill('output', `It wrote more than ${most} bytes of output.`);
      }
    });
    to.on('drain', () => from.resume());
    to.on('close', () => from.destroy());
    from.on('close', () => to.end());
    from.on('error', () => from.destroy());
  }

  async #finish(): Promise<CageExit> {
    const { monitor, status } = this.#launched;
    const failed = await new Promise<Error | null>((resolve) => {
      monitor.once('error', resolve);
      monitor.once('exit', () => resolve(null));
    });
    if (this.#wall !== null) clearTimeout(this.#wall);
    if (failed === null && !status.destroyed && !status.readableEnded) await settled(status);
    await this.#untilGone();
    if (this.#harder !== null) clearTimeout(this.#harder);
    const wallMs = performance.now() - this.#startedAt;
    const polled = (await this.#watch?.stop()) ?? { cpuMs: null, maxRssBytes: null };
    if (!this.#running) await this.#explainFailure(failed);
    const outcome = await this.#outcome();
    await this.#support.release();
    return { ...outcome, usage: this.#usage(wallMs, polled) };
  }

  /** The monitor normally reaps process 1 last; when the monitor itself was killed, wait for it. */
  async #untilGone(): Promise<void> {
    const init = this.#init;
    if (init === null) return;
    for (let wait = 1; !gone(init.pid, init.ticks); wait = Math.min(wait * 2, 50)) {
      this.#killAll();
      await sleep(wait);
    }
  }

  async #explainFailure(failed: Error | null): Promise<void> {
    const said = failed === null ? await textOf(this.#launched.stderr) : failed.message;
    this.#launched.stdout.destroy();
    this.#out.end();
    this.#err.end();
    this.#started.reject(
      new AkiosError('CAGE_FAILED', `The cage could not be built: ${said || 'no reason given'}.`, {
        hint: 'Run `akios doctor`: it names the probe that fails and its fix.',
        ...(failed === null ? {} : { cause: failed }),
      }),
    );
  }

  async #outcome(): Promise<Omit<CageExit, 'usage'>> {
    const status = this.#ended === null ? null : decodeWait(this.#ended.wait);
    if (this.#notExecuted !== null) {
      const detail = notExecutedText(this.#notExecuted);
      const code = notExecutedStatus(this.#notExecuted);
      return { end: 'start-failed', code, signal: null, detail };
    }
    const code = status?.code ?? null;
    const signal = status?.signal ?? null;
    if (this.#reason !== null && status === null) {
      return { ...this.#reason, code: null, signal: 'SIGKILL' };
    }
    const evidence = await this.#support.evidence(status === null ? 'SIGKILL' : signal);
    if (evidence !== null)
      return { ...evidence, code, signal: signal ?? (status ? null : 'SIGKILL') };
    if (status === null) {
      const detail = 'Process 1 of the cage was ended before the program; not by this helper.';
      return { end: 'killed', detail, code: null, signal: 'SIGKILL' };
    }
    return { ...(this.#reason ?? endOfSignal(signal)), code, signal };
  }

  #usage(wallMs: number, polled: Usage): CageExit['usage'] {
    const most = Math.max(polled.maxRssBytes ?? 0, this.#ended?.maxRssBytes ?? 0);
    return {
      wallMs: Math.round(wallMs),
      cpuMs:
        polled.cpuMs === null
          ? (this.#ended?.cpuMs ?? null)
          : Math.max(polled.cpuMs, this.#ended?.cpuMs ?? 0),
      maxRssBytes: most === 0 ? null : most,
    };
  }
}

function signal(pid: number, name: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** The writers are gone: what they wrote is still to be read. */
async function settled(stream: Readable): Promise<void> {
  await Promise.race([once(stream, 'close'), sleep(1000, undefined, { ref: false })]);
  // A helper that was held up sees the timer before what had long come: it is read first.
  await new Promise((resolve) => setImmediate(resolve));
}

async function textOf(stream: Readable): Promise<string> {
  let text = '';
  stream.setEncoding('utf8');
  for await (const chunk of stream) {
    text += String(chunk);
    if (text.length > 2000) break;
  }
  return text.trim().replaceAll('\n', '; ').slice(0, 2000);
}
