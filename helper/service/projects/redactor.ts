import { randomBytes } from 'node:crypto';
import type { Redacted, Span } from '../../../shared/redaction/span.ts';
import type { Config } from '../../core/config/fields.ts';
import { createDetector, type Detector } from '../../core/pii/detector.ts';
import { applySpans, type RedactOptions } from '../../core/pii/redact.ts';
import type { TextRedactor } from '../../engine/port.ts';

export interface ProjectRedactor extends TextRedactor {
  readonly detector: Detector;
}

/** In aggressive mode weaker evidence is enough. */
const AGGRESSIVE_THRESHOLD = 0.35;

/** The detector under the settings of a project. `hash` markers are stable for one opening only. */
export function projectRedactor(config: Config | null): ProjectRedactor {
  const detector = createDetector(
    config === null
      ? {}
      : {
          contextKeywords: config.context_keywords,
          ...(config.pii_redaction_aggressive ? { threshold: AGGRESSIVE_THRESHOLD } : {}),
        },
  );
  const options: RedactOptions = {
    strategy: config?.redaction_strategy ?? 'mask',
    key: randomBytes(32),
  };
  return {
    detector,
    redact: (text, label) =>
      label === undefined
        ? detector.redact(text, options)
        : withLabel(detector, text, label, options),
  };
}

/** The key or column a value stands under is evidence, as if it were written before it. */
function withLabel(
  detector: Detector,
  text: string,
  label: string,
  options: RedactOptions,
): Redacted {
  const prefix = `${label}: `;
  const labelled = detector
    .detect(prefix + text)
    .spans.filter((span) => span.end > prefix.length)
    .map((span) => ({
      ...span,
      start: Math.max(0, span.start - prefix.length),
      end: span.end - prefix.length,
    }));
  const spans = union([...labelled, ...detector.detect(text).spans]);
  return applySpans(text, { spans, complete: true }, options);
}

/** Overlapping findings become one span that covers both; the one that begins first names it. */
function union(found: readonly Span[]): Span[] {
  const spans: Span[] = [];
  for (const span of found.toSorted((a, b) => a.start - b.start)) {
    const last = spans.at(-1);
    if (last !== undefined && span.start < last.end) last.end = Math.max(last.end, span.end);
    else spans.push({ ...span });
  }
  return spans;
}
