import { describe, expect, it } from 'vitest';
import { ForkWatch, PINNED_MS } from './forks.ts';

const still = Array.from({ length: 64 }, (_, i) => i);

/** Looks every 100 ms for twice the time; the number of the look that ended it, or null. */
function watched(
  change: (
    n: number,
  ) => Partial<{ tasks: number; pids: number[]; systemMs: number; refused: number }>,
): number | null {
  const watch = new ForkWatch(64);
  for (let n = 0; n < (2 * PINNED_MS) / 100; n += 1) {
    const look = { tasks: 64, pids: still, systemMs: 0, refused: null, ...change(n) };
    if (watch.look(n * 100, look)) return n;
  }
  return null;
}

describe('a program at its limit of processes', () => {
  it('is left alone while its processes work or wait', () => {
    expect(watched(() => ({}))).toBeNull();
    expect(watched((n) => ({ systemMs: n * 10 }))).toBeNull();
    expect(watched((n) => ({ refused: n }))).toBeNull();
  });

  it('is ended when it goes on trying, whatever shows that', () => {
    expect(watched((n) => ({ systemMs: n * 20 }))).toBe(PINNED_MS / 100);
    expect(watched((n) => ({ refused: n * 5 }))).toBe(PINNED_MS / 100);
    expect(watched((n) => ({ pids: still.map((pid) => pid + n) }))).toBe(PINNED_MS / 100);
  });

  it('begins anew whenever it comes below the limit', () => {
    expect(watched((n) => ({ systemMs: n * 60, tasks: n % 40 === 0 ? 32 : 64 }))).toBeNull();
  });
});
