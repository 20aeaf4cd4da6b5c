import { AkiosError } from '../../../shared/domain/errors.ts';

/** One anchor failed; the log itself goes on. */
export function anchorFailed(message: string, cause?: unknown): AkiosError {
  return new AkiosError('LEDGER_UNAVAILABLE', message, {
    hint: 'The log goes on; only this anchor failed. `akios audit stats` shows all of them.',
    ...(cause === undefined ? {} : { cause }),
  });
}
