/**
 * The door of redaction: `createDetector(policy)` gives `detect` and `redact`.
 * Any internal inconsistency throws REDACTION_FAILED: callers block, they never pass text on.
 */
import { AkiosError } from '../../../shared/domain/errors.ts';
import { MARKER_PATTERN } from '../../../shared/redaction/marker.ts';
import type { Detection, Redacted, Span } from '../../../shared/redaction/span.ts';
import { createEngine, type Engine } from './engine.ts';
import type { Candidate } from './model.ts';
import { normalise, sourceRange } from './normalise/normalise.ts';
import { resolveOverlaps } from './overlap.ts';
import { type DetectorPolicy, foldValue, type ResolvedPolicy, resolvePolicy } from './policy.ts';
import { applySpans, type RedactOptions } from './redact.ts';

export type { DetectorPolicy } from './policy.ts';
export type { RedactOptions } from './redact.ts';

export interface Detector {
  /** Finds personal data. Offsets are UTF-16 units of `text`. Throws REDACTION_FAILED. */
  detect(text: string): Detection;
  /** Replaces everything found; running it on its own output changes nothing. */
  redact(text: string, options?: RedactOptions): Redacted;
}

const KEYWORD_REACH = 100;

/** Ranges of markers that are already in the text, without what `isName` says is a name. */
export function markersIn(
  text: string,
  isName: (marker: string) => boolean = () => false,
): { start: number; end: number }[] {
  if (!text.includes('«')) return [];
  const ranges: { start: number; end: number }[] = [];
  for (const match of text.matchAll(MARKER_PATTERN)) {
    if (!isName(match[0])) ranges.push({ start: match.index, end: match.index + match[0].length });
  }
  return ranges;
}

