import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AkiosError } from '../../../shared/domain/errors.ts';
import { type GateEvent, type GateGuards, GUARDS, makeStep, propose, step } from './machine.ts';
import { type Exploration, explore } from './testing/invariants.ts';
import {
  BOUNDS,
  defaultCharge,
  defaultFits,
  NO_ABLATIONS,
  type WorldRules,
} from './testing/world.ts';

const RULES: WorldRules = {
  step,
  fits: defaultFits,
  ablations: NO_ABLATIONS,
  closeOnRecovery: true,
  charge: defaultCharge,
  ...BOUNDS,
};

/** One effect a run and just too little for both: enough for what does not need the full bounds. */
const SMALL: WorldRules = { ...RULES, runs: [[2], [2]], limit: 3 };

function mutant(change: Partial<GateGuards>): WorldRules {
  return { ...RULES, step: makeStep({ ...GUARDS, ...change }) };
}

describe('the gate, explored exhaustively', () => {
  const found: Exploration = explore(RULES);

  test('two runs of two effects that share a budget, with every fault at every point, break nothing', () => {
    expect(found.broken).toBeNull();
    expect(found.stuck).toBe(0);
    expect(found.states).toBeGreaterThan(100_000);
  });

  test('every branch is reached, the kill at the cap and the crash included', () => {
    for (const name of [
      'reserve false',
      'reserve true',
      'scanner fails out',
      'scanner fails in',
      'intent lost',
      'intent written, answer lost',
      'outcome lost',
      'denied row lost',
      'not begun',
      'claims more',
      'is cut off after',
      'settle worst',
      'settle none',
      'settle actual',
      'cage down',
      'crash',
      'recover',
    ]) {
      expect(found.seen).toContain(name);
    }
  });

  test('the bounds are those of the specification', () => {
    const cfg = readFileSync(
      join(import.meta.dirname, '../../../docs/tla/AKIOSEnforcement.cfg'),
      'utf8',
    );
    const named = (name: string): string =>
      new RegExp(`^ +${name} = (.*)$`, 'm').exec(cfg)?.[1] ?? '';
    expect(BOUNDS.runs).toHaveLength(named('Runs').split(',').length);
    for (const costs of BOUNDS.runs) {
      expect(costs).toEqual(Array(Number(named('MaxSteps'))).fill(Number(named('Cost'))));
    }
    expect(BOUNDS.limit).toBe(Number(named('Limit')));
    expect(BOUNDS.faults).toMatchObject({
      cage: Number(named('MaxFaults')),
      crash: Number(named('MaxCrashes')),
    });
  });

  test('three runs without faults share the money of two effects', () => {
    const three = explore({
      ...RULES,
      runs: [[1], [1], [1]],
      limit: 2,
      faults: { ledger: 0, scan: 0, cage: 0, crash: 0 },
    });
    expect(three.broken).toBeNull();
    expect(three.stuck).toBe(0);
  });

  test.each([
    ['permitted', 'deny wins'],
    ['affordable', 'no effect without money held for it'],
    ['cleanOut', 'nothing leaves unredacted'],
    ['intentDurable', 'no effect without a durable intent'],
    ['cageProved', 'no effect while the cage is not proved up'],
    ['cleanIn', 'nothing is delivered unredacted'],
    ['outcomeDurable', 'nothing is delivered without its outcome row'],
    ['certainlyFree', 'the books never say less than was really taken'],
  ] as const)('without the guard %s it finds: %s', (guard, invariant) => {
    expect(explore(mutant({ [guard]: () => true })).broken?.invariant).toBe(invariant);
  });

  test('without the comparison of the budget it finds an overshoot', () => {
    const broken = explore({ ...RULES, fits: ({ overrun }) => overrun === 0 }).broken;
    expect(broken?.invariant).toBe('spent and reserved stay within the limit');
  });

  test('a settlement above what was held is found', () => {
    const broken = explore({ ...RULES, charge: (_held, claimed) => claimed }).broken;
    expect(broken?.invariant).toBe('spent and reserved stay within the limit');
  });

  test('a budget that goes on after a claim beyond a reservation is found', () => {
    const forgiving: WorldRules['fits'] = (totals, more) =>
      totals.limit === null || totals.spent + totals.reserved + more <= totals.limit;
    expect(explore({ ...RULES, fits: forgiving }).broken?.invariant).toBe(
      'nothing is reserved after a claim beyond a reservation',
    );
  });

  test('money given back before the outcome row is durable is found', () => {
    const hasty: WorldRules['step'] = (state, event) => {
      const next = step(state, event);
      // The money of an intent whose row could not be confirmed, given back.
      if (next.command.do !== 'settle' || state.phase !== 'redacted') return next;
      return { ...next, command: { do: 'settle', basis: 'none' } };
    };
    expect(explore({ ...RULES, step: hasty }).broken?.invariant).toBe(
      'spent and reserved stay within the limit',
    );
  });

  test('without closing intents at recovery it finds an open one', () => {
    const broken = explore({ ...RULES, closeOnRecovery: false }).broken;
    expect(broken?.invariant).toBe('every intent is closed after recovery');
  });

  test('a machine that tries a failed effect again by itself is found', () => {
    const again: WorldRules['step'] = (state, event) =>
      event.on === 'threw' ? { state, command: { do: 'perform' } } : step(state, event);
    expect(explore({ ...RULES, step: again }).broken?.invariant).toBe('no effect happens twice');
  });

  test('a guard that lets every protection be dropped is found', () => {
    expect(explore(mutant({ mayAblate: () => true })).broken).not.toBeNull();
  });

  test.each(['pii', 'audit', 'budget'] as const)('dropping %s drops nothing else', (name) => {
    const ablations = { ...NO_ABLATIONS, [name]: true };
    expect(explore({ ...SMALL, ablations }).broken).toBeNull();
  });
});

const EVENTS: GateEvent[] = [
  { on: 'decided', decision: 'allow' },
  { on: 'decided', decision: 'ask' },
  { on: 'decided', decision: 'deny' },
  { on: 'answered', granted: true },
  { on: 'answered', granted: false },
  { on: 'held', ok: true },
  { on: 'held', ok: false },
  { on: 'cleaned-out', ok: true },
  { on: 'cleaned-out', ok: false },
  { on: 'intent', ok: true },
  { on: 'intent', ok: false },
  { on: 'cage', proved: true },
  { on: 'cage', proved: false },
  { on: 'returned' },
  { on: 'threw', code: 'STEP_FAILED' },
  { on: 'doubtful', code: 'TIMEOUT' },
  { on: 'cleaned-in', ok: true },
  { on: 'settled' },
  { on: 'outcome', ok: true },
  { on: 'denied-row', ok: true },
  { on: 'fault', code: 'PRICE_UNKNOWN' },
];

test('no order of events, however wrong, leads to an effect without all that must come before', () => {
  void fc.assert(
    fc.property(fc.array(fc.constantFrom(...EVENTS), { maxLength: 40 }), (events) => {
      let { state, command } = propose(NO_ABLATIONS);
      for (const event of events) {
        try {
          ({ state, command } = step(state, event));
        } catch (error) {
          // An answer to a question that was not asked changes nothing.
          expect(error).toBeInstanceOf(AkiosError);
          continue;
        }
        if (command.do !== 'perform') continue;
        expect(state).toMatchObject({
          money: 'held',
          outbound: 'ok',
          intent: 'ok',
          cageProved: true,
        });
        expect(state.decision === 'allow' || state.approved).toBe(true);
      }
    }),
    { numRuns: 2_000 },
  );
});
