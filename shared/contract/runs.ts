import * as z from 'zod';
import { DECISIONS, RUN_STATES, STEP_STATES } from '../domain/states.ts';
import {
  counts,
  errorValue,
  isoTime,
  jsonValue,
  microsSchema,
  page,
  projectRef,
  seq,
} from './common.ts';
import { AUDITORS, call, DEVELOPERS, EVERYONE } from './define.ts';

export const verdict = z.object({
  decision: z.enum(DECISIONS),
  rule: z.string().describe('Rule id, for example builtin.default-deny'),
  where: z.string().optional().describe('file:line of the rule'),
  reason: z.string(),
});
export type VerdictView = z.infer<typeof verdict>;

export const logLine = z.object({
  n: z.number().int(),
  at: isoTime,
  stream: z.enum(['stdout', 'stderr', 'gate', 'run']),
  text: z.string().describe('Redacted and with control characters escaped'),
});
export type LogLine = z.infer<typeof logLine>;

export const stepView = z.object({
  index: z.number().int().min(1),
  name: z.string(),
  agent: z.string(),
  action: z.string(),
  target: z.string().optional(),
  state: z.enum(STEP_STATES),
  startedAt: isoTime.nullable(),
  endedAt: isoTime.nullable(),
  ms: z.number().nullable(),
  attempts: z.number().int(),
  verdict: verdict.nullable(),
  denied: z.number().int(),
  redacted: counts,
  costMicros: microsSchema,
  tokensIn: z.number().int(),
  tokensOut: z.number().int(),
  resources: z
    .object({ cpuMs: z.number().nullable(), maxRssBytes: z.number().nullable() })
    .optional(),
  output: z.string().optional().describe('Redacted preview, at most 4 KiB'),
  error: errorValue.optional(),
  records: z.array(seq).describe('Ledger records of this step'),
});
export type StepView = z.infer<typeof stepView>;

export const runSummary = z.object({
  id: z.string(),
  project: z.string(),
  workflow: z.string(),
  path: z.string(),
  startedBy: z.string(),
  startedAt: isoTime,
  endedAt: isoTime.nullable(),
  ms: z.number().nullable(),
  state: z.enum(RUN_STATES),
  stepsDone: z.number().int(),
  stepsTotal: z.number().int(),
  denied: z.number().int(),
  redacted: z.number().int(),
  costMicros: microsSchema,
  reservedMicros: microsSchema,
  budgetMicros: microsSchema,
  ablations: z.array(z.string()),
  error: errorValue.optional(),
});
export type RunSummary = z.infer<typeof runSummary>;

export const runDetail = runSummary.extend({
  description: z.string(),
  steps: z.array(stepView),
  log: z.array(logLine).describe('The newest 500 lines'),
  outputDirectory: z.string().nullable(),
  firstSeq: seq.nullable(),
  lastSeq: seq.nullable(),
});
export type RunDetail = z.infer<typeof runDetail>;

export const planStep = z.object({
  index: z.number().int(),
  name: z.string(),
  agent: z.string(),
  action: z.string(),
  target: z.string(),
  verdict,
  reversibility: z.enum(['full', 'partial', 'none']),
  cost: z.object({ low: microsSchema, likely: microsSchema, high: microsSchema }),
  note: z.string().optional(),
});

export const plan = z.object({
  workflow: z.string(),
  steps: z.array(planStep),
  cost: z.object({ low: microsSchema, likely: microsSchema, high: microsSchema }),
  budgetMicros: microsSchema,
  wouldRun: z.boolean(),
  code: errorValue.shape.code
    .nullable()
    .describe('Error the run would end with; null if none is seen'),
  reasons: z.array(z.string()),
});
export type Plan = z.infer<typeof plan>;

const runRef = z.strictObject({ run: z.string().min(1).max(80) });

