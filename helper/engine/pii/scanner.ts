/**
 * The whole detection of a policy: the built-in detector (in process for small texts, in a worker
 * with a deadline for large ones and for custom patterns) and every plugged-in backend, merged.
 * Any failure blocks; an optional backend that fails is named to the caller.
 */
import type { Detection, Redacted } from '../../../shared/redaction/span.ts';
import { checkPattern } from '../../core/pii/custom.ts';
import {
  assertSpans,
  createDetector,
  markersIn,
  redactFullyAsync,
} from '../../core/pii/detector.ts';
import { mergeDetections } from '../../core/pii/merge.ts';
import type { DetectorPolicy } from '../../core/pii/policy.ts';
import type { RedactOptions } from '../../core/pii/redact.ts';
import { askBackend, type BackendPolicy } from './backend.ts';
import { createDetectorPool, type PoolOptions } from './pool.ts';

export interface ScannerOptions extends PoolOptions {
  backends?: readonly BackendPolicy[];
  /** Called with the name of an optional backend that failed. */
  onSkipped?: (name: string) => void;
}

export interface Scanner {
  detect(text: string): Promise<Detection>;
  redact(text: string, options?: RedactOptions): Promise<Redacted>;
  dispose(): Promise<void>;
}

/** Below this a worker costs more than it saves. */
const IN_PROCESS = 32_768;

/** Markers of an earlier redaction stay as they are, whoever finds something in them. */
function withoutMarkers(
  detection: Detection,
  markers: readonly { start: number; end: number }[],
): Detection {
  if (markers.length === 0) return detection;
  const spans = detection.spans.filter(
    (s) => !markers.some((m) => s.start < m.end && m.start < s.end),
  );
  return { spans, complete: true };
}

export function createScanner(policy: DetectorPolicy = {}, options: ScannerOptions = {}): Scanner {
  for (const [index, pattern] of (policy.customPatterns ?? []).entries())
    checkPattern(pattern, `customPatterns[${index}]`);
  const detector = createDetector(policy);
  const pool = createDetectorPool(policy, options);
  const custom = (policy.customPatterns ?? []).length > 0;
  const backends = options.backends ?? [];
  const onSkipped = options.onSkipped ?? (() => undefined);

  async function detect(text: string): Promise<Detection> {
    const builtin =
      custom || text.length > IN_PROCESS
        ? pool.detect(text)
        : Promise.resolve(detector.detect(text));
    const others = await Promise.all([
      builtin,
      ...backends.map((backend) => askBackend(backend, text, onSkipped)),
    ]);
    const markers = markersIn(text);
    const detections = others
      .filter((d): d is Detection => d !== null)
      .map((d) => withoutMarkers(d, markers));
    const merged = detections.length === 1 ? detections[0]! : mergeDetections(text, detections);
    assertSpans(merged.spans, text.length);
    return merged;
  }

  return {
    detect,
    async redact(text, redactOptions = {}) {
      return redactFullyAsync(detect, text, redactOptions);
    },
    dispose: () => pool.dispose(),
  };
}
