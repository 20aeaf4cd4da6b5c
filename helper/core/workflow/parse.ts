import { AkiosError, type ErrorValue } from '../../../shared/domain/errors.ts';
import { type Micros, parseUsd } from '../../../shared/domain/money.ts';
import { type AgentCatalog, buildSteps } from './build.ts';
import type { AllowedEnv } from './environment.ts';
import { seconds } from './fields.ts';
import { ancestorsOf, checkReferences } from './graph.ts';
import {
  AGENT_ACTIONS,
  type HookCommand,
  type ParsedWorkflow,
  type Step,
  type Workflow,
} from './model.ts';
import { Problems } from './problems.ts';
import { type WorkflowSource, workflowSchema } from './schema.ts';
import { readYaml } from './yaml-source.ts';

export interface ParseOptions {
  /**
   * Values for `${NAME}`; only what the project's allow-list names. Absent when no project is
   * known: a variable is then a warning. Whoever runs the workflow must give it.
   */
  env?: AllowedEnv;
  /** Agents and their actions with aliases; the shipped ones when absent. */
  catalog?: AgentCatalog;
}

export interface WorkflowCheck {
  /** Null when there are errors. */
  workflow: Workflow | null;
  errors: ErrorValue[];
  warnings: string[];
}

/**
 * Reads and checks a workflow file.
 * @param file shown in errors
 * @throws AkiosError WORKFLOW_INVALID or TOO_LARGE: `where` is file:line:col, `message` is
 *   `field: reason`, `details.errors` the number of problems found
 */
export function parseWorkflow(
  source: string,
  file: string,
  options: ParseOptions = {},
): ParsedWorkflow {
  const { workflow, errors, warnings } = checkWorkflow(source, file, options);
  const first = errors[0];
  if (workflow && !first) return { workflow, warnings };
  const error = first ?? {
    code: 'WORKFLOW_INVALID' as const,
    message: 'The file is not a workflow.',
  };
  throw AkiosError.fromValue({ ...error, details: { errors: errors.length } });
}

/** As `parseWorkflow`, with all problems found instead of the first. Throws nothing but bugs. */
export function checkWorkflow(
  source: string,
  file: string,
  options: ParseOptions = {},
): WorkflowCheck {
  try {
    return check(source, file, options);
  } catch (error) {
    if (!(error instanceof AkiosError)) throw error;
    return { workflow: null, errors: [error.toValue()], warnings: [] };
  }
}

function noMapping(source: string): string {
  if (source.trim() === '') return 'The file is no workflow: it is empty.';
  return 'The file is no workflow: it must hold keys and values such as name, description and steps.';
}

function check(source: string, file: string, options: ParseOptions): WorkflowCheck {
  const yaml = readYaml(source, file);
  if (typeof yaml.data !== 'object' || yaml.data === null || Array.isArray(yaml.data)) {
    throw new AkiosError('WORKFLOW_INVALID', noMapping(source), {
      where: `${file}:1:1`,
      hint: '`akios templates list` shows workflows to start from; docs/workflows.md has the format.',
    });
  }
  const problems = new Problems(yaml);
  const result = workflowSchema.safeParse(yaml.data);
  if (!result.success) {
    problems.zod(result.error);
    return { workflow: null, errors: problems.errors, warnings: problems.warnings };
  }
  const placed = buildSteps(result.data.steps, yaml, problems, {
    env: options.env ?? null,
    catalog: options.catalog ?? AGENT_ACTIONS,
  });
  const budget = problems.guard(['budget'], () => budgetOf(result.data.budget));
  if (problems.errors.length === 0) {
    const ancestors = ancestorsOf(placed, problems);
    if (ancestors) checkReferences(placed, ancestors, problems);
  }
  if (problems.errors.length > 0) {
    return { workflow: null, errors: problems.errors, warnings: problems.warnings };
  }
  const steps = placed.map((p) => p.step);
  return {
    workflow: toWorkflow(result.data, steps, budget),
    errors: [],
    warnings: problems.warnings,
  };
}

function budgetOf(value: WorkflowSource['budget']): Micros | null {
  if (value === undefined) return null;
  const amount = parseUsd(value);
  if (amount > 0) return amount;
  throw new AkiosError('WORKFLOW_INVALID', 'must be above zero', {
    hint: 'Leave the budget out for the default of config.yaml.',
  });
}

function toWorkflow(source: WorkflowSource, steps: Step[], budget: Micros | null): Workflow {
  return {
    name: source.name,
    description: source.description,
    version: source.version === undefined ? null : String(source.version),
    budgetMicros: budget,
    timeoutMs: source.timeout === undefined ? null : seconds(source.timeout),
    auditLevel: source.audit_level ?? 'standard',
    retentionDays: source.retention_days ?? null,
    owner: source.owner ?? null,
    costCentre: source.cost_centre ?? null,
    tags: source.tags ?? [],
    hooks: {
      beforeStep: hookOf(source.hooks?.before_step),
      afterStep: hookOf(source.hooks?.after_step),
    },
    compensation: source.compensation ?? 'auto',
    maxParallel: source.max_parallel ?? 4,
    steps,
  };
}

function hookOf(
  hook: NonNullable<WorkflowSource['hooks']>['before_step'] | undefined,
): HookCommand | null {
  if (!hook) return null;
  return {
    command: hook.command,
    args: hook.args ?? [],
    timeoutMs: hook.timeout === undefined ? 30_000 : seconds(hook.timeout),
  };
}
