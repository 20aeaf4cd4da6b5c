import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pathRanges } from '../../workers/check-proof.ts';
import { layout, SHORT, TALL } from './proof-layout.ts';

test('the path of record 18,180 of 18,184 is the one of the drawing', () => {
  const ranges = pathRanges(18_180, 18_184).map(({ own, sibling }) => [
    own.from,
    own.count,
    sibling.from,
    sibling.count,
  ]);
  expect(ranges).toEqual([
    [18_180, 1, 18_181, 1],
    [18_180, 2, 18_182, 2],
    [18_180, 4, 18_176, 4],
    [18_176, 8, 17_920, 256],
    [17_920, 264, 17_408, 512],
    [17_408, 776, 16_384, 1_024],
    [16_384, 1_800, 0, 16_384],
  ]);
});

test('each step joins neighbours, and the last one covers the whole tree', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 2 ** 40 }),
      fc.double({ min: 0, max: 0.999999, noNaN: true }),
      (size, at) => {
        const index = Math.floor(at * size);
        const ranges = pathRanges(index, size);
        let own = { from: index, count: 1 };
        for (const r of ranges) {
          expect(r.own).toEqual(own);
          const [left, right] = r.ownIsLeft ? [r.own, r.sibling] : [r.sibling, r.own];
          expect(left.from + left.count).toBe(right.from);
          own = { from: left.from, count: left.count + right.count };
        }
        expect(own).toEqual({ from: 0, count: size });
      },
    ),
  );
});

test('a ledger of one record has no step', () => {
  expect(pathRanges(0, 1)).toEqual([]);
  expect(layout([], TALL).steps).toEqual([]);
});

test('boxes never overlap, and the bold line climbs from the hashed side', () => {
  const node = (hash: string) => ({ hash, from: 0, to: 0 });
  const steps = (['left', 'right', 'left'] as const).map((carried, i) => ({
    left: node(`l${i}`),
    right: node(`r${i}`),
    carried,
    result: node(`x${i}`),
  }));
  for (const height of [TALL, SHORT]) {
    const drawing = layout(steps, height);
    const ys = [drawing.rootY, ...drawing.steps.map((s) => s.y).reverse()];
    for (let i = 1; i < ys.length; i++) expect((ys[i] ?? 0) - (ys[i - 1] ?? 0)).toBeGreaterThan(33);
    expect(drawing.steps[0]?.left.leaf).toBe(true);
    expect(drawing.steps[0]?.right.leaf).toBe(false);
    expect(drawing.steps[1]?.climb.startsWith('M291 ')).toBe(true);
    expect(drawing.height).toBeGreaterThan((ys.at(-1) ?? 0) + 33);
  }
});
