import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { VerifyReport } from '../shared/contract/audit.ts';
import { AkiosError } from '../shared/domain/errors.ts';
import { KNOWN_FILE } from '../shared/node/audit/known.ts';
import type { VerifyMode } from '../shared/node/audit/verify.ts';
import type { LedgerPaths } from './store/ledger/port.ts';

/** Verifies a ledger from its files alone, in a thread of its own. */
export function verifyInWorker(paths: LedgerPaths, mode: VerifyMode): Promise<VerifyReport> {
  const built = join(import.meta.dirname, 'verify-worker.mjs');
  const file = existsSync(built) ? built : join(import.meta.dirname, 'verify-worker.ts');
  return new Promise((resolve, reject) => {
    const worker = new Worker(file, {
      workerData: {
        logDir: paths.logDir,
        vkeyFile: join(paths.trustDir, 'log.vkey'),
        anchorFile: join(paths.trustDir, 'anchor.note'),
        stateFile: join(paths.trustDir, KNOWN_FILE),
        mode,
      },
    });
    const fail = (cause: unknown): void =>
      reject(
        new AkiosError('LEDGER_UNAVAILABLE', 'The verifier did not finish; there is no verdict.', {
          cause,
        }),
      );
    worker.once('message', resolve);
    worker.once('error', fail);
    worker.once('exit', (code) => fail(new Error(`verifier thread ended with ${code}`)));
  });
}
