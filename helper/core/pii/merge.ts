/** Joins the findings of several detectors into one sorted, disjoint list that covers them all. */
import { AkiosError } from '../../../shared/domain/errors.ts';
import type { Detection, Span } from '../../../shared/redaction/span.ts';
import { TYPE_NAME } from '../../../shared/redaction/types.ts';
import type { Candidate } from './model.ts';
import { resolveOverlaps } from './overlap.ts';

/** Throws unless a detection is complete and every span lies inside the text. */
export function assertDetection(value: unknown, length: number, source: string): Detection {
  const detection = value as { spans?: unknown; complete?: unknown } | null;
  if (
    detection === null ||
    typeof detection !== 'object' ||
    detection.complete !== true ||
    !Array.isArray(detection.spans)
  ) {
    throw incomplete(source);
  }
  for (const item of detection.spans as Partial<Span>[]) {
    const sound =
      Number.isInteger(item.start) &&
      Number.isInteger(item.end) &&
      item.start! >= 0 &&
      item.end! > item.start! &&
      item.end! <= length &&
      typeof item.type === 'string' &&
      TYPE_NAME.test(item.type) &&
      typeof item.score === 'number' &&
      item.score >= 0 &&
      item.score <= 1;
    if (!sound) throw incomplete(source);
  }
  return detection as Detection;
}

function incomplete(source: string): AkiosError {
  return new AkiosError(
    'REDACTION_FAILED',
    `The detector "${source}" gave an incomplete or impossible answer, so the text was blocked.`,
    {
      hint: 'Check that detector, or remove it from the policy.',
      details: { source },
    },
  );
}

/** Union of all detections; equal places go to the stronger finding. */
export function mergeDetections(text: string, detections: readonly Detection[]): Detection {
  const candidates: Candidate[] = [];
  for (const { spans } of detections) {
    for (const span of spans) {
      const candidate: Candidate = {
        start: span.start,
        end: span.end,
        type: span.type,
        subtype: span.subtype,
        score: span.score,
        checked: false,
        evidence: [...(span.evidence ?? []), `\u0000${span.source}`],
      };
      candidates.push(candidate);
    }
  }
  const spans = resolveOverlaps(text, candidates).map((c): Span => {
    const source = c.evidence[c.evidence.length - 1]!.slice(1);
    return {
      start: c.start,
      end: c.end,
      type: c.type,
      ...(c.subtype === undefined ? {} : { subtype: c.subtype }),
      score: c.score,
      source,
      evidence: c.evidence.slice(0, -1),
    };
  });
  return { spans, complete: true };
}
