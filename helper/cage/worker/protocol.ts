import * as z from 'zod';
import { ERROR_EXIT, type ErrorCode } from '../../../shared/domain/errors.ts';
import type { WorkerOp } from './port.ts';

/** Largest frame either way. JSON escapes can triple a text; a read is capped far below. */
export const MAX_FRAME_BYTES = 64 * 1024 * 1024;
export const MAX_TEXT_CHARS = 16 * 1024 * 1024;
export const MAX_LIST_ENTRIES = 10_000;
export const MAX_SECTIONS = 20_000;
/** Paragraphs or cells whose places are told; findings after them keep their line. */
export const MAX_UNITS = 200_000;

const path = z.string().min(1).max(1024);
const text = z.string().max(MAX_TEXT_CHARS);
const count = z.number().int().nonnegative();

const fileEntry = z.strictObject({
  path: z.string().max(4096),
  kind: z.enum(['file', 'directory', 'link', 'other']),
  bytes: count,
  modifiedAt: z.iso.datetime(),
});

const section = z.strictObject({
  at: count,
  kind: z.enum(['text', 'page', 'sheet', 'part']),
  n: count,
  name: z
    .string()
    .regex(/^[a-z ]{1,40}$/)
    .optional(),
});

const empty = z.strictObject({});

/** Strict both ways: the worker refuses unknown input, the helper refuses unknown output. */
export const OP_SCHEMAS = {
  'fs.read': {
    in: z.strictObject({ path, maxBytes: count.max(MAX_TEXT_CHARS) }),
    out: z.strictObject({ text, bytes: count }),
  },
  'fs.write': {
    in: z.strictObject({ path, text, append: z.boolean().optional() }),
    out: z.strictObject({ bytes: count }),
  },
  'fs.list': {
    in: z.strictObject({ path, recursive: z.boolean().optional() }),
    out: z.strictObject({ entries: z.array(fileEntry).max(MAX_LIST_ENTRIES) }),
  },
  'fs.stat': { in: z.strictObject({ path }), out: z.strictObject({ entry: fileEntry }) },
  'fs.exists': { in: z.strictObject({ path }), out: z.strictObject({ exists: z.boolean() }) },
  'fs.move': { in: z.strictObject({ from: path, to: path }), out: empty },
  'fs.copy': {
    in: z.strictObject({ from: path, to: path }),
    out: z.strictObject({ bytes: count }),
  },
  'fs.delete': { in: z.strictObject({ path }), out: empty },
  'doc.parse': {
    in: z.strictObject({
      path,
      maxChars: count.max(MAX_TEXT_CHARS),
      hidden: z.boolean().optional(),
    }),
    out: z.strictObject({
      kind: z.enum(['txt', 'md', 'csv', 'json', 'pdf', 'docx', 'xlsx', 'eml', 'html']),
      text,
      sections: z.array(section).max(MAX_SECTIONS),
      units: z.array(count).max(3 * MAX_UNITS),
      truncated: z.boolean(),
      warnings: z.array(z.string().max(300)).max(50),
    }),
  },
  'doc.redact': {
    in: z.strictObject({
      path,
      to: path,
      hidden: z.boolean().optional(),
      textSha256: z.string().regex(/^[0-9a-f]{64}$/),
      replacements: z
        .array(z.strictObject({ start: count, end: count, marker: z.string().max(120) }))
        .max(500_000),
    }),
    out: z.strictObject({
      bytes: count,
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
      warnings: z.array(z.string().max(300)).max(50),
    }),
  },
} as const satisfies Record<WorkerOp, { in: z.ZodType; out: z.ZodType }>;

export const OPS = Object.keys(OP_SCHEMAS) as WorkerOp[];

export const requestFrame = z.strictObject({
  id: count,
  op: z.enum(OPS as [WorkerOp, ...WorkerOp[]]),
  input: z.unknown(),
});

const errorCode = z.enum(Object.keys(ERROR_EXIT) as [ErrorCode, ...ErrorCode[]]);

export const replyFrame = z.union([
  z.strictObject({ id: count, ok: z.literal(true), value: z.unknown() }),
  z.strictObject({
    id: count,
    ok: z.literal(false),
    error: z.strictObject({
      code: errorCode,
      message: z.string().max(2000),
      hint: z.string().max(2000).optional(),
    }),
  }),
]);

/** Four bytes of length (big endian), then JSON in UTF-8. */
export function encodeFrame(value: unknown): Buffer {
  const body = Buffer.from(JSON.stringify(value), 'utf8');
  const head = Buffer.alloc(4);
  head.writeUInt32BE(body.length);
  return Buffer.concat([head, body]);
}

/**
 * Cuts a byte stream into frames. A length over the cap or a body that is not JSON throws at
 * once, before anything of that size is held.
 */
export function frameReader(onFrame: (value: unknown) => void): (chunk: Uint8Array) => void {
  let chunks: Uint8Array[] = [];
  let held = 0;
  const take = (bytes: number): Buffer => {
    const all = chunks.length === 1 ? Buffer.from(chunks[0]!) : Buffer.concat(chunks);
    chunks = all.length > bytes ? [all.subarray(bytes)] : [];
    held = all.length - bytes;
    return all.subarray(0, bytes);
  };
  let need: number | null = null;
  return (chunk) => {
    chunks.push(chunk);
    held += chunk.length;
    for (;;) {
      if (need === null) {
        if (held < 4) return;
        need = take(4).readUInt32BE();
        if (need > MAX_FRAME_BYTES) throw new RangeError('frame over the cap');
      }
      if (held < need) return;
      const body = new TextDecoder('utf-8', { fatal: true }).decode(take(need));
      need = null;
      onFrame(JSON.parse(body));
    }
  };
}
