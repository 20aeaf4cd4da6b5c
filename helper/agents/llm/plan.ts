import { AkiosError } from '../../../shared/domain/errors.ts';
import type { Micros } from '../../../shared/domain/money.ts';
import { estimateCost, type ModelPrice } from '../../core/prices/prices.ts';
import { estimateTokens, MESSAGE_OVERHEAD, maxTokens } from '../../core/prices/tokens.ts';
import type { LlmAgentOptions } from './options.ts';
import type { LlmRequest } from './params.ts';
import { BUILTIN_PROVIDER, loopbackUrl, type ProviderSpec } from './providers.ts';

/** Everything fixed about a call before it is decided on; the same for `describe` and `perform`. */
export interface CallPlan {
  provider: ProviderSpec;
  model: string;
  price: ModelPrice;
  /** Careful estimate of the prompt. */
  inputTokens: number;
  /** No tokenizer can count more than this. */
  maxInputTokens: number;
  maxOutput: number;
  cost: { low: Micros; likely: Micros; high: Micros };
}

export const DEFAULT_TOKENS_PER_CALL = 1000;
const MAX_PROMPT_CHARS = 100_000;
/** Templates that servers put around a conversation. */
const CALL_OVERHEAD = 64;

/**
 * Chooses provider and model, checks what is allowed, counts the prompt and prices the worst case.
 * @throws AkiosError DENIED, INPUT_INVALID, TOO_LARGE, BUDGET_EXCEEDED, PRICE_UNKNOWN
 */
export function planCall(
  request: LlmRequest,
  providers: ReadonlyMap<string, ProviderSpec>,
  options: LlmAgentOptions,
): CallPlan {
  const provider = chooseProvider(request, providers, options);
  const model = chooseModel(request, provider, options);
  const price = options.prices.find(provider.name, model);
  const text = request.messages.map((message) => message.content);
  const schema = request.schema === null ? '' : JSON.stringify(request.schema);
  const overhead = CALL_OVERHEAD + MESSAGE_OVERHEAD * text.length;
  const inputTokens = [...text, schema].reduce((sum, t) => sum + estimateTokens(t), 0) + overhead;
  // Some servers repeat the schema as text in the prompt, so it counts twice.
  const maxInput = [...text, schema, schema].reduce((sum, t) => sum + maxTokens(t), 0) + overhead;
  const maxOutput = outputBound(request, provider, inputTokens, options);
  const worst = Math.max(maxInput, inputTokens);
  return {
    provider,
    model,
    price,
    inputTokens,
    maxInputTokens: worst,
    maxOutput,
    cost: {
      low: estimateCost(price, { input: Math.ceil(inputTokens / 2), output: 1 }),
      likely: estimateCost(price, { input: inputTokens, output: Math.ceil(maxOutput / 2) }),
      high: estimateCost(price, { input: worst, output: maxOutput }),
    },
  };
}

function chooseProvider(
  request: LlmRequest,
  providers: ReadonlyMap<string, ProviderSpec>,
  options: LlmAgentOptions,
): ProviderSpec {
  const owner = request.model === null ? null : options.prices.providerOf(request.model);
  const name = options.builtinOnly
    ? BUILTIN_PROVIDER
    : (request.provider ?? owner ?? options.defaultProvider ?? BUILTIN_PROVIDER).toLowerCase();
  const provider = providers.get(ALIASES[name] ?? name);
  if (!provider) {
    throw new AkiosError('INPUT_INVALID', `Unknown model provider ${JSON.stringify(name)}.`, {
      hint: `Providers: ${[...providers.keys()].join(', ')}.`,
    });
  }
  const allowed = options.allowedProviders;
  if (allowed?.length && provider.kind !== 'builtin' && !allowed.includes(provider.name)) {
    throw new AkiosError('DENIED', `The provider ${provider.name} is not in allowed_providers.`, {
      hint: `Allowed: ${allowed.join(', ')}.`,
      details: { provider: provider.name, rule: 'allowed_providers' },
    });
  }
  if (options.localOnly && provider.kind === 'remote') {
    throw new AkiosError('DENIED', `local_only is on: ${provider.name} is not on this machine.`, {
      hint: 'Use provider: builtin, ollama or local.',
      details: { provider: provider.name, rule: 'local_only' },
    });
  }
  if (request.baseUrl === null || options.builtinOnly) return provider;
  if (provider.kind !== 'local') {
    throw new AkiosError('DENIED', `base_url may not be set for ${provider.name}.`, {
      hint: 'Keys and prompts go to the host of the provider and nowhere else. Use provider: local for a server on this machine.',
      details: { provider: provider.name, rule: 'base_url' },
    });
  }
  return { ...provider, baseUrl: loopbackUrl(request.baseUrl, provider.name) };
}

const ALIASES: Readonly<Record<string, string>> = {
  xai: 'grok',
  gemini: 'google',
  claude: 'anthropic',
  extractive: BUILTIN_PROVIDER,
};

function chooseModel(
  request: LlmRequest,
  provider: ProviderSpec,
  options: LlmAgentOptions,
): string {
  if (provider.kind === 'builtin') return provider.defaultModel;
  const fallback =
    options.defaultProvider === provider.name && options.defaultModel
      ? options.defaultModel
      : provider.defaultModel;
  const model = request.model ?? fallback;
  const allowed = options.allowedModels;
  if (allowed?.length && !allowed.includes(model)) {
    throw new AkiosError('DENIED', `The model ${model} is not in allowed_models.`, {
      hint: `Allowed: ${allowed.slice(0, 20).join(', ')}.`,
      details: { model, rule: 'allowed_models' },
    });
  }
  return model;
}

/**
 * The bound of the answer. The limit per call covers prompt and answer together; the built-in
 * provider makes no call, so only its answer is bounded.
 */
function outputBound(
  request: LlmRequest,
  provider: ProviderSpec,
  inputTokens: number,
  options: LlmAgentOptions,
): number {
  const limit = options.maxTokensPerCall ?? DEFAULT_TOKENS_PER_CALL;
  if (provider.kind === 'builtin') return Math.min(request.maxTokens ?? limit, limit);
  const chars = request.messages.reduce((sum, message) => sum + message.content.length, 0);
  if (chars > MAX_PROMPT_CHARS) {
    throw new AkiosError(
      'TOO_LARGE',
      `The prompt has ${chars} characters; at most 100,000 are sent.`,
      {
        hint: 'Summarise the document first, or work on it in parts.',
      },
    );
  }
  const left = limit - inputTokens;
  if (left < 1) {
    throw new AkiosError(
      'BUDGET_EXCEEDED',
      `The prompt takes about ${inputTokens} tokens; a call may use ${limit} for prompt and answer together.`,
      {
        hint: 'Shorten the prompt, or raise max_tokens_per_call in config.yaml.',
        details: { tokens: inputTokens, limit },
      },
    );
  }
  return Math.min(request.maxTokens ?? left, left);
}
