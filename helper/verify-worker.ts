import { parentPort, workerData } from 'node:worker_threads';
import { type VerifyOptions, verifyLog } from '../shared/node/audit/verify.ts';

// A long verification must not stop the helper from answering and recording.
const { receipts: _named, ...report } = verifyLog(workerData as VerifyOptions);
parentPort?.postMessage(report);
