import { AkiosError } from '../../../shared/domain/errors.ts';

/** The log cannot be trusted or continued; nothing may run on it. */
export function broken(message: string, cause?: unknown): AkiosError {
  return new AkiosError('LEDGER_BROKEN', message, {
    hint: 'Nothing is written any more. `akios audit verify` shows where. `akios audit renew --reason TEXT` keeps what is left of the log as evidence and begins a new one.',
    ...(cause === undefined ? {} : { cause }),
  });
}

/** The store refused; the caller's effect must not happen. */
export function unavailable(message: string, cause?: unknown): AkiosError {
  return new AkiosError('LEDGER_UNAVAILABLE', message, {
    hint: 'The action was not started. Check disk and access rights of the audit folder.',
    ...(cause === undefined ? {} : { cause }),
  });
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** Maps what SQLite or the file system threw to the one error a caller sees. */
export function storeFault(error: unknown): AkiosError {
  if (error instanceof AkiosError) return error;
  const code = codeOf(error);
  if (code === 'SQLITE_FULL' || code === 'ENOSPC' || code === 'EDQUOT') {
    return new AkiosError('DISK_FULL', 'The disk holding the audit log is full.', {
      hint: 'The action was not started. Free space, then try again.',
      cause: error,
    });
  }
  if (code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB') {
    return broken('The audit database is damaged.', error);
  }
  if (code.startsWith('SQLITE_CONSTRAINT')) {
    return broken('The audit database holds rows that its writer did not make.', error);
  }
  return unavailable(`The audit log could not be written (${code || 'unknown fault'}).`, error);
}

/** Faults after which it is unknown what reached the disk; only a fresh open may go on. */
export function isUncertain(error: unknown): boolean {
  const code = codeOf(error);
  return /^(SQLITE_IOERR|SQLITE_CORRUPT|EIO)/.test(code);
}

/** What cannot be asked before the search index is whole. Rows. */
export function indexBuilding({ indexed, of }: { indexed: number; of: number }): AkiosError {
  return new AkiosError(
    'INDEX_BUILDING',
    `The search index is being built: ${indexed} of ${of} records.`,
    {
      hint: 'Ask again in a moment. The list without a filter, proofs, verification and recording do not need it.',
      details: { indexed, of },
    },
  );
}
