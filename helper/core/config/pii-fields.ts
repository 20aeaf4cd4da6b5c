import * as z from 'zod';
import { TYPE_NAME } from '../../../shared/redaction/types.ts';
import { list, whole, word } from './forms.ts';

const typeName = z.string().regex(TYPE_NAME, 'must be a type name such as US_SSN');
const score = z.number().min(0).max(1);
const plainName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,39}$/, 'must be lower-case letters, digits, _ and -');

const customPattern = z.strictObject({
  type: typeName,
  pattern: z.string().min(1).max(500),
  ignore_case: z.boolean().default(false),
  score: score.optional(),
  context_keywords: list(word).optional(),
});

const pluggedDetector = z
  .strictObject({
    name: plainName,
    url: z.string().max(500).optional(),
    socket: z.string().max(100).regex(/^\//, 'must be an absolute path').optional(),
    module: plainName.optional(),
    required: z.boolean().default(true),
    language: word.default('en'),
    types: z.record(word, z.union([typeName, z.literal('')])).optional(),
    threshold: score.optional(),
    timeout_ms: whole(50, 60_000).optional(),
  })
  .refine(
    ({ url, socket, module }) =>
      (module === undefined) !== (url === undefined && socket === undefined),
    'needs url or socket, or else module',
  );
export type PluggedDetector = z.infer<typeof pluggedDetector>;

/** The keys that say what counts as personal data, beside switches and strategy. */
export const PII_SHAPE = {
  pii_backend: z
    .literal('builtin', 'only "builtin": further detectors go under pii_detectors')
    .default('builtin')
    .describe('The detector that is always used; `pii_detectors` adds others'),
  pii_thresholds: z
    .record(typeName, score)
    .default({})
    .describe('By type, the lowest score that is redacted; 0.5 for all others'),
  pii_allow_values: list(word).default([]).describe('Exact values that may pass'),
  pii_custom_patterns: z
    .array(customPattern)
    .max(100)
    .default([])
    .describe('Types of your own, see below'),
  pii_detectors: z
    .array(pluggedDetector)
    .max(8)
    .default([])
    .describe('Detectors beside the built-in one, see below'),
  context_keywords: z
    .record(z.string().max(40), list(word))
    .default({})
    .describe('Words that must stand near a type for it to count'),
} as const;

/** The part of `docs/config.md` that explains them. */
export const PII_REFERENCE = [
  '## Personal data',
  '',
  'An entry of `pii_custom_patterns` has `type` (capitals, digits, `_`; also the marker), `pattern` (a',
  'regular expression of bounded repeats: `{0,64}` for `*`; no look-around, no back reference), and',
  'optional `ignore_case`, `score` (0.9) and `context_keywords`, one of which must then stand near.',
  'Patterns run in a process of their own with a deadline; one that overruns blocks the text. Only in',
  'texts of at most 65,536 characters that are shown at once (log lines, messages) they run in place.',
  '',
  'An entry of `pii_detectors` has a `name` and one of: `url` (plain HTTP on the loopback interface, in',
  "the form of Presidio's analyser), `socket` (a Unix socket that speaks the same, `url` then only",
  'gives the path), or `module` (`detectors/NAME.mjs` in the state folder, owned by the user of the',
  'helper and writable by nobody else: it runs inside the helper; its default export is',
  '`{ name, detect(text, signal) }` and answers `{ spans: [{ start, end, type, score }], complete: true',
  '}` in UTF-16 units). Optional: `required` (true: its absence, failure or lateness blocks the text;',
  'false: it is passed over and the ledger says so), `language` (en), `types` (names of the service to',
  'types of this product, `""` to ignore one), `threshold` (0.5), `timeout_ms` (5,000).',
  'What leaves, what arrives, documents, previews and the log of a run are shown to them. Names and',
  'messages of the product itself, and a value cut over several fields, are read by the built-in',
  'detector (and the custom patterns) alone. A text too long for one call, which is otherwise scanned',
  'in parts, is refused as TOO_LARGE where detectors are plugged in.',
  '',
] as const;
