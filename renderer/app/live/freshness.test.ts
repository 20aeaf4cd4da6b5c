import { expect, test } from 'vitest';
import type { CageStatus } from '../../../shared/contract/cage.ts';
import { freshness, shownState } from './freshness.ts';

const up = { state: 'up' } as CageStatus;

test.each([
  [0, 'live'],
  [2_000, 'live'],
  [2_001, 'stale'],
  [5_000, 'stale'],
  [5_001, 'silent'],
] as const)('%d ms after the last event the stream is %s', (ms, expected) => {
  expect(freshness(1_000, 0, 1_000 + ms)).toBe(expected);
});

test('an up that was not heard for five seconds is unknown, never up', () => {
  expect(shownState(up, freshness(0, 0, 4_999))).toBe('up');
  expect(shownState(up, freshness(0, 0, 5_001))).toBe('unknown');
});

test('without any word of the helper nothing is claimed', () => {
  expect(shownState(null, freshness(null, 0, 10))).toBe('unknown');
  expect(freshness(null, 0, 6_000)).toBe('silent');
});
