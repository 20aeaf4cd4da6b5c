import type { Plan } from '../../shared/contract/runs.ts';
import { AkiosError } from '../../shared/domain/errors.ts';
import { micros } from '../../shared/domain/money.ts';
import type { EffectDescription } from '../agents/port.ts';
import { bindParameters } from '../agents/registry.ts';
import { effectiveAblations } from '../core/config/config.ts';
import { decide } from '../core/policy/decide.ts';
import { referencesOf } from '../core/workflow/interpolate.ts';
import type { ActionStep } from '../core/workflow/model.ts';
import type { Actor } from '../store/ledger/port.ts';
import type { ProjectRuntime } from './port.ts';
import { ProjectFiles } from './project-files.ts';
import { redactText } from './redaction.ts';
import { retentionProblem } from './run/create.ts';
import { aborts } from './run/errors.ts';
import { allSteps, type RunGraph } from './run/graph.ts';

type PlanStep = Plan['steps'][number];
const NOTHING = { low: 0, likely: 0, high: 0 };

/**
 * Decides and prices every step without doing any. What only a run can know (the answer of an
 * earlier step) stands as its reference; prices then use the bounds that hold for any answer.
 */
export function planRun(
  project: ProjectRuntime,
  graph: RunGraph,
  budgetMicros: number,
  principal: Actor,
): Plan {
  const problems: Problem[] = [];
  const steps = allSteps(graph).map((entry): PlanStep => {
    const base = { index: entry.index, name: redacted(project, entry.name) };
    if (entry.step.kind !== 'action') return { ...base, ...groupStep(entry.step.kind) };
    const { error, ...view } = actionStep(project, entry.step, entry.name, principal);
    const told = view.verdict.decision !== 'allow';
    if (error) problems.push({ ...problemOf(entry.step, base.name, error), told });
    return { ...base, ...view };
  });
  const cost = steps.reduce(
    (sum, step) => ({
      low: sum.low + step.cost.low,
      likely: sum.likely + step.cost.likely,
      high: sum.high + step.cost.high,
    }),
    NOTHING,
  );
  const reasons = steps
    .filter((step) => step.verdict.decision !== 'allow')
    .map(
      (step) =>
        `${step.name}: ${step.verdict.decision} (${step.verdict.rule}) ${step.verdict.reason}`,
    );
  for (const { name, error, told, fatal, when } of problems) {
    if (!told)
      reasons.push(`${name}: ${redacted(project, error.message)}${fatal ? '' : ` (${when})`}`);
  }
  const proof = project.cageProof();
  const ablations = effectiveAblations(project.config, proof.ablations);
  const short = retentionProblem(project, graph, ablations);
  if (short !== null) reasons.push(`retention_days: ${short}`);
  if (!proof.proved)
    reasons.push(`The cage is not proved up. ${proof.reasons[0] ?? 'The reason is unknown.'}`);
  if (cost.high > budgetMicros) {
    reasons.push(
      'The dearest case costs more than the budget of the run; it would be stopped there.',
    );
  }
  // In the order in which a run would meet them.
  const code =
    (short === null ? null : 'WORKFLOW_INVALID') ??
    (proof.proved ? null : (proof.code ?? 'CAGE_DOWN')) ??
    problems.find((problem) => problem.fatal)?.error.code ??
    (cost.low > budgetMicros ? 'BUDGET_EXCEEDED' : null);
  return {
    workflow: redacted(project, graph.workflow.name),
    steps,
    cost,
    budgetMicros,
    wouldRun: code === null,
    code,
    reasons,
  };
}

/** Why a step would fail, and whether that ends the run. */
interface Problem {
  name: string;
  error: AkiosError;
  /** Its verdict says so already. */
  told: boolean;
  fatal: boolean;
  when: string;
}

function problemOf(step: ActionStep, name: string, error: AkiosError): Omit<Problem, 'told'> {
  // A verdict of the cage is final whatever the step says; other errors a step may pass over.
  const skips = step.onError === 'skip' && !aborts(error.code);
  const when = skips ? 'the step would be skipped' : 'if its condition holds';
  return { name, error, fatal: !skips && (step.condition === null || aborts(error.code)), when };
}

