import { AkiosError, type ErrorCode } from '../../../shared/domain/errors.ts';
import type { RunState } from '../../../shared/domain/states.ts';
import type { LoopFinding } from '../../core/budget/loop.ts';

/** No `on_error` of a workflow can pass these over: they are decisions of the cage. */
const ABORTS: ReadonlySet<ErrorCode> = new Set([
  'DENIED',
  'NET_DENIED',
  'FORBIDDEN',
  'REDACTION_FAILED',
  'LEDGER_UNAVAILABLE',
  'LEDGER_BROKEN',
  'LEDGER_LOCKED',
  'DISK_FULL',
  'CAGE_DOWN',
  'CAGE_UNPROVED',
  'BUDGET_EXCEEDED',
  'PRICE_UNKNOWN',
  'LOOP_DETECTED',
  'RUN_KILLED',
  'CANCELLED',
  'ROLLBACK_INCOMPLETE',
  'INTERNAL',
]);

/** A second try of these cannot end otherwise. */
const POINTLESS: ReadonlySet<ErrorCode> = new Set([
  'INPUT_INVALID',
  'CONDITION_INVALID',
  'UNSUPPORTED',
  'TOO_LARGE',
  'ANSWER_TOO_LARGE',
  'NOT_FOUND',
  'FILE_NOT_FOUND',
]);

export function aborts(code: ErrorCode): boolean {
  return ABORTS.has(code);
}

export function worthRetrying(code: ErrorCode): boolean {
  return !ABORTS.has(code) && !POINTLESS.has(code);
}

/** How a run ends for a reason. */
export function endStateFor(code: ErrorCode): RunState {
  switch (code) {
    case 'DENIED':
    case 'NET_DENIED':
    case 'FORBIDDEN':
      return 'denied';
    case 'BUDGET_EXCEEDED':
    case 'PRICE_UNKNOWN':
    case 'LOOP_DETECTED':
    case 'RUN_KILLED':
    case 'CANCELLED':
    case 'CAGE_DOWN':
      return 'killed';
    default:
      return 'failed';
  }
}

export function loopError(finding: LoopFinding): AkiosError {
  const say: Record<LoopFinding['kind'], string> = {
    steps: `The run started more than ${finding.limit} steps.`,
    effects: `The run tried more than ${finding.limit} effects.`,
    identical: `The same call with the same arguments was made more than ${finding.limit} times.`,
    cycle: `The same calls brought the same answers ${finding.limit} times in a row.`,
    wall: `The run took longer than ${finding.limit} ms.`,
  };
  return new AkiosError('LOOP_DETECTED', say[finding.kind], {
    hint: 'See max_steps, max_identical_calls and run_timeout_seconds in config.yaml.',
    details: { kind: finding.kind, limit: finding.limit },
  });
}

/** What a stopped signal carries; anything else thrown is a bug and becomes INTERNAL. */
export function asAkios(thrown: unknown): AkiosError {
  if (thrown instanceof AkiosError) return thrown;
  return new AkiosError('INTERNAL', 'An unexpected fault stopped the run.', {
    hint: 'Run `akios doctor` and report the helper log line with the same time.',
    cause: thrown,
  });
}
