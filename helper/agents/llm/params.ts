import * as z from 'zod';
import type { JsonObject } from '../../../shared/domain/json.ts';

const NO_KEY =
  'a key may not stand in a workflow; put it into .env, or write ${PROVIDER_API_KEY} alone';

/** Ids of models are put into URLs by some providers: no dots in a row, no spaces, no escapes. */
const modelId = z
  .string()
  .regex(/^(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9._:@/-]{0,119}$/, 'is not a model id');

const message = z.strictObject({
  role: z.enum(['system', 'user', 'assistant']),
  content: z.string().max(1_000_000),
});

const shared = {
  provider: z.string().min(1).max(40).optional(),
  model: modelId.optional(),
  /** Accepted only as the name of a key in the secret store; see `keyReference`. */
  api_key: z
    .string()
    .regex(/^\$\{[A-Z][A-Z0-9_]{0,63}\}$/, NO_KEY)
    .optional(),
  system: z.string().max(100_000).optional(),
  max_tokens: z.number().int().min(1).max(1_000_000).optional(),
  temperature: z.number().min(0).max(2).optional(),
  top_p: z.number().min(0).max(1).optional(),
  stop: z.array(z.string().min(1).max(100)).max(4).optional(),
  base_url: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe('Where a local server listens (ollama, local); a loopback address'),
  timeout: z.number().min(1).max(300).optional().describe('Seconds'),
  format: z.enum(['text', 'json']).optional(),
  schema: z.record(z.string(), z.json()).optional().describe('JSON Schema of the answer'),
};

export const completeParams = z.strictObject({
  ...shared,
  prompt: z.string().min(1).max(1_000_000),
});

export const chatParams = z
  .strictObject({
    ...shared,
    prompt: z.string().min(1).max(1_000_000).optional(),
    messages: z.array(message).min(1).max(200).optional(),
  })
  .refine((p) => (p.prompt === undefined) !== (p.messages === undefined), {
    message: 'give either prompt or messages',
  });

export interface ChatMessage {
  role: 'system' | 'user' | 'assistant';
  content: string;
}

/** Both actions in one shape. */
export interface LlmRequest {
  provider: string | null;
  model: string | null;
  keyName: string | null;
  messages: ChatMessage[];
  maxTokens: number | null;
  temperature: number | null;
  topP: number | null;
  stop: string[];
  /** Of a local server; not checked yet. */
  baseUrl: string | null;
  timeoutMs: number;
  json: boolean;
  schema: JsonObject | null;
}

/** @param params as the schema of either action left them */
export function toRequest(params: JsonObject): LlmRequest {
  const p = params as z.infer<typeof chatParams>;
  const messages: ChatMessage[] = p.messages ?? [{ role: 'user', content: p.prompt ?? '' }];
  const schema = (p.schema as JsonObject | undefined) ?? null;
  return {
    provider: p.provider ?? null,
    model: p.model ?? null,
    keyName: p.api_key?.slice(2, -1) ?? null,
    messages:
      p.system === undefined ? messages : [{ role: 'system', content: p.system }, ...messages],
    maxTokens: p.max_tokens ?? null,
    temperature: p.temperature ?? null,
    topP: p.top_p ?? null,
    stop: p.stop ?? [],
    baseUrl: p.base_url ?? null,
    timeoutMs: (p.timeout ?? 60) * 1000,
    json: p.format === 'json' || schema !== null,
    schema,
  };
}
