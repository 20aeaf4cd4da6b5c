import type { RetryPolicy } from './model.ts';
import type { StepSource } from './schema.ts';

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Milliseconds of a duration in the file form: a number is seconds, a text has its unit. */
export function seconds(value: number | string): number {
  if (typeof value === 'number') return Math.max(1, Math.round(value * 1000));
  const match = /^([\d.]+)(ms|s|m|h|d)$/.exec(value);
  return Math.max(1, Math.round(Number(match?.[1] ?? 0) * (UNIT_MS[match?.[2] ?? 's'] ?? 1000)));
}

const DEFAULT_RETRY: RetryPolicy = {
  retries: 2,
  backoffMs: 1000,
  maxBackoffMs: 30_000,
  factor: 2,
  jitter: 0.25,
};

/** The retry policy a step asks for; null when it asks for none. */
export function retryOf(source: StepSource): RetryPolicy | null {
  const given = source.retry;
  if (given) {
    return {
      retries: given.retries,
      backoffMs: given.backoff === undefined ? DEFAULT_RETRY.backoffMs : seconds(given.backoff),
      maxBackoffMs:
        given.max_backoff === undefined ? DEFAULT_RETRY.maxBackoffMs : seconds(given.max_backoff),
      factor: given.factor ?? DEFAULT_RETRY.factor,
      jitter: given.jitter ?? DEFAULT_RETRY.jitter,
    };
  }
  if (source.retries !== undefined) return { ...DEFAULT_RETRY, retries: source.retries };
  return source.on_error === 'retry' ? DEFAULT_RETRY : null;
}

/**
 * Wait before try `attempt` (1 = first retry).
 * @param random a number in [0, 1) that spreads the wait by the policy's jitter
 */
export function backoffMs(policy: RetryPolicy, attempt: number, random: number): number {
  const plain = policy.backoffMs * policy.factor ** (attempt - 1);
  const spread = 1 + policy.jitter * (2 * random - 1);
  return Math.round(Math.min(plain, policy.maxBackoffMs) * spread);
}
