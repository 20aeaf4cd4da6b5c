/**
 * Detection in worker processes with a deadline per text. A worker that overruns is killed, the
 * only sure stop for a stuck pattern, and the text is blocked. A crash blocks the text it held.
 * Processes, not threads: the memory of a large scan is bounded by itself and given back when the
 * worker has been idle, and a worker that runs out of it takes nothing else down.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { AkiosError } from '../../../shared/domain/errors.ts';
import type { Detection, Redacted } from '../../../shared/redaction/span.ts';
import type { DetectorPolicy } from '../../core/pii/policy.ts';
import type { RedactOptions } from '../../core/pii/redact.ts';
import { checkDetections, checkPart, checkRedacted } from './check-answer.ts';
import type { Job, Part, PartResult, WorkerReply } from './jobs.ts';

export interface PoolOptions {
  /** Workers at most (default: cores less one, from one to four). */
  size?: number;
  /** Milliseconds a job may take (default 10,000 plus 1 per 100 units). */
  deadlineMs?: number;
  /** Milliseconds a new worker may take to load, beside its first job (default 20,000). */
  startMs?: number;
  /** Milliseconds without work after which a worker ends (default 30,000). */
  idleMs?: number;
  /** Entry of the worker; tests put a faulty one here. */
  entry?: URL;
}

export interface DetectorPool {
  detect(text: string): Promise<Detection>;
  /** All texts in one turn; answers in their order. */
  detectAll(texts: readonly string[]): Promise<Detection[]>;
  redact(text: string, options: RedactOptions): Promise<Redacted>;
  part(part: Part, options: RedactOptions): Promise<PartResult>;
  dispose(): Promise<void>;
}

interface Waiting {
  id: number;
  job: Job;
  /** Checks an answer and hands it on; throws when it is not believable. */
  accept(answer: unknown): void;
  reject(error: AkiosError): void;
}

interface Seat {
  worker: ChildProcess;
  job: Waiting | null;
  timer: NodeJS.Timeout | null;
  idle: NodeJS.Timeout | null;
  gone: Promise<void>;
  /** True once it has answered: loading the word tables does not count against a text. */
  warm: boolean;
}

/** A busy machine gives a worker a small part of a second each second; a stuck one never ends. */
const BASE_DEADLINE_MS = 10_000;
const START_MS = 20_000;
const IDLE_MS = 30_000;
/** Heap of a worker: the word tables, one part and its garbage; collected early, not when full. */
export const WORKER_HEAP: readonly string[] = [
  '--max-semi-space-size=4',
  '--max-old-space-size=640',
];

function blocked(reason: string): AkiosError {
  return new AkiosError('REDACTION_FAILED', `The text was blocked: ${reason}.`, {
    hint: 'Nothing was sent. Make the text smaller, or check the custom patterns of the policy.',
    details: { reason },
  });
}

function unitsOf(job: Job): number {
  if (job.kind === 'detect') return job.texts.reduce((sum, text) => sum + text.length, 0);
  return job.kind === 'redact' ? job.text.length : job.part.text.length;
}

class Pool implements DetectorPool {
  private readonly policy: DetectorPolicy;
  private readonly options: PoolOptions;
  private readonly seats: Seat[] = [];
  private readonly waiting: Waiting[] = [];
  private nextId = 1;
  private disposed = false;

  constructor(policy: DetectorPolicy, options: PoolOptions) {
    this.policy = policy;
    this.options = options;
  }

  async detect(text: string): Promise<Detection> {
    const [found] = await this.detectAll([text]);
    if (found === undefined) throw blocked('the detector failed');
    return found;
  }

  detectAll(texts: readonly string[]): Promise<Detection[]> {
    return this.run({ kind: 'detect', texts }, (answer) => checkDetections(answer, texts));
  }

  redact(text: string, options: RedactOptions): Promise<Redacted> {
    return this.run({ kind: 'redact', text, options }, (answer) => checkRedacted(answer, text));
  }

  part(part: Part, options: RedactOptions): Promise<PartResult> {
    return this.run({ kind: 'part', part, options }, (answer) => checkPart(answer, part));
  }

  async dispose(): Promise<void> {
    this.disposed = true;
    for (const job of this.waiting.splice(0)) job.reject(blocked('the detector is shut down'));
    const seats = this.seats.splice(0);
    for (const seat of seats) {
      this.fail(seat, 'the detector is shut down');
      end(seat);
    }
    await Promise.all(seats.map((seat) => seat.gone));
  }

