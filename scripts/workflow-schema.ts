import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { workflowJsonSchema } from '../helper/core/workflow/schema.ts';

// Writes docs/workflow.schema.json from the schema the parser uses; a test checks it is current.
const file = join(import.meta.dirname, '../docs/workflow.schema.json');
writeFileSync(file, `${JSON.stringify(workflowJsonSchema(), null, 2)}\n`);
process.stdout.write(`wrote ${file}\n`);
