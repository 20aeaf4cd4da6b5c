import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CONFIG_KEYS } from './fields.ts';
import { configReference } from './reference.ts';

test('docs/config.md is what the schema says', () => {
  const file = readFileSync(join(import.meta.dirname, '../../../docs/config.md'), 'utf8');
  expect(file).toBe(configReference());
  for (const key of CONFIG_KEYS) expect(file).toContain(`| \`${key}\` |`);
});
