import { describe, expect, test } from 'vitest';
import { type ReadinessEvidence, readinessOf } from './readiness.ts';

const BEST: ReadinessEvidence = {
  level: 'full',
  probes: [{ id: 'P1', title: 'x', ok: true }],
  piiSelfTest: true,
  networkProbe: true,
  ablations: [],
  ledger: { verified: true, rowsSince: 0, anchored: true, appendProbe: true },
  budgetProbe: true,
  limitBounded: true,
  pricesDated: true,
};
const part = (e: ReadinessEvidence, name: string) =>
  readinessOf(e).parts.find((p) => p.name === name);

describe('readiness', () => {
  test('is 5 only when everything was measured and passed', () => {
    expect(readinessOf(BEST)).toMatchObject({ overall: 5, level: 'excellent', notMeasured: [] });
  });

  test('weighs 50, 30 and 20', () => {
    const noSecurity = {
      ...BEST,
      level: 'strong',
      probes: [{ id: 'P1', title: 'x', ok: false }],
      piiSelfTest: false,
      networkProbe: false,
    } as const;
    expect(readinessOf(noSecurity).overall).toBe(2.5);
    const noAudit = {
      ...BEST,
      ledger: { verified: false, rowsSince: 0, anchored: false, appendProbe: false },
    };
    expect(readinessOf(noAudit).overall).toBe(3.5);
    const noCost = { ...BEST, budgetProbe: false, limitBounded: false, pricesDated: false };
    expect(readinessOf(noCost).overall).toBe(4);
  });

  test('is nothing where the cage is refused, whatever else would hold', () => {
    const refused = readinessOf({ ...BEST, level: 'refuse' });
    expect(refused).toMatchObject({ overall: 0, level: 'poor' });
    expect(refused.parts.map((p) => p.score)).toEqual([0, 0, 0]);
    expect(refused.parts.flatMap((p) => p.inputs.map((i) => i.points))).not.toContain(15);
  });

  test('rests on no optional probe', () => {
    const optional = ['P9', 'P10'].flatMap((id) => [{ id, title: 'x', ok: null }]);
    expect(readinessOf({ ...BEST, probes: [...BEST.probes, ...optional] }).overall).toBe(5);
    const slow = { id: 'P10', title: 'x', ok: false };
    expect(readinessOf({ ...BEST, probes: [...BEST.probes, slow] }).overall).toBe(5);
    const needed = { id: 'P6', title: 'x', ok: null };
    expect(readinessOf({ ...BEST, probes: [...BEST.probes, needed] }).overall).toBeLessThan(5);
  });

  test('a dropped protection costs the points shown beside it', () => {
    for (const [flag, name] of [
      ['no-pii', 'security'],
      ['no-audit', 'audit'],
      ['no-budget', 'cost'],
    ] as const) {
      const dropped = part({ ...BEST, ablations: [flag] }, name);
      const lost = dropped?.inputs.filter((i) => i.state === 'fail') ?? [];
      expect(lost).toHaveLength(1);
      const of = dropped?.inputs.reduce((sum, i) => sum + i.of, 0) ?? 1;
      expect(dropped?.score).toBeCloseTo(5 - (5 * (lost[0]?.of ?? 0)) / of, 2);
    }
  });

  test('not measured is listed, has no points and still counts below the line', () => {
    const unverified = readinessOf({ ...BEST, ledger: { ...BEST.ledger, verified: null } });
    expect(unverified.notMeasured).toEqual(['audit: The ledger verifies']);
    expect(unverified.parts[1]?.score).toBe(2.5);
    const stale = { ...BEST, ledger: { ...BEST.ledger, rowsSince: 50_000 } };
    expect(part(stale, 'audit')?.score).toBeLessThan(5);
  });

  test('nothing measured at all is null, not zero, and adds nothing', () => {
    const blind = readinessOf({
      ...BEST,
      level: 'unknown',
      probes: [],
      piiSelfTest: null,
      networkProbe: null,
    });
    expect(blind.parts[0]?.score).toBeNull();
    expect(blind.overall).toBe(2.5);
  });
});
