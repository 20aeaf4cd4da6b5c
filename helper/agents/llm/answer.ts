import * as z from 'zod';
import { AkiosError } from '../../../shared/domain/errors.ts';
import type { Json, JsonObject } from '../../../shared/domain/json.ts';
import { type Micros, micros } from '../../../shared/domain/money.ts';
import { estimateCost } from '../../core/prices/prices.ts';
import { estimateTokens } from '../../core/prices/tokens.ts';
import type { ActionResult } from '../port.ts';
import type { LlmRequest } from './params.ts';
import type { CallPlan } from './plan.ts';

export interface Usage {
  tokensIn: number | null;
  tokensOut: number | null;
  cachedIn: number | null;
}

export interface RawAnswer {
  text: string;
  finish: string;
  output: JsonObject;
  usage: Usage;
  request?: LlmRequest;
}

/**
 * Settles and shapes one answer.
 * @throws AkiosError PROVIDER_FAILED with `details.costMicros` for what must still be paid
 */
export function answerWith(call: CallPlan, raw: RawAnswer): ActionResult {
  const text = withoutControls(raw.text);
  const settled = settle(call, text, raw.usage);
  const output: JsonObject = {
    text,
    ...raw.output,
    provider: call.provider.name,
    model: call.model,
    finish: raw.finish,
    truncated: raw.finish === 'length',
    tokens_in: settled.tokensIn,
    tokens_out: settled.tokensOut,
    usage_source: settled.source,
  };
  if (raw.request?.json) output['json'] = jsonOf(text, raw, settled);
  return {
    output,
    costMicros: settled.costMicros,
    overrunMicros: settled.overrunMicros,
    tokensIn: settled.tokensIn,
    tokensOut: settled.tokensOut,
  };
}

export interface Settled {
  tokensIn: number;
  tokensOut: number;
  costMicros: Micros;
  /** What the provider claims beyond the worst case of the call. */
  overrunMicros: Micros;
  source: 'provider' | 'estimated' | 'worst-case';
}

/**
 * What a call is charged. The provider's counts are used where they can be true: never below what
 * the text alone must have cost, never above what was reserved. A count that is missing or cannot
 * be true is replaced by the reserved worst case.
 */
export function settle(call: CallPlan, text: string, usage: Usage): Settled {
  if (call.provider.kind === 'builtin') {
    const tokensOut = estimateTokens(text);
    return {
      tokensIn: call.inputTokens,
      tokensOut,
      costMicros: estimateCost(call.price, { input: call.inputTokens, output: tokensOut }),
      overrunMicros: micros(0),
      source: 'estimated',
    };
  }
  const { tokensIn, tokensOut, cachedIn } = usage;
  const missing = tokensIn === null || tokensOut === null || (cachedIn ?? 0) > tokensIn;
  if (missing || tokensIn > call.maxInputTokens || tokensOut > call.maxOutput) {
    return {
      tokensIn: call.maxInputTokens,
      tokensOut: call.maxOutput,
      costMicros: call.cost.high,
      overrunMicros: claimedBeyond(call, usage),
      source: 'worst-case',
    };
  }
  const leastOut = Math.min(call.maxOutput, Math.ceil(text.length / CHARS_PER_TOKEN));
  const leastIn = Math.ceil(call.inputTokens / ESTIMATE_SLACK);
  const input = Math.max(tokensIn, leastIn);
  const output = Math.max(tokensOut, leastOut);
  const cached = cachedIn ?? 0;
  return {
    tokensIn: input,
    tokensOut: output,
    costMicros: estimateCost(call.price, { input, output, cached }),
    overrunMicros: micros(0),
    source: input === tokensIn && output === tokensOut ? 'provider' : 'estimated',
  };
}

/**
 * The claim above what was reserved, priced without any discount. A count that names no number
 * claims nothing; the worst case is charged for it as it is.
 */
function claimedBeyond(call: CallPlan, usage: Usage): Micros {
  const input = Math.max(usage.tokensIn ?? 0, call.maxInputTokens);
  const output = Math.max(usage.tokensOut ?? 0, call.maxOutput);
  const claimed = estimateCost(call.price, { input, output });
  return micros(Math.max(0, claimed - call.cost.high));
}

/** Real tokenizers reach about 4 to 5 characters a token on prose; 8 is out of reach. */
export const CHARS_PER_TOKEN = 8;
/** The estimate runs high by up to this factor. */
const ESTIMATE_SLACK = 4;

/** Control characters (C0 but for tab and line ends, DEL, C1) can rewrite a terminal or a log. */
function withoutControls(text: string): string {
  let out = '';
  let from = 0;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    const bad =
      (code < 0x20 && code !== 0x09 && code !== 0x0a && code !== 0x0d) ||
      (code >= 0x7f && code < 0xa0);
    if (bad) {
      out += text.slice(from, i);
      from = i + 1;
    }
  }
  return (out + text.slice(from)).toWellFormed();
}

function jsonOf(text: string, raw: RawAnswer, settled: Settled): Json {
  const fail = (reason: string) =>
    new AkiosError('PROVIDER_FAILED', `The answer is not the JSON that was asked for: ${reason}.`, {
      hint: 'Raise max_tokens if it was cut, or simplify the schema.',
      details: {
        costMicros: settled.costMicros,
        overrunMicros: settled.overrunMicros,
        tokensIn: settled.tokensIn,
        tokensOut: settled.tokensOut,
      },
    });
  if (raw.finish === 'length') throw fail('it was cut at the token limit');
  const fenced = /^\s*```(?:json)?\s*\n([\s\S]*?)\n?```\s*$/.exec(text);
  let value: Json;
  try {
    value = JSON.parse(fenced?.[1] ?? text) as Json;
  } catch (error) {
    if (error instanceof SyntaxError) throw fail('it cannot be parsed');
    throw error;
  }
  const schema = raw.request?.schema;
  if (!schema) return value;
  const checked = schemaOf(schema).safeParse(value);
  if (checked.success) return checked.data as Json;
  const issue = checked.error.issues[0];
  throw fail(`${issue?.path.join('.') || 'the value'} does not fit the schema`);
}

/** @throws AkiosError INPUT_INVALID for a schema that cannot be used, before any call is made */
export function schemaOf(schema: JsonObject): z.ZodType {
  try {
    return z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]);
  } catch (error) {
    throw new AkiosError('INPUT_INVALID', 'schema: is not a JSON Schema that can be checked.', {
      hint: 'Use type, properties, required, items, enum and the like of JSON Schema 2020-12.',
      cause: error,
    });
  }
}
