/**
 * Every failure that reaches a person or a program is one of these codes.
 * The exit codes are the product's published table; `audit verify` alone keeps its own four.
 */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  denied: 3,
  notFound: 4,
  integrity: 5,
  unreachable: 6,
  rollbackIncomplete: 7,
  stopped: 8,
  cageUnproved: 9,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export const ERROR_EXIT = {
  USAGE: EXIT.usage,
  INPUT_INVALID: EXIT.usage,
  CONFIG_INVALID: EXIT.usage,
  POLICY_INVALID: EXIT.usage,
  WORKFLOW_INVALID: EXIT.usage,
  FILE_NOT_FOUND: EXIT.notFound,
  PROJECT_NOT_FOUND: EXIT.notFound,
  RUN_NOT_FOUND: EXIT.notFound,
  RECORD_NOT_FOUND: EXIT.notFound,
  NOT_FOUND: EXIT.notFound,
  DENIED: EXIT.denied,
  FORBIDDEN: EXIT.denied,
  UNAUTHENTICATED: EXIT.denied,
  NET_DENIED: EXIT.denied,
  CONFLICT: EXIT.failed,
  RATE_LIMITED: EXIT.failed,
  TOO_LARGE: EXIT.usage,
  ANSWER_TOO_LARGE: EXIT.failed,
  TIMEOUT: EXIT.failed,
  CANCELLED: EXIT.interrupted,
  STEP_FAILED: EXIT.failed,
  CONDITION_INVALID: EXIT.failed,
  PROVIDER_FAILED: EXIT.failed,
  PROVIDER_UNAVAILABLE: EXIT.failed,
  REMOTE_STATUS: EXIT.failed,
  REDACTION_FAILED: EXIT.failed,
  LEDGER_UNAVAILABLE: EXIT.failed,
  LEDGER_BROKEN: EXIT.integrity,
  LEDGER_LOCKED: EXIT.failed,
  DISK_FULL: EXIT.failed,
  INDEX_BUILDING: EXIT.failed,
  HELPER_UNREACHABLE: EXIT.unreachable,
  HELPER_VERSION: EXIT.unreachable,
  CAGE_DOWN: EXIT.unreachable,
  CAGE_UNPROVED: EXIT.cageUnproved,
  CAGE_FAILED: EXIT.cageUnproved,
  BUDGET_EXCEEDED: EXIT.stopped,
  PRICE_UNKNOWN: EXIT.stopped,
  LOOP_DETECTED: EXIT.stopped,
  RUN_KILLED: EXIT.interrupted,
  ROLLBACK_INCOMPLETE: EXIT.rollbackIncomplete,
  RUNS_LIVE: EXIT.failed,
  LEGAL_HOLD: EXIT.denied,
  UNSUPPORTED: EXIT.usage,
  INTERNAL: EXIT.failed,
} as const satisfies Record<string, ExitCode>;

export type ErrorCode = keyof typeof ERROR_EXIT;

/** The wire form. `where` is file:line:col or a field path; `details` never holds personal data. */
export interface ErrorValue {
  code: ErrorCode;
  message: string;
  hint?: string | undefined;
  where?: string | undefined;
  details?: Record<string, string | number | boolean | null> | undefined;
}

export type Result<T> = { ok: true; value: T } | { ok: false; error: ErrorValue };

export interface ErrorExtras {
  hint?: string;
  where?: string;
  details?: Record<string, string | number | boolean | null>;
  cause?: unknown;
}

/** The one error class. Anything else that is thrown is a bug and becomes INTERNAL at the edge. */
export class AkiosError extends Error {
  override readonly name = 'AkiosError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly where: string | undefined;
  readonly details: Record<string, string | number | boolean | null> | undefined;

  constructor(code: ErrorCode, message: string, extras: ErrorExtras = {}) {
    super(message, extras.cause === undefined ? undefined : { cause: extras.cause });
    this.code = code;
    this.hint = extras.hint;
    this.where = extras.where;
    this.details = extras.details;
  }

  toValue(): ErrorValue {
    return {
      code: this.code,
      message: this.message,
      ...(this.hint === undefined ? {} : { hint: this.hint }),
      ...(this.where === undefined ? {} : { where: this.where }),
      ...(this.details === undefined ? {} : { details: this.details }),
    };
  }

  static fromValue(value: ErrorValue): AkiosError {
    return new AkiosError(value.code, value.message, {
      ...(value.hint === undefined ? {} : { hint: value.hint }),
      ...(value.where === undefined ? {} : { where: value.where }),
      ...(value.details === undefined ? {} : { details: value.details }),
    });
  }
}

/** What the system and the database say when there is no room, wherever it happens. */
const FULL: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT', 'SQLITE_FULL']);

/** Turns anything thrown into a value without carrying an unknown message (it could hold data). */
export function toErrorValue(thrown: unknown): ErrorValue {
  if (thrown instanceof AkiosError) return thrown.toValue();
  if (thrown instanceof Error && 'code' in thrown && FULL.has(thrown.code)) {
    return {
      code: 'DISK_FULL',
      message: 'The disk is full. The action was not finished.',
      hint: 'Free space, then try again.',
    };
  }
  return {
    code: 'INTERNAL',
    message: 'An unexpected fault stopped this action. Nothing was done past this point.',
    hint: 'Run `akios doctor` and report the helper log line with the same time.',
  };
}

export function exitCodeOf(code: ErrorCode): ExitCode {
  return ERROR_EXIT[code];
}
