import type * as z from 'zod';
import type { ErrorCode } from '../domain/errors.ts';
import type { Role } from '../domain/states.ts';

export type CallKind = 'query' | 'command' | 'stream' | 'attach';
export type HttpMethod = 'GET' | 'POST' | 'DELETE' | 'PUT';

/**
 * One capability. REST routes, the OpenAPI document, the IPC allow-list, the typed client,
 * `--json` shapes and the role matrix all derive from the table of these.
 */
export interface CallDef<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> {
  /** query: no effect. command: changes something. stream: server-sent events. attach: raw framed byte stream after an HTTP upgrade. */
  kind: CallKind;
  method: HttpMethod;
  /** Below `/api/v1`. `:name` parts are taken from the input field of that name. */
  path: string;
  /** Who may call it. Anyone not listed gets FORBIDDEN. */
  roles: readonly Role[];
  input: I;
  output: O;
  errors: readonly ErrorCode[];
  /** Whether calling it leaves a ledger row: never, always, or an intent before and an outcome after. */
  audit: 'none' | 'row' | 'intent';
  summary: string;
}

export function call<I extends z.ZodType, O extends z.ZodType>(def: CallDef<I, O>): CallDef<I, O> {
  return def;
}

export const EVERYONE = [
  'viewer',
  'analyst',
  'developer',
  'approver',
  'compliance',
  'admin',
] as const satisfies readonly Role[];
export const DEVELOPERS = ['developer', 'admin'] as const satisfies readonly Role[];
export const READERS = [
  'analyst',
  'developer',
  'compliance',
  'admin',
] as const satisfies readonly Role[];
export const AUDITORS = ['compliance', 'admin', 'developer'] as const satisfies readonly Role[];
