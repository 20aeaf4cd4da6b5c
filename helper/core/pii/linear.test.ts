/** The patterns of the types are tried at a place and never search; growth: helper/test/pii. */
import { describe, expect, it } from 'vitest';
import { SPECS } from './types/index.ts';

/** Source without escapes and character classes, so that what is left are operators. */
function operators(source: string): string {
  return source.replace(/\\./g, 'x').replace(/\[(?:[^\]\\]|\\.)*\]/g, 'x');
}

describe('patterns', () => {
  it.each(
    SPECS.flatMap((spec) => spec.rules.map((rule) => [rule.id, rule.re] as const)),
  )('%s is anchored and bounded', (_id, re) => {
    expect(re.sticky).toBe(true);
    expect(re.global).toBe(false);
    expect(operators(re.source)).not.toMatch(/[*+](?!\?{0}x{0}\))|\{\d+,\}/);
  });
});
