import * as z from 'zod';
import { isoTime, microsSchema, onlyProject } from './common.ts';
import { call, EVERYONE } from './define.ts';

/** One question a run waits with. An answer counts for exactly this action, once. */
export const approval = z.object({
  id: z.string(),
  project: z.string(),
  run: z.string(),
  step: z.string(),
  kind: z.enum(['effect', 'step', 'budget']),
  message: z.string().describe('Redacted'),
  digest: z.string().describe('HMAC of the exact action'),
  rule: z.string(),
  requestedBy: z.string(),
  askedAt: isoTime,
  expiresAt: isoTime.describe('Then the answer is no'),
});
export type Approval = z.infer<typeof approval>;

export const approvalCalls = {
  'approval.list': call({
    kind: 'query',
    method: 'GET',
    path: '/approvals',
    roles: EVERYONE,
    input: onlyProject,
    output: z.object({ items: z.array(approval) }),
    errors: ['PROJECT_NOT_FOUND'],
    audit: 'none',
    summary: 'Questions that runs of a project wait with, oldest first.',
  }),
  'approval.answer': call({
    kind: 'command',
    method: 'POST',
    path: '/approvals/:approval',
    roles: ['approver', 'admin'],
    input: z.strictObject({
      approval: z.string().min(1).max(80),
      granted: z.boolean(),
      reason: z.string().max(500).optional(),
      limitMicros: microsSchema.optional().describe('Kind budget: the new cap of the run'),
    }),
    output: z.object({ run: z.string(), step: z.string(), granted: z.boolean() }),
    errors: ['NOT_FOUND', 'INPUT_INVALID'],
    audit: 'row',
    summary: 'Answer one question; it cannot be answered twice.',
  }),
};
