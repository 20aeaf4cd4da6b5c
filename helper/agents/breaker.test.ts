import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CircuitBreaker } from './breaker.ts';

function make(failures = 3, openMs = 100) {
  const clock = { ms: 0 };
  const breaker = new CircuitBreaker('svc', { failures, openMs, now: () => clock.ms });
  return { clock, breaker };
}
const open = expect.objectContaining({ code: 'PROVIDER_UNAVAILABLE' });

describe('circuit breaker', () => {
  it('opens after failures in a row, not after failures with a success between', () => {
    const { breaker } = make();
    for (const end of ['fail', 'fail', 'succeed', 'fail', 'fail'] as const) {
      breaker.admit();
      breaker[end]();
    }
    expect(breaker.state).toBe('closed');
    breaker.admit();
    breaker.fail();
    expect(breaker.state).toBe('open');
    expect(() => breaker.admit()).toThrow(open);
  });

  it('lets one trial through and obeys it', () => {
    const { breaker, clock } = make(1);
    breaker.admit();
    breaker.fail();
    clock.ms = 100;
    breaker.admit();
    expect(() => breaker.admit()).toThrow(open);
    breaker.fail();
    expect(() => breaker.admit()).toThrow(open);
    clock.ms = 200;
    breaker.admit();
    breaker.release();
    breaker.admit();
    breaker.succeed();
    expect(breaker.state).toBe('closed');
  });

  it('never lets two calls through at once while half-open, and always recovers', () => {
    const event = fc.constantFrom('call', 'fail', 'succeed', 'release', 'wait');
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), (events) => {
        const { breaker, clock } = make(2, 10);
        let underWay = 0;
        for (const what of events) {
          if (what === 'wait') clock.ms += 11;
          else if (what === 'call') {
            const before = breaker.state;
            try {
              breaker.admit();
              underWay += 1;
              expect(before).not.toBe('open');
            } catch (error) {
              expect(error).toEqual(open);
              expect(before).not.toBe('closed');
            }
          } else if (underWay > 0) {
            underWay -= 1;
            breaker[what]();
          }
        }
        for (; underWay > 0; underWay -= 1) breaker.succeed();
        clock.ms += 11;
        breaker.admit();
        breaker.succeed();
        expect(breaker.state).toBe('closed');
      }),
    );
  });
});