export const runCalls = {
  'run.start': call({
    kind: 'command',
    method: 'POST',
    path: '/runs',
    roles: DEVELOPERS,
    input: z.strictObject({
      project: projectRef,
      workflow: z.string().min(1).max(1024).describe('Path inside the project'),
      context: z.record(z.string(), jsonValue).optional(),
      realApi: z.boolean().optional().describe('Refuse while mock_llm answers for every provider'),
    }),
    output: runSummary,
    errors: [
      'PROJECT_NOT_FOUND',
      'CONFIG_INVALID',
      'WORKFLOW_INVALID',
      'FILE_NOT_FOUND',
      'CAGE_DOWN',
      'CAGE_UNPROVED',
      'LEDGER_UNAVAILABLE',
      'BUDGET_EXCEEDED',
    ],
    audit: 'intent',
    summary: 'Start a run of a workflow inside the cage.',
  }),
  'run.plan': call({
    kind: 'query',
    method: 'POST',
    path: '/runs/plan',
    roles: EVERYONE,
    input: z.strictObject({ project: projectRef, workflow: z.string().min(1).max(1024) }),
    output: plan,
    errors: ['PROJECT_NOT_FOUND', 'WORKFLOW_INVALID', 'FILE_NOT_FOUND'],
    audit: 'none',
    summary: 'Decide and price every step; do nothing.',
  }),
  'run.refuseExec': call({
    kind: 'command',
    method: 'POST',
    path: '/runs/exec',
    roles: EVERYONE,
    input: z.strictObject({ project: projectRef, argument: z.string().max(4096) }),
    output: z.never(),
    errors: ['DENIED', 'PROJECT_NOT_FOUND'],
    audit: 'row',
    summary: 'Direct shell execution: always refused, always recorded.',
  }),
  'run.list': call({
    kind: 'query',
    method: 'GET',
    path: '/runs',
    roles: EVERYONE,
    input: z.strictObject({ project: projectRef, q: z.string().max(500).optional(), ...page }),
    output: z.object({
      items: z.array(runSummary),
      total: z.number().int(),
      cursor: z.string().nullable(),
    }),
    errors: ['PROJECT_NOT_FOUND', 'INPUT_INVALID'],
    audit: 'none',
    summary: 'Runs of a project, newest first.',
  }),
  'run.get': call({
    kind: 'query',
    method: 'GET',
    path: '/runs/:run',
    roles: EVERYONE,
    input: runRef,
    output: runDetail,
    errors: ['RUN_NOT_FOUND'],
    audit: 'none',
    summary: 'One run with its steps and newest log lines.',
  }),
  'run.cancel': call({
    kind: 'command',
    method: 'POST',
    path: '/runs/:run/cancel',
    roles: DEVELOPERS,
    input: runRef.extend({ reason: z.string().max(500).optional() }),
    output: runSummary,
    errors: ['RUN_NOT_FOUND', 'CONFLICT'],
    audit: 'row',
    summary: 'Kill a run and its whole process tree.',
  }),
  'run.pause': call({
    kind: 'command',
    method: 'POST',
    path: '/runs/:run/pause',
    roles: DEVELOPERS,
    input: runRef,
    output: runSummary,
    errors: ['RUN_NOT_FOUND', 'CONFLICT'],
    audit: 'row',
    summary: 'Stop before the next step.',
  }),
  'run.resume': call({
    kind: 'command',
    method: 'POST',
    path: '/runs/:run/resume',
    roles: DEVELOPERS,
    input: runRef,
    output: runSummary,
    errors: ['RUN_NOT_FOUND', 'CONFLICT', 'CAGE_DOWN'],
    audit: 'row',
    summary: 'Go on with a paused or interrupted run.',
  }),
  'run.report': call({
    kind: 'command',
    method: 'POST',
    path: '/runs/:run/report',
    roles: AUDITORS,
    input: runRef,
    output: z.object({ run: z.string(), path: z.string().describe('Path inside the project') }),
    errors: ['RUN_NOT_FOUND', 'CONFLICT', 'PROJECT_NOT_FOUND', 'DISK_FULL'],
    audit: 'none',
    summary: 'Write the report of an ended run as one HTML page beside its result.',
  }),
  'workflow.list': call({
    kind: 'query',
    method: 'GET',
    path: '/workflows',
    roles: EVERYONE,
    input: z.strictObject({ project: projectRef }),
    output: z.object({
      items: z.array(
        z.object({
          path: z.string(),
          name: z.string(),
          description: z.string(),
          steps: z.number().int(),
          error: errorValue.optional(),
        }),
      ),
    }),
    errors: ['PROJECT_NOT_FOUND'],
    audit: 'none',
    summary: 'Workflow files of a project.',
  }),
  'workflow.validate': call({
    kind: 'query',
    method: 'POST',
    path: '/workflows/validate',
    roles: EVERYONE,
    // The check itself refuses what is longer than a workflow may be, and names the place.
    input: z.strictObject({ source: z.string(), file: z.string().max(1024) }),
    output: z.object({
      valid: z.boolean(),
      errors: z.array(errorValue),
      warnings: z.array(z.string()),
    }),
    errors: ['INPUT_INVALID'],
    audit: 'none',
    summary: 'Check a workflow text.',
  }),
  'output.latest': call({
    kind: 'query',
    method: 'GET',
    path: '/output/latest',
    roles: EVERYONE,
    input: z.strictObject({ project: projectRef }),
    output: z.object({ run: z.string(), path: z.string(), output: jsonValue }),
    errors: ['PROJECT_NOT_FOUND', 'NOT_FOUND'],
    audit: 'none',
    summary: 'output.json of the newest run.',
  }),
};
