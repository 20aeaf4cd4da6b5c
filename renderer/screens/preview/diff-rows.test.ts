import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ReplacementView } from '../../../shared/contract/protect.ts';
import { contextOf, diffRows, markerRows, stepFrom } from './diff-rows.ts';

/** Redacts the given pieces of a text, as the helper would. */
function redact(pieces: readonly (readonly [text: string, type: string | null])[]) {
  let raw = '';
  let redacted = '';
  const replacements: ReplacementView[] = [];
  for (const [text, type] of pieces) {
    const start = raw.length;
    const outStart = redacted.length;
    raw += text;
    redacted += type === null ? text : `«${type}»`;
    if (type === null) continue;
    replacements.push({
      span: { start, end: raw.length, type, score: 1, source: 'builtin' },
      start,
      end: raw.length,
      outStart,
      outEnd: redacted.length,
      marker: `«${type}»`,
    });
  }
  return { raw, redacted, replacements };
}

const join = (rows: ReturnType<typeof diffRows>, side: 'raw' | 'redacted'): string =>
  rows.map((r) => r[side].map((p) => p.text).join('')).join('\n');

const piece = fc.tuple(
  fc.string({ unit: fc.constantFrom('a', 'é', ' ', '\n', '😀', '«'), minLength: 1, maxLength: 12 }),
  fc.constantFrom('EMAIL', 'ADDRESS', null, null),
);

test('both sides give back their text to the last character, whatever was found', () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const { raw, redacted, replacements } = redact(pieces);
      const rows = diffRows(raw, redacted, replacements);
      expect(join(rows, 'raw')).toBe(raw);
      expect(join(rows, 'redacted')).toBe(redacted);
    }),
  );
});

test('a finding over two lines stays one finding, and the sides stay level', () => {
  const { raw, redacted, replacements } = redact([
    ['Live at ', null],
    ['2210 Harbor Mill Road\nAstoria', 'ADDRESS'],
    ['.\nEnd', null],
  ]);
  const rows = diffRows(raw, redacted, replacements);
  expect(rows).toHaveLength(2);
  expect(rows[0]?.raw[1]).toEqual({ text: '2210 Harbor Mill Road\nAstoria', at: 0 });
  expect(rows[0]?.redacted[1]).toEqual({ text: '«ADDRESS»', at: 0 });
  expect(rows[1]?.changed).toBe(false);
});

test('without the raw side no raw text is anywhere in the rows', () => {
  const { redacted, replacements } = redact([
    ['Call ', null],
    ['(503) 555-0142', 'PHONE'],
  ]);
  expect(JSON.stringify(diffRows(null, redacted, replacements))).not.toContain('555');
});

test('markers of a prompt are found and numbered through', () => {
  const { rows, types } = markerRows('To «NAME»\nand «EMAIL:3f9a», «not one»');
  expect(types).toEqual(['NAME', 'EMAIL']);
  expect(rows[1]?.redacted.map((p) => p.at)).toEqual([null, 1, null]);
});

test('the walk goes round and keeps to the chosen type', () => {
  const types = ['NAME', 'PHONE', 'NAME'];
  expect(stepFrom(null, 1, types, null)).toBe(0);
  expect(stepFrom(2, 1, types, null)).toBe(0);
  expect(stepFrom(0, -1, types, null)).toBe(2);
  expect(stepFrom(0, 1, types, 'NAME')).toBe(2);
  expect(stepFrom(0, 1, types, 'EMAIL')).toBeNull();
});

test('the context is of the redacted text and stays in its line', () => {
  expect(contextOf('one\nby «NAME», MD\nthree', 7, 13)).toEqual({ before: 'by ', after: ', MD' });
});
