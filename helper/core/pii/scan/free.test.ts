/** A guard that spares a pattern may never spare a match: what the pattern takes, the guard lets pass. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SPECS } from '../types/index.ts';
import { DIGIT_REACH, mayOpen } from './free.ts';

const guarded = SPECS.flatMap((spec) => spec.rules).filter(
  (rule) => rule.run !== undefined || rule.follow !== undefined || rule.digits !== undefined,
);

/** The body of a pattern without look-arounds and with one mark for all, for the generator's sake. */
function body(source: string): RegExp {
  const one = source.replace(/\(\[[-. ]+\]\)/g, '-').replace(/\\1/g, '-');
  return new RegExp(one.replace(/\(\?<?[!=](?:\[[^\]]*\]|[^()[\]])*\)/g, ''));
}

describe('guards before patterns', () => {
  it('exist', () => {
    expect(guarded.length).toBeGreaterThan(8);
  });

  it.each(guarded.map((rule) => [rule.id, rule] as const))('%s', (_id, rule) => {
    void fc.assert(
      fc.property(fc.stringMatching(body(`^(?:${rule.re.source})$`)), (value) => {
        rule.re.lastIndex = 0;
        const match = rule.re.exec(value);
        const run = /^[A-Za-z0-9]*/.exec(value)![0].length;
        // Patterns are tried at runs only, so a sign before the value is never in the way.
        fc.pre(match !== null && run > 0);
        const digits = value.slice(0, DIGIT_REACH).replace(/\D/g, '').length;
        const refused = rule.check !== undefined && rule.check(value) === false;
        expect(mayOpen(rule, run, value.charCodeAt(run), digits) || refused).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});
