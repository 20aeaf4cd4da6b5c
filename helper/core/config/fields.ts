import * as z from 'zod';
import { type Micros, micros, parseUsd } from '../../../shared/domain/money.ts';
import { DECISIONS, GATE_KINDS } from '../../../shared/domain/states.ts';
import { list, whole, word } from './forms.ts';
import { PII_SHAPE } from './pii-fields.ts';

/** How an environment variable's text becomes a value of the key. */
export type FieldKind = 'flag' | 'number' | 'text' | 'list' | 'none';

const domain = z
  .string()
  .max(260)
  .regex(
    /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)+(?::\d{1,5})?$/,
    'must be one exact host name, optionally with a port; no wildcard, no scheme, no path',
  )
  .transform((host) => host.toLowerCase());

/** A positive amount in US dollars; kept as whole micro-dollars. */
export const dollars = z
  .union([z.number(), z.string().max(24)])
  .transform((value, context): Micros => {
    try {
      const amount = parseUsd(value);
      if (amount > 0) return amount;
    } catch {
      context.addIssue({
        code: 'custom',
        message: 'must be dollars such as 0.25, six decimals at most',
      });
      return z.NEVER;
    }
    context.addIssue({ code: 'custom', message: 'must be above zero' });
    return z.NEVER;
  });

export const policyRule = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,79}$/, 'lower-case letters, digits, dot, dash'),
  effect: z
    .enum(['never', ...DECISIONS])
    .describe('never beats deny, deny beats ask, ask beats allow'),
  gate: z.enum(['any', ...GATE_KINDS]),
  actions: z.array(z.string().min(1).max(64)).min(1).max(50).optional(),
  target: z
    .string()
    .min(1)
    .max(500)
    .describe('fs: path glob; net: host[:port]; exec: name or path; llm: provider/model; * = any'),
  reason: z.string().min(1).max(300).optional(),
});
export type PolicyRuleSource = z.infer<typeof policyRule>;

