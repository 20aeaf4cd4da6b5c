import {
  AkiosError,
  type ErrorCode,
  type ErrorValue,
  toErrorValue,
} from '../../shared/domain/errors.ts';

const STATUS: Partial<Record<ErrorCode, number>> = {
  USAGE: 400,
  INPUT_INVALID: 400,
  CONFIG_INVALID: 422,
  POLICY_INVALID: 422,
  WORKFLOW_INVALID: 422,
  FILE_NOT_FOUND: 404,
  PROJECT_NOT_FOUND: 404,
  RUN_NOT_FOUND: 404,
  RECORD_NOT_FOUND: 404,
  NOT_FOUND: 404,
  DENIED: 403,
  FORBIDDEN: 403,
  NET_DENIED: 403,
  LEGAL_HOLD: 403,
  UNAUTHENTICATED: 401,
  CONFLICT: 409,
  RUNS_LIVE: 409,
  LEDGER_LOCKED: 409,
  CAGE_DOWN: 409,
  CAGE_UNPROVED: 409,
  BUDGET_EXCEEDED: 409,
  PRICE_UNKNOWN: 409,
  RATE_LIMITED: 429,
  TOO_LARGE: 413,
  ANSWER_TOO_LARGE: 502,
  PROVIDER_FAILED: 502,
  REMOTE_STATUS: 502,
  TIMEOUT: 504,
  HELPER_VERSION: 426,
  LEDGER_UNAVAILABLE: 503,
  INDEX_BUILDING: 503,
  DISK_FULL: 507,
  PROVIDER_UNAVAILABLE: 503,
  HELPER_UNREACHABLE: 503,
  UNSUPPORTED: 501,
};

export function statusOf(code: ErrorCode): number {
  return STATUS[code] ?? 500;
}

export interface Envelope {
  status: number;
  body: { error: ErrorValue & { requestId: string } };
}

/** The one error form of the API. */
export function envelope(thrown: unknown, requestId: string): Envelope {
  const error = toErrorValue(thrown);
  return { status: statusOf(error.code), body: { error: { ...error, requestId } } };
}

/** Faults of the HTTP layer itself (bad JSON, too large, unknown route), as typed errors. */
export function httpFault(thrown: unknown): unknown {
  const code = (thrown as { code?: unknown } | null)?.code;
  if (thrown instanceof AkiosError || typeof code !== 'string') return thrown;
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new AkiosError('TOO_LARGE', 'The request body is too large.');
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new AkiosError(
        'INPUT_INVALID',
        'The body must be JSON (content-type application/json).',
      );
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
    case 'FST_ERR_BAD_URL':
      return new AkiosError('INPUT_INVALID', 'The request is malformed.', { cause: thrown });
    default:
      return thrown;
  }
}
