import type { ErrorValue } from '../../../shared/domain/errors.ts';
import type { ConsoleApi, StreamMessage } from '../../client/api.ts';
import { applyEvent, type LiveData, NO_DATA } from './reducer.ts';

export interface ConnectionState {
  data: LiveData;
  /** Page clock (ms) of the last event; null: none yet. */
  lastEventAt: number | null;
  openedAt: number;
  /** Why the stream is not open now; null while it is. */
  lost: ErrorValue | null;
  /** Page clock (ms) of the next try; null while connected. */
  nextTryAt: number | null;
  resnapshots: number;
}

export interface ConnectionClock {
  now(): number;
  after(ms: number, run: () => void): () => void;
}

const MIN_WAIT = 500;
const STEP = 500;
const MAX_WAIT = 3_000;
/** Events that arrive closer than this (ms) become one change of the screen. */
const FRAME = 16;

/**
 * Keeps one project's stream open: snapshot, deltas, a new snapshot after a gap, and linear
 * back-off after a loss. Data already shown stays; its age says what it is worth.
 */
export class Connection {
  readonly #api: ConsoleApi;
  readonly #project: string;
  readonly #publish: (state: ConnectionState) => void;
  readonly #clock: ConnectionClock;
  #state: ConnectionState;
  #close: (() => void) | null = null;
  #cancelTry: (() => void) | null = null;
  #cancelFrame: (() => void) | null = null;
  #failures = 0;
  #generation = 0;

  constructor(
    api: ConsoleApi,
    project: string,
    publish: (state: ConnectionState) => void,
    clock: ConnectionClock,
  ) {
    this.#api = api;
    this.#project = project;
    this.#publish = publish;
    this.#clock = clock;
    this.#state = {
      data: NO_DATA,
      lastEventAt: null,
      openedAt: clock.now(),
      lost: null,
      nextTryAt: null,
      resnapshots: 0,
    };
  }

  open(): void {
    this.#cancelTry?.();
    this.#cancelTry = null;
    this.#close?.();
    this.#generation += 1;
    const generation = this.#generation;
    const { boot, n } = this.#state.data;
    this.#close = this.#api.subscribe(
      this.#project,
      (message) => {
        if (generation === this.#generation) this.#onMessage(message);
      },
      boot === null ? {} : { lastEventId: `${boot}:${n}` },
    );
  }

  dispose(): void {
    this.#generation += 1;
    this.#close?.();
    this.#close = null;
    this.#cancelTry?.();
    this.#cancelFrame?.();
  }

  #onMessage(message: StreamMessage): void {
    if (message.kind === 'lost') {
      this.#retry(message.error);
      return;
    }
    const applied = applyEvent(this.#state.data, message.event);
    if (!applied.ok) {
      this.#state = {
        ...this.#state,
        data: { ...this.#state.data, boot: null },
        resnapshots: this.#state.resnapshots + 1,
      };
      this.#failures += 1;
      if (this.#failures > 3) this.#retry(null);
      else this.open();
      return;
    }
    this.#failures = 0;
    this.#state = {
      ...this.#state,
      data: applied.data,
      lastEventAt: this.#clock.now(),
      lost: null,
      nextTryAt: null,
    };
    this.#schedule();
  }

  #retry(error: ErrorValue | null): void {
    this.#close?.();
    this.#close = null;
    this.#failures += 1;
    const wait = Math.min(MIN_WAIT + STEP * (this.#failures - 1), MAX_WAIT);
    this.#state = {
      ...this.#state,
      lost: error ?? this.#state.lost,
      nextTryAt: this.#clock.now() + wait,
    };
    this.#cancelTry?.();
    this.#cancelTry = this.#clock.after(wait, () => this.open());
    this.#publish(this.#state);
  }

  #schedule(): void {
    if (this.#cancelFrame !== null) return;
    this.#cancelFrame = this.#clock.after(FRAME, () => {
      this.#cancelFrame = null;
      this.#publish(this.#state);
    });
  }
}
