import type { Readiness } from '../../../shared/contract/system.ts';
import type { Ablation, CageLevel } from '../../../shared/domain/states.ts';

/** What was measured, never what was configured; `null` = not measured. */
export interface ReadinessEvidence {
  /** Level of the last probes of a raised cage. */
  level: CageLevel;
  probes: readonly { id: string; title: string; ok: boolean | null }[];
  /** A canary document went through the redactor and no value came out. */
  piiSelfTest: boolean | null;
  /** A caged program tried to connect and could not. */
  networkProbe: boolean | null;
  ablations: readonly Ablation[];
  ledger: {
    /** Result of the last full verification of the files. */
    verified: boolean | null;
    /** Rows written since then; old news is not evidence. */
    rowsSince: number;
    anchored: boolean | null;
    /** A row was appended and found again through its proof. */
    appendProbe: boolean | null;
  };
  /** A reservation above the limit was refused by the live book. */
  budgetProbe: boolean | null;
  limitBounded: boolean;
  pricesDated: boolean | null;
}

type Part = Readiness['parts'][number];
type Input = Part['inputs'][number];

export const READINESS_FORMULA =
  'overall = 0.5 x security + 0.3 x audit + 0.2 x cost; each part is 5 x (points that pass) / (all points); what is not measured has no points but counts below the line; where the cage is refused every part is 0';

const STALE_ROWS = 10_000;
/** Landlock and the speed of the disk: nothing rests on them. */
const OPTIONAL = ['P9', 'P10'];

/**
 * Readiness 0..5 with the published weights 50/30/20. Turning one protection off lowers it by
 * exactly the points shown beside it; an audit that was not verified can never reach 5.
 */
export function readinessOf(evidence: ReadinessEvidence): Readiness {
  const measured: Part[] = [
    part('security', 0.5, securityInputs(evidence)),
    part('audit', 0.3, auditInputs(evidence)),
    part('cost', 0.2, costInputs(evidence)),
  ];
  const parts = evidence.level === 'refuse' ? measured.map(worthless) : measured;
  const overall = round(parts.reduce((sum, p) => sum + p.weight * (p.score ?? 0), 0));
  return {
    overall,
    level:
      overall >= 4.5 ? 'excellent' : overall >= 3.5 ? 'good' : overall >= 2.5 ? 'fair' : 'poor',
    formula: READINESS_FORMULA,
    parts,
    notMeasured: parts.flatMap((p) =>
      p.inputs.filter((i) => i.state === 'not measured').map((i) => `${p.name}: ${i.name}`),
    ),
  };
}

function securityInputs(e: ReadinessEvidence): Input[] {
  const off = e.ablations.includes('no-pii');
  const probes = e.probes.filter((p) => !OPTIONAL.includes(p.id)).map((p) => p.ok);
  const allProbes = probes.length === 0 || probes.includes(null) ? null : !probes.includes(false);
  const failing = e.probes.filter((p) => p.ok === false).map((p) => p.id);
  return [
    input(
      'Personal data is redacted',
      20,
      off ? false : e.piiSelfTest,
      off ? 'Switched off with --no-pii.' : 'A canary document through the live redactor.',
    ),
    input(
      'The cage holds',
      10,
      probes.includes(false) ? false : allProbes,
      failing.length > 0
        ? `Failing probes: ${failing.join(', ')}.`
        : 'All probes inside a trial cage.',
    ),
    input(
      'By kernel mechanisms',
      10,
      e.level === 'unknown' ? null : e.level === 'full',
      `Proved level: ${e.level}.`,
    ),
    input('No way out to the network', 10, e.networkProbe, 'A caged program tried to connect.'),
  ];
}

function auditInputs(e: ReadinessEvidence): Input[] {
  const off = e.ablations.includes('no-audit');
  const { verified, rowsSince, anchored, appendProbe } = e.ledger;
  const fresh = verified === true && rowsSince > STALE_ROWS ? null : verified;
  return [
    input(
      'Rows are durable before effects',
      10,
      off ? false : appendProbe,
      off ? 'Switched off with --no-audit.' : 'A row was appended and proved.',
    ),
    input(
      'The ledger verifies',
      15,
      fresh,
      verified === null ? 'No verification yet.' : `${rowsSince} rows since the last verification.`,
    ),
    input('Anchored outside', 5, anchored, 'A checkpoint copy outside the project agrees.'),
  ];
}

function costInputs(e: ReadinessEvidence): Input[] {
  const off = e.ablations.includes('no-budget');
  return [
    input(
      'Overspending is refused',
      10,
      off ? false : e.budgetProbe,
      off ? 'Switched off with --no-budget.' : 'A reservation above the limit was tried.',
    ),
    input('A budget per run is set', 5, e.limitBounded, 'The limit of the settings.'),
    input('Prices are dated', 5, e.pricesDated, 'Every price in use has a date and a source.'),
  ];
}

function input(name: string, of: number, passed: boolean | null, detail: string): Input {
  return {
    name,
    state: passed === null ? 'not measured' : passed ? 'pass' : 'fail',
    points: passed === true ? of : 0,
    of,
    detail,
  };
}

function part(name: Part['name'], weight: number, inputs: Input[]): Part {
  const of = inputs.reduce((sum, i) => sum + i.of, 0);
  const points = inputs.reduce((sum, i) => sum + i.points, 0);
  const measured = inputs.some((i) => i.state !== 'not measured');
  return { name, weight, score: measured ? round((5 * points) / of) : null, inputs };
}

/** Nothing may run without a cage: what else would hold is no comfort, and earns nothing. */
function worthless(measured: Part): Part {
  const inputs = measured.inputs.map((one) =>
    one.points === 0
      ? one
      : {
          ...one,
          points: 0,
          detail: `${one.detail} Counts for nothing while the cage is refused.`,
        },
  );
  return { ...measured, score: 0, inputs };
}

function round(n: number): number {
  return Math.round(n * 100) / 100;
}
