import type { JsonObject } from '../../../shared/domain/json.ts';
import type { Step, StepOutcome } from '../../core/workflow/model.ts';
import type { RunGraph } from './graph.ts';

/** Carries out one step; throws what ends the run. */
export type StepWorker = (
  graph: RunGraph,
  step: Step,
  outcomes: ReadonlyMap<number, StepOutcome>,
  context: JsonObject,
) => Promise<StepOutcome>;

/**
 * Runs a graph: a step starts when all it depends on has ended, at most `maxParallel` at a time in
 * the graph and in each group. After the first failure nothing new starts; what is under way is
 * left to end, so that its outcome is known.
 * @param outcomes what ended before (a run that goes on); filled as steps end
 */
export async function runGraph(
  graph: RunGraph,
  context: JsonObject,
  outcomes: Map<number, StepOutcome>,
  work: StepWorker,
): Promise<void> {
  const { workflow } = graph;
  const waiting = new Set(workflow.steps.filter((step) => !outcomes.has(step.index)));
  const running = new Map<number, Promise<void>>();
  const byIndex = new Map(workflow.steps.map((step) => [step.index, step]));
  let failure: { error: unknown } | null = null;

  const start = (step: Step): void => {
    waiting.delete(step);
    const done = work(graph, step, outcomes, context).then(
      (outcome) => {
        outcomes.set(step.index, outcome);
      },
      (error: unknown) => {
        failure ??= { error };
      },
    );
    running.set(
      step.index,
      done.finally(() => running.delete(step.index)),
    );
  };

  while (failure === null && (waiting.size > 0 || running.size > 0)) {
    for (const step of waiting) {
      if (isReady(step, outcomes) && hasRoom(step, byIndex, running, workflow.maxParallel))
        start(step);
    }
    if (running.size === 0) break;
    await Promise.race(running.values());
  }
  await Promise.allSettled(running.values());
  const failed = failure as { error: unknown } | null;
  if (failed !== null) throw failed.error;
}

function isReady(step: Step, outcomes: ReadonlyMap<number, StepOutcome>): boolean {
  return step.dependsOn.every((index) => outcomes.has(index));
}

/** A group and a sub-workflow have no effect of their own, so they take no place. */
function hasRoom(
  step: Step,
  byIndex: ReadonlyMap<number, Step>,
  running: ReadonlyMap<number, unknown>,
  limit: number,
): boolean {
  const acting = [...running.keys()].filter((index) => byIndex.get(index)?.kind !== 'workflow');
  if (step.kind === 'action' && acting.length >= limit) return false;
  const group = step.group === null ? undefined : byIndex.get(step.group);
  if (group?.kind !== 'parallel') return true;
  const inGroup = [...running.keys()].filter((index) => byIndex.get(index)?.group === step.group);
  return inGroup.length < group.maxParallel;
}
