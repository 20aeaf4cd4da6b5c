import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cycles, importsOf, type SourceImport, violations } from './import-rules.ts';

const root = join(import.meta.dirname, '..');
const imports = importsOf(root, ['shared', 'helper', 'cli', 'electron', 'renderer']);

test('the reader sees the imports it is meant to judge', () => {
  expect(imports.length).toBeGreaterThan(100);
  expect(
    imports.some(
      (i) => i.from === 'shared/contract/table.ts' && i.to === 'shared/contract/audit.ts',
    ),
  ).toBe(true);
});

test('imports point one way', () => {
  expect(violations(imports)).toEqual([]);
});

test('there is no import cycle', () => {
  expect(cycles(imports)).toEqual([]);
});

test('the rules catch what they are for', () => {
  const edge = (from: string, to: string): SourceImport => ({ from, to, typeOnly: false });
  expect(violations([edge('renderer/app/main.tsx', 'helper/core/x.ts')])).toHaveLength(1);
  expect(violations([edge('helper/core/x.ts', 'node:fs')])).toHaveLength(1);
  expect(violations([edge('shared/domain/x.ts', 'shared/node/paths.ts')])).toHaveLength(1);
  expect(violations([edge('helper/agents/x.ts', 'helper/engine/y.ts')])).toHaveLength(1);
  expect(violations([edge('cli/x.ts', 'helper/daemon.ts')])).toHaveLength(1);
  expect(violations([edge('helper/engine/x.ts', 'helper/store/y.ts')])).toEqual([]);
  expect(cycles([edge('cli/a.ts', 'cli/b.ts'), edge('cli/b.ts', 'cli/a.ts')])).toHaveLength(1);
});

test('the Electron shell stays thin: no engine words in it', () => {
  const files = readdirSync(join(root, 'electron'), { recursive: true, encoding: 'utf8' });
  const wrong = files
    .filter((f) => f.endsWith('.ts') && !f.endsWith('.test.ts'))
    .filter((f) =>
      /sha-?256|microsPer|BLOCKED_TYPES|createDetector|openLedger/i.test(
        readFileSync(join(root, 'electron', f), 'utf8'),
      ),
    );
  expect(wrong).toEqual([]);
});
