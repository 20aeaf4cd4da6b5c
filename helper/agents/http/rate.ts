import { AkiosError } from '../../../shared/domain/errors.ts';

const MAX_RUNS = 10_000;

export interface RateLimit {
  requests: number;
  windowMs: number;
}

/** A sliding window per run. It lives as long as the agent, so a new step does not start at zero. */
export class RunRate {
  private readonly limit: RateLimit;
  private readonly now: () => number;
  private readonly taken = new Map<string, number[]>();

  constructor(limit: RateLimit, now: () => number) {
    this.limit = limit;
    this.now = now;
  }

  /** Takes one request of a run's share. Throws RATE_LIMITED with the seconds to wait. */
  take(run: string): void {
    const now = this.now();
    const recent = (this.taken.get(run) ?? []).filter((at) => now - at < this.limit.windowMs);
    this.taken.delete(run);
    this.taken.set(run, recent);
    const oldestRun = this.taken.keys().next().value;
    if (this.taken.size > MAX_RUNS && oldestRun !== undefined) this.taken.delete(oldestRun);
    if (recent.length >= this.limit.requests) {
      const wait = Math.ceil((this.limit.windowMs - (now - recent[0]!)) / 1000);
      throw new AkiosError(
        'RATE_LIMITED',
        `This run has made ${this.limit.requests} HTTP requests within ${this.limit.windowMs / 1000} seconds.`,
        { hint: `Try again in ${wait} s.`, details: { retryAfterSeconds: wait } },
      );
    }
    recent.push(now);
  }
}
