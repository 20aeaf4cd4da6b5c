import { AkiosError, type ErrorCode } from '../../shared/domain/errors.ts';
import type { JsonObject } from '../../shared/domain/json.ts';
import { MAX_MICROS, type Micros, micros } from '../../shared/domain/money.ts';
import type {
  ActionContext,
  ActionResult,
  AgentAction,
  EffectDescription,
} from '../agents/port.ts';
import type { SettleBasis } from '../core/gate/machine.ts';

/** Time an agent gets to notice that it was stopped before its effect counts as in doubt. */
const STOP_GRACE_MS = 400;

/**
 * Begins the effect at once (no await before `perform`) and ends waiting at the time-out or when
 * the run is stopped, whatever the agent does.
 */
export function performBounded(
  action: AgentAction,
  params: JsonObject,
  context: ActionContext,
  timeoutMs: number,
): Promise<ActionResult> {
  const timeout = new AbortController();
  const signal = AbortSignal.any([context.signal, timeout.signal]);
  const late = new AkiosError('TIMEOUT', `The step did not end within ${timeoutMs} ms.`, {
    hint: 'Raise `timeout` of the step if it needs longer.',
  });
  const timer = setTimeout(() => timeout.abort(late), timeoutMs);
  const stopped = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => {
      setTimeout(() => reject(new StoppedEffect(signal.reason)), STOP_GRACE_MS).unref();
    });
  });
  const work = begin(action, params, { ...context, signal }).catch((error: unknown) => {
    // Whatever an agent says after it was stopped, what it did until then is not certain.
    throw signal.aborted ? new StoppedEffect(signal.reason) : error;
  });
  return Promise.race([work, stopped]).finally(() => clearTimeout(timer));
}

async function begin(
  action: AgentAction,
  params: JsonObject,
  context: ActionContext,
): Promise<ActionResult> {
  return await action.perform(params, context);
}

/** The effect was cut off: it may have happened wholly, partly or not at all. */
export class StoppedEffect extends AkiosError {
  constructor(reason: unknown) {
    const error = errorOf(reason, new AkiosError('RUN_KILLED', 'The run was stopped.'));
    super(error.code, error.message, {
      ...(error.hint ? { hint: error.hint } : {}),
      cause: reason,
    });
  }
}

/** Codes that say nothing about how far the effect came. */
const UNCERTAIN: ReadonlySet<ErrorCode> = new Set([
  'INTERNAL',
  'TIMEOUT',
  'CANCELLED',
  'RUN_KILLED',
  'CAGE_FAILED',
]);

/** True when nobody can say whether the effect happened. Repeating an idempotent one does no harm. */
export function isDoubtful(error: unknown, idempotent: boolean): boolean {
  if (error instanceof StoppedEffect) return true;
  if (!(error instanceof AkiosError)) return true;
  return UNCERTAIN.has(error.code) && !idempotent;
}

/**
 * What to charge. A result or an error that names no cost is charged in full: a missing or
 * nonsensical usage field never makes a call free.
 */
export function costOf(
  basis: SettleBasis,
  result: ActionResult | null,
  error: AkiosError | null,
  reserved: Micros,
): Micros {
  if (basis === 'none') return micros(0);
  if (basis === 'worst') return reserved;
  const named = result ? result.costMicros : error?.details?.['costMicros'];
  const usable = typeof named === 'number' && Number.isSafeInteger(named) && named >= 0;
  return usable && named <= MAX_MICROS ? micros(named) : reserved;
}

/** What the other side claims beyond the bounds of the call, as the agent has found. */
export function overrunOf(result: ActionResult | null, error: AkiosError | null): Micros {
  const named = result ? result.overrunMicros : error?.details?.['overrunMicros'];
  const usable = typeof named === 'number' && Number.isSafeInteger(named) && named > 0;
  return micros(usable ? Math.min(named, MAX_MICROS) : 0);
}

export function errorOf(thrown: unknown, otherwise: AkiosError): AkiosError {
  return thrown instanceof AkiosError ? thrown : otherwise;
}

/** What a person is asked; parameters are redacted already and cut to a readable length. */
export function messageFor(agent: string, what: EffectDescription, params: JsonObject): string {
  const shown = JSON.stringify(params);
  const cut = shown.length > 1500 ? `${shown.slice(0, 1500)} …` : shown;
  return `${agent} wants to ${what.action} ${what.target}. ${what.sideEffects} Parameters: ${cut}`;
}