/** Every key of `config.yaml` with its default. The text after `describe` is the reference page. */
export const CONFIG_SHAPE = {
  environment: z
    .enum(['development', 'staging', 'production'])
    .default('development')
    .describe('production refuses every switch that drops a protection'),
  sandbox_enabled: z.boolean().default(true).describe('false: nothing runs at all'),
  require_level: z
    .enum(['none', 'strong', 'full'])
    .default('none')
    .describe('Refuse to run below this proved level'),
  cpu_limit: z.number().min(0.05).max(64).default(0.8).describe('Cores of one caged program'),
  memory_limit_mb: whole(16, 1_048_576).default(256).describe('Memory of the whole process tree'),
  pids_limit: whole(2, 32_768).default(64).describe('Processes and threads of one caged program'),
  max_open_files: whole(16, 1_048_576).default(100).describe('Open files of one process'),
  max_file_size_mb: whole(1, 1_048_576).default(10).describe('Largest file a program may write'),
  network_access_allowed: z.boolean().default(false).describe('Governs the http agent'),
  allowed_domains: list(domain)
    .default([])
    .describe('Exact hosts; a sub-domain is listed by its own name'),
  allow_private_addresses: z
    .boolean()
    .default(false)
    .describe('Let listed hosts resolve to private addresses'),
  allowed_providers: list(word).optional().describe('Absent: every known provider'),
  allowed_models: list(word).default([]).describe('Empty: every model of the allowed providers'),
  allowed_commands: list(word).default([]).describe('Programs a workflow may start in the cage'),
  local_only: z.boolean().default(false).describe('Deny every model that is not on this machine'),
  ask_irreversible: z
    .boolean()
    .default(false)
    .describe('Ask a person before an effect that cannot be undone'),
  pii_redaction_enabled: z
    .boolean()
    .default(true)
    .describe('false drops redaction; shown on every run and refused in production'),
  pii_redaction_outputs: z.boolean().default(true).describe('As above, for what comes back'),
  pii_redaction_aggressive: z.boolean().default(false).describe('Weaker evidence is enough'),
  redaction_strategy: z
    .enum(['mask', 'hash', 'remove', 'partial'])
    .default('mask')
    .describe(
      'mask: «TYPE»; hash: with a keyed suffix; remove: nothing stays; partial: the last four characters of a long value stay',
    ),
  ...PII_SHAPE,
  cost_kill_enabled: z
    .boolean()
    .default(true)
    .describe('false drops the budget; loops are still stopped'),
  budget_limit_per_run: dollars
    .default(micros(1_000_000))
    .describe('Cap of one run that names none'),
  budget_limit_per_workflow: dollars.optional().describe('All runs of one workflow together'),
  budget_limit_per_day: dollars.optional().describe('All runs of a UTC day'),
  budget_limit_per_month: dollars.optional().describe('All runs of a calendar month'),
  budget_limit_per_project: dollars.optional().describe('All runs of the project, ever'),
  budget_limit_per_agent: dollars.optional().describe('Each agent by itself, ever'),
  budget_at_cap: z
    .enum(['kill', 'ask'])
    .default('kill')
    .describe('ask: pause until a person raises it'),
  max_tokens_per_call: whole(1, 10_000_000).default(1000).describe('Prompt plus longest answer'),
  max_input_tokens: whole(1, 10_000_000).optional().describe('Prompt alone'),
  max_steps: whole(1, 100_000).default(100).describe('Step starts of one run'),
  max_identical_calls: whole(2, 10_000)
    .default(12)
    .describe('The same call with the same arguments in one run'),
  run_timeout_seconds: whole(1, 604_800).default(1800).describe('Wall clock of a run'),
  max_concurrent_runs: whole(1, 1000).default(8).describe('Further runs wait'),
  audit_enabled: z.boolean().default(true).describe('false drops the audit trail'),
  audit_export_enabled: z.boolean().default(true).describe('Allow exports of the audit trail'),
  audit_storage_path: z.string().min(1).max(1024).default('./audit/').describe('Folder'),
  audit_retention_days: whole(0, 36_500)
    .default(0)
    .describe('Keep bodies this long at least, then remove them daily; 0: only by hand'),
  audit_archive_days: whole(0, 36_500)
    .default(0)
    .describe('Close a segment whose first row is older than this; 0: by size alone'),
  audit_rotation_events: whole(1000, 100_000_000)
    .default(50_000)
    .describe('Close a segment at this many rows'),
  audit_anchor_syslog: z
    .boolean()
    .default(true)
    .describe('Each minute with new rows, the checkpoint to the system log where there is one'),
  audit_anchor_files: list(z.string().max(4096).regex(/^\//, 'must be an absolute path'))
    .default([])
    .describe('Copies of the newest checkpoint, best on other volumes'),
  audit_witness_url: z
    .string()
    .max(2000)
    .regex(/^https:\/\/[^\s@?#]+$/, 'must be an https address without user, query or fragment')
    .optional()
    .describe('add-checkpoint address of a C2SP witness'),
  audit_witness_key: word.optional().describe('Its verifier key, name+id+base64'),
  audit_legal_hold: z.boolean().default(false).describe('Nothing of the ledger is erased'),
  audit_on_cage_down: z
    .enum(['destroy', 'keep'])
    .default('destroy')
    .describe('What cage down does with the ledger'),
  audit_backend: z.literal('sqlite').default('sqlite').describe('The one durable store'),
  log_level: z
    .enum(['DEBUG', 'INFO', 'WARNING', 'ERROR'])
    .default('INFO')
    .describe(
      'What the log of a run keeps of its programs; WARNING: no stdout, ERROR: neither stdout nor stderr; the ledger is not touched',
    ),
  ui_theme: z
    .literal('system', 'only "system": the console has a switch of its own')
    .default('system')
    .describe('Only system; each person chooses the theme in the console'),
  mock_llm: z.boolean().default(false).describe('Use the built-in extractive provider'),
  llm_provider: word.optional().describe('Provider of steps that name none'),
  llm_model: word.optional().describe('Model of steps that name none'),
  prices: z
    .record(
      z.string().regex(/^[A-Za-z0-9_.-]{1,80}\/[^\s]{1,200}$/, 'must be provider/model'),
      z.strictObject({
        input: z.union([z.number(), z.string()]),
        output: z.union([z.number(), z.string()]),
        cached: z.union([z.number(), z.string()]).optional(),
        as_of: z.string().max(40).optional(),
      }),
    )
    .default({})
    .describe('US dollars per million tokens by provider/model, over the shipped table'),
  env_allow: list(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, 'must be a variable name'))
    .default([])
    .describe('Environment names a workflow may use as ${NAME}'),
  rules: list(policyRule).default([]).describe('Policy rules of this project'),
} as const;

export type ConfigKey = keyof typeof CONFIG_SHAPE;
export const CONFIG_KEYS = Object.keys(CONFIG_SHAPE) as ConfigKey[];
export const configSchema = z.strictObject(CONFIG_SHAPE);
export type Config = z.infer<typeof configSchema>;

/** The kind of a key, read from its schema, so that a new key needs no second table. */
export function kindOf(key: ConfigKey): FieldKind {
  let schema: z.core.$ZodType = CONFIG_SHAPE[key];
  while (schema instanceof z.ZodDefault || schema instanceof z.ZodOptional) {
    schema = schema.def.innerType;
  }
  if (schema instanceof z.ZodBoolean) return 'flag';
  if (schema instanceof z.ZodNumber) return 'number';
  if (schema instanceof z.ZodArray) return schema.element instanceof z.ZodObject ? 'none' : 'list';
  if (schema instanceof z.ZodRecord) return 'none';
  return 'text';
}
