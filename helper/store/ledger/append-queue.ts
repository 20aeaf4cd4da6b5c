import { AkiosError } from '../../../shared/domain/errors.ts';
import { storeFault, unavailable } from './faults.ts';
import type { Commit, Entry } from './log-writer.ts';
import type { Appended, EventDraft } from './port.ts';

const MAX_BATCH = 256;
const MAX_WAITING = 50_000;
/** So long may callers that come back at once keep the event loop from its other work. */
const TURN_MS = 2;

interface Waiting {
  entry: Entry;
  resolve(value: Appended): void;
  reject(reason: AkiosError): void;
}

export interface QueuePorts {
  /** All of it on disk, or a throw. */
  commit(entries: readonly Entry[]): Commit;
  /** The whole batch was refused. */
  refused(fault: AkiosError): void;
  /** Nobody waits any more. */
  idle(): void;
}

/**
 * Callers that wait for their events to be durable. Everything asked for in one turn of the event
 * loop shares one flush to disk.
 */
export class AppendQueue {
  readonly #ports: QueuePorts;
  #waiting: Waiting[] = [];
  #scheduled = false;
  #justWritten = false;
  #turnAt = 0;
  readonly #told = Promise.resolve();
  // Made once: this is the way of every event.
  readonly #runNow = () => this.#run();
  readonly #callersBack = () => {
    this.#justWritten = false;
  };
  readonly #afterAnswers = () => process.nextTick(this.#callersBack);

  constructor(ports: QueuePorts) {
    this.#ports = ports;
  }

  /** Resolves when the event is on disk. Throws LEDGER_UNAVAILABLE when too many wait. */
  add(draft: EventDraft): Promise<Appended> {
    if (this.#waiting.length >= MAX_WAITING)
      throw unavailable('Too many events wait for the audit log.');
    const done = new Promise<Appended>((resolve, reject) => {
      this.#waiting.push({ entry: { draft }, resolve, reject });
    });
    this.#schedule();
    return done;
  }

  /** Writes all that wait, now. */
  drain(): void {
    while (this.#waiting.length > 0) this.#flush();
  }

  /** Callers that come back at once after a commit share the next one without a further turn. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    if (this.#justWritten && performance.now() - this.#turnAt < TURN_MS) {
      process.nextTick(this.#runNow);
      return;
    }
    setImmediate(() => {
      this.#turnAt = performance.now();
      this.#run();
    });
  }

  #run(): void {
    this.#scheduled = false;
    this.#justWritten = true;
    this.#flush();
    // Ticks wait until those who were told have asked for more, however many promises lie between.
    void this.#told.then(this.#afterAnswers);
  }

  #flush(): void {
    const batch = this.#waiting.splice(0, MAX_BATCH);
    if (batch.length === 0) return;
    try {
      const { outcomes } = this.#ports.commit(batch.map((w) => w.entry));
      outcomes.forEach((outcome, i) => {
        if (outcome instanceof AkiosError) batch[i]!.reject(outcome);
        else
          batch[i]!.resolve({ seq: outcome.seq, id: outcome.id, ts: outcome.ts, duplicate: false });
      });
    } catch (error) {
      const fault = storeFault(error);
      for (const w of batch) w.reject(fault);
      this.#ports.refused(fault);
    }
    if (this.#waiting.length > 0) this.#schedule();
    else this.#ports.idle();
  }
}
