import type { CageStatus } from '../../../shared/contract/cage.ts';
import { AkiosError } from '../../../shared/domain/errors.ts';
import { formatUsd } from '../../../shared/domain/money.ts';
import type { Deps } from '../deps.ts';
import { defineHandlers } from '../handlers.ts';
import type { OpenProject } from '../projects/projects.ts';
import { doctorChecks } from '../status/doctor.ts';
import { readinessNow } from '../status/evidence.ts';
import { cageText, securityLines } from '../status/lines.ts';
import { projectView } from './projects.ts';

export function statusHandlers(deps: Deps) {
  return defineHandlers({
    'status.get': async ({ project }) => {
      const open = await deps.projects.openAsIs(project);
      const status = deps.cages.of(open).status();
      const lines = securityLines(deps, open, status);
      const [budget, runs] = await Promise.all([
        deps.engine.budget(open.id),
        deps.engine.list(open.id, { limit: 1 }),
      ]);
      const stats = open.ledger.stats();
      return {
        version: deps.about.version,
        project: projectView(deps, open),
        security_level: status.levelLabel,
        pii_protection: lines.pii,
        audit_status: lines.audit,
        network: lines.network,
        budget,
        ledger: { events: stats.events, root: stats.root },
        runs: { live: deps.engine.live(open.id).length, total: runs.total },
        redactions: lastRedactions(deps, runs.items[0]?.id),
      };
    },
    'status.security': async ({ project }) => security(deps, await deps.projects.openAsIs(project)),
    doctor: async ({ project }) => {
      if (project === undefined) return doctorChecks(deps, null);
      try {
        return await doctorChecks(deps, await deps.projects.openAsIs(project));
      } catch (error) {
        // A project that cannot be opened (read-only, a broken ledger) is a finding, not the end.
        if (!(error instanceof AkiosError) || error.code === 'PROJECT_NOT_FOUND') throw error;
        return doctorChecks(deps, null, error);
      }
    },
  });
}

/** What the newest run redacted, by type. */
function lastRedactions(deps: Deps, run: string | undefined): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const step of run === undefined ? [] : deps.engine.get(run).steps) {
    for (const [type, n] of Object.entries(step.redacted)) counts[type] = (counts[type] ?? 0) + n;
  }
  return counts;
}

async function security(deps: Deps, project: OpenProject) {
  const { config, paths } = project;
  const status = deps.cages.of(project).status();
  const lines = securityLines(deps, project, status);
  const proved = (id: string): boolean | null => {
    const found = status.protections.find((p) => p.id === id);
    return found === undefined || found.proof === 'unknown' ? null : found.proof === 'proved';
  };
  const { lastVerify: verify } = project.ledger.stats();
  const broken = project.ledger.broken() !== null;
  return {
    security_level: status.levelLabel,
    description: descriptionOf(status),
    environment: config.environment,
    recommendation: recommendationOf(status),
    lines: lines.all,
    active_protections: {
      pii_redaction: {
        enabled: proved('pii') === true,
        outputs_protected: proved('pii') === true && config.pii_redaction_outputs,
        aggressive_mode: config.pii_redaction_aggressive,
      },
      audit_logging: { enabled: proved('audit') === true, audit_path: paths.logDir },
      cost_limits: {
        budget_limit: config.budget_limit_per_run / 1_000_000,
        token_limit: config.max_tokens_per_call,
      },
      network_access: {
        allowed: config.network_access_allowed && config.allowed_domains.length > 0,
      },
    },
    compliance_indicators: {
      merkle_integrity: broken ? false : verify === null ? null : verify.ok,
      tamper_evident_audit: broken ? false : verify === null ? null : verify.ok && verify.anchored,
      kill_switches: proved('budget'),
      process_isolation: proved('sandbox'),
    },
    resource_limits: {
      cpu_limit: config.cpu_limit,
      memory_limit_mb: config.memory_limit_mb,
      pids_limit: config.pids_limit,
      max_open_files: config.max_open_files,
      max_file_size_mb: config.max_file_size_mb,
      budget_limit_per_run: formatUsd(config.budget_limit_per_run),
      max_tokens_per_call: config.max_tokens_per_call,
      run_timeout_seconds: config.run_timeout_seconds,
    },
    compliance_score: readinessNow(deps, project, status),
    probes: status.probes.map((probe) => ({
      id: probe.id,
      wanted: probe.needed,
      proven: probe.ok,
      at: probe.at,
      detail: probe.observed,
    })),
  };
}

function descriptionOf(status: CageStatus): string {
  switch (status.level) {
    case 'full':
      return 'Kernel cage with hard limits; every probe passed.';
    case 'strong':
      return 'Kernel cage; some limits are polled instead of hard.';
    case 'refuse':
      return 'The cage could not be proved; nothing runs.';
    case 'unknown':
      return `Not measured: ${cageText(status)}.`;
  }
}

function recommendationOf(status: {
  state: string;
  soft: readonly string[];
  reasons: readonly string[];
}): string {
  if (status.state === 'down') return 'Raise the cage: akios cage up.';
  if (status.reasons.length > 0) return status.reasons.join(' ');
  return status.soft.length > 0 ? `Soft limits: ${status.soft.join('; ')}.` : 'Nothing to do.';
}
