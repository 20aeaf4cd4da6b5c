/** One pass over a text that replaces spans by markers. Existing markers are never touched. */
import { markerOf } from '../../../shared/redaction/marker.ts';
import type { Detection, Redacted, Replacement, Span } from '../../../shared/redaction/span.ts';
import { hmacSha256, toHex, utf8 } from './check/sha256.ts';
import type { Strategy } from './policy.ts';

export interface RedactOptions {
  /** Default `mask`. */
  strategy?: Strategy;
  /** By type, before the default. */
  strategies?: Readonly<Record<string, Strategy>>;
  /** Key of the `hash` strategy: the same value gives the same suffix under the same key. */
  key?: Uint8Array;
}

const PARTIAL_KEPT = 4;

/** Last four letters or digits after the marker; short values are masked whole. */
function partial(marker: string, value: string): string {
  const plain = value.replace(/[^\p{L}\p{N}]/gu, '');
  if (plain.length < PARTIAL_KEPT * 2) return marker;
  return `${marker}${plain.slice(-PARTIAL_KEPT)}`;
}

function replacementFor(span: Span, value: string, options: RedactOptions): string {
  const strategy = options.strategies?.[span.type] ?? options.strategy ?? 'mask';
  const marker = markerOf(span.type);
  switch (strategy) {
    case 'mask':
      return marker;
    case 'remove':
      return '';
    case 'partial':
      return partial(marker, value);
    case 'hash': {
      // Without a key a digest of a short number is found by trying all numbers: refuse.
      if (options.key === undefined || options.key.length < 16)
        throw new RangeError('hash strategy needs a key of 16 bytes');
      const suffix = toHex(
        hmacSha256(options.key, utf8(`${span.type}\n${value.normalize('NFKC')}`)),
      );
      return `${marker.slice(0, -1)}:${suffix.slice(0, 16)}»`;
    }
  }
}

/** Applies sorted, disjoint spans. */
export function applySpans(
  text: string,
  detection: Detection,
  options: RedactOptions = {},
): Redacted {
  const replacements: Replacement[] = [];
  const counts: Record<string, number> = {};
  let out = '';
  let at = 0;
  for (const span of detection.spans) {
    out += text.slice(at, span.start);
    const marker = replacementFor(span, text.slice(span.start, span.end), options);
    replacements.push({
      span,
      start: span.start,
      end: span.end,
      outStart: out.length,
      outEnd: out.length + marker.length,
      marker,
    });
    out += marker;
    counts[span.type] = (counts[span.type] ?? 0) + 1;
    at = span.end;
  }
  out += text.slice(at);
  return { text: out, replacements, counts };
}
