import * as z from 'zod';
import { CAGE_LEVELS, CAGE_STATES } from '../domain/states.ts';
import {
  counts,
  empty,
  isoTime,
  jsonValue,
  microsSchema,
  onlyProject,
  projectRef,
} from './common.ts';
import { call, DEVELOPERS, EVERYONE } from './define.ts';

export const health = z.object({
  status: z.enum(['ok', 'starting', 'stopping']),
  product: z.literal('akios'),
  version: z.string(),
  build: z.string().describe('Digest of the built helper; a client of another build restarts it'),
  contract: z.number().int().describe('Contract major version'),
  pid: z.number().int(),
  startedAt: isoTime,
  now: isoTime,
});
export type Health = z.infer<typeof health>;

export const projectView = z.object({
  id: z.string(),
  name: z.string(),
  path: z.string(),
  environment: z.string(),
  cage: z.enum(CAGE_STATES),
});
export type ProjectView = z.infer<typeof projectView>;

export const budgetView = z.object({
  scope: z.string().describe('day, run:ID, project'),
  limitMicros: microsSchema,
  spentMicros: microsSchema,
  reservedMicros: microsSchema,
  remainingMicros: microsSchema,
  calls: z.number().int(),
  enforced: z.boolean(),
  warnAt: z.array(z.number()),
});

export const budgetReport = z.object({
  perRunLimitMicros: microsSchema,
  day: budgetView,
  byWorkflow: z.array(
    z.object({ workflow: z.string(), spentMicros: microsSchema, runs: z.number().int() }),
  ),
  lastRun: budgetView.nullable(),
  pricesDate: z.string(),
  forecast: z.string(),
});
export type BudgetReport = z.infer<typeof budgetReport>;

export const scorePart = z.object({
  name: z.enum(['security', 'audit', 'cost']),
  weight: z.number(),
  score: z.number().nullable().describe('0..5; null: nothing measured'),
  inputs: z.array(
    z.object({
      name: z.string(),
      state: z.enum(['pass', 'fail', 'not measured']),
      points: z.number(),
      of: z.number(),
      detail: z.string(),
    }),
  ),
});
export const readiness = z.object({
  overall: z.number().describe('0..5'),
  level: z.enum(['excellent', 'good', 'fair', 'poor']),
  formula: z.string(),
  parts: z.array(scorePart),
  notMeasured: z.array(z.string()),
});
export type Readiness = z.infer<typeof readiness>;

export const doctorCheck = z.object({
  id: z.string(),
  name: z.string(),
  status: z.enum(['PASS', 'WARN', 'FAIL', 'UNKNOWN']),
  message: z.string(),
  observed: z.string(),
  needed: z.string(),
  command: z.string().optional(),
  fix: z.string().optional(),
  suggestion: z.string().optional(),
  safe_to_apply: z.boolean(),
  effect_on_level: z.string().optional(),
});
export type DoctorCheck = z.infer<typeof doctorCheck>;

export const securityStatus = z.object({
  security_level: z.string(),
  description: z.string(),
  environment: z.string(),
  recommendation: z.string(),
  lines: z.array(z.string()).describe('The published status lines, each true now'),
  active_protections: z.object({
    pii_redaction: z.object({
      enabled: z.boolean(),
      outputs_protected: z.boolean(),
      aggressive_mode: z.boolean(),
    }),
    audit_logging: z.object({ enabled: z.boolean(), audit_path: z.string() }),
    cost_limits: z.object({ budget_limit: z.number(), token_limit: z.number() }),
    network_access: z.object({ allowed: z.boolean() }),
  }),
  compliance_indicators: z.object({
    merkle_integrity: z.boolean().nullable(),
    tamper_evident_audit: z.boolean().nullable(),
    kill_switches: z.boolean().nullable(),
    process_isolation: z.boolean().nullable(),
  }),
  resource_limits: z.record(z.string(), z.union([z.number(), z.string()])),
  compliance_score: readiness,
  probes: z.array(
    z.object({
      id: z.string(),
      wanted: z.string(),
      proven: z.boolean().nullable(),
      at: isoTime.nullable(),
      detail: z.string(),
    }),
  ),
});
export type SecurityStatus = z.infer<typeof securityStatus>;

