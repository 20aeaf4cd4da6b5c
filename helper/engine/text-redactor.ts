import type { Redacted, Span } from '../../shared/redaction/span.ts';
import type { Detector } from '../core/pii/detector.ts';
import { applySpans, type RedactOptions } from '../core/pii/redact.ts';
import type { TextRedactor } from './port.ts';

/** Longer or broken values carry their own context; the key says nothing more about them. */
const MAX_LABELLED = 256;

/**
 * The detector as the engine uses it. A short value that stands under a key is also judged as
 * `key: value`, so that `{"ssn": "078051120"}` is found although the digits alone are no evidence.
 */
export function textRedactor(detector: Detector, options: RedactOptions = {}): TextRedactor {
  return {
    redact(text: string, label?: string): Redacted {
      if (label === undefined || text.length > MAX_LABELLED || /[\r\n]/.test(text)) {
        return detector.redact(text, options);
      }
      const plain = detector.detect(text).spans;
      const prefix = `${label.replace(/[_-]+/g, ' ').replace(/([a-z])([A-Z])/g, '$1 $2')}: `;
      const labelled = detector
        .detect(prefix + text)
        .spans.filter((span) => span.start >= prefix.length)
        .map((span) => ({
          ...span,
          start: span.start - prefix.length,
          end: span.end - prefix.length,
        }));
      return applySpans(text, { spans: union(plain, labelled), complete: true }, options);
    },
  };
}

/** All of `a`, and what of `b` overlaps none of it. A longer labelled finding wins over its part. */
function union(a: readonly Span[], b: readonly Span[]): Span[] {
  const swallowed = (x: Span): boolean =>
    b.some((y) => y.start <= x.start && x.end <= y.end && y.end - y.start > x.end - x.start);
  const kept = a.filter((span) => !swallowed(span));
  const added = b.filter((y) => !kept.some((x) => x.start < y.end && y.start < x.end));
  return [...kept, ...added].sort((x, y) => x.start - y.start);
}
