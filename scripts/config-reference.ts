import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { configReference } from '../helper/core/config/reference.ts';

writeFileSync(join(import.meta.dirname, '../docs/config.md'), configReference());
