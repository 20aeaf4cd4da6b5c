/**
 * Redaction of texts that arrive in pieces. The result depends on the text alone, never on how it
 * was cut into chunks: windows of a fixed size are scanned, and only what lies left of a held-back
 * tail is released. Memory is bounded by the window.
 */
import type { Span } from '../../../shared/redaction/span.ts';
import type { Detector, RedactOptions } from './detector.ts';
import { applySpans } from './redact.ts';
import { carry, type StreamState } from './stream-state.ts';

export type { StreamState } from './stream-state.ts';

/** A released stretch of the text with the spans inside it, relative to its start. */
export interface Segment {
  /** Offset of the segment in the whole text, UTF-16 units. */
  offset: number;
  text: string;
  spans: Span[];
}

export interface SegmentStream {
  push(chunk: string): Segment[];
  flush(): Segment[];
  /** What the text after the last released segment must be told about the text before it. */
  state(): StreamState;
}

export interface RedactionStream {
  /** Takes a chunk and gives the redacted text that is certain by now (often empty). */
  push(chunk: string): string;
  /** Ends the text and gives the rest. */
  flush(): string;
  /** Canonical type -> how many so far. */
  readonly counts: Record<string, number>;
}

export interface StreamOptions {
  /** Units scanned at once (default 16,384). Larger is faster, smaller answers sooner. */
  block?: number;
  /** Goes on where another stream of the same text and block stopped. */
  state?: StreamState;
}

const BLOCK = 16_384;
/** Longest ordinary span; what stands nearer to the end of the window is not released. */
const HOLD = 4096;
/** A key block or encoded run may be this long. */
const LONG_HOLD = 65_536 + HOLD;

/** Where a window may be cut: a line end, else white space, else between any two characters. */
function cutOf(text: string, low: number, high: number): number {
  const line = text.lastIndexOf('\n', high - 1);
  if (line >= low) return line + 1;
  for (let i = high; i > low; i--) if (/\s/.test(text.charAt(i - 1))) return i;
  const code = text.charCodeAt(high);
  return code >= 0xdc00 && code < 0xe000 ? high - 1 : high;
}

/** An unfinished key block or a run without white space: more text is needed to see its end. */
function needsMore(window: string): boolean {
  const begin = window.lastIndexOf('-----BEGIN ');
  if (
    begin >= 0 &&
    /^-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY/.test(window.slice(begin, begin + 60)) &&
    window.indexOf('-----END ', begin) < 0
  )
    return true;
  return !/\s/.test(window.slice(-HOLD));
}

/** Splits a text that arrives in pieces into released segments with their spans. */
export function createSegmentStream(
  detector: Detector,
  options: StreamOptions = {},
): SegmentStream {
  const block = Math.max(options.block ?? BLOCK, HOLD * 2);
  let pending = '';
  let offset = 0;
  /** Units that must be there before the next window is looked at. */
  let wanted = block;
  let carried: StreamState = options.state ?? { header: '', context: '' };

  function spansIn(window: string): Span[] {
    const lead = carried.header + carried.context;
    const spans: Span[] = [];
    for (const span of detector.detect(lead + window).spans) {
      if (span.end <= lead.length) continue;
      spans.push({
        ...span,
        start: Math.max(0, span.start - lead.length),
        end: span.end - lead.length,
      });
    }
    return spans;
  }

  function release(text: string, spans: Span[]): Segment {
    const segment: Segment = { offset, text, spans };
    carried = carry(carried.context + text, carried.header);
    offset += text.length;
    return segment;
  }

  /** One step over a full window; null when the window must grow first. */
  function step(window: string): Segment {
    const spans = spansIn(window);
    let cut = cutOf(window, Math.floor(window.length / 4), window.length - HOLD);
    for (const span of spans) {
      if (span.start < cut && span.end > cut) cut = span.start > 0 ? span.start : span.end;
    }
    const kept = spans.filter((span) => span.end <= cut);
    return release(window.slice(0, cut), kept);
  }

  return {
    state: () => ({ ...carried }),
    push(chunk) {
      pending += chunk;
      const segments: Segment[] = [];
      while (pending.length >= wanted) {
        // Small chunks must not make the same window be judged, or copied, once per chunk.
        if (wanted === block && needsMore(pending.slice(0, block))) wanted = block + LONG_HOLD;
        if (pending.length < wanted) break;
        const segment = step(pending.slice(0, wanted));
        segments.push(segment);
        pending = pending.slice(segment.text.length);
        wanted = block;
      }
      return segments;
    },
    flush() {
      const text = pending;
      pending = '';
      return text === '' ? [] : [release(text, spansIn(text))];
    },
  };
}

/** Redacts a text that arrives in pieces. Throws REDACTION_FAILED like the detector; then stop. */
export function createRedactionStream(
  detector: Detector,
  options: RedactOptions & StreamOptions = {},
): RedactionStream {
  const segments = createSegmentStream(detector, options);
  const counts: Record<string, number> = {};
  const write = (released: Segment[]): string => {
    let out = '';
    for (const segment of released) {
      const redacted = applySpans(segment.text, { spans: segment.spans, complete: true }, options);
      out += redacted.text;
      for (const [type, n] of Object.entries(redacted.counts))
        counts[type] = (counts[type] ?? 0) + n;
    }
    return out;
  };
  return {
    counts,
    push: (chunk) => write(segments.push(chunk)),
    flush: () => write(segments.flush()),
  };
}
