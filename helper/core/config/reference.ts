import * as z from 'zod';
import { CONFIG_KEYS, CONFIG_SHAPE, type ConfigKey, configSchema, kindOf } from './fields.ts';
import { PII_REFERENCE } from './pii-fields.ts';

/** The text of `docs/config.md`: one row per key, from the schema itself. */
export function configReference(): string {
  const defaults = configSchema.parse({});
  const rows = CONFIG_KEYS.map((key) => {
    const meaning = describe(key);
    return `| \`${key}\` | ${form(key)} | ${shown(key, defaults[key])} | ${meaning} |`;
  });
  return [
    '# Settings (`config.yaml`)',
    '',
    'Made from the schema by `bin/node scripts/config-reference.ts`; do not edit.',
    '',
    'Every key may be left out. An unknown key is an error with its place and the nearest known key.',
    'A variable `AKIOS_<KEY>` of the environment, or of `.env`, wins over the file; lists are written',
    'with commas. With `environment: production` no protection can be switched off, by neither way.',
    '',
    '| Key | Form | Default | Meaning |',
    '|---|---|---|---|',
    ...rows,
    '',
    '## Rules',
    '',
    'An entry of `rules` has `id`, `effect` (never, deny, ask, allow), `gate` (fs, net, exec, tool, llm,',
    'secret, any), optional `actions`, `target` and `reason`. `never` beats `deny` beats `ask` beats',
    '`allow`; what no rule allows is denied. The order of rules has no meaning. `*` stays inside one',
    'part of a path, `**` crosses parts. Rules that restrict ignore case and cover what lies below.',
    '',
    ...PII_REFERENCE,
  ].join('\n');
}

/** Forms of the keys that no environment variable can set. */
const MAPS: Partial<Record<ConfigKey, string>> = {
  rules: 'list of rules',
  context_keywords: 'list of words per type',
  pii_thresholds: 'score per type',
  prices: 'price per provider/model',
};

function describe(key: ConfigKey): string {
  const text = CONFIG_SHAPE[key].description ?? inner(key).description ?? '';
  return text.replaceAll('|', '\\|');
}

function inner(key: ConfigKey): z.ZodType {
  const schema = CONFIG_SHAPE[key];
  return schema.def.innerType as z.ZodType;
}

function form(key: ConfigKey): string {
  const schema = inner(key);
  if (schema instanceof z.ZodEnum) return schema.options.join(', ');
  if (key.startsWith('budget_limit')) return 'US dollars';
  switch (kindOf(key)) {
    case 'flag':
      return 'true or false';
    case 'number':
      return 'number';
    case 'list':
      return 'list';
    case 'text':
      return 'text';
    default:
      return MAPS[key] ?? 'list of entries';
  }
}

function shown(key: ConfigKey, value: unknown): string {
  if (value === undefined) return 'none';
  if (key.startsWith('budget_limit')) return (Number(value) / 1_000_000).toFixed(2);
  return typeof value === 'string' ? value : JSON.stringify(value);
}
