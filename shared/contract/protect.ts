import * as z from 'zod';
import type { ErrorCode } from '../domain/errors.ts';
import { counts, microsSchema, projectRef } from './common.ts';
import { call, EVERYONE, READERS } from './define.ts';

export const span = z.object({
  start: z.number().int().nonnegative(),
  end: z.number().int().nonnegative(),
  type: z.string(),
  subtype: z.string().optional(),
  score: z.number(),
  source: z.string(),
  evidence: z.array(z.string()).optional(),
});

export const place = z
  .object({
    page: z.number().int().optional().describe('From 1'),
    sheet: z.number().int().optional().describe('Number of the sheet, from 1'),
    cell: z.string().optional().describe('Such as B7'),
    part: z.string().optional().describe('header 1, footnotes, comments, properties, ...'),
    paragraph: z.number().int().optional().describe('Of its page or part, from 1'),
    line: z.number().int().describe('Of the text, page, sheet or part, from 1'),
    column: z.number().int().describe('UTF-16 units, from 1'),
  })
  .describe('Where a finding stands; never holds text of the document');

export const finding = span.extend({ place });
export type FindingView = z.infer<typeof finding>;

export const replacement = z.object({
  span,
  start: z.number().int(),
  end: z.number().int(),
  outStart: z.number().int(),
  outEnd: z.number().int(),
  marker: z.string(),
  place: place.optional(),
});
export type ReplacementView = z.infer<typeof replacement>;

export const previewView = z.object({
  title: z.string(),
  raw: z.string().nullable().describe('null when the caller may not see it'),
  redacted: z.string(),
  replacements: z.array(replacement),
  counts,
  bytes: z.number().int().describe('UTF-8 bytes that would leave'),
  tokens: z.number().int(),
  cost: z.object({ likely: microsSchema, high: microsSchema, model: z.string() }).nullable(),
  ms: z.number(),
});
export type PreviewView = z.infer<typeof previewView>;

const text = z.string().max(8_388_608);

const documentInput = {
  file: z
    .string()
    .min(1)
    .max(4096)
    .describe('Absolute path of a document the helper may read; with base64, its name'),
  base64: z.string().max(22_369_624).optional().describe('The document itself, up to 16 MiB'),
};

const DOCUMENT_ERRORS: readonly ErrorCode[] = [
  'REDACTION_FAILED',
  'FILE_NOT_FOUND',
  'DENIED',
  'FORBIDDEN',
  'TOO_LARGE',
  'CAGE_UNPROVED',
  'INPUT_INVALID',
  'UNSUPPORTED',
];

/** Where the reading of a long text stands between two stretches. Given back unchanged. */
const partState = z.strictObject({
  header: z.string().max(1_048_576),
  context: z.string().max(8192),
});

