import * as z from 'zod';
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

export const replacement = z.object({
  span,
  start: z.number().int(),
  end: z.number().int(),
  outStart: z.number().int(),
  outEnd: z.number().int(),
  marker: z.string(),
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
  'protect.document': call({
    kind: 'query',
    method: 'POST',
    path: '/protect/document',
    roles: ['admin'],
    input: z.strictObject({
      project: projectRef.optional(),
      file: z.string().min(1).max(4096).describe('Absolute path of a document of the caller'),
    }),
    output: z.object({
      kind: z.string(),
      text: z.string().describe('Text of the document, as the spans count it'),
      chars: z.number().int(),
      pages: z.array(z.number().int()).describe('Offset in the text where each page starts'),
      spans: z.array(span),
    }),
    errors: ['REDACTION_FAILED', 'FILE_NOT_FOUND', 'TOO_LARGE', 'CAGE_UNPROVED', 'INPUT_INVALID'],
    audit: 'none',
    summary: 'Parse a document in the cage and find personal data in its text.',
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
    input: z.strictObject({ project: projectRef, workflow: z.string().max(1024) }),
    output: z.object({
      prompts: z.array(
        z.object({
          step: z.number().int(),
          name: z.string(),
          model: z.string(),
          text: z.string().describe('Exactly the bytes that would be sent'),
          counts,
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
