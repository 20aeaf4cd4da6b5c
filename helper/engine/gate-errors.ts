import { AkiosError, type ErrorCode } from '../../shared/domain/errors.ts';
import type { EffectDescription } from '../agents/port.ts';
import type { Config } from '../core/config/fields.ts';
import { BUILT_IN_PROVIDERS } from '../core/policy/builtin.ts';
import type { EffectRequest } from './gate-types.ts';
import type { CageProof, TextRedactor } from './port.ts';
import { escapeControl, prepared, redactJson, redactText } from './redaction.ts';

/** Messages of providers and programs may quote what they were given. */
export function cleanError(
  error: AkiosError,
  redactor: TextRedactor | null,
  scrub: (text: string) => string,
): AkiosError {
  const clean = (text: string): string =>
    escapeControl(redactor ? redactText(redactor, scrub(text)) : scrub(text));
  return new AkiosError(error.code, clean(error.message), {
    ...(error.hint === undefined ? {} : { hint: clean(error.hint) }),
    ...(error.where === undefined ? {} : { where: clean(error.where) }),
    ...(error.details === undefined
      ? {}
      : { details: redactor ? redactJson(redactor, error.details).value : error.details }),
  });
}

/** `cleanError` with every detector that the settings name. Throws REDACTION_FAILED. */
export async function cleanErrorFully(
  error: AkiosError,
  redactor: TextRedactor | null,
  scrub: (text: string) => string,
): Promise<AkiosError> {
  if (redactor === null) return cleanError(error, null, scrub);
  const { message, hint, where, details } = error;
  const texts = [message, hint ?? '', where ?? ''].map(scrub);
  return cleanError(error, await prepared(redactor, [...texts, details ?? {}]), scrub);
}

/** The target as it may be shown. */
export async function safeTarget(
  request: EffectRequest,
  target: string | null,
  redactor: TextRedactor | null,
): Promise<string> {
  const name = `${request.agent}.${request.action.name}`;
  const text = target ?? name;
  if (!redactor) return escapeControl(text).slice(0, 1000);
  try {
    return escapeControl(redactText(await prepared(redactor, text), text)).slice(0, 1000);
  } catch (error) {
    // The scanner is the failing part and the row must still be written, so the target goes.
    if (error instanceof AkiosError) return `${name} (target withheld)`;
    throw error;
  }
}

/** Tokens are bounded per call whatever they cost; a free local model counts, too. */
export function refuseTooManyTokens(what: EffectDescription, config: Config): void {
  const { tokens } = what;
  if (!tokens || BUILT_IN_PROVIDERS.has(what.target.split('/')[0] ?? '')) return;
  const { max_input_tokens: maxInput, max_tokens_per_call: maxCall } = config;
  const total = tokens.input + tokens.maxOutput;
  if (total <= maxCall && (maxInput === undefined || tokens.input <= maxInput)) return;
  throw new AkiosError(
    'BUDGET_EXCEEDED',
    `The call may use ${total} tokens (${tokens.input} in).`,
    {
      hint: 'Shorten the prompt, or raise max_tokens_per_call or max_input_tokens in config.yaml.',
      details: { tokens: total, max_tokens_per_call: maxCall, max_input_tokens: maxInput ?? null },
    },
  );
}

export function shortOfMoney(answer: {
  scope: string;
  limit: number;
  remaining: number;
  need: number;
  overrun: number;
}): AkiosError {
  if (answer.overrun > 0) return overrunError(answer.scope, answer.overrun);
  return new AkiosError(
    'BUDGET_EXCEEDED',
    `This call could cost more than is left of the budget ${answer.scope}.`,
    {
      hint: 'Raise the budget in the workflow or in config.yaml, or shorten the prompt.',
      details: {
        scope: answer.scope,
        limit_micros: answer.limit,
        remaining_micros: answer.remaining,
        needed_micros: answer.need,
      },
    },
  );
}

/** A call claimed more than its bounds allow; nothing more is paid in the same name. */
export function overrunError(scope: string, overrun: number): AkiosError {
  return new AkiosError(
    'BUDGET_EXCEEDED',
    `A call claimed more than the worst case that was reserved for it; the budget ${scope} is closed.`,
    {
      hint: "Compare the provider's bill with the ledger (budget.overrun). Raising the limit of this budget opens it again.",
      details: { scope, overrun_micros: overrun },
    },
  );
}

export function notProved(proof: CageProof): AkiosError {
  return new AkiosError(
    proof.code ?? 'CAGE_DOWN',
    `The cage is not proved up. ${proof.reasons[0] ?? 'The reason is unknown.'}`,
    { hint: 'Raise it with `akios cage up`; `akios cage status` names the failing probe.' },
  );
}

export function cancelled(): AkiosError {
  return new AkiosError('CANCELLED', 'The run was stopped before this effect.');
}

export function messageOf(code: ErrorCode): string {
  if (code === 'REDACTION_FAILED')
    return 'The scan for personal data failed, so the text is withheld.';
  if (code.startsWith('LEDGER'))
    return 'The audit ledger could not be written, so the run stops here.';
  return 'The gate stopped this effect.';
}
