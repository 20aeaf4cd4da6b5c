import { parentPort, workerData } from 'node:worker_threads';
import { type VerifyOptions, verifyLog } from './verify.ts';

parentPort?.postMessage(verifyLog(workerData as VerifyOptions));
