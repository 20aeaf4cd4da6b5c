import type { ErrorValue } from '../../../shared/domain/errors.ts';
import type { JsonObject } from '../../../shared/domain/json.ts';
import { runExitCode } from '../../../shared/domain/run-exit.ts';
import { LEVEL_LABEL, type RunState } from '../../../shared/domain/states.ts';
import type { RunRecord, StoredStep } from '../../store/runs/port.ts';
import type { ProjectRuntime } from '../port.ts';
import { ProjectFiles } from '../project-files.ts';

export const RESULT_FILE = 'output.json';
const SCHEMA_VERSION = 1;

/** What a result is made of; a run that was cut off by a crash has it from the store alone. */
export interface ResultSource {
  record: RunRecord;
  project: ProjectRuntime;
  ablations: readonly string[];
  steps: readonly StoredStep[];
  /** Types found outside the steps (in log lines). */
  redactedTypes: ReadonlySet<string>;
}

/** Writes `output.json` of a run without following any link. */
export function writeResultFile(
  source: ResultSource,
  end: { state: RunState; error: ErrorValue | null; now: number },
  version: string,
): void {
  const folder = source.record.outputDirectory ?? `data/output/${source.record.summary.id}`;
  const text = JSON.stringify(resultOf(source, end, version), null, 2);
  new ProjectFiles(source.project.dir).writeText(`${folder}/${RESULT_FILE}`, `${text}\n`);
}

/**
 * The structured result of a run, the same for every outcome. Dollar amounts are decimal numbers
 * for reading; the integer micro-dollars beside them are the exact ones.
 */
export function resultOf(
  run: ResultSource,
  end: { state: RunState; error: ErrorValue | null; now: number },
  version: string,
): JsonObject {
  const { record, project, steps } = run;
  const { summary } = record;
  const ms = Math.max(0, end.now - Date.parse(summary.startedAt));
  return {
    schema_version: SCHEMA_VERSION,
    akios_version: version,
    workflow_name: summary.workflow,
    workflow_id: summary.id,
    workflow_path: summary.path,
    workflow_sha256: record.sourceSha256,
    status: end.state,
    exit_code: runExitCode(end.state, end.error?.code ?? null),
    steps_executed: steps.filter((s) => s.view.state !== 'pending' && s.view.state !== 'skipped')
      .length,
    steps_total: steps.length,
    execution_time_seconds: ms / 1000,
    timestamp: new Date(end.now).toISOString(),
    started_at: summary.startedAt,
    started_by: summary.startedBy,
    security: securityPart(run),
    cost: costPart(run, steps),
    audit: auditPart(run),
    results: steps.map(stepPart),
    ...(end.error ? { error: errorPart(end.error) } : {}),
    output_directory: record.outputDirectory ?? '',
    project: project.name,
    workflow_version: record.labels.version,
    owner: record.labels.owner,
    cost_centre: record.labels.costCentre,
    tags: record.labels.tags,
  };
}

function securityPart(run: ResultSource): JsonObject {
  const { ablations, project } = run;
  const proof = project.cageProof();
  const inSteps = run.steps.flatMap((step) => Object.keys(step.view.redacted));
  const types = new Set([...run.redactedTypes, ...inSteps]);
  return {
    pii_redaction: !ablations.includes('no-pii'),
    pii_redaction_count: run.record.summary.redacted,
    pii_redacted_fields: [...types].sort(),
    audit_enabled: !ablations.includes('no-audit'),
    sandbox_enabled: true,
    level: run.record.level,
    level_now: LEVEL_LABEL[proof.level],
    cage_features: [...proof.features],
    ablations: [...ablations],
    denied: run.record.summary.denied,
    policy_hash: run.record.policyDigest,
  };
}

function costPart(run: ResultSource, steps: readonly StoredStep[]): JsonObject {
  const sum = (of: (s: StoredStep) => number): number => steps.reduce((n, s) => n + of(s), 0);
  const spent = sum((s) => s.view.costMicros);
  const limit = run.record.summary.budgetMicros;
  const tokensIn = sum((s) => s.view.tokensIn);
  const tokensOut = sum((s) => s.view.tokensOut);
  return {
    enabled: !run.ablations.includes('no-budget'),
    total_cost: spent / 1_000_000,
    budget_limit: limit / 1_000_000,
    remaining_budget: Math.max(0, limit - spent) / 1_000_000,
    over_budget: spent > limit,
    total_cost_micros: spent,
    budget_limit_micros: limit,
    tokens_input: tokensIn,
    tokens_output: tokensOut,
    tokens_total: tokensIn + tokensOut,
    llm_model: run.record.model,
  };
}

function auditPart(run: ResultSource): JsonObject {
  if (run.ablations.includes('no-audit'))
    return { first_seq: null, last_seq: null, checkpoint: null };
  const checkpoint = run.project.ledger.checkpoint();
  return {
    first_seq: run.record.firstSeq,
    last_seq: run.record.lastSeq,
    checkpoint: checkpoint
      ? { size: checkpoint.size, root: checkpoint.root, note: checkpoint.note }
      : null,
  };
}

function stepPart(step: StoredStep): JsonObject {
  const { view } = step;
  return {
    step: view.index,
    name: view.name,
    agent: view.agent,
    action: view.action,
    status: view.state,
    execution_time: (view.ms ?? 0) / 1000,
    attempts: view.attempts,
    output: step.status === 'success' ? (step.output ?? {}) : {},
    redacted: view.redacted,
    cost_micros: view.costMicros,
    records: view.records,
    ...(view.target === undefined ? {} : { target: view.target }),
    ...(view.verdict ? { verdict: { ...view.verdict } as JsonObject } : {}),
    ...(view.error ? { error: errorPart(view.error) } : {}),
  };
}

function errorPart(error: ErrorValue): JsonObject {
  return {
    code: error.code,
    message: error.message,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    ...(error.where === undefined ? {} : { where: error.where }),
  };
}
