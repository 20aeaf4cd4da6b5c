import type * as z from 'zod';
import { AkiosError, type ErrorValue } from '../../../shared/domain/errors.ts';
import type { Json } from '../../../shared/domain/json.ts';
import { nearest } from '../../../shared/domain/nearest.ts';
import type { Ablation } from '../../../shared/domain/states.ts';
import { readYaml, type YamlSource } from '../workflow/yaml-source.ts';
import {
  CONFIG_KEYS,
  type Config,
  type ConfigKey,
  configSchema,
  kindOf,
  policyRule,
} from './fields.ts';

export type { Config, ConfigKey, PolicyRuleSource } from './fields.ts';

export interface LoadedConfig {
  config: Config;
  /** `file:line:col` or `environment AKIOS_X` per key that was given; for verdicts and errors. */
  origins: Readonly<Record<string, string>>;
  /** Place of each entry of `rules`. */
  ruleOrigins: readonly string[];
  warnings: string[];
}

/** AKIOS_ names that are no setting of a project. */
const OTHER_NAMES: ReadonlySet<string> = new Set([
  'AKIOS_STATE_DIR',
  'AKIOS_SOCKET',
  'AKIOS_SOCKET_GROUP',
  'AKIOS_HELPER',
  'AKIOS_JSON_MODE',
  'AKIOS_DEBUG',
  'AKIOS_NOT_RUN_FILE',
  'AKIOS_BEDROCK_REGION',
  'AKIOS_BEDROCK_MODEL_ID',
]);

/**
 * Reads `config.yaml`, lays `AKIOS_<KEY>` variables over it and checks the result, production
 * rules last, so that no overlay can slip past them.
 * @param env already holds `.env` of the project below the process environment
 * @throws AkiosError CONFIG_INVALID with `where`, `field: reason` and the nearest known key
 */
export function loadConfig(
  source: string,
  file: string,
  env: Readonly<Record<string, string | undefined>> = {},
): LoadedConfig {
  const yaml = readSource(source, file);
  if (yaml.data !== null && (typeof yaml.data !== 'object' || Array.isArray(yaml.data))) {
    throw invalid('The file must hold keys and values.', yaml.where([]));
  }
  const values: { [key: string]: Json } = { ...(yaml.data ?? {}) };
  const origins: Record<string, string> = {};
  for (const key of Object.keys(values)) origins[key] = yaml.where([key], 'key');
  const warnings = overlay(values, origins, env);
  const parsed = configSchema.safeParse(values);
  if (!parsed.success) throw firstProblem(parsed.error, yaml, origins, values);
  const config = parsed.data;
  checkProduction(config, origins);
  const given = Array.isArray(values['rules']) ? values['rules'] : [];
  const ruleOrigins = given.map((_, i) => yaml.where(['rules', i]));
  refuseDoubleIds(config, ruleOrigins);
  if (config.network_access_allowed && config.allowed_domains.length === 0) {
    warnings.push('network_access_allowed is true but allowed_domains is empty: nothing passes.');
  }
  if (!config.sandbox_enabled) {
    warnings.push('sandbox_enabled is false: no workflow runs, because nothing runs uncaged.');
  }
  return { config, origins, ruleOrigins, warnings };
}

/**
 * What is dropped: the switches given when the cage was raised and those in the settings.
 * @throws AkiosError DENIED in production
 */
export function effectiveAblations(config: Config, flags: readonly Ablation[]): Ablation[] {
  const wanted = new Set<Ablation>(flags);
  if (!config.pii_redaction_enabled || !config.pii_redaction_outputs) wanted.add('no-pii');
  if (!config.audit_enabled) wanted.add('no-audit');
  if (!config.cost_kill_enabled) wanted.add('no-budget');
  if (wanted.size > 0 && config.environment === 'production') {
    throw new AkiosError('DENIED', `Refused in production: ${[...wanted].sort().join(', ')}.`, {
      hint: 'A production project keeps every protection. Set environment to staging or development to measure without one.',
    });
  }
  return [...wanted].sort();
}

