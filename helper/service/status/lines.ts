import type { CageStatus } from '../../../shared/contract/cage.ts';
import { formatUsd } from '../../../shared/domain/money.ts';
import type { Deps } from '../deps.ts';
import type { OpenProject } from '../projects/projects.ts';

export interface SecurityLines {
  pii: string;
  audit: string;
  network: string;
  all: string[];
}

/**
 * The published status lines. A line says "active" or "verified" only while that is proved; else it
 * names what is missing.
 */
export function securityLines(
  _deps: Deps,
  project: OpenProject,
  status: CageStatus,
): SecurityLines {
  const { config } = project;
  const of = (id: string) => status.protections.find((p) => p.id === id);
  const proved = (id: string): boolean => status.state === 'up' && of(id)?.proof === 'proved';
  const why = (id: string): string => {
    const found = of(id);
    if (found?.proof === 'off') return 'Off';
    return status.state === 'up'
      ? `Not proved (${found?.detail ?? 'no test'})`
      : `Not active (${cageText(status)})`;
  };
  const pii = proved('pii') ? 'Active (inputs + outputs)' : why('pii');
  const audit = auditText(project, proved('audit'), why('audit'));
  const allowed = config.network_access_allowed && config.allowed_domains.length > 0;
  const network = !proved('network')
    ? why('network')
    : allowed
      ? `Allowed hosts: ${config.allowed_domains.join(', ')}`
      : 'Denied (unless explicitly enabled)';
  const cost = proved('budget')
    ? `${formatUsd(config.budget_limit_per_run)} budget limit active`
    : why('budget');
  return {
    pii,
    audit,
    network,
    all: [
      `Security Level: ${status.levelLabel}`,
      `Sandbox: ${sandboxText(status, proved('sandbox'), why('sandbox'))}`,
      `PII Redaction: ${pii}`,
      `PII Protection: ${pii}`,
      `Audit Logging: ${audit}`,
      `Network: ${network}`,
      `Cost Controls: ${cost}`,
    ],
  };
}

/** Why nothing is active, in the words of the state the cage is in. */
export function cageText({ state, reasons }: Pick<CageStatus, 'state' | 'reasons'>): string {
  const because = reasons.length === 0 ? '' : `: ${reasons.join(' ')}`;
  switch (state) {
    case 'down':
      return 'the cage is down';
    case 'raising':
      return 'the cage is being proved';
    case 'lowering':
      return 'the cage is being lowered';
    case 'blocked':
      return `the cage was refused${because}`;
    case 'degraded':
      return `the cage lost its proof${because}`;
    default:
      return 'the state of the cage is not known';
  }
}

function sandboxText(status: CageStatus, proved: boolean, why: string): string {
  if (!proved) return why;
  if (status.backend === 'docker') return 'Container isolation active';
  return status.level === 'full'
    ? 'cgroups v2 + seccomp-bpf active'
    : 'namespaces + seccomp-bpf active; no cgroups v2, limits are polled';
}

/** "Verified" needs a verification, says when it was, and how much came after it. */
function auditText(project: OpenProject, proved: boolean, why: string): string {
  const broken = project.ledger.broken();
  if (broken !== null) return `BROKEN (${broken.message})`;
  const { lastVerify, events, anchor } = project.ledger.stats();
  if (lastVerify === null) return proved ? 'Active, not verified yet (akios audit verify)' : why;
  if (!lastVerify.ok) return `TAMPERED (found ${lastVerify.at})`;
  if (!lastVerify.anchored) return `Consistent but not anchored (${lastVerify.at})`;
  const since = events - (lastVerify.size ?? 0);
  const later = since > 0 ? `, ${since} records since` : '';
  const outside = anchor === null ? '' : `; anchor of ${anchor.size} records at ${anchor.at}`;
  return `Cryptographic integrity verified at ${lastVerify.at}${later}${outside}`;
}