/** Index of the first of some sorted, disjoint ranges that ends after `at`. */
function firstEndingAfter(ranges: readonly { end: number }[], at: number): number {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ranges[middle]!.end <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Cuts candidates around existing markers, which are left as they are. */
function outsideMarkers(engine: Engine, text: string, found: Candidate[]): Candidate[] {
  const markers = markersIn(text, engine.isName);
  if (markers.length === 0) return found;
  return found.filter((c) => {
    const next = markers[firstEndingAfter(markers, c.start)];
    return next === undefined || next.start >= c.end;
  });
}

function keywordNear(text: string, candidate: Candidate, words: readonly string[]): boolean {
  const from = Math.max(0, candidate.start - KEYWORD_REACH);
  const window = foldValue(text.slice(from, Math.min(text.length, candidate.end + KEYWORD_REACH)));
  return words.some((word) => window.includes(word));
}

function permitted(text: string, candidate: Candidate, policy: ResolvedPolicy): boolean {
  if (policy.disabled.has(candidate.type)) return false;
  if (candidate.score < policy.thresholdOf(candidate.type)) return false;
  const words = policy.keywords.get(candidate.type);
  if (words !== undefined && !keywordNear(text, candidate, words)) return false;
  if (policy.allowed.size === 0) return true;
  return !policy.allowed.has(foldValue(text.slice(candidate.start, candidate.end)));
}

function toSpan(candidate: Candidate): Span {
  return {
    start: candidate.start,
    end: candidate.end,
    type: candidate.type,
    ...(candidate.subtype === undefined ? {} : { subtype: candidate.subtype }),
    score: Math.round(candidate.score * 1000) / 1000,
    source: 'builtin',
    evidence: candidate.evidence,
  };
}

/** Throws unless spans are in range, sorted and disjoint. */
export function assertSpans(spans: readonly Span[], length: number): void {
  let last = 0;
  for (const span of spans) {
    const sound =
      Number.isInteger(span.start) &&
      Number.isInteger(span.end) &&
      span.start >= last &&
      span.end > span.start &&
      span.end <= length;
    if (!sound) {
      throw new AkiosError(
        'REDACTION_FAILED',
        'The detector produced a position outside the text.',
        {
          hint: 'The text was blocked. Report this with the type named in the details.',
          details: { type: span.type },
        },
      );
    }
    last = span.end;
  }
}

function failed(cause: unknown): AkiosError {
  if (cause instanceof AkiosError) return cause;
  return new AkiosError('REDACTION_FAILED', 'The detector failed, so the text was blocked.', {
    hint: 'Nothing was sent. Run `akios doctor` and report the fault.',
    details: { fault: cause instanceof Error ? cause.name : 'unknown' },
  });
}

function detectWith(engine: Engine, policy: ResolvedPolicy, text: string): Detection {
  const normal = normalise(text);
  const mapped = engine
    .candidates(normal.text)
    .map((c) => ({ ...c, ...sourceRange(normal, c.start, c.end) }));
  const found = outsideMarkers(engine, text, mapped).filter((c) => permitted(text, c, policy));
  const spans = resolveOverlaps(text, found).map(toSpan);
  assertSpans(spans, text.length);
  return { spans, complete: true };
}

const MAX_ROUNDS = 6;

/**
 * Redacts until a further scan finds nothing: a removed value may bring a label and another value
 * together. The replacements always refer to the original text. `detect` may be any search that
 * leaves markers alone.
 */
export function redactFully(
  detect: (text: string) => Detection,
  text: string,
  options: RedactOptions,
): Redacted {
  let spans = detect(text).spans;
  let result = applySpans(text, { spans, complete: true }, options);
  for (let round = 1; spans.length > 0 && round < MAX_ROUNDS; round++) {
    const more = addFound(text, spans, result, detect(result.text).spans);
    if (more === null) return result;
    spans = more;
    result = applySpans(text, { spans, complete: true }, options);
  }
  return result;
}

/** `redactFully` for a search that runs elsewhere. */
export async function redactFullyAsync(
  detect: (text: string) => Promise<Detection>,
  text: string,
  options: RedactOptions,
): Promise<Redacted> {
  let spans = (await detect(text)).spans;
  let result = applySpans(text, { spans, complete: true }, options);
  for (let round = 1; spans.length > 0 && round < MAX_ROUNDS; round++) {
    const more = addFound(text, spans, result, (await detect(result.text)).spans);
    if (more === null) return result;
    spans = more;
    result = applySpans(text, { spans, complete: true }, options);
  }
  return result;
}

/** The spans with those a further search of the result found; null when it found none. */
function addFound(
  text: string,
  spans: readonly Span[],
  result: Redacted,
  again: readonly Span[],
): Span[] | null {
  const added = again.flatMap((span) => toOriginal(span, result));
  if (added.length === 0) return null;
  const all = [...spans, ...added].sort((a, b) => a.start - b.start);
  assertSpans(all, text.length);
  return all;
}

/** A span of the redacted text in offsets of the original; none when it touches a replacement. */
function toOriginal(span: Span, redacted: Redacted): Span[] {
  const { replacements } = redacted;
  let low = 0;
  let high = replacements.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (replacements[middle]!.outEnd <= span.start) low = middle + 1;
    else high = middle;
  }
  const next = replacements[low];
  if (next !== undefined && next.outStart < span.end) return [];
  const before = replacements[low - 1];
  const shift = before === undefined ? 0 : before.end - before.outEnd;
  return [{ ...span, start: span.start + shift, end: span.end + shift }];
}

/** Builds the word tables once; the detector may be used for any number of texts. */
export function createDetector(policy: DetectorPolicy = {}): Detector {
  const resolved = resolvePolicy(policy);
  const engine = createEngine(resolved.markers);
  const detect = (text: string): Detection => {
    try {
      return detectWith(engine, resolved, text);
    } catch (error) {
      throw failed(error);
    }
  };
  return {
    detect,
    redact(text, options = {}) {
      try {
        return redactFully(detect, text, options);
      } catch (error) {
        throw failed(error);
      }
    },
  };
}
