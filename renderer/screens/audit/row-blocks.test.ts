import { expect, test } from 'vitest';
import type { AuditRow } from '../../../shared/contract/audit.ts';
import { BLOCK, MAX_BLOCKS, RowBlocks } from './row-blocks.ts';

const SIZE = 1_000_000;
const row = (seq: number): AuditRow => ({ seq }) as AuditRow;
const settle = () => new Promise((resolve) => setTimeout(resolve));

function rig(size = () => SIZE) {
  const asked: [number, number][] = [];
  const blocks = new RowBlocks(
    async (before, limit) => {
      asked.push([before, limit]);
      const top = Math.min(before, size());
      return Array.from({ length: Math.min(limit, top) }, (_, i) => row(top - 1 - i));
    },
    () => undefined,
  );
  return { asked, blocks };
}

test('the first, the last and a middle row of a million can be read', async () => {
  const { blocks } = rig();
  for (const seq of [0, 499_999, SIZE - 1]) {
    blocks.need(seq, seq, SIZE);
    await settle();
    expect(blocks.row(seq)?.seq).toBe(seq);
  }
});

test('a block is asked for once, however often it is needed', async () => {
  const { asked, blocks } = rig();
  for (let i = 0; i < 10; i++) blocks.need(1000, 1030, SIZE);
  await settle();
  blocks.need(1000, 1030, SIZE);
  expect(asked).toEqual([[1200, BLOCK]]);
});

test('scrolling through everything keeps at most 5,000 rows', async () => {
  const { blocks } = rig();
  for (let seq = SIZE - 1; seq > SIZE - 200 * BLOCK; seq -= BLOCK) {
    blocks.need(seq, seq, SIZE);
    await settle();
  }
  expect(blocks.rows).toBeLessThanOrEqual(MAX_BLOCKS * BLOCK);
  expect(blocks.rows).toBeLessThanOrEqual(5000);
});

test('the block at the end is read again when the ledger has grown', async () => {
  let size = 10;
  const { blocks } = rig(() => size);
  blocks.need(0, 9, 10);
  await settle();
  expect(blocks.row(10)).toBeNull();
  size = 12;
  blocks.need(0, 11, 12);
  await settle();
  expect(blocks.row(11)?.seq).toBe(11);
});
