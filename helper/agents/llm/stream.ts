import { AkiosError } from '../../../shared/domain/errors.ts';
import type { JsonObject } from '../../../shared/domain/json.ts';
import type { ChatMessage } from './params.ts';
import type { ChatModel } from './providers.ts';

/** What one streamed call gave. Counts are null where the provider named none. */
export interface Answer {
  text: string;
  finish: string;
  tokensIn: number | null;
  tokensOut: number | null;
  cachedIn: number | null;
}

export interface CallOptions {
  messages: readonly ChatMessage[];
  maxOutputTokens: number;
  temperature: number | null;
  topP: number | null;
  stop: string[];
  json: boolean;
  schema: JsonObject | null;
  signal: AbortSignal;
}

const MAX_ANSWER_CHARS = 2_000_000;

type Prompt = Parameters<ChatModel['doStream']>[0]['prompt'];

/**
 * Streams one answer and puts it together. `onBytes` is called with the first piece: from then on
 * the provider has worked and may charge.
 * @throws what the SDK or the transport throws; `toProviderError` makes it typed
 */
export async function streamAnswer(
  model: ChatModel,
  options: CallOptions,
  onBytes: () => void,
): Promise<Answer> {
  const { stream } = await model.doStream({
    prompt: options.messages.map(toPart) as Prompt,
    maxOutputTokens: options.maxOutputTokens,
    abortSignal: options.signal,
    ...(options.temperature === null ? {} : { temperature: options.temperature }),
    ...(options.topP === null ? {} : { topP: options.topP }),
    ...(options.stop.length === 0 ? {} : { stopSequences: options.stop }),
    ...(options.json ? { responseFormat: jsonFormat(options.schema) } : {}),
  });
  const answer: Answer = {
    text: '',
    finish: 'none',
    tokensIn: null,
    tokensOut: null,
    cachedIn: null,
  };
  for await (const part of stream) {
    if (part.type === 'text-delta') {
      onBytes();
      answer.text += part.delta;
      if (answer.text.length > MAX_ANSWER_CHARS) {
        throw new AkiosError('ANSWER_TOO_LARGE', 'The answer is longer than 2,000,000 characters.');
      }
    } else if (part.type === 'reasoning-delta') onBytes();
    else if (part.type === 'error') throw part.error;
    else if (part.type === 'finish') {
      answer.finish = part.finishReason.unified;
      answer.tokensIn = countOf(part.usage.inputTokens.total);
      answer.tokensOut = countOf(part.usage.outputTokens.total);
      answer.cachedIn = countOf(part.usage.inputTokens.cacheRead);
    }
  }
  return answer;
}

function toPart(message: ChatMessage): object {
  if (message.role === 'system') return message;
  return { role: message.role, content: [{ type: 'text', text: message.content }] };
}

function jsonFormat(schema: JsonObject | null) {
  return schema === null
    ? ({ type: 'json' } as const)
    : ({ type: 'json', schema: schema as object, name: 'answer' } as const);
}

/** A count only if it is a sane whole number: usage is the provider's word, not a fact. */
function countOf(value: unknown): number | null {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) < 1e9
    ? (value as number)
    : null;
}
