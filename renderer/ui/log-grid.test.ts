import fc from 'fast-check';
import { expect, test } from 'vitest';
import { moveTo, ROW_PX, SEGMENT_ROWS, segmentOf } from './log-grid.tsx';

/** Where Chromium's layout ends a native scroller. */
const LIMIT_PX = 33_554_432;

test('a full segment fits a native scroller', () => {
  expect(SEGMENT_ROWS * ROW_PX + 28).toBeLessThan(LIMIT_PX);
});

test.each([
  1, 999_999, 1_000_000, 1_000_001, 5_000_000,
])('of %d rows the last is reachable', (count) => {
  const segment = Math.ceil(count / SEGMENT_ROWS) - 1;
  const { from, rows } = segmentOf(count, segment);
  expect(from + rows - 1).toBe(count - 1);
});

test('segments cover every row once', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5_000_000 }), (count) => {
      let next = 0;
      for (let i = 0; i < Math.ceil(count / SEGMENT_ROWS); i++) {
        const { from, rows } = segmentOf(count, i);
        expect(from).toBe(next);
        next = from + rows;
      }
      expect(next).toBe(count);
    }),
  );
});

test('keys never leave the list', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('j', 'k', 'ArrowDown', 'ArrowUp', 'PageDown', 'PageUp', 'Home', 'End'),
      fc.integer({ min: 1, max: 1000 }),
      fc.integer({ min: 0, max: 999 }),
      (key, count, at) => {
        const next = moveTo(key, Math.min(at, count - 1), count);
        expect(next).toBeGreaterThanOrEqual(0);
        expect(next).toBeLessThan(count);
      },
    ),
  );
  expect(moveTo('j', null, 5)).toBe(0);
  expect(moveTo('j', 0, 0)).toBeNull();
  expect(moveTo('x', 1, 5)).toBeNull();
});
