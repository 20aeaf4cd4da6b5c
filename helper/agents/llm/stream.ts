import type { JsonObject } from '../../../shared/domain/json.ts';
import { CHARS_PER_TOKEN } from './answer.ts';
import type { ChatMessage } from './params.ts';
import type { ChatModel } from './providers.ts';

/** What one streamed call gave. Counts are null where the provider named none. */
export interface Answer {
  text: string;
  finish: string;
  /** We stopped reading, because more came than `maxOutputTokens` can hold. */
  cut: boolean;
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
    cut: false,
    tokensIn: null,
    tokensOut: null,
    cachedIn: null,
  };
  // What is not shown is paid, too: thoughts count like the answer.
  const most = Math.min(MAX_ANSWER_CHARS, (options.maxOutputTokens + 1) * CHARS_PER_TOKEN);
  let chars = 0;
  for await (const part of stream) {
    if (part.type === 'text-delta' || part.type === 'reasoning-delta') {
      onBytes();
      chars += part.delta.length;
      if (part.type === 'text-delta') answer.text += part.delta;
      if (chars > most) {
        // Leaving the loop ends the connection; the provider ignores the bound it was given.
        return { ...answer, text: answer.text.slice(0, most), finish: 'length', cut: true };
      }
    } else if (part.type === 'error') throw part.error;
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

/** A claim beyond this is a lie whatever the model; it stays far above every bound of a call. */
const MAX_CLAIM = 1e9;

/** A count only if it is a whole number: usage is the provider's word, not a fact. */
function countOf(value: unknown): number | null {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0) return null;
  return Math.min(value, MAX_CLAIM);
}
