import type { CageStatus } from '../../../shared/contract/cage.ts';
import type { Readiness } from '../../../shared/contract/system.ts';
import { readinessOf } from '../../core/compliance/readiness.ts';
import type { Deps } from '../deps.ts';
import type { OpenProject } from '../projects/projects.ts';

/** The score from what was proved and verified; nothing is taken from settings alone. */
export function readinessNow(deps: Deps, project: OpenProject, status: CageStatus): Readiness {
  const stats = project.ledger.stats();
  const verify = stats.lastVerify;
  const proof = (id: string): boolean | null => {
    const found = status.protections.find((p) => p.id === id);
    return found === undefined || found.proof === 'unknown' ? null : found.proof === 'proved';
  };
  return readinessOf({
    level: status.level,
    probes: status.probes.map(({ id, title, ok }) => ({ id, title, ok })),
    piiSelfTest: proof('pii'),
    networkProbe: proof('network'),
    ablations: status.ablations,
    ledger: {
      verified: project.ledger.broken() !== null ? false : verify === null ? null : verify.ok,
      rowsSince: verify?.size === undefined ? 0 : Math.max(0, stats.events - verify.size),
      anchored: verify === null ? null : verify.anchored,
      appendProbe: proof('audit'),
    },
    budgetProbe: proof('budget'),
    limitBounded: project.config.budget_limit_per_run > 0,
    pricesDated: deps.prices.list().every((price) => /^\d{4}-\d{2}-\d{2}$/.test(price.asOf)),
  });
}
