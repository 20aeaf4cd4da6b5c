/** Loaded before the detector: its modules get a counter, the language's own functions too. */
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { instrument } from './instrument.ts';
import { countNatives } from './natives.ts';

const DETECTOR = new URL('../../../core/pii/', import.meta.url).href;
const SHARED = new URL('../../../../shared/redaction/', import.meta.url).href;

registerHooks({
  load(url, context, nextLoad) {
    if (!url.startsWith(DETECTOR) && !url.startsWith(SHARED)) return nextLoad(url, context);
    // Word lists have no loops, and are large.
    if (url.endsWith('.data.ts')) return nextLoad(url, context);
    const source = instrument(readFileSync(fileURLToPath(url), 'utf8'));
    return { format: 'module-typescript', source, shortCircuit: true };
  },
});
countNatives();