function groupStep(kind: 'approval' | 'parallel' | 'workflow'): Omit<PlanStep, 'index' | 'name'> {
  const asks = kind === 'approval';
  return {
    agent: '',
    action: kind,
    target: '',
    verdict: {
      decision: asks ? 'ask' : 'allow',
      rule: asks ? 'workflow.approve' : 'builtin.no-effect',
      where: 'built in',
      reason: asks ? 'A person is asked.' : 'No effect of its own.',
    },
    reversibility: 'full',
    cost: NOTHING,
  };
}

function notesOf(step: ActionStep, later: ReturnType<typeof referencesOf>): string[] {
  return [
    ...(later.length > 0
      ? [
          `Filled in during the run: ${[...new Set(later.map((r) => `{${r.source}}`))].slice(0, 5).join(', ')}.`,
        ]
      : []),
    ...(step.condition === null ? [] : [`Only if ${step.condition}.`]),
    ...(step.forEach ? [`Once for each item, at most ${step.forEach.max}.`] : []),
  ];
}

function actionStep(
  project: ProjectRuntime,
  step: ActionStep,
  name: string,
  principal: Actor,
): Omit<PlanStep, 'index' | 'name'> & { error?: AkiosError } {
  const later = referencesOf({ ...step.parameters, ...step.config }, step.forEach?.as);
  const notes = notesOf(step, later);
  const shared = { agent: step.agent, action: step.action };
  const noted = (more: readonly string[]) =>
    notes.length + more.length === 0
      ? {}
      : { note: redacted(project, [...notes, ...more].join(' ')) };
  try {
    const action = project.agents.action(step.agent, step.action);
    const what = action.describe(bindParameters(action, step, step.parameters, step.config));
    const times = step.forEach
      ? Array.isArray(step.forEach.items)
        ? step.forEach.items.length
        : step.forEach.max
      : 1;
    const verdict = decide(project.policy, {
      principal: `${principal.type}:${principal.id}`,
      project: project.id,
      run: 'plan',
      step: name,
      agent: step.agent,
      gate: what.gate,
      action: what.action,
      target: what.target,
      ...(what.otherNames ? { otherNames: what.otherNames } : {}),
      reversibility: what.reversibility,
    });
    const error =
      verdict.decision === 'deny'
        ? new AkiosError('DENIED', verdict.reason, { details: { rule: verdict.rule } })
        : missingSource(project, what);
    const cost = what.cost ?? { low: micros(0), likely: micros(0), high: micros(0) };
    return {
      ...shared,
      ...noted(what.note === undefined ? [] : [what.note]),
      target: redacted(project, what.target),
      verdict: step.approve && verdict.decision === 'allow' ? asked(verdict.where) : verdict,
      reversibility: what.reversibility,
      ...(error ? { error } : {}),
      cost: {
        low: step.condition === null ? cost.low * (step.forEach ? 0 : 1) : 0,
        likely: cost.likely * times,
        high: cost.high * times * (1 + (step.retry?.retries ?? 0)),
      },
    };
  } catch (error) {
    if (!(error instanceof AkiosError)) throw error;
    return { ...shared, ...noted([]), ...undecided(project, error, later.length > 0) };
  }
}

/** What a step must find. Below data/output only the run itself can tell: its folder is made anew. */
const SOURCES: Readonly<Record<string, 'file' | 'folder' | 'any'>> = {
  read: 'file',
  list: 'folder',
  stat: 'any',
};

function missingSource(project: ProjectRuntime, what: EffectDescription): AkiosError | null {
  const wanted = what.gate === 'fs' ? SOURCES[what.action] : undefined;
  const known = !what.target.includes('{') && !/^data\/output(?:\/|$)/.test(what.target);
  if (wanted === undefined || !known || what.target === '.') return null;
  return new ProjectFiles(project.dir).problemOf(what.target, wanted);
}

function undecided(project: ProjectRuntime, error: AkiosError, later: boolean) {
  const waits = later && error.code === 'INPUT_INVALID';
  return {
    ...(waits ? {} : { error }),
    target: '',
    verdict: {
      decision: waits ? ('ask' as const) : ('deny' as const),
      rule: waits ? 'plan.needs-run' : `error.${error.code}`,
      where: error.where ?? 'built in',
      reason: redacted(
        project,
        waits ? 'Can only be decided when the value is known.' : error.message,
      ),
    },
    reversibility: 'none' as const,
    cost: NOTHING,
  };
}

function asked(where: string) {
  return {
    decision: 'ask' as const,
    rule: 'workflow.approve',
    where,
    reason: 'The step asks a person first.',
  };
}

function redacted(project: ProjectRuntime, text: string): string {
  return redactText(project.redactor, text);
}
