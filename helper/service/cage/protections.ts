import { PROTECTION_IDS, type Protection } from '../../../shared/contract/cage.ts';
import { formatUsd } from '../../../shared/domain/money.ts';
import { type Ablation, LEVEL_LABEL } from '../../../shared/domain/states.ts';
import type { ProbeReport } from '../../cage/port.ts';
import type { Config } from '../../core/config/fields.ts';
import type { TestResult } from './self-tests.ts';

type Id = (typeof PROTECTION_IDS)[number];

/** One complete test of everything the cage promises. */
export interface Proofs {
  at: string;
  report: ProbeReport;
  tests: Record<Exclude<Id, 'sandbox'>, TestResult>;
  /** Ledger record that holds this proof; null before it is written. */
  recordSeq: number | null;
}

const TITLES: Record<Id, string> = {
  sandbox: 'Sandbox',
  network: 'Network',
  files: 'Files',
  pii: 'PII redaction',
  audit: 'Audit ledger',
  anchor: 'Outside anchor',
  budget: 'Budget',
};

const ABLATION_OF: Partial<Record<Id, Ablation>> = {
  pii: 'no-pii',
  audit: 'no-audit',
  budget: 'no-budget',
};

function wantedText(id: Id, config: Config): string {
  switch (id) {
    case 'sandbox':
      return config.require_level === 'none'
        ? 'Every program runs in a kernel cage'
        : `Every program runs in a kernel cage of level ${config.require_level}`;
    case 'network':
      return config.network_access_allowed && config.allowed_domains.length > 0
        ? `Only ${config.allowed_domains.join(', ')} and the allowed model providers, by HTTPS`
        : 'Denied, except the allowed model providers, by HTTPS';
    case 'files':
      return 'A step sees only the folders it was granted';
    case 'pii':
      return 'Inputs and outputs are redacted';
    case 'audit':
      return 'Each effect is recorded, durably and signed, before it happens';
    case 'anchor':
      return 'The newest checkpoint is kept outside the project';
    case 'budget':
      return `At most ${formatUsd(config.budget_limit_per_run)} per run`;
  }
}

/** Wanted against proved, for every protection. Without proofs everything is unknown. */
export function protectionsOf(
  config: Config,
  ablations: readonly Ablation[],
  proofs: Proofs | null,
): Protection[] {
  return PROTECTION_IDS.map((id) => {
    const ablation = ABLATION_OF[id];
    const wantedOn =
      (ablation === undefined || !ablations.includes(ablation)) &&
      (id !== 'sandbox' || config.sandbox_enabled);
    const result = proofs === null ? null : resultOf(id, proofs);
    return {
      id,
      title: TITLES[id],
      wanted: wantedOn ? wantedText(id, config) : `Switched off (${ablation ?? 'sandbox_enabled'})`,
      wantedOn,
      proof: !wantedOn ? 'off' : result === null ? 'unknown' : result.ok ? 'proved' : 'failed',
      detail: result?.detail ?? 'Not tested since the helper started or the cage was lowered.',
      at: proofs?.at ?? null,
      recordSeq: proofs?.recordSeq ?? null,
    };
  });
}

export function resultOf(id: Id, { report, tests }: Proofs): TestResult {
  if (id !== 'sandbox') return tests[id];
  const failed = report.probes.filter((probe) => probe.ok === false);
  const ok = report.level === 'full' || report.level === 'strong';
  const names = failed.map((probe) => probe.id).join(', ');
  return {
    ok,
    detail: `${LEVEL_LABEL[report.level]}${names === '' ? ': all probes passed' : `: ${names} not met`}.`,
  };
}
