import { expect, test } from 'vitest';
import { generate } from './generate.ts';
import { ALL_TYPE_COUNT, checkGold } from './generate-check.ts';
import { addDocument, emptyScore, summarise } from './score.ts';

test('the set is deterministic, covers every type, and its labels point at its values', () => {
  const first = [...generate(7, 300, 0)];
  expect([...generate(7, 300, 0)]).toEqual(first);
  expect([...generate(8, 300, 0)]).not.toEqual(first);
  expect(new Set(first.flatMap((d) => d.gold.map((g) => g.type))).size).toBe(ALL_TYPE_COUNT);
  for (const document of first) expect(checkGold(document)).toEqual([]);
});

test('a perfect detector scores 1, a blind one 0, an eager one hits the negatives', () => {
  const perfect = emptyScore();
  const blind = emptyScore();
  const eager = emptyScore();
  for (const d of generate(9, 200, 0.3)) {
    addDocument(
      perfect,
      d,
      d.gold.map((g) => ({ ...g, score: 1, source: 'test' })),
    );
    addDocument(blind, d, []);
    addDocument(eager, d, [
      { start: 0, end: d.text.length, type: 'EMAIL', score: 1, source: 'test' },
    ]);
  }
  expect(summarise(perfect)).toMatchObject({ f1: 1, anyRecall: 1, leak: 0, negativesHit: 0 });
  expect(summarise(blind)).toMatchObject({ f1: 0, anyRecall: 0, leak: 1, negativesHit: 0 });
  expect(summarise(eager)).toMatchObject({ anyRecall: 1, leak: 0, negativesHit: 1 });
});
