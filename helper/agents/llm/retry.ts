import { AkiosError } from '../../../shared/domain/errors.ts';
import type { EgressPolicy } from '../../cage/egress/port.ts';
import type { CircuitBreaker } from '../breaker.ts';
import type { ActionContext } from '../port.ts';
import { hopeless, type ProviderFault, toProviderError } from './faults.ts';
import { guardedFetch, IDLE_MS, MAX_RESPONSE_BYTES } from './guarded-fetch.ts';
import type { LlmClock } from './options.ts';
import type { LlmRequest } from './params.ts';
import type { CallPlan } from './plan.ts';
import { egressRulesOf } from './providers.ts';
import { type Answer, streamAnswer } from './stream.ts';

export interface RetryingCall {
  call: CallPlan;
  request: LlmRequest;
  key: string | null;
  context: ActionContext;
  breaker: CircuitBreaker;
  clock: LlmClock;
  retry: { tries: number; backoffMs: number; maxBackoffMs: number };
}

/**
 * Calls the provider until an answer is whole. Only a refusal before the provider worked is tried
 * again: once a piece of an answer came, another try could cost twice what was reserved.
 * @throws AkiosError; `details.costMicros` is set when the provider may charge all the same
 */
export async function callWithRetry(given: RetryingCall): Promise<Answer> {
  const { call, clock, context, retry, breaker } = given;
  const until = clock.now() + given.request.timeoutMs;
  for (let attempt = 1; ; attempt += 1) {
    admit(given);
    const result = await attemptOnce(given, Math.max(1, until - clock.now()));
    if ('answer' in result) {
      breaker.succeed();
      return result.answer;
    }
    const { fault, worked } = result;
    if (context.signal.aborted) {
      breaker.release();
      // The request may have arrived: the provider may charge for it.
      throw charged(cancelled(context.signal, call), call, true);
    }
    if (fault.countsForBreaker) breaker.fail();
    else breaker.release();
    const wait = waitBefore(fault, attempt, retry, clock);
    const again = fault.retryable && !worked && attempt < retry.tries;
    if (!again || clock.now() + wait >= until) throw charged(fault.error, call, worked);
    context.log(
      'stderr',
      `${call.provider.name}: ${fault.error.message} Trying again in ${wait} ms.`,
    );
    await clock.sleep(wait, context.signal).catch(() => {
      throw charged(cancelled(context.signal, call), call, false);
    });
  }
}

function admit({ breaker, call }: RetryingCall): void {
  try {
    breaker.admit();
  } catch (error) {
    throw error instanceof AkiosError ? charged(error, call, false) : error;
  }
}

type Attempt = { answer: Answer } | { fault: ProviderFault; worked: boolean };

async function attemptOnce(given: RetryingCall, leftMs: number): Promise<Attempt> {
  const { call, request, key, context, clock } = given;
  const name = call.provider.name;
  let worked = false;
  const deadline = AbortSignal.timeout(Math.ceil(leftMs));
  const signal = AbortSignal.any([context.signal, deadline]);
  try {
    const fetch = guardedFetch(context.egress.fetch(policyOf(call, context)), name, {
      maxBytes: MAX_RESPONSE_BYTES,
      idleMs: IDLE_MS,
    });
    const baseUrl = call.provider.baseUrl;
    const model = await call.provider.connect({ model: call.model, key, fetch, baseUrl });
    const answer = await streamAnswer(
      model,
      {
        messages: request.messages,
        maxOutputTokens: call.maxOutput,
        temperature: request.temperature,
        topP: request.topP,
        stop: request.stop,
        json: request.json,
        schema: request.schema,
        signal,
      },
      () => {
        worked = true;
      },
    );
    const unfinished = unfinishedFault(answer, name);
    return unfinished ? { fault: unfinished, worked: true } : { answer };
  } catch (thrown) {
    if (deadline.aborted && !context.signal.aborted) {
      const error = new AkiosError('TIMEOUT', `${name} gave no whole answer in time.`, {
        hint: 'Raise timeout (seconds, at most 300) or ask for a shorter answer.',
        details: { provider: name },
      });
      // It may be working on the answer still, and charge for it.
      return { fault: hopeless(error, true), worked: true };
    }
    const fault = toProviderError(thrown, name, clock.wall());
    return {
      fault,
      worked: worked || fault.mayCharge,
    };
  }
}

/** An answer counts only when the provider said that it ended, and how. */
function unfinishedFault(answer: Answer, provider: string): ProviderFault | null {
  if (answer.finish === 'stop' || answer.finish === 'length') return null;
  const filtered = answer.finish === 'content-filter';
  const error = new AkiosError(
    'PROVIDER_FAILED',
    filtered
      ? `${provider} declined to answer (content filter).`
      : `${provider} ended the answer before it was complete.`,
    {
      hint: filtered ? 'Change the prompt or the provider.' : 'The partial answer was discarded.',
      details: { provider, finish: answer.finish },
    },
  );
  return hopeless(error, !filtered);
}

/**
 * The provider's own host and port and nothing else, whatever the rest of the run may reach. The
 * quotas count over a whole run and are the run's own for other traffic: calls are bounded by money
 * and size, so theirs are wide and kept under a name of their own.
 */
function policyOf(call: CallPlan, context: ActionContext): EgressPolicy {
  return {
    run: `${context.run}/llm/${call.provider.name}`,
    rules: egressRulesOf(call.provider),
    maxConnections: 1_000_000,
    maxBytes: 64 * 1024 ** 3,
  };
}

function waitBefore(
  fault: ProviderFault,
  attempt: number,
  retry: RetryingCall['retry'],
  clock: LlmClock,
): number {
  const plain = Math.min(retry.backoffMs * 2 ** (attempt - 1), retry.maxBackoffMs);
  const jittered = Math.round(plain * (0.75 + clock.random() * 0.5));
  return Math.max(jittered, fault.retryAfterMs ?? 0);
}

function cancelled(signal: AbortSignal, call: CallPlan): AkiosError {
  if (signal.reason instanceof AkiosError) return signal.reason;
  return new AkiosError('CANCELLED', `The call to ${call.provider.name} was stopped.`, {
    details: { provider: call.provider.name },
  });
}

/**
 * Names what must be paid although the call failed: the reserved worst case where the provider may
 * have worked, nothing where it cannot have. An error that names no cost is charged in full.
 */
export function charged(error: AkiosError, call: CallPlan, worked: boolean): AkiosError {
  const bill = worked
    ? { costMicros: call.cost.high, tokensIn: call.maxInputTokens, tokensOut: call.maxOutput }
    : { costMicros: 0, tokensIn: 0, tokensOut: 0 };
  return new AkiosError(error.code, error.message, {
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    details: { ...error.details, ...bill },
  });
}
