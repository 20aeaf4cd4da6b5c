import * as z from 'zod';
import { WORKFLOW_LIMITS } from './model.ts';

/** Text shown to people: one line, no control characters. */
const label = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^[^\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]*$/u, 'must be one line of plain text');

const duration = z
  .union([
    z.number().positive().max(604_800),
    z.string().regex(/^\d{1,6}(?:\.\d{1,3})?(?:ms|s|m|h|d)$/),
  ])
  .describe('Seconds, or a text such as 500ms, 30s, 5m, 2h');

const stepRef = z.union([z.string().min(1).max(120), z.number().int().min(1).max(1000)]);
const jsonObject = z.record(z.string(), z.json());

const approve = z
  .union([
    z.literal(true),
    z.string().min(1).max(2000),
    z.strictObject({
      message: z.string().min(1).max(2000),
      timeout: duration.optional().describe('Then the answer is no; 10m when not given'),
    }),
  ])
  .describe('Ask a person first; no answer in time means no');

const retry = z
  .strictObject({
    retries: z.number().int().min(0).max(10).describe('Further tries after the first'),
    backoff: duration.optional(),
    max_backoff: duration.optional(),
    factor: z.number().min(1).max(10).optional(),
    jitter: z.number().min(0).max(1).optional(),
  })
  .describe('Waits between tries double from 1 s up to 30 s unless told otherwise');

const forEach = z
  .strictObject({
    items: z.union([
      z.array(z.json()).max(WORKFLOW_LIMITS.forEachItems),
      z.string().min(1).max(500),
    ]),
    as: z
      .string()
      .regex(/^[a-z][a-z0-9_]{0,31}$/)
      .optional(),
    max: z.number().int().min(1).max(WORKFLOW_LIMITS.forEachItems).optional(),
    concurrency: z.number().int().min(1).max(16).optional(),
  })
  .describe('Run the step once for each item; {item} and {item_index} name it');

const hook = z.strictObject({
  command: z.string().min(1).max(4096),
  args: z.array(z.string().max(4096)).max(100).optional(),
  timeout: duration.optional(),
});

export const stepSchema = z.strictObject({
  step: z
    .number()
    .int()
    .min(1)
    .max(1000)
    .optional()
    .describe('Unique number; its position if absent'),
  name: label(120).optional().describe('Unique; used in {steps.NAME.output}'),
  description: z.string().max(2000).optional(),
  agent: z.string().min(1).max(64).optional(),
  action: z.string().min(1).max(64).optional(),
  parameters: jsonObject.nullish(),
  config: jsonObject.nullish(),
  condition: z.string().min(1).max(WORKFLOW_LIMITS.conditionChars).optional(),
  on_error: z.enum(['skip', 'fail', 'retry']).optional(),
  retry: retry.optional(),
  retries: z.number().int().min(0).max(10).optional().describe('Short form of retry.retries'),
  timeout: duration.optional(),
  depends_on: z.union([stepRef, z.array(stepRef).max(WORKFLOW_LIMITS.steps)]).optional(),
  approve: approve.optional(),
  for_each: forEach.optional(),
  get parallel() {
    return z.array(stepSchema).min(1).max(WORKFLOW_LIMITS.steps).optional();
  },
  max_parallel: z.number().int().min(1).max(16).optional(),
  workflow: z.string().min(1).max(1024).optional().describe('Path of another workflow file'),
  compensate: z
    .strictObject({
      agent: z.string().min(1).max(64),
      action: z.string().min(1).max(64),
      parameters: jsonObject.nullish(),
      config: jsonObject.nullish(),
    })
    .optional()
    .describe('What undoes this step when a later one fails'),
  idempotency_key: z.string().min(1).max(200).optional(),
});
export type StepSource = z.infer<typeof stepSchema>;

export const workflowSchema = z
  .strictObject({
    name: label(120),
    description: z.string().min(1).max(5000),
    version: z.union([z.string().min(1).max(40), z.number()]).optional(),
    budget: z
      .union([z.number().min(0).max(1_000_000), z.string().max(20)])
      .optional()
      .describe('US dollars one run may spend, e.g. 0.25 or "$1.00"'),
    timeout: duration.optional(),
    audit_level: z.enum(['standard', 'full']).optional(),
    retention_days: z
      .number()
      .int()
      .min(0)
      .max(36_500)
      .optional()
      .describe('Refuse to run unless the ledger keeps its records at least this long'),
    owner: label(200).optional(),
    cost_centre: label(200).optional(),
    tags: z.array(label(60)).max(50).optional(),
    hooks: z.strictObject({ before_step: hook.optional(), after_step: hook.optional() }).optional(),
    compensation: z.enum(['auto', 'none']).optional(),
    max_parallel: z.number().int().min(1).max(16).optional(),
    steps: z.array(stepSchema).min(1).max(WORKFLOW_LIMITS.steps),
  })
  .describe('A workflow of AKIOS Console');
export type WorkflowSource = z.infer<typeof workflowSchema>;

/** The published JSON Schema; `docs/workflow.schema.json` is exactly this. */
export function workflowJsonSchema(): object {
  return {
    $id: 'https://akios.invalid/workflow.schema.json',
    title: 'AKIOS workflow',
    ...z.toJSONSchema(workflowSchema, { target: 'draft-2020-12', io: 'input' }),
  };
}
