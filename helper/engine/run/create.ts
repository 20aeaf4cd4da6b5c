import { createHash, randomBytes } from 'node:crypto';
import { AkiosError } from '../../../shared/domain/errors.ts';
import type { JsonObject } from '../../../shared/domain/json.ts';
import { LEVEL_LABEL } from '../../../shared/domain/states.ts';
import { budgetLimit } from '../../core/budget/book.ts';
import type { Actor } from '../../store/ledger/port.ts';
import type { RunRecord, RunSources, RunStore, StoredStep } from '../../store/runs/port.ts';
import type { Clock, ProjectRuntime } from '../port.ts';
import { escapeControl } from '../redaction.ts';
import { allSteps, type RunGraph } from './graph.ts';
import { iso } from './live-run.ts';

export interface NewRun {
  project: ProjectRuntime;
  graph: RunGraph;
  principal: Actor;
  ablations: string[];
  /** Redacted. */
  context: JsonObject;
  /** Redacts what an author wrote; names may hold personal data like any other text. */
  clean(text: string): string;
}

/** What a run is before its first step. */
export function newRecord(wanted: NewRun, sources: RunSources, now: number): RunRecord {
  const { project, graph, principal, ablations, context, clean } = wanted;
  const id = runId(now);
  const { workflow } = graph;
  return {
    summary: {
      id,
      project: project.id,
      workflow: clean(workflow.name),
      path: graph.path,
      startedBy: principal.id,
      startedAt: iso(now),
      endedAt: null,
      ms: null,
      state: 'pending',
      stepsDone: 0,
      stepsTotal: allSteps(graph).length,
      denied: 0,
      redacted: 0,
      costMicros: 0,
      reservedMicros: 0,
      budgetMicros: budgetOf(project, graph),
      ablations,
    },
    description: clean(workflow.description),
    subject: escapeControl(clean(graph.path)),
    sourceSha256: sha256(JSON.stringify(Object.entries(sources).sort())),
    labels: {
      version: clean(workflow.version ?? ''),
      owner: clean(workflow.owner ?? ''),
      costCentre: clean(workflow.costCentre ?? ''),
      tags: workflow.tags.map(clean),
    },
    resumes: 0,
    context,
    principal,
    outputDirectory: `data/output/${id}`,
    firstSeq: null,
    lastSeq: null,
    policyDigest: project.policyDigest,
    level: LEVEL_LABEL[project.cageProof().level],
    model: null,
  };
}

/** The run exists for others only once its start is durable. */
export async function recordStart(
  store: RunStore,
  clock: Clock,
  project: ProjectRuntime,
  record: RunRecord,
  graph: RunGraph,
): Promise<void> {
  const { summary } = record;
  if (summary.ablations.includes('no-audit')) return;
  const proof = project.cageProof();
  try {
    const { seq } = await project.ledger.append({
      type: 'run.start',
      actor: record.principal,
      subject: record.subject,
      run: summary.id,
      cage: { mode: proof.mode, features: [...proof.features] },
      data: {
        workflow: summary.workflow,
        source_sha256: record.sourceSha256,
        steps: summary.stepsTotal,
        budget_micros: summary.budgetMicros,
        policy_sha256: record.policyDigest,
        ablations: summary.ablations.join(','),
        level: record.level,
        owner: record.labels.owner,
        cost_centre: record.labels.costCentre,
        retention_days: retentionOf(graph),
      },
    });
    record.firstSeq = seq;
    record.lastSeq = seq;
    store.saveRun(record);
  } catch (error) {
    summary.state = 'failed';
    summary.endedAt = iso(clock.now());
    summary.error = (
      error instanceof AkiosError
        ? error
        : new AkiosError('LEDGER_UNAVAILABLE', 'The start of the run could not be recorded.', {
            cause: error,
          })
    ).toValue();
    store.saveRun(record);
    throw error;
  }
}

/** The cap of a run; 0, negative and other nonsense is refused. */
export function budgetOf(project: ProjectRuntime, graph: RunGraph): number {
  const own = graph.workflow.budgetMicros;
  return budgetLimit(own ?? project.config.budget_limit_per_run);
}

export function blankSteps(graph: RunGraph, clean: (text: string) => string): StoredStep[] {
  return allSteps(graph).map(({ step, index, name }) => ({
    view: {
      index,
      name: shownName(name, index, clean),
      agent: step.kind === 'action' ? step.agent : '',
      action: step.kind === 'action' ? step.action : step.kind,
      state: 'pending',
      startedAt: null,
      endedAt: null,
      ms: null,
      attempts: 0,
      verdict: null,
      denied: 0,
      redacted: {},
      costMicros: 0,
      tokensIn: 0,
      tokensOut: 0,
      records: [],
    },
    status: null,
    output: null,
    items: {},
  }));
}

/** Known before the first effect, so nothing has to be stopped half way. */
export function refuseUnfit(
  project: ProjectRuntime,
  graph: RunGraph,
  ablations: readonly string[],
): void {
  const where = graph.path.slice(0, 200);
  const steps = allSteps(graph).length;
  const limit = project.config.max_steps;
  if (steps > limit) {
    throw new AkiosError(
      'WORKFLOW_INVALID',
      `The workflow has ${steps} steps; max_steps is ${limit}.`,
      {
        where,
        hint: 'Use for_each for repeated work, or raise max_steps in config.yaml.',
      },
    );
  }
  const short = retentionProblem(project, graph, ablations);
  if (short === null) return;
  throw new AkiosError('WORKFLOW_INVALID', `retention_days: ${short}`, {
    where,
    hint: 'Set audit_retention_days in config.yaml to at least the days the workflow asks for.',
  });
}

/** Why the ledger of this project is not kept as long as the workflow demands, or null. */
export function retentionProblem(
  project: ProjectRuntime,
  graph: RunGraph,
  ablations: readonly string[],
): string | null {
  const days = retentionOf(graph);
  if (days === 0) return null;
  if (ablations.includes('no-audit')) {
    return `its records are to be kept ${days} days, and the audit trail is off.`;
  }
  const { audit_retention_days: kept, audit_legal_hold: held } = project.config;
  if (held || kept >= days) return null;
  return `its records are to be kept ${days} days; audit_retention_days is ${kept}.`;
}

/** The longest time that the workflow or one inside it asks for; 0 = none. */
function retentionOf(graph: RunGraph): number {
  return Math.max(
    graph.workflow.retentionDays ?? 0,
    ...[...graph.children.values()].map(retentionOf),
  );
}

/** Sorts by time, never collides: `run_20260131T101500_3f9a1c2b4d5e`. */
function runId(now: number): string {
  const stamp = iso(now).slice(0, 19).replace(/[-:]/g, '');
  return `run_${stamp}_${randomBytes(6).toString('hex')}`;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** A redacted name gets its number, so that two of them stay two. */
function shownName(name: string, index: number, clean: (text: string) => string): string {
  const shown = escapeControl(clean(name));
  return shown === name ? name : `${shown} (step ${index})`;
}
