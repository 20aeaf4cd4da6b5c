import * as z from 'zod';
import { ABLATIONS, CAGE_LEVELS, CAGE_STATES, POSTURES } from '../domain/states.ts';
import { isoTime, onlyProject, projectRef, seq } from './common.ts';
import { call, DEVELOPERS, EVERYONE } from './define.ts';

export const probe = z.object({
  id: z.string().describe('P1..P10'),
  title: z.string(),
  ok: z.boolean().nullable().describe('null: not measured'),
  observed: z.string(),
  needed: z.string(),
  fix: z.string().optional(),
  effectOnLevel: z.string().optional(),
  at: isoTime,
  ms: z.number().optional(),
});
export type Probe = z.infer<typeof probe>;

export const PROTECTION_IDS = [
  'sandbox',
  'network',
  'files',
  'pii',
  'audit',
  'anchor',
  'budget',
] as const;

export const protection = z.object({
  id: z.enum(PROTECTION_IDS),
  title: z.string(),
  wanted: z.string().describe('What the settings ask for, in words'),
  wantedOn: z.boolean(),
  proof: z.enum(['proved', 'failed', 'off', 'unknown']),
  detail: z.string().describe('What the last self-test saw'),
  at: isoTime.nullable(),
  recordSeq: seq.nullable().describe('Ledger record that holds the proof'),
});
export type Protection = z.infer<typeof protection>;

export const cageStatus = z.object({
  project: z.string(),
  state: z.enum(CAGE_STATES),
  posture: z.enum(POSTURES),
  level: z.enum(CAGE_LEVELS),
  levelLabel: z.string(),
  soft: z.array(z.string()).describe('What is limited softly, by polling, and why'),
  reasons: z.array(z.string()).describe('Why it is degraded or blocked; empty when up'),
  ablations: z.array(z.enum(ABLATIONS)),
  production: z.boolean(),
  backend: z.string(),
  policyDigest: z.string().nullable(),
  ledgerKept: z
    .string()
    .nullable()
    .optional()
    .describe('Why lowering the cage keeps the ledger; null: lowering destroys it'),
  upSince: isoTime.nullable(),
  testedAt: isoTime.nullable(),
  heartbeatAt: isoTime,
  probes: z.array(probe),
  protections: z.array(protection),
  lowering: z.object({ done: z.number(), total: z.number() }).optional(),
});
export type CageStatus = z.infer<typeof cageStatus>;

export const erasureReport = z.object({
  project: z.string(),
  posture: z.enum(POSTURES),
  erasedFiles: z.number(),
  erasedBytes: z.number(),
  kept: z.array(z.string()),
  exceptions: z.array(z.object({ path: z.string(), why: z.string() })),
  method: z.string(),
  caveat: z.string(),
  receipt: z.string().nullable().describe('Path of the signed receipt, outside the project'),
  finalSize: seq,
  finalRoot: z.string(),
  stoppedRuns: z.array(z.string()),
});
export type ErasureReport = z.infer<typeof erasureReport>;

export const cageCalls = {
  'cage.up': call({
    kind: 'command',
    method: 'POST',
    path: '/cage/up',
    roles: DEVELOPERS,
    input: z.strictObject({
      project: projectRef,
      noPii: z.boolean().optional(),
      noAudit: z.boolean().optional(),
      noBudget: z.boolean().optional(),
      env: z
        .record(z.string().regex(/^AKIOS_[A-Z0-9_]{1,80}$/), z.string().max(4096))
        .optional()
        .describe('Settings of the caller, as AKIOS_<KEY>; valid until the next cage up or down'),
    }),
    output: cageStatus,
    errors: [
      'PROJECT_NOT_FOUND',
      'CONFIG_INVALID',
      'CAGE_UNPROVED',
      'LEDGER_UNAVAILABLE',
      'DENIED',
    ],
    audit: 'intent',
    summary: 'Raise the cage: run every probe inside a trial cage, then allow runs.',
  }),
  'cage.down': call({
    kind: 'command',
    method: 'POST',
    path: '/cage/down',
    roles: DEVELOPERS,
    input: z.strictObject({
      project: projectRef,
      wipeAll: z.boolean().optional(),
      passes: z.number().int().min(1).max(35).optional(),
      fast: z.boolean().optional(),
      keepData: z.boolean().optional(),
      stopRuns: z.boolean().optional(),
      confirm: z.string().optional().describe('The project name; needed with wipeAll'),
    }),
    output: erasureReport,
    errors: ['PROJECT_NOT_FOUND', 'RUNS_LIVE', 'LEGAL_HOLD', 'DENIED', 'INPUT_INVALID'],
    audit: 'intent',
    summary: 'Lower the cage and erase session data as asked; leaves a signed receipt.',
  }),
  'cage.status': call({
    kind: 'query',
    method: 'GET',
    path: '/cage/status',
    roles: EVERYONE,
    input: onlyProject,
    output: cageStatus,
    errors: ['PROJECT_NOT_FOUND'],
    audit: 'none',
    summary: 'What is wanted and what the last probes proved.',
  }),
  'cage.probe': call({
    kind: 'command',
    method: 'POST',
    path: '/cage/probe',
    roles: EVERYONE,
    input: onlyProject,
    output: cageStatus,
    errors: ['PROJECT_NOT_FOUND', 'CAGE_DOWN'],
    audit: 'row',
    summary: 'Test every protection again now.',
  }),
  panic: call({
    kind: 'command',
    method: 'POST',
    path: '/panic',
    roles: ['developer', 'approver', 'compliance', 'admin'],
    input: z.strictObject({
      project: projectRef.optional().describe('All projects when absent'),
      reason: z.string().max(500).optional(),
    }),
    output: z.object({
      stopped: z.array(z.object({ run: z.string(), project: z.string(), ms: z.number() })),
      ms: z.number(),
    }),
    errors: ['PROJECT_NOT_FOUND'],
    audit: 'row',
    summary: 'Stop every run of a project, or of all, now.',
  }),
};
