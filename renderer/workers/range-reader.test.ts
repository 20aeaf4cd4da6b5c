import { expect, test } from 'vitest';
import { RangeReader } from './range-reader.ts';

function reader(ahead: number) {
  const asked: number[] = [];
  const made = new RangeReader(async (from: number, count: number) => {
    asked.push(from);
    return { from, count };
  }, ahead);
  return { asked, made };
}

test('the next ranges are asked for ahead, each once, and none beyond the end', async () => {
  const { asked, made } = reader(2);
  expect(await made.read(0, 10, 45)).toEqual({ from: 0, count: 10 });
  expect(asked).toEqual([0, 10, 20]);
  await made.read(10, 10, 45);
  await made.read(20, 10, 45);
  expect(asked).toEqual([0, 10, 20, 30, 40]);
  await made.read(30, 10, 45);
  await made.read(40, 5, 45);
  expect(asked).toEqual([0, 10, 20, 30, 40]);
});

test('after a short answer the ranges ahead are asked for anew, where they begin now', async () => {
  const { asked, made } = reader(1);
  await made.read(0, 10, 40);
  expect(await made.read(7, 10, 40)).toEqual({ from: 7, count: 10 });
  expect(asked).toEqual([0, 10, 7, 17]);
});

test('a range that fails, fails for the one who reads it', async () => {
  const made = new RangeReader(async (from: number) => {
    if (from === 10) throw new Error('gone');
    return from;
  }, 1);
  expect(await made.read(0, 10, 30)).toBe(0);
  await expect(made.read(10, 10, 30)).rejects.toThrow('gone');
});