export const systemCalls = {
  health: call({
    kind: 'query',
    method: 'GET',
    path: '/health',
    roles: EVERYONE,
    input: empty,
    output: health,
    errors: [],
    audit: 'none',
    summary: 'Is the helper there, and which build.',
  }),
  whoami: call({
    kind: 'query',
    method: 'GET',
    path: '/whoami',
    roles: EVERYONE,
    input: empty,
    output: z.object({ name: z.string(), role: z.string(), via: z.enum(['socket', 'browser']) }),
    errors: [],
    audit: 'none',
    summary: 'Who the helper takes the caller for.',
  }),
  shutdown: call({
    kind: 'command',
    method: 'POST',
    path: '/shutdown',
    roles: ['admin'],
    input: z.strictObject({ reason: z.string().max(200).optional() }),
    output: z.object({ stopping: z.literal(true) }),
    errors: ['RUNS_LIVE'],
    audit: 'none',
    summary: 'Stop the helper in good order.',
  }),
  'project.init': call({
    kind: 'command',
    method: 'POST',
    path: '/projects',
    roles: DEVELOPERS,
    input: z.strictObject({
      path: z.string().min(1).max(4096).describe('Absolute path of the new project folder'),
      name: z.string().max(80).optional(),
      force: z.boolean().optional(),
    }),
    output: projectView.extend({ created: z.array(z.string()) }),
    errors: ['INPUT_INVALID', 'CONFLICT'],
    audit: 'row',
    summary: 'Make a project with sample documents and a sample workflow.',
  }),
  'project.list': call({
    kind: 'query',
    method: 'GET',
    path: '/projects',
    roles: EVERYONE,
    input: empty,
    output: z.object({ items: z.array(projectView) }),
    errors: [],
    audit: 'none',
    summary: 'Known projects.',
  }),
  'project.open': call({
    kind: 'command',
    method: 'POST',
    path: '/projects/open',
    roles: EVERYONE,
    input: onlyProject,
    output: projectView,
    errors: ['PROJECT_NOT_FOUND', 'CONFIG_INVALID'],
    audit: 'none',
    summary: 'Register an existing project folder and read its settings.',
  }),
  'project.configure': call({
    kind: 'command',
    method: 'POST',
    path: '/projects/configure',
    roles: DEVELOPERS,
    input: z.strictObject({
      project: projectRef,
      set: z.record(z.string(), jsonValue).describe('config.yaml keys to change'),
    }),
    output: projectView,
    errors: ['PROJECT_NOT_FOUND', 'CONFIG_INVALID'],
    audit: 'intent',
    summary: 'Change settings in config.yaml, keeping its comments.',
  }),
  'budget.get': call({
    kind: 'query',
    method: 'GET',
    path: '/budget',
    roles: EVERYONE,
    input: onlyProject,
    output: budgetReport,
    errors: ['PROJECT_NOT_FOUND'],
    audit: 'none',
    summary: 'Spent, reserved and remaining.',
  }),
  'status.security': call({
    kind: 'query',
    method: 'GET',
    path: '/status/security',
    roles: EVERYONE,
    input: onlyProject,
    output: securityStatus,
    errors: ['PROJECT_NOT_FOUND'],
    audit: 'none',
    summary: 'Protections, limits and the readiness score, from proof.',
  }),
  'status.get': call({
    kind: 'query',
    method: 'GET',
    path: '/status',
    roles: EVERYONE,
    input: onlyProject,
    output: z.object({
      version: z.string(),
      project: projectView,
      security_level: z.string(),
      pii_protection: z.string(),
      audit_status: z.string(),
      network: z.string(),
      budget: budgetReport,
      ledger: z.object({ events: z.number().int(), root: z.string() }),
      runs: z.object({ live: z.number().int(), total: z.number().int() }),
      redactions: counts,
    }),
    errors: ['PROJECT_NOT_FOUND'],
    audit: 'none',
    summary: 'One page of state.',
  }),
  doctor: call({
    kind: 'query',
    method: 'GET',
    path: '/doctor',
    roles: EVERYONE,
    input: z.strictObject({ project: projectRef.optional() }),
    output: z.object({
      checks: z.array(doctorCheck),
      summary: z.object({
        pass: z.number().int(),
        warn: z.number().int(),
        fail: z.number().int(),
        unknown: z.number().int(),
      }),
      total: z.number().int(),
      healthy: z.boolean(),
      level: z.enum(CAGE_LEVELS),
    }),
    errors: [],
    audit: 'none',
    summary: 'Every check with what was seen, what is needed and the fix.',
  }),
  'templates.list': call({
    kind: 'query',
    method: 'GET',
    path: '/templates',
    roles: EVERYONE,
    input: empty,
    output: z.object({
      items: z.array(
        z.object({
          name: z.string(),
          file: z.string(),
          description: z.string(),
          steps: z.number().int(),
        }),
      ),
    }),
    errors: [],
    audit: 'none',
    summary: 'Workflow templates that ship with the product.',
  }),
  'http.request': call({
    kind: 'command',
    method: 'POST',
    path: '/http',
    roles: DEVELOPERS,
    input: z.strictObject({
      project: projectRef,
      method: z.string().max(10),
      url: z.string().max(8192),
      headers: z.record(z.string(), z.string()).optional(),
      body: z.string().max(1_048_576).optional(),
      timeoutMs: z.number().int().min(1).max(300_000).optional(),
    }),
    output: z.object({
      status: z.number().int(),
      headers: z.record(z.string(), z.string()),
      body: z.string(),
      redacted: counts,
      bytes: z.number().int(),
      ms: z.number(),
    }),
    errors: [
      'NET_DENIED',
      'DENIED',
      'RATE_LIMITED',
      'TIMEOUT',
      'CAGE_DOWN',
      'TOO_LARGE',
      'ANSWER_TOO_LARGE',
      'REDACTION_FAILED',
    ],
    audit: 'intent',
    summary: 'One HTTPS request through the gate and the egress.',
  }),
  'serve.start': call({
    kind: 'command',
    method: 'POST',
    path: '/serve',
    roles: ['admin'],
    input: z.strictObject({
      host: z.string().max(255).optional().describe('Loopback only; 127.0.0.1 when absent'),
      port: z.number().int().min(0).max(65_535).optional().describe('0 or absent: any free port'),
      project: projectRef.optional().describe('Project the console opens first'),
    }),
    output: z.object({
      url: z.string().describe('Holds a token in its fragment: one use, 60 s'),
      origin: z.string(),
      host: z.string(),
      port: z.number().int(),
      expiresAt: isoTime,
    }),
    errors: ['USAGE', 'CONFLICT', 'NOT_FOUND', 'PROJECT_NOT_FOUND'],
    audit: 'none',
    summary: 'Open the console on a loopback port and get a one-time address.',
  }),
  'serve.stop': call({
    kind: 'command',
    method: 'POST',
    path: '/serve/stop',
    roles: ['admin'],
    input: z.strictObject({ port: z.number().int().min(1).max(65_535).optional() }),
    output: z.object({ stopped: z.array(z.number().int()) }),
    errors: [],
    audit: 'none',
    summary: 'Close the loopback port and end its sessions.',
  }),
  'files.list': call({
    kind: 'query',
    method: 'GET',
    path: '/files',
    roles: EVERYONE,
    input: z.strictObject({
      project: projectRef,
      area: z.enum(['input', 'output', 'all']).optional(),
    }),
    output: z.object({
      items: z.array(
        z.object({
          path: z.string(),
          kind: z.enum(['file', 'directory', 'link', 'other']),
          bytes: z.number().int(),
          modifiedAt: z.string(),
        }),
      ),
      truncated: z.boolean(),
    }),
    errors: ['PROJECT_NOT_FOUND'],
    audit: 'none',
    summary: 'Files of data/input and data/output with size and age.',
  }),
  'agent.run': call({
    kind: 'attach',
    method: 'POST',
    path: '/agents/run',
    roles: DEVELOPERS,
    input: z.strictObject({
      project: projectRef.optional().describe('Absent: the default policy and the user ledger'),
      work: z.string().max(4096).optional().describe('Absolute path of the only writable folder'),
      policy: z
        .strictObject({
          name: z.string().max(4096).describe('Shown in errors; .toml tells TOML from YAML'),
          text: z.string().max(1_048_576),
        })
        .optional()
        .describe('Read by the caller with its own rights; the helper opens no such file'),
      argv: z
        .array(z.string().max(131_072))
        .min(1)
        .max(4096)
        .describe('Bytes that are not UTF-8 as U+DC80 to U+DCFF'),
      umask: z.number().int().min(0).max(0o777).optional().describe("The caller's own"),
    }),
    output: z.never(),
    errors: [
      'INPUT_INVALID',
      'CAGE_UNPROVED',
      'CAGE_FAILED',
      'LEDGER_UNAVAILABLE',
      'POLICY_INVALID',
      'DENIED',
    ],
    audit: 'intent',
    summary: 'Run a program as a caged agent; framed stdin, stdout, stderr and exit status.',
  }),
};