/** `.env` text: NAME=value lines, quotes, comments; nothing is expanded. */
export function parseDotenv(text: string): Record<string, string> {
  const values: Record<string, string> = {};
  for (const line of text.split(/\r?\n/)) {
    const match = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*$/.exec(line);
    if (!match?.[1]) continue;
    const raw = match[2] ?? '';
    const quoted = /^(["'])([\s\S]*)\1(?:\s+#.*)?$/.exec(raw);
    values[match[1]] = quoted ? (quoted[2] ?? '') : raw.replace(/(^|\s+)#.*$/, '');
  }
  return values;
}

function readSource(source: string, file: string): YamlSource {
  try {
    return readYaml(source, file);
  } catch (error) {
    if (!(error instanceof AkiosError)) throw error;
    throw new AkiosError('CONFIG_INVALID', error.message, {
      ...(error.where ? { where: error.where } : {}),
      hint: 'See docs/config.md for every key.',
    });
  }
}

function overlay(
  values: { [key: string]: Json },
  origins: Record<string, string>,
  env: Readonly<Record<string, string | undefined>>,
): string[] {
  const warnings: string[] = [];
  const known = new Map(CONFIG_KEYS.map((key) => [`AKIOS_${key.toUpperCase()}`, key]));
  for (const name of Object.keys(env).sort()) {
    const text = env[name];
    if (!name.startsWith('AKIOS_') || text === undefined || OTHER_NAMES.has(name)) continue;
    const key = known.get(name);
    if (!key) {
      const close = nearest(name, [...known.keys()]);
      if (close) warnings.push(`${name} is no setting; did you mean ${close}?`);
      continue;
    }
    values[key] = fromText(key, text, name);
    origins[key] = `environment ${name}`;
  }
  return warnings;
}

function fromText(key: ConfigKey, text: string, name: string): Json {
  const trimmed = text.trim();
  switch (kindOf(key)) {
    case 'flag':
      if (/^(?:true|1|yes|on)$/i.test(trimmed)) return true;
      if (/^(?:false|0|no|off)$/i.test(trimmed)) return false;
      throw invalid(`${key}: must be true or false`, `environment ${name}`);
    case 'number':
      if (/^-?\d+(?:\.\d+)?$/.test(trimmed)) return Number(trimmed);
      throw invalid(`${key}: must be a number`, `environment ${name}`);
    case 'list':
      return trimmed
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== '');
    case 'text':
      return trimmed;
    default:
      throw invalid(`${key}: can only be set in config.yaml`, `environment ${name}`);
  }
}

function checkProduction(config: Config, origins: Readonly<Record<string, string>>): void {
  if (config.environment !== 'production') return;
  const needed: [ConfigKey, boolean][] = [
    ['sandbox_enabled', config.sandbox_enabled],
    ['pii_redaction_enabled', config.pii_redaction_enabled],
    ['pii_redaction_outputs', config.pii_redaction_outputs],
    ['audit_enabled', config.audit_enabled],
    ['cost_kill_enabled', config.cost_kill_enabled],
  ];
  for (const [key, on] of needed) {
    if (on) continue;
    throw new AkiosError('CONFIG_INVALID', `${key}: must be true in production`, {
      ...(origins[key] ? { where: origins[key] } : {}),
      hint: 'Change environment, or leave this protection on.',
    });
  }
}

function refuseDoubleIds(config: Config, ruleOrigins: readonly string[]): void {
  const seen = new Set<string>();
  for (const [i, rule] of config.rules.entries()) {
    if (seen.has(rule.id)) {
      throw invalid(`rules[${i}].id: "${rule.id}" is used twice`, ruleOrigins[i] ?? 'config.yaml');
    }
    seen.add(rule.id);
  }
}

function firstProblem(
  error: z.ZodError,
  yaml: YamlSource,
  origins: Readonly<Record<string, string>>,
  values: { [key: string]: Json },
): AkiosError {
  const problems = error.issues.flatMap((issue) => problemOf(issue, yaml, origins, values));
  const unknownFirst = problems.toSorted(
    (a, b) => Number(b.message.endsWith('unknown key')) - Number(a.message.endsWith('unknown key')),
  );
  const first = unknownFirst[0] ?? { code: 'CONFIG_INVALID' as const, message: 'Not valid.' };
  return AkiosError.fromValue({ ...first, details: { errors: problems.length } });
}

function problemOf(
  issue: z.core.$ZodIssue,
  yaml: YamlSource,
  origins: Readonly<Record<string, string>>,
  values: { [key: string]: Json },
): ErrorValue[] {
  const path = issue.path.filter((p): p is string | number => typeof p !== 'symbol');
  if (issue.code === 'unrecognized_keys') {
    const known = path.length === 0 ? CONFIG_KEYS : Object.keys(policyRule.shape);
    return issue.keys.map((key) => {
      const close = nearest(key, known);
      return {
        code: 'CONFIG_INVALID' as const,
        message: `${[...path, key].join('.')}: unknown key`,
        where: yaml.where([...path, key], 'key'),
        hint: close ? `Did you mean "${close}"?` : 'See docs/config.md for every key.',
      };
    });
  }
  const top = String(path[0] ?? '');
  const fromEnv = origins[top]?.startsWith('environment ') ?? !(top in values);
  return [
    {
      code: 'CONFIG_INVALID',
      message: `${path.join('.')}: ${issue.message.replace(/^Invalid input: /, '')}`,
      where: fromEnv ? (origins[top] ?? yaml.where([])) : yaml.where(path),
    },
  ];
}

function invalid(message: string, where: string): AkiosError {
  return new AkiosError('CONFIG_INVALID', message, {
    where,
    hint: 'See docs/config.md for every key.',
  });
}
