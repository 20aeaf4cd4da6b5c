/** Made-up runs and what they cost. Never in the bundle. */
import type { RunDetail, RunSummary, StepView } from '../../shared/contract/runs.ts';
import type { BudgetReport } from '../../shared/contract/system.ts';
import { minutesAgo } from './fixture-cage.ts';

const WORKFLOWS = ['prior-auth-summary', 'appeal-letter-draft', 'intake-batch-redact'];

export function run(n: number, state: RunSummary['state']): RunSummary {
  const ended = state !== 'running';
  return {
    id: `r-${(0x7f3a91c4 - n * 7919).toString(16)}`,
    project: 'claims-intake',
    workflow: WORKFLOWS[n % 3]!,
    path: `workflows/${WORKFLOWS[n % 3]}.yml`,
    startedBy: n % 2 === 0 ? 'Ingrid Solheim' : 'Daniel Whitcombe',
    startedAt: new Date(Date.now() - (n * 47 * 60_000 + 27_200)).toISOString(),
    endedAt: ended ? minutesAgo(n * 47) : null,
    ms: ended ? 27_200 + n * 3_100 : null,
    state,
    stepsDone: ended ? 4 : 2,
    stepsTotal: 4,
    denied: n % 2 === 0 ? 1 : 0,
    redacted: 29 + n * 4,
    costMicros: 5_904 + n * 1_117,
    reservedMicros: ended ? 0 : 6_380,
    budgetMicros: 1_000_000,
    ablations: [],
  };
}

export function step(index: number, name: string, change: Partial<StepView>): StepView {
  return {
    index,
    name,
    agent: 'filesystem',
    action: 'read',
    state: 'succeeded',
    startedAt: null,
    endedAt: null,
    ms: null,
    attempts: 1,
    verdict: { decision: 'allow', rule: 'builtin.read-input', reason: 'Inside data/input.' },
    denied: 0,
    redacted: {},
    costMicros: 0,
    tokensIn: 0,
    tokensOut: 0,
    records: [index * 2, index * 2 + 1],
    ...change,
  };
}

export function detail(summary: RunSummary): RunDetail {
  const t0 = Date.parse(summary.startedAt);
  const at = (ms: number): string => new Date(t0 + ms).toISOString();
  const span = (from: number, to: number) => ({
    startedAt: at(from),
    endedAt: at(to),
    ms: to - from,
  });
  const live = summary.endedAt === null;
  return {
    ...summary,
    description: 'Reads a clinical letter, summarises it and writes a report.',
    steps: [
      step(1, 'read_letter', { target: 'data/input/clinical-letter.docx', ...span(20, 201) }),
      step(2, 'summarise_clinical', {
        agent: 'llm',
        action: 'complete',
        target: 'extractive',
        ...span(210, 9_010),
        verdict: {
          decision: 'allow',
          rule: 'builtin.llm-local',
          reason: 'A local model is listed.',
        },
        redacted: { PERSON_NAME: 5, PHONE: 2, ADDRESS: 1, MRN: 1, EMAIL: 1, NPI: 1 },
        tokensIn: 236,
        tokensOut: 212,
        costMicros: 1_296,
      }),
      step(3, 'fetch_formulary', {
        agent: 'http',
        action: 'get',
        target: 'formulary.rxline.example:443',
        state: 'denied',
        denied: 1,
        ...span(9_020, 9_026),
        verdict: {
          decision: 'deny',
          rule: 'builtin.default-deny',
          where: 'policy/claims-intake.yml:32',
          reason:
            'The host is not listed, so the request was refused before its name was resolved.',
        },
        error: {
          code: 'NET_DENIED',
          message: 'The host is not listed.',
          hint: 'List it in policy/claims-intake.yml, then run akios policy check.',
        },
      }),
      step(
        4,
        'write_report',
        live
          ? {
              agent: 'filesystem',
              action: 'write',
              target: 'data/output/report.md',
              state: 'running',
              startedAt: at(9_040),
              costMicros: 0,
            }
          : {
              agent: 'filesystem',
              action: 'write',
              target: 'data/output/report.md',
              ...span(9_040, 9_300),
            },
      ),
    ],
    log: Array.from({ length: 14 }, (_, i) => ({
      n: i + 1,
      at: at(i * 700),
      stream: (['run', 'gate', 'stdout', 'gate'] as const)[i % 4]!,
      text: [
        'started, 4 steps, level Full (kernel-hard)',
        'allowed by builtin.read-input: data/input/clinical-letter.docx',
        '5,307 words',
        'denied by builtin.default-deny: formulary.rxline.example:443',
      ][i % 4]!,
    })),
    outputDirectory: live ? null : `data/output/${summary.id}`,
    firstSeq: 2,
    lastSeq: 9,
  };
}

export function budget(runs: readonly RunSummary[]): BudgetReport {
  const spent = runs.reduce((sum, r) => sum + r.costMicros, 0);
  const reserved = runs.reduce((sum, r) => sum + r.reservedMicros, 0);
  const by = new Map<string, { spentMicros: number; runs: number }>();
  for (const r of runs) {
    const old = by.get(r.workflow) ?? { spentMicros: 0, runs: 0 };
    by.set(r.workflow, { spentMicros: old.spentMicros + r.costMicros, runs: old.runs + 1 });
  }
  return {
    perRunLimitMicros: 1_000_000,
    day: {
      scope: 'day',
      limitMicros: 25_000_000,
      spentMicros: spent,
      reservedMicros: reserved,
      remainingMicros: 25_000_000 - spent - reserved,
      calls: runs.length,
      enforced: true,
      warnAt: [0.5, 0.8, 1],
    },
    byWorkflow: [...by].map(([workflow, v]) => ({ workflow, ...v })),
    lastRun: null,
    pricesDate: '1 Nov 2026',
    forecast: 'At the rate of the last 3 h the limit is not reached before 24:00 UTC.',
  };
}
