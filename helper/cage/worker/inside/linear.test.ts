import { describe, expect, it } from 'vitest';
import { htmlText } from './html.ts';
import { attributes, xmlTokens } from './xml.ts';

/**
 * Long enough that a reader with quadratic work (10^13 steps) would not come back within the test
 * run, while a linear one needs a moment. Nothing is timed.
 */
const LENGTH = 4_000_000;

const tokens = (source: string): number => {
  let count = 0;
  for (const token of xmlTokens(source)) {
    if (token.kind !== 'text') attributes(token);
    count += 1;
  }
  return count;
};

describe('readers come back from hostile input', () => {
  it.each([
    ['one long name', `<a ${'b'.repeat(LENGTH)}/>`, 1],
    ['many names without values', `<a ${'b '.repeat(LENGTH / 2)}/>`, 1],
    ['white space', `<a b${' '.repeat(LENGTH)}/>`, 1],
    ['ampersands', `<x>${'&amp;'.repeat(LENGTH / 5)}</x>`, 3],
    ['comments', '<!---->'.repeat(LENGTH / 8), 0],
  ])('XML: %s', (_what, source, expected) => {
    expect(tokens(source)).toBe(expected);
  });

  it.each([
    '<',
    '<a b="',
    'alt="',
    ' alt="x',
    '<script>',
    '<!--',
    '\n ',
    '&am',
    '</',
    '<p',
    "<p a='",
  ])('HTML: %j over and over', (piece) => {
    const source = piece.repeat(LENGTH / piece.length);
    expect(htmlText(source).length).toBeLessThanOrEqual(LENGTH);
    expect(htmlText(`<p ${source}`).length).toBeLessThanOrEqual(LENGTH);
  });
});
