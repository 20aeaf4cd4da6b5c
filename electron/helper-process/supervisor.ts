import type { Result } from '../../shared/domain/errors.ts';

export interface HelperHealth {
  status: 'ok' | 'starting' | 'stopping';
  build: string;
  contract: number;
}

/** What the shell can do to the helper: ask how it is, and start it (with the version handshake). */
export interface HelperControl {
  health(): Promise<Result<HelperHealth>>;
  ensure(): Promise<Result<HelperHealth>>;
}

/** `unknown` whenever the last answer is not a good one: the shell never guesses "up". */
export type HelperState =
  | { name: 'ready'; health: HelperHealth }
  | { name: 'unknown'; reason: string; restarts: number };

export interface Clock {
  setTimer(run: () => void, ms: number): () => void;
}

const HEALTH_EVERY_MS = 2_000;
const BACK_OFF_MS = [500, 1_000, 2_000, 4_000, 8_000] as const;

/** Keeps the helper running while the shell is open: health every 2 s, restart with back-off. */
export class HelperSupervisor {
  readonly #control: HelperControl;
  readonly #clock: Clock;
  readonly #listener: (state: HelperState) => void;
  #state: HelperState = { name: 'unknown', reason: 'not asked yet', restarts: 0 };
  #failures = 0;
  #stopped = false;
  #cancel: (() => void) | undefined;

  constructor(control: HelperControl, clock: Clock, listener: (state: HelperState) => void) {
    this.#control = control;
    this.#clock = clock;
    this.#listener = listener;
  }

  get state(): HelperState {
    return this.#state;
  }

  async start(): Promise<void> {
    await this.#settle(this.#control.ensure());
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
  }

  async #settle(answer: Promise<Result<HelperHealth>>): Promise<void> {
    const result = await answer.catch(
      (error: unknown): Result<HelperHealth> => ({
        ok: false,
        error: { code: 'HELPER_UNREACHABLE', message: String(error) },
      }),
    );
    if (this.#stopped) return;
    if (result.ok && result.value.status === 'ok') {
      this.#failures = 0;
      this.#move({ name: 'ready', health: result.value });
      this.#later(() => this.#settle(this.#control.health()), HEALTH_EVERY_MS);
      return;
    }
    const reason = result.ok ? `the helper is ${result.value.status}` : result.error.message;
    const wait = BACK_OFF_MS[Math.min(this.#failures, BACK_OFF_MS.length - 1)] ?? 8_000;
    this.#failures += 1;
    this.#move({ name: 'unknown', reason, restarts: this.#failures });
    this.#later(() => this.#settle(this.#control.ensure()), wait);
  }

  #move(state: HelperState): void {
    this.#state = state;
    this.#listener(state);
  }

  #later(run: () => Promise<void>, ms: number): void {
    this.#cancel = this.#clock.setTimer(() => void run(), ms);
  }
}
