import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { workflowJsonSchema } from '../../core/workflow/schema.ts';

describe('published schema', () => {
  it('is current (bin/node scripts/workflow-schema.ts writes it)', () => {
    const file = join(import.meta.dirname, '../../../docs/workflow.schema.json');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(
      JSON.parse(JSON.stringify(workflowJsonSchema())),
    );
  });
});

describe('no eval', () => {
  it('stands nowhere in the language', () => {
    const folder = join(import.meta.dirname, '../../core/workflow');
    const files = readdirSync(folder).filter((file) => file.endsWith('.ts'));
    expect(files.length).toBeGreaterThan(10);
    for (const file of files) {
      const source = readFileSync(join(folder, file), 'utf8').replace(
        /\/\*[\s\S]*?\*\/|\/\/[^\n]*/g,
        '',
      );
      expect(source).not.toMatch(/\beval\s*\(|new Function\b|\bFunction\s*\(|node:vm|import\s*\(/);
    }
  });
});
