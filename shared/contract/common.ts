import * as z from 'zod';
import { ERROR_EXIT, type ErrorCode } from '../domain/errors.ts';

/** A project is named by its absolute path or its registry id. */
export const projectRef = z.string().min(1).max(4096).describe('Project id or absolute path');
export const seq = z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER);
export const microsSchema = z.number().int().nonnegative().describe('Integer micro-dollars');
export const isoTime = z.string().describe('UTC, YYYY-MM-DDTHH:MM:SS.sssZ');
export const hex = z.string().regex(/^[0-9a-f]*$/);
export const counts = z.record(z.string(), z.number().int().nonnegative());
export const jsonValue: z.ZodType = z.json();

export const errorValue = z.object({
  code: z.enum(Object.keys(ERROR_EXIT) as [ErrorCode, ...ErrorCode[]]),
  message: z.string(),
  hint: z.string().optional(),
  where: z.string().optional(),
  details: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))
    .optional(),
});

export const errorEnvelope = z.object({ error: errorValue.extend({ requestId: z.string() }) });

export const page = {
  limit: z.number().int().min(1).max(1000).optional(),
  cursor: z.string().max(200).optional(),
};
export const empty = z.strictObject({});
export const onlyProject = z.strictObject({ project: projectRef });
