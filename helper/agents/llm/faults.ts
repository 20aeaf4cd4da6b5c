import { AkiosError } from '../../../shared/domain/errors.ts';

/** Status codes after which the same call may succeed. */
const RETRYABLE: ReadonlySet<number> = new Set([408, 409, 425, 429, 500, 502, 503, 504, 529]);

export interface ProviderFault {
  error: AkiosError;
  /** The provider refused before it worked: trying again can help and is not charged. */
  retryable: boolean;
  retryAfterMs: number | null;
  /** Says that the service is ill, as opposed to a bad request. */
  countsForBreaker: boolean;
  /** The request may have been worked on although no answer came. */
  mayCharge: boolean;
}

/** A fault that another try would not cure, after the provider may have worked. */
export function hopeless(error: AkiosError, countsForBreaker: boolean): ProviderFault {
  return { error, retryable: false, retryAfterMs: null, countsForBreaker, mayCharge: true };
}

/**
 * Turns anything a call threw into a typed error. Nothing a server wrote is repeated: error bodies
 * have been seen to hold the key and the prompt. For the same reason no cause is kept.
 */
export function toProviderError(thrown: unknown, provider: string, now: number): ProviderFault {
  const inner = findAkiosError(thrown);
  if (inner) {
    const ill = inner.code === 'TIMEOUT' || inner.code === 'ANSWER_TOO_LARGE';
    return { ...hopeless(inner, ill), mayCharge: ill };
  }
  const status = statusOf(thrown);
  const details = { provider, ...(status === null ? {} : { status }) };
  if (status !== null) {
    return {
      error: statusError(provider, status, details),
      retryable: RETRYABLE.has(status),
      retryAfterMs: retryAfterOf(thrown, now),
      countsForBreaker: status === 429 || status >= 500,
      mayCharge: false,
    };
  }
  const code = networkCode(thrown);
  const untrusted = code !== null && /CERT|TLS|VERIFY/.test(code);
  const notSent = untrusted || (code !== null && NOT_SENT.test(code));
  const error = new AkiosError(
    'PROVIDER_FAILED',
    code === null
      ? `${provider} sent an answer that could not be understood.`
      : notSent
        ? `${provider} could not be reached.`
        : `The connection to ${provider} broke.`,
    {
      hint:
        code === null
          ? 'The answer was discarded. Try again or choose another provider.'
          : LOCAL.has(provider)
            ? 'Start the model server on this machine and check its address.'
            : 'Check the network and the status page of the provider.',
      details: code === null ? details : { ...details, network: code },
    },
  );
  return {
    error,
    retryable: notSent && !untrusted,
    retryAfterMs: null,
    countsForBreaker: true,
    mayCharge: !notSent,
  };
}

function statusError(
  provider: string,
  status: number,
  details: Record<string, string | number>,
): AkiosError {
  if (status === 401 || status === 403) {
    return new AkiosError('PROVIDER_FAILED', `${provider} refused the key (${status}).`, {
      hint: `Set a valid key for ${provider} with \`akios setup\` or in .env.`,
      details,
    });
  }
  if (status === 429) {
    return new AkiosError('RATE_LIMITED', `${provider} allows no more calls for now (429).`, {
      hint: 'Wait, or ask the provider for a higher limit.',
      details,
    });
  }
  return new AkiosError('PROVIDER_FAILED', `${provider} answered with status ${status}.`, {
    hint:
      status === 404
        ? 'Check the name of the model.'
        : status >= 500
          ? 'The provider has a fault; try again later.'
          : 'The provider did not accept the request; check model and parameters.',
    details,
  });
}

function findAkiosError(thrown: unknown): AkiosError | null {
  let at = thrown;
  for (let depth = 0; depth < 6 && at instanceof Error; depth += 1) {
    if (at instanceof AkiosError) return at;
    at = at.cause;
  }
  return null;
}

function statusOf(thrown: unknown): number | null {
  if (!(thrown instanceof Error) || !('statusCode' in thrown)) return null;
  const status = thrown.statusCode;
  // An answer of 200 that could not be parsed is not a status error.
  return typeof status === 'number' && status >= 300 ? status : null;
}

/** Delay-seconds or an HTTP date. */
function retryAfterOf(thrown: unknown, now: number): number | null {
  const headers = (thrown as { responseHeaders?: Record<string, string> }).responseHeaders;
  const value = headers?.['retry-after']?.trim();
  if (!value) return null;
  if (/^\d{1,7}(?:\.\d{1,3})?$/.test(value)) return Math.round(Number(value) * 1000);
  const date = Date.parse(value);
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}

const LOCAL: ReadonlySet<string> = new Set(['ollama', 'local']);

/** The request cannot have arrived. Anything else may have been worked on, and charged. */
const NOT_SENT =
  /^(?:ECONNREFUSED|ENOTFOUND|EAI_\w+|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT)$/;
const NETWORK_CODE =
  /^(?:E[A-Z_]{3,20}|UND_ERR_[A-Z_]{3,40}|ERR_TLS_[A-Z_]{3,40}|[A-Z_]*(?:CERT|VERIFY)[A-Z_]*)$/;

function networkCode(thrown: unknown): string | null {
  let at = thrown;
  for (let depth = 0; depth < 6 && at instanceof Error; depth += 1) {
    const code = 'code' in at ? at.code : undefined;
    if (typeof code === 'string' && NETWORK_CODE.test(code)) return code;
    at = at.cause;
  }
  return null;
}