  private run<T>(job: Job, check: (answer: unknown) => T): Promise<T> {
    if (this.disposed) return Promise.reject(blocked('the detector is shut down'));
    return new Promise((resolve, reject) => {
      const accept = (answer: unknown): void => resolve(check(answer));
      this.waiting.push({ id: this.nextId++, job, accept, reject });
      this.assign();
    });
  }

  private assign(): void {
    while (this.waiting.length > 0) {
      const seat = this.seats.find((s) => s.job === null) ?? this.hire();
      if (seat === null) return;
      this.start(seat, this.waiting.shift()!);
    }
  }

  private hire(): Seat | null {
    const size = this.options.size ?? Math.min(4, Math.max(1, availableParallelism() - 1));
    if (this.seats.length >= size) return null;
    const entry = this.options.entry ?? new URL('./worker.ts', import.meta.url);
    // Of our environment only what the program itself needs: it reads text of strangers.
    const electron = process.env['ELECTRON_RUN_AS_NODE'];
    const worker = fork(fileURLToPath(entry), [], {
      execArgv: [...WORKER_HEAP],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      env: electron === undefined ? {} : { ELECTRON_RUN_AS_NODE: electron },
    });
    const gone = new Promise<void>((resolve) => {
      worker.once('exit', () => resolve());
      worker.once('error', () => resolve());
    });
    const seat: Seat = { worker, job: null, timer: null, idle: null, gone, warm: false };
    worker.on('message', (reply) => this.finish(seat, reply as WorkerReply));
    worker.on('error', () => this.lose(seat, 'the detector crashed'));
    worker.on('exit', () => this.lose(seat, 'the detector ended'));
    worker.send({ policy: this.policy }, () => undefined);
    this.hold(seat, false);
    this.seats.push(seat);
    return seat;
  }

  /** Only a worker with a job keeps this process alive. */
  private hold(seat: Seat, busy: boolean): void {
    const change = busy ? 'ref' : 'unref';
    seat.worker[change]();
    seat.worker.channel?.[change]();
  }

  private start(seat: Seat, job: Waiting): void {
    seat.job = job;
    if (seat.idle !== null) clearTimeout(seat.idle);
    seat.idle = null;
    this.hold(seat, true);
    const deadline =
      (this.options.deadlineMs ?? BASE_DEADLINE_MS + unitsOf(job.job) / 100) +
      (seat.warm ? 0 : (this.options.startMs ?? START_MS));
    seat.timer = setTimeout(() => this.lose(seat, 'the detector ran out of time'), deadline);
    // A worker that is gone says so by its exit, which blocks the text.
    seat.worker.send({ id: job.id, job: job.job }, () => undefined);
  }

  private finish(seat: Seat, reply: WorkerReply): void {
    const job = seat.job;
    if (job === null || job.id !== reply.id) return;
    this.clear(seat);
    seat.warm = true;
    seat.idle = setTimeout(() => this.retire(seat), this.options.idleMs ?? IDLE_MS);
    seat.idle.unref();
    try {
      if (reply.failed !== undefined) throw blocked('the detector failed');
      job.accept(reply.answer);
    } catch (error) {
      job.reject(error instanceof AkiosError ? error : blocked('the detector failed'));
    }
    this.assign();
  }

  private clear(seat: Seat): void {
    if (seat.timer !== null) clearTimeout(seat.timer);
    seat.timer = null;
    seat.job = null;
    this.hold(seat, false);
  }

  private fail(seat: Seat, reason: string): void {
    const job = seat.job;
    this.clear(seat);
    job?.reject(blocked(reason));
  }

  private retire(seat: Seat): void {
    if (seat.job === null) this.lose(seat, 'the detector was idle');
  }

  /** The worker is given up: its text is blocked and its process is ended. */
  private lose(seat: Seat, reason: string): void {
    const index = this.seats.indexOf(seat);
    if (index >= 0) this.seats.splice(index, 1);
    this.fail(seat, reason);
    end(seat);
    if (!this.disposed) this.assign();
  }
}

function end(seat: Seat): void {
  if (seat.idle !== null) clearTimeout(seat.idle);
  seat.idle = null;
  // Who disposes waits for the end, which must be heard even when nothing else is left to do.
  seat.worker.ref();
  seat.worker.kill('SIGKILL');
}

/** A pool for one policy. Dispose it when the policy changes. */
export function createDetectorPool(
  policy: DetectorPolicy = {},
  options: PoolOptions = {},
): DetectorPool {
  return new Pool(policy, options);
}
