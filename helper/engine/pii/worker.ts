/** Worker thread: one detector for its whole life, one text at a time. */
import { parentPort, workerData } from 'node:worker_threads';
import { checkPattern, runCustom } from '../../core/pii/custom.ts';
import { createDetector } from '../../core/pii/detector.ts';
import { assertDetection, mergeDetections } from '../../core/pii/merge.ts';
import type { DetectorPolicy } from '../../core/pii/policy.ts';

export interface WorkerRequest {
  id: number;
  text: string;
}

/** `spans` and `complete`, or a failure without any text. */
export interface WorkerReply {
  id: number;
  detection?: unknown;
  failed?: string;
}

const policy = workerData as DetectorPolicy;
const custom = policy.customPatterns ?? [];
for (const [index, pattern] of custom.entries()) checkPattern(pattern, `customPatterns[${index}]`);
const detector = createDetector(policy);

function answer(request: WorkerRequest): WorkerReply {
  try {
    const builtin = detector.detect(request.text);
    if (custom.length === 0) return { id: request.id, detection: builtin };
    const own = assertDetection(
      { spans: runCustom(request.text, custom), complete: true },
      request.text.length,
      'custom',
    );
    return { id: request.id, detection: mergeDetections(request.text, [builtin, own]) };
  } catch (error) {
    return { id: request.id, failed: error instanceof Error ? error.name : 'unknown' };
  }
}

parentPort?.on('message', (request: WorkerRequest) => {
  parentPort?.postMessage(answer(request));
});
