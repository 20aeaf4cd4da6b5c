import { setTimeout as delay } from 'node:timers/promises';
import { AkiosError } from '../../../shared/domain/errors.ts';
import type { JsonObject } from '../../../shared/domain/json.ts';
import { priceNote } from '../../core/prices/prices.ts';
import { CircuitBreaker } from '../breaker.ts';
import type {
  ActionContext,
  ActionResult,
  Agent,
  AgentAction,
  EffectDescription,
} from '../port.ts';
import { answerWith, schemaOf } from './answer.ts';
import { extractSummary } from './extractive.ts';
import type { LlmAgentOptions, LlmClock } from './options.ts';
import { chatParams, completeParams, type LlmRequest, toRequest } from './params.ts';
import { type CallPlan, planCall } from './plan.ts';
import { BUILTIN_PROVIDER, providerTable } from './providers.ts';
import { callWithRetry, charged } from './retry.ts';

const SYSTEM_CLOCK: LlmClock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  random: Math.random,
  sleep: async (ms, signal) => {
    await delay(ms, undefined, { signal });
  },
};

/** The llm agent: `complete` (prompt) and `chat` (messages; alias `generate`). */
export function createLlmAgent(options: LlmAgentOptions): Agent {
  const clock = options.clock ?? SYSTEM_CLOCK;
  const providers = providerTable(options.localUrls);
  const breakers = new Map<string, CircuitBreaker>();
  const breakerOf = (provider: string): CircuitBreaker => {
    const known = breakers.get(provider);
    if (known) return known;
    const settings = { failures: 5, openMs: 30_000, ...options.breaker };
    const made = new CircuitBreaker(provider, { ...settings, now: () => clock.now() });
    breakers.set(provider, made);
    return made;
  };
  const plan = (params: JsonObject): { request: LlmRequest; call: CallPlan } => {
    const request = toRequest(params);
    if (request.schema !== null) schemaOf(request.schema);
    return { request, call: planCall(request, providers, options) };
  };
  const action = (
    name: string,
    aliases: readonly string[],
    params: AgentAction['params'],
  ): AgentAction => ({
    name,
    aliases,
    params,
    addressing: ['provider', 'model', 'base_url', 'api_key'],
    describe: (given) => describe(plan(given).call),
    perform: async (given, context) => {
      const { request, call } = plan(given);
      if (call.provider.name === BUILTIN_PROVIDER) return summarise(request, call);
      return await remote(request, call, context, breakerOf(call.provider.name), options, clock);
    },
  });
  return {
    name: 'llm',
    actions: [
      action('complete', [], completeParams as unknown as AgentAction['params']),
      action('chat', ['generate'], chatParams as unknown as AgentAction['params']),
    ],
  };
}

function describe(call: CallPlan): EffectDescription {
  const { provider, model } = call;
  const away = provider.kind === 'remote';
  const note = priceNote(call.price);
  return {
    gate: 'llm',
    action: 'complete',
    target: `${provider.name}/${model}`,
    reversibility: away ? 'none' : 'full',
    idempotent: true,
    sideEffects: away
      ? `The redacted prompt leaves this machine for ${new URL(provider.baseUrl).host}.`
      : provider.kind === 'local'
        ? 'The redacted prompt goes to a model server on this machine.'
        : 'None: sentences are chosen inside the helper.',
    cost: call.cost,
    tokens: { input: call.inputTokens, maxOutput: call.maxOutput },
    ...(note === null ? {} : { note }),
  };
}

function summarise(request: LlmRequest, call: CallPlan): ActionResult {
  if (request.json) {
    throw new AkiosError(
      'UNSUPPORTED',
      'The built-in provider chooses sentences; it cannot write JSON.',
      {
        hint: 'Set provider to a language model for format: json or schema.',
      },
    );
  }
  const spoken = request.messages.filter((message) => message.role !== 'system');
  const prompt = spoken.map((message) => message.content).join('\n\n');
  const extract = extractSummary(prompt, call.maxOutput);
  return answerWith(call, {
    text: extract.text,
    finish: 'stop',
    output: {
      method: 'extractive summary (TextRank): every sentence stands in the prompt',
      sentences: extract.chosen,
      sentences_of: extract.of,
    },
    usage: { tokensIn: null, tokensOut: null, cachedIn: null },
  });
}

async function remote(
  request: LlmRequest,
  call: CallPlan,
  context: ActionContext,
  breaker: CircuitBreaker,
  options: LlmAgentOptions,
  clock: LlmClock,
): Promise<ActionResult> {
  const key = keyFor(request, call, context);
  const answer = await callWithRetry({
    call,
    request,
    key,
    context,
    breaker,
    clock,
    retry: { tries: 3, backoffMs: 1000, maxBackoffMs: 30_000, ...options.retry },
  });
  const { text, finish, ...usage } = answer;
  // A server that echoes what it was sent must not put the key into the run's data.
  const safe = key === null ? text : text.replaceAll(key, '«API_KEY»');
  return answerWith(call, { text: safe, finish, output: {}, usage, request });
}

/** The key of the provider, from the secret store only, under one of the provider's own names. */
function keyFor(request: LlmRequest, call: CallPlan, context: ActionContext): string | null {
  const { keyNames, name, kind } = call.provider;
  if (kind === 'local') return null;
  if (request.keyName !== null && !keyNames.includes(request.keyName)) {
    const denied = new AkiosError(
      'DENIED',
      `The secret ${request.keyName} is not a key of ${name}.`,
      {
        hint: `${name} is given ${keyNames.join(' or ')} and nothing else.`,
      },
    );
    throw charged(denied, call, false);
  }
  const wanted = request.keyName === null ? keyNames : [request.keyName];
  const key = wanted.map((n) => context.secret(n)?.trim()).find((value) => value);
  if (key && /^[\x21-\x7e]{8,4096}$/.test(key)) return key;
  const unusable = new AkiosError(
    'PROVIDER_UNAVAILABLE',
    key ? `The key stored for ${name} is not a key.` : `No key for ${name} is set.`,
    {
      hint: `Set ${keyNames[0]} with \`akios setup\` or in .env; or use provider: builtin, which needs none.`,
      details: { provider: name },
    },
  );
  throw charged(unusable, call, false);
}
