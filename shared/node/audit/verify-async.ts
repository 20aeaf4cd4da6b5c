import { Worker } from 'node:worker_threads';
import type { VerifyReport } from '../../contract/audit.ts';
import type { VerifyOptions } from './verify.ts';

/** `verifyLog` on a thread of its own: a long verification must not stop the helper answering. */
export function verifyLogAsync(options: VerifyOptions): Promise<VerifyReport> {
  const name = import.meta.url.endsWith('.ts') ? 'verify-worker.ts' : 'verify-worker.js';
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(name, import.meta.url), { workerData: options });
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`The verifier stopped with code ${code}.`)));
  });
}
