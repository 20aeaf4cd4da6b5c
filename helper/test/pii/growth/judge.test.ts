/** The judge of patterns sees what it is for, and lets pass what is sound. */
import { describe, expect, it } from 'vitest';
import { stepsToMatch } from './count-match.ts';
import { hostileTo } from './hostile.ts';
import { treeOf } from './pattern-tree.ts';

const ATTEMPT = 100_000;

describe('the judge', () => {
  const worst = (pattern: RegExp, size: number): number => {
    const tree = treeOf(pattern);
    return Math.max(
      ...hostileTo(tree).map((make) => stepsToMatch(pattern, tree, make(size), 20_000_000)),
    );
  };

  it.each([
    /\s+$/,
    /a+b/,
    /\S*$/,
    /\[[^\]]*\]/,
    /^ *-? *$/,
  ])('sees that %s is quadratic', (pattern) => {
    expect(worst(pattern, 2000)).toBeGreaterThan(worst(pattern, 200) * 50);
  });

  it.each([
    /[ \t]{0,3}[ \t]*:/y,
    /(?:\d{1,9} ?){1,9}x/y,
    /(?:a|aa|b ?){0,40}c/y,
  ])('sees that an attempt of %s is not bounded well', (pattern) => {
    expect(worst(pattern, 60_000)).toBeGreaterThan(ATTEMPT);
  });

  it.each([/a+/g, /[a-z]{1,20}@/, /^\d+$/, /(?<![\w])x{2}/])('lets %s pass', (pattern) => {
    expect(worst(pattern, 4000)).toBeLessThan(worst(pattern, 400) * 14 + 1000);
  });
});
