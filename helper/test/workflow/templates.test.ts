import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkWorkflow } from '../../core/workflow/parse.ts';

const ASSETS = join(import.meta.dirname, '../../../assets');
const inFolder = (folder: string) =>
  readdirSync(join(ASSETS, folder))
    .filter((file) => /\.ya?ml$/.test(file))
    .map((file) => `${folder}/${file}`);
const files = [...inFolder('sample/workflows'), ...inFolder('templates')];

describe('shipped templates', () => {
  it('has the five published ones and the sample', () => {
    expect(files.toSorted()).toEqual([
      'sample/workflows/sample.yml',
      'templates/batch_processing.yml',
      'templates/compliance_demo.yml',
      'templates/document_ingestion.yml',
      'templates/file_analysis.yml',
      'templates/hello-workflow.yml',
    ]);
  });

  it.each(files)('%s is valid', (file) => {
    const checked = checkWorkflow(readFileSync(join(ASSETS, file), 'utf8'), file);
    expect(checked.errors).toEqual([]);
    expect(checked.workflow?.steps.length).toBeGreaterThan(1);
  });
});
