import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkWorkflow } from '../../core/workflow/parse.ts';

const FOLDER = join(import.meta.dirname, '../../../assets/templates');
const files = readdirSync(FOLDER).filter((file) => /\.ya?ml$/.test(file));

describe('shipped templates', () => {
  it('has the five published ones and the sample', () => {
    expect(files.toSorted()).toEqual([
      'batch_processing.yml',
      'compliance_demo.yml',
      'document-review.yml',
      'document_ingestion.yml',
      'file_analysis.yml',
      'hello-workflow.yml',
    ]);
  });

  it.each(files)('%s is valid', (file) => {
    const checked = checkWorkflow(readFileSync(join(FOLDER, file), 'utf8'), file);
    expect(checked.errors).toEqual([]);
    expect(checked.workflow?.steps.length).toBeGreaterThan(1);
  });
});
