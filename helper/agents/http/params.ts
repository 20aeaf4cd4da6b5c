import * as z from 'zod';

const headerName = z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/);
const scalar = z.union([z.string(), z.number(), z.boolean()]);

export const httpParams = z.strictObject({
  url: z.string().min(8).max(8192).describe('https://host/path'),
  headers: z.record(headerName, z.string().max(8192)).optional(),
  params: z.record(z.string().max(256), scalar).optional().describe('Added to the query'),
  data: z.json().optional().describe('Text as it is; an object or list is sent as JSON'),
  auth: z
    .strictObject({
      type: z.enum(['bearer', 'basic']),
      secret: z
        .string()
        .regex(/^HTTP_[A-Z0-9_]{1,60}$/, 'names a secret that begins with HTTP_')
        .describe('Name in the secret store; the value never stands in a workflow'),
      user: z.string().max(256).optional(),
    })
    .optional(),
  timeout: z.number().min(0.1).max(300).optional().describe('Seconds; default 30'),
  max_redirects: z.number().int().min(0).max(10).optional().describe('Default 5'),
  raise_for_status: z
    .boolean()
    .optional()
    .describe('Default true: an answer of 400 or more fails the step'),
});
export type HttpParams = z.infer<typeof httpParams>;

/** `http.request` takes the method as a parameter too, in any case. */
export const anyMethodParams = httpParams.extend({ method: z.string().min(1).max(16) });