export const protectCalls = {
  'protect.scan': call({
    kind: 'query',
    method: 'POST',
    path: '/protect/scan',
    roles: READERS,
    input: z.strictObject({
      project: projectRef.optional().describe('Uses its thresholds and allow-list'),
      items: z
        .array(z.strictObject({ id: z.string().max(200), text }))
        .min(1)
        .max(1000),
    }),
    output: z.object({
      items: z.array(z.object({ id: z.string(), spans: z.array(span) })),
    }),
    errors: ['REDACTION_FAILED', 'TOO_LARGE', 'PROJECT_NOT_FOUND'],
    audit: 'none',
    summary: 'Find personal data: spans with offsets in UTF-16 units, in input order.',
  }),
  'protect.part': call({
    kind: 'query',
    method: 'POST',
    path: '/protect/part',
    roles: READERS,
    input: z.strictObject({
      project: projectRef.optional(),
      text: z
        .string()
        .max(1_048_576)
        .describe('What was not taken of the stretch before, then the next of the text'),
      state: partState.nullable().describe('From the answer before; null for the first stretch'),
      last: z.boolean().describe('No text follows'),
      redact: z.boolean().optional().describe('Also give the taken text redacted'),
    }),
    output: z.object({
      taken: z
        .number()
        .int()
        .describe('UTF-16 units that are settled; 0 when more text is needed to settle any'),
      spans: z.array(span).describe('Inside the taken text, offsets from the start of the stretch'),
      state: partState,
      redacted: z.string().nullable(),
      counts,
    }),
    errors: ['REDACTION_FAILED', 'TOO_LARGE', 'PROJECT_NOT_FOUND'],
    audit: 'none',
    summary: 'Find personal data in a text of any size, stretch by stretch, in bounded memory.',
  }),
  'protect.document': call({
    kind: 'query',
    method: 'POST',
    path: '/protect/document',
    roles: READERS,
    input: z.strictObject({
      project: projectRef.optional(),
      ...documentInput,
    }),
    output: z.object({
      kind: z.string(),
      chars: z.number().int().describe('UTF-16 units of the text that was read and scanned'),
      pages: z.number().int().describe('Pages, sheets and parts'),
      findings: z.array(finding).describe('Offsets count the text that was read'),
      counts,
      warnings: z.array(z.string()).describe('What was not read, in words'),
    }),
    errors: DOCUMENT_ERRORS,
    audit: 'none',
    summary: 'Parse a document in the cage and find personal data in its text.',
  }),
  'protect.copy': call({
    kind: 'query',
    method: 'POST',
    path: '/protect/copy',
    roles: READERS,
    input: z.strictObject({
      project: projectRef.optional(),
      ...documentInput,
      as: z
        .enum(['copy', 'text'])
        .describe('A copy of the same kind (of eml and html: text), or the text it shows'),
    }),
    output: z.object({
      kind: z.string(),
      ending: z.string().describe('What the name of the copy should end with'),
      base64: z.string(),
      bytes: z.number().int(),
      sha256: z.string(),
      findings: z.array(finding),
      counts,
      warnings: z.array(z.string()).describe('What the copy lacks, in words'),
    }),
    errors: DOCUMENT_ERRORS,
    audit: 'none',
    summary: 'A redacted copy of a document, built anew in the cage; nothing hidden goes along.',
  }),
  'protect.redact': call({
    kind: 'query',
    method: 'POST',
    path: '/protect/redact',
    roles: READERS,
    input: z.strictObject({ project: projectRef.optional(), text }),
    output: z.object({ text: z.string(), counts, replacements: z.array(replacement) }),
    errors: ['REDACTION_FAILED', 'TOO_LARGE', 'PROJECT_NOT_FOUND'],
    audit: 'none',
    summary: 'Replace personal data by markers.',
  }),
  'protect.preview': call({
    kind: 'query',
    method: 'POST',
    path: '/protect/preview',
    roles: READERS,
    input: z.strictObject({
      project: projectRef,
      document: z.string().max(1024).optional().describe('Path inside data/input'),
      text: text.optional(),
      raw: z.boolean().optional().describe('Ask for the raw side; the role decides'),
    }),
    output: previewView,
    errors: [
      'REDACTION_FAILED',
      'PROJECT_NOT_FOUND',
      'FILE_NOT_FOUND',
      'CAGE_UNPROVED',
      'TOO_LARGE',
    ],
    audit: 'row',
    summary: 'A document or text beside what would leave the machine.',
  }),
  'protect.showPrompt': call({
    kind: 'query',
    method: 'POST',
    path: '/protect/prompts',
    roles: READERS,
    input: z.strictObject({
      project: projectRef.optional().describe('Without one: the built-in policy'),
      workflow: z.string().max(1024).describe('Path inside the project, or the name of `source`'),
      source: z
        .string()
        .max(1_048_576)
        .optional()
        .describe('Text of the workflow, outside a project'),
      folder: z
        .string()
        .max(4096)
        .optional()
        .describe('Absolute folder of the caller with data/input, outside a project'),
    }),
    output: z.object({
      prompts: z.array(
        z.object({
          step: z.number().int(),
          name: z.string(),
          model: z.string(),
          text: z.string().describe('Exactly the bytes that would be sent'),
          counts,
          replacements: z
            .array(replacement)
            .describe('Of each marker: type, score, reasons, and its place in `text`'),
          bytes: z.number().int(),
          tokens: z.number().int(),
          unresolved: z.array(z.string()).describe('References known only during a run'),
        }),
      ),
    }),
    errors: ['REDACTION_FAILED', 'PROJECT_NOT_FOUND', 'WORKFLOW_INVALID', 'FILE_NOT_FOUND'],
    audit: 'none',
    summary: 'The redacted prompt of every LLM step of a workflow.',
  }),
  'protect.types': call({
    kind: 'query',
    method: 'GET',
    path: '/protect/types',
    roles: EVERYONE,
    input: z.strictObject({}),
    output: z.object({
      items: z.array(
        z.object({
          type: z.string(),
          family: z.string(),
          description: z.string(),
          decidedBy: z.string(),
          marker: z.string(),
        }),
      ),
    }),
    errors: [],
    audit: 'none',
    summary: 'Every type the built-in detector knows.',
  }),
  'documents.list': call({
    kind: 'query',
    method: 'GET',
    path: '/documents',
    roles: EVERYONE,
    input: z.strictObject({ project: projectRef }),
    output: z.object({
      items: z.array(
        z.object({
          path: z.string(),
          bytes: z.number().int(),
          modifiedAt: z.string(),
          kind: z.string(),
        }),
      ),
    }),
    errors: ['PROJECT_NOT_FOUND'],
    audit: 'none',
    summary: 'Documents in data/input.',
  }),
};
