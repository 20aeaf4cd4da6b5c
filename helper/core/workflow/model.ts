import type { Json, JsonObject } from '../../../shared/domain/json.ts';
import { MAX_WORKFLOW_BYTES } from '../../../shared/domain/limits.ts';
import type { Micros } from '../../../shared/domain/money.ts';

/** Bounds of the language. The validator names the bound that a file breaks. */
export const WORKFLOW_LIMITS = {
  sourceBytes: MAX_WORKFLOW_BYTES,
  /** Nesting of YAML collections. */
  depth: 32,
  /** Nodes after aliases are followed, so that nested anchors cannot explode. */
  nodes: 100_000,
  /** Lexical tokens, counted before anything is composed. */
  tokens: 250_000,
  /** Steps in one file, groups counted. */
  steps: 1_000,
  aliases: 100,
  forEachItems: 1_000,
  stringChars: 1_000_000,
  conditionChars: 500,
  subWorkflowDepth: 5,
} as const;

export const AGENT_NAMES = [
  'filesystem',
  'http',
  'llm',
  'tool_executor',
  'webhook',
  'database',
] as const;
export type AgentName = (typeof AGENT_NAMES)[number];

/** Actions and aliases of the shipped agents; a test compares them with the agents themselves. */
export const AGENT_ACTIONS: Readonly<Record<AgentName, readonly string[]>> = {
  filesystem: [
    'read',
    'list',
    'exists',
    'stat',
    'analyze',
    'analyse',
    'write',
    'append',
    'move',
    'copy',
    'delete',
  ],
  http: [
    'request',
    ...['get', 'post', 'put', 'patch', 'delete', 'head', 'options'],
    ...['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'],
  ],
  llm: ['complete', 'chat', 'generate'],
  tool_executor: ['run', 'execute', 'call'],
  webhook: ['notify', 'send'],
  database: ['query', 'execute', 'count'],
};

export const ON_ERROR = ['fail', 'skip', 'retry'] as const;
export type OnError = (typeof ON_ERROR)[number];

/** 1-based position in the file. */
export interface SourcePlace {
  line: number;
  col: number;
}

/** Waits double from `backoffMs` up to `maxBackoffMs`, each shortened or stretched by `jitter` (0..1). */
export interface RetryPolicy {
  /** Further tries after the first; 0 = none. */
  retries: number;
  backoffMs: number;
  maxBackoffMs: number;
  factor: number;
  jitter: number;
}

export interface ApproveRule {
  /** What the person is asked. May hold references. */
  message: string;
  timeoutMs: number;
}

export interface ForEach {
  /** A fixed list, or one reference whose value is a list (`{step_1_output[entries]}`). */
  items: Json[] | string;
  /** Name of the item inside the step: `{item}`, `{item.key}`, `{item_index}` (from 0). */
  as: string;
  /** More items than this fail the step before its first effect. */
  max: number;
  /** Items worked on at the same time. */
  concurrency: number;
}

/** What undoes the step, run in reverse order when a later step fails. */
export interface Compensation {
  agent: string;
  action: string;
  parameters: JsonObject;
  config: JsonObject;
}

interface StepBase {
  /** The step's number: what it declares, or its position in the file (groups counted, depth first). */
  index: number;
  /** Unique; `step_<index>` when not given. */
  name: string;
  /**
   * Numbers of the steps that must have ended. A step without `depends_on` waits for the step
   * before it, so a plain list runs in order. The graph has no cycle.
   */
  dependsOn: number[];
  /** Number of the parallel group that holds the step. */
  group: number | null;
  /** Source text; parsed and bounded already. Evaluate with `evaluateCondition`. */
  condition: string | null;
  onError: OnError;
  /** Null = the default of the agent's idempotency (none for what is not idempotent). */
  retry: RetryPolicy | null;
  timeoutMs: number;
  at: SourcePlace;
}

/** One action of one agent. */
export interface ActionStep extends StepBase {
  kind: 'action';
  agent: string;
  action: string;
  parameters: JsonObject;
  config: JsonObject;
  forEach: ForEach | null;
  /** Ask a person before the step acts. */
  approve: ApproveRule | null;
  compensate: Compensation | null;
  idempotencyKey: string | null;
}

/** Pauses the run until a person answers. */
export interface ApprovalStep extends StepBase {
  kind: 'approval';
  approve: ApproveRule;
}

/**
 * The end of a parallel group: its children stand in the same list with `group` set and depend on
 * what the group depends on; the group depends on its children and has no effect of its own. Its
 * output is `{text, steps: {name: output}}`.
 */
export interface ParallelStep extends StepBase {
  kind: 'parallel';
  children: number[];
  maxParallel: number;
}

/** Runs another workflow file of the project; `parameters` become its `{context.key}` values. */
export interface SubWorkflowStep extends StepBase {
  kind: 'workflow';
  /** Relative to the project root, never outside it. */
  path: string;
  parameters: JsonObject;
  approve: ApproveRule | null;
}

export type Step = ActionStep | ApprovalStep | ParallelStep | SubWorkflowStep;

/** Program run in the cage before or after each step; failure or time-out stops the run. */
export interface HookCommand {
  command: string;
  args: string[];
  timeoutMs: number;
}

export interface Workflow {
  name: string;
  description: string;
  version: string | null;
  /** Cap of one run; null = the setting `budget_limit_per_run`. */
  budgetMicros: Micros | null;
  /** Wall clock of the whole run; null = the setting. */
  timeoutMs: number | null;
  auditLevel: 'standard' | 'full';
  retentionDays: number | null;
  owner: string | null;
  costCentre: string | null;
  tags: string[];
  hooks: { beforeStep: HookCommand | null; afterStep: HookCommand | null };
  /** `auto` compensates the finished steps in reverse order when the run fails. */
  compensation: 'auto' | 'none';
  maxParallel: number;
  /** In file order; the numbers are unique. Runs as a graph: start what has no open dependency. */
  steps: Step[];
}

export interface ParsedWorkflow {
  workflow: Workflow;
  warnings: string[];
}

/** What a finished step left for others; strings are redacted already. */
export interface StepOutcome {
  index: number;
  name: string;
  /** As a workflow author writes it: `success`, `failed`, `skipped`, `denied`. */
  status: 'success' | 'failed' | 'skipped' | 'denied';
  output: JsonObject;
}

/** Everything a reference or a condition can see. */
export interface Scope {
  /** In file order of ending; the newest is `previous_output`. Null before the first step. */
  previous: StepOutcome | null;
  byNumber: ReadonlyMap<number, StepOutcome>;
  byName: ReadonlyMap<string, StepOutcome>;
  /** Values given at run start, or the parameters of a sub-workflow step. */
  context: JsonObject;
  item?: { name: string; value: Json; index: number };
}
