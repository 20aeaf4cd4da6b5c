/**
 * Detection in worker threads with a deadline per text. A worker that overruns is terminated, the
 * only sure stop for a stuck pattern, and the text is blocked. A crash blocks the text it held.
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { AkiosError } from '../../../shared/domain/errors.ts';
import type { Detection } from '../../../shared/redaction/span.ts';
import { assertDetection } from '../../core/pii/merge.ts';
import type { DetectorPolicy } from '../../core/pii/policy.ts';
import type { WorkerReply } from './worker.ts';

export interface PoolOptions {
  /** Workers at most (default: cores less one, at least one). */
  size?: number;
  /** Milliseconds a text may take (default 2,000 plus 1 per 1,000 units). */
  deadlineMs?: number;
  /** Milliseconds a new worker may take to load, beside its first text (default 20,000). */
  startMs?: number;
  /** Entry of the worker; tests put a faulty one here. */
  entry?: URL;
}

export interface DetectorPool {
  detect(text: string): Promise<Detection>;
  dispose(): Promise<void>;
}

interface Job {
  id: number;
  text: string;
  resolve(detection: Detection): void;
  reject(error: AkiosError): void;
}

interface Seat {
  worker: Worker;
  job: Job | null;
  timer: NodeJS.Timeout | null;
  /** True once it has answered: loading the word tables does not count against a text. */
  warm: boolean;
}

const BASE_DEADLINE_MS = 2000;
const START_MS = 20_000;

function blocked(reason: string): AkiosError {
  return new AkiosError('REDACTION_FAILED', `The text was blocked: ${reason}.`, {
    hint: 'Nothing was sent. Make the text smaller, or check the custom patterns of the policy.',
    details: { reason },
  });
}

class Pool implements DetectorPool {
  private readonly policy: DetectorPolicy;
  private readonly options: PoolOptions;
  private readonly seats: Seat[] = [];
  private readonly waiting: Job[] = [];
  private nextId = 1;
  private disposed = false;

  constructor(policy: DetectorPolicy, options: PoolOptions) {
    this.policy = policy;
    this.options = options;
  }

  detect(text: string): Promise<Detection> {
    if (this.disposed) return Promise.reject(blocked('the detector is shut down'));
    return new Promise((resolve, reject) => {
      this.waiting.push({ id: this.nextId++, text, resolve, reject });
      this.assign();
    });
  }

  async dispose(): Promise<void> {
    this.disposed = true;
    for (const job of this.waiting.splice(0)) job.reject(blocked('the detector is shut down'));
    const seats = this.seats.splice(0);
    for (const seat of seats) this.fail(seat, 'the detector is shut down');
    await Promise.all(seats.map((seat) => seat.worker.terminate()));
  }

  private assign(): void {
    while (this.waiting.length > 0) {
      const seat = this.seats.find((s) => s.job === null) ?? this.hire();
      if (seat === null) return;
      this.start(seat, this.waiting.shift()!);
    }
  }

  private hire(): Seat | null {
    const size = this.options.size ?? Math.max(1, availableParallelism() - 1);
    if (this.seats.length >= size) return null;
    const entry = this.options.entry ?? new URL('./worker.ts', import.meta.url);
    const seat: Seat = {
      worker: new Worker(entry, { workerData: this.policy }),
      job: null,
      timer: null,
      warm: false,
    };
    seat.worker.on('message', (reply: WorkerReply) => this.finish(seat, reply));
    seat.worker.on('error', () => this.lose(seat, 'the detector crashed'));
    seat.worker.on('exit', () => this.lose(seat, 'the detector ended'));
    seat.worker.unref();
    this.seats.push(seat);
    return seat;
  }

  private start(seat: Seat, job: Job): void {
    seat.job = job;
    seat.worker.ref();
    const deadline =
      (this.options.deadlineMs ?? BASE_DEADLINE_MS + job.text.length / 1000) +
      (seat.warm ? 0 : (this.options.startMs ?? START_MS));
    seat.timer = setTimeout(() => {
      this.lose(seat, 'the detector ran out of time');
      seat.worker.terminate().catch(() => this.lose(seat, 'the detector ran out of time'));
    }, deadline);
    seat.worker.postMessage({ id: job.id, text: job.text });
  }

  private finish(seat: Seat, reply: WorkerReply): void {
    const job = seat.job;
    if (job === null || job.id !== reply.id) return;
    this.clear(seat);
    seat.warm = true;
    try {
      if (reply.failed !== undefined) throw blocked('the detector failed');
      job.resolve(assertDetection(reply.detection, job.text.length, 'builtin'));
    } catch (error) {
      job.reject(error instanceof AkiosError ? error : blocked('the detector failed'));
    }
    this.assign();
  }

  private clear(seat: Seat): void {
    if (seat.timer !== null) clearTimeout(seat.timer);
    seat.timer = null;
    seat.job = null;
    seat.worker.unref();
  }

  private fail(seat: Seat, reason: string): void {
    const job = seat.job;
    this.clear(seat);
    job?.reject(blocked(reason));
  }

  /** The worker is gone: its text is blocked and the seat is given up. */
  private lose(seat: Seat, reason: string): void {
    const index = this.seats.indexOf(seat);
    if (index >= 0) this.seats.splice(index, 1);
    this.fail(seat, reason);
    if (!this.disposed) this.assign();
  }
}

/** A pool for one policy. Dispose it when the policy changes. */
export function createDetectorPool(
  policy: DetectorPolicy = {},
  options: PoolOptions = {},
): DetectorPool {
  return new Pool(policy, options);
}
