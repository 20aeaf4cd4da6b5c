import { expect, test } from 'vitest';
import type { CageStatus } from '../../../shared/contract/cage.ts';
import { freshness, shownState, UNKNOWN_MS } from './freshness.ts';

const up = { state: 'up' } as CageStatus;

test.each([
  [0, 'live'],
  [2_000, 'live'],
  [2_001, 'stale'],
  [4_400, 'stale'],
  [4_401, 'silent'],
] as const)('%d ms after the last event the stream is %s', (ms, expected) => {
  expect(freshness(1_000, 0, 1_000 + ms)).toBe(expected);
});

test('an up that was not heard is unknown within five seconds of two looks a second, never up', () => {
  expect(UNKNOWN_MS + 500).toBeLessThan(5_000);
  expect(shownState(up, freshness(0, 0, 4_400))).toBe('up');
  expect(shownState(up, freshness(0, 0, 4_401))).toBe('unknown');
});

test('without any word of the helper nothing is claimed', () => {
  expect(shownState(null, freshness(null, 0, 10))).toBe('unknown');
  expect(freshness(null, 0, 6_000)).toBe('silent');
});
