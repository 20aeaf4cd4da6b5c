import { AkiosError } from '../../../shared/domain/errors.ts';
import { type Step, WORKFLOW_LIMITS, type Workflow } from '../../core/workflow/model.ts';
import { type ParseOptions, parseWorkflow } from '../../core/workflow/parse.ts';

/**
 * A workflow with its sub-workflows, all read before the first effect: a file that changes while
 * the run is on changes nothing. Step views are numbered over all of them: those of a sub-workflow
 * have `base` added, so that every number and every name (`outer/inner`) is unique in the run.
 */
export interface RunGraph {
  path: string;
  workflow: Workflow;
  base: number;
  /** Ends with `/` below the top. */
  prefix: string;
  /** By step number of this graph. */
  children: ReadonlyMap<number, RunGraph>;
}

export interface GraphSource {
  /** Text of a workflow file of the project, by canonical path. */
  read(path: string): string;
}

/** The files that lead here, and the place of the step that names this one. */
interface Above {
  paths: readonly string[];
  where: string;
}

interface Numbers {
  next: number;
  steps: number;
}

/** @throws AkiosError WORKFLOW_INVALID, FILE_NOT_FOUND, TOO_LARGE; also for files that hold each other */
export function loadGraph(path: string, source: GraphSource, options: ParseOptions): RunGraph {
  return load(path, source, options, { paths: [], where: path }, { next: 0, steps: 0 }, '');
}

function load(
  path: string,
  source: GraphSource,
  options: ParseOptions,
  above: Above,
  numbers: Numbers,
  prefix: string,
): RunGraph {
  if (above.paths.includes(path)) {
    throw invalid(`${path} runs itself: ${[...above.paths, path].join(' -> ')}.`, above.where);
  }
  if (above.paths.length > WORKFLOW_LIMITS.subWorkflowDepth) {
    throw invalid(
      `Workflows run each other more than ${WORKFLOW_LIMITS.subWorkflowDepth} deep.`,
      above.where,
    );
  }
  const { workflow } = parseWorkflow(source.read(path), path, options);
  const base = numbers.next;
  numbers.next += WORKFLOW_LIMITS.steps;
  numbers.steps += workflow.steps.length;
  if (numbers.steps > WORKFLOW_LIMITS.steps) {
    throw invalid(
      `With its sub-workflows the run has more than ${WORKFLOW_LIMITS.steps} steps.`,
      above.where,
    );
  }
  const children = new Map<number, RunGraph>();
  for (const step of workflow.steps) {
    if (step.kind !== 'workflow') continue;
    const inner = load(
      step.path,
      source,
      options,
      { paths: [...above.paths, path], where: `${path}:${step.at.line}:${step.at.col}` },
      numbers,
      `${prefix}${step.name}/`,
    );
    children.set(step.index, inner);
  }
  return { path, workflow, base, prefix, children };
}

/** Every step of the run in the order of their numbers, with the graph it belongs to. */
export function allSteps(
  graph: RunGraph,
): { graph: RunGraph; step: Step; index: number; name: string }[] {
  const own = graph.workflow.steps.map((step) => ({
    graph,
    step,
    index: graph.base + step.index,
    name: `${graph.prefix}${step.name}`,
  }));
  return [...own, ...[...graph.children.values()].flatMap(allSteps)].sort(
    (a, b) => a.index - b.index,
  );
}

function invalid(message: string, where: string): AkiosError {
  return new AkiosError('WORKFLOW_INVALID', message, {
    where,
    hint: 'Give each workflow file one task, and let none of them run itself.',
  });
}
