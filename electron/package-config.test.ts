import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

const root = join(import.meta.dirname, '..');
const require = createRequire(import.meta.url);
const config = parse(readFileSync(join(root, 'electron-builder.yml'), 'utf8')) as Record<
  string,
  unknown
>;

interface Schema {
  properties: Record<string, unknown>;
  definitions: Record<string, { properties?: Record<string, unknown> }>;
}
const schema = JSON.parse(
  readFileSync(join(require.resolve('app-builder-lib/package.json'), '..', 'scheme.json'), 'utf8'),
) as Schema;

test("every key is one of electron-builder's own schema", () => {
  for (const key of Object.keys(config)) expect(Object.keys(schema.properties), key).toContain(key);
  const fuses = Object.keys(config['electronFuses'] as object);
  const known = Object.keys(schema.definitions['FuseOptionsV1']?.properties ?? {});
  expect(known.length).toBeGreaterThan(5);
  for (const fuse of fuses) expect(known, fuse).toContain(fuse);
});

test('the fuses are the safe ones, nothing is published, no maps or tests are shipped', () => {
  expect(config['electronFuses']).toEqual({
    runAsNode: false,
    enableCookieEncryption: true,
    enableNodeOptionsEnvironmentVariable: false,
    enableNodeCliInspectArguments: false,
    enableEmbeddedAsarIntegrityValidation: true,
    onlyLoadAppFromAsar: true,
    grantFileProtocolExtraPrivileges: false,
  });
  expect(config['publish']).toBeNull();
  expect(config['files']).toEqual(expect.arrayContaining(['!**/*.map', '!**/*.test.*']));
});
