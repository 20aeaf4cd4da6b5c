import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  age,
  bytes,
  clock,
  count,
  dateTime,
  day,
  dayMonth,
  dayRange,
  duration,
  shortRun,
  zoneWord,
} from './format.ts';

test.each([
  [0.12, '0.1 ms'],
  [181, '181 ms'],
  [8_760, '8.8 s'],
  [59_990, '1 min 00 s'],
  [128_000, '2 min 08 s'],
  [8_040_000, '2 h 14 min'],
  [200_000_000, '2 d 7 h'],
])('a duration of %d ms reads %s', (ms, text) => {
  expect(duration(ms)).toBe(text);
});

test.each([
  [919, '919 B'],
  [48_212, '48.2 kB'],
  [182_000, '182 kB'],
  [18_200_000, '18.2 MB'],
])('%d bytes read %s', (n, text) => {
  expect(bytes(n)).toBe(text);
});

describe('times', () => {
  const iso = '2026-11-20T14:31:58.064Z';
  test('always carry their zone', () => {
    expect(dateTime(iso, 'utc')).toBe('20 Nov 2026, 14:31:58 UTC');
    expect(zoneWord(iso, 'local')).not.toBe('');
  });
  test('keep milliseconds where asked', () => {
    expect(clock(iso, 'utc', true)).toBe('14:31:58.064');
  });
  test('midnight is 00, never 24', () => {
    expect(clock('2026-11-20T00:00:00.000Z', 'utc')).toBe('00:00:00');
  });
  test('what is no time is a dash, never a made-up date', () => {
    expect(clock('soon', 'utc')).toBe('–');
    expect(day('', 'utc')).toBe('–');
    expect(zoneWord('', 'local')).toBe('UTC');
  });
});

test('numbers are grouped', () => {
  expect(count(18_184)).toBe('18,184');
});

test('ages are never negative, whatever the clocks say', () => {
  fc.assert(
    fc.property(fc.double({ min: -1e12, max: 1e12, noNaN: true }), (ms) => {
      expect(age(ms).startsWith('-')).toBe(false);
    }),
  );
});

test('a run is named by the group that differs', () => {
  expect(shortRun('run_20261121T101935_a89d4ab11045')).toBe('a89d4ab11045');
  expect(shortRun('r-7f3a91c4')).toBe('r-7f3a91c4');
});

test('a span of days is one day or two ends, in the zone that is shown', () => {
  expect(dayRange('2026-11-20T00:00:00.000Z', '2026-11-20T23:59:59.999Z', 'utc')).toBe(
    '20 Nov 2026',
  );
  expect(dayRange('2025-12-31T23:59:59.999Z', '2026-01-01T00:00:00.000Z', 'utc')).toBe(
    '31 Dec 2025 to 1 Jan 2026',
  );
  expect(dayRange(null, '2026-09-01T00:00:00.000Z', 'utc')).toBe('1 Sep 2026');
  expect(dayRange(null, null, 'utc')).toBe('');
  expect(dayMonth('2026-09-01T00:00:00.000Z', 'utc')).toBe('1 Sep');
});
