import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { AkiosError } from '../../../shared/domain/errors.ts';

export const TOKEN_LIFE_MS = 60_000;
/** A session that was not used for this long is over. */
export const SESSION_IDLE_MS = 12 * 3_600_000;
const FREE_TRIES = 5;
const MAX_WAIT_MS = 30_000;

export interface SessionClock {
  /** Monotonic milliseconds. */
  now(): number;
}

interface Token {
  hash: Buffer;
  until: number;
}

const hashOf = (secret: string): Buffer => createHash('sha256').update(secret).digest();

/**
 * One-time tokens and the sessions they open. Only hashes are kept, and they are compared in
 * constant time, so that neither memory nor timing gives a secret away.
 */
export class Sessions {
  readonly #clock: SessionClock;
  #tokens: Token[] = [];
  readonly #sessions = new Map<string, { hash: Buffer; until: number }>();
  #failures = 0;
  #blockedUntil = 0;

  constructor(clock: SessionClock = { now: () => performance.now() }) {
    this.#clock = clock;
  }

  /** 32 random bytes, good for one exchange within a minute. */
  newToken(): string {
    const token = randomBytes(32).toString('base64url');
    const now = this.#clock.now();
    this.#tokens = this.#tokens.filter((known) => known.until > now);
    this.#tokens.push({ hash: hashOf(token), until: now + TOKEN_LIFE_MS });
    return token;
  }

  /**
   * Exchanges a token for a session secret; the token is spent.
   * @throws AkiosError UNAUTHENTICATED, RATE_LIMITED after repeated failures
   */
  exchange(token: string): string {
    const now = this.#clock.now();
    if (now < this.#blockedUntil) {
      throw new AkiosError('RATE_LIMITED', 'Too many wrong tokens; wait and try again.', {
        details: { retryAfterMs: Math.ceil(this.#blockedUntil - now) },
      });
    }
    const hash = hashOf(token);
    const found = this.#tokens.filter((known) => timingSafeEqual(known.hash, hash));
    this.#tokens = this.#tokens.filter((known) => !found.includes(known));
    if (!found.some((known) => known.until > now)) {
      this.#failures += 1;
      const over = this.#failures - FREE_TRIES;
      if (over >= 0)
        this.#blockedUntil = now + Math.min(MAX_WAIT_MS, 1000 * 2 ** Math.min(over, 10));
      throw new AkiosError(
        'UNAUTHENTICATED',
        'The sign-in address was used already or is too old.',
        {
          hint: 'Get a new one: akios serve.',
        },
      );
    }
    this.#failures = 0;
    const secret = randomBytes(32).toString('base64url');
    this.#sessions.set(randomBytes(8).toString('hex'), {
      hash: hashOf(secret),
      until: now + SESSION_IDLE_MS,
    });
    return secret;
  }

  /** True for a live session; using it keeps it alive. */
  check(secret: string): boolean {
    const now = this.#clock.now();
    const hash = hashOf(secret);
    let good = false;
    for (const [id, session] of this.#sessions) {
      if (session.until <= now) this.#sessions.delete(id);
      else if (timingSafeEqual(session.hash, hash)) {
        session.until = now + SESSION_IDLE_MS;
        good = true;
      }
    }
    return good;
  }

  end(secret: string): void {
    const hash = hashOf(secret);
    for (const [id, session] of this.#sessions) {
      if (timingSafeEqual(session.hash, hash)) this.#sessions.delete(id);
    }
  }

  clear(): void {
    this.#tokens = [];
    this.#sessions.clear();
  }
}
