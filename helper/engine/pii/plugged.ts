/**
 * What the plugged-in detectors of a policy find in many texts: short ones are put together, so that
 * the fields of a JSON value cost a few questions and not one each; long ones are cut.
 */
import type { Span } from '../../../shared/redaction/span.ts';
import { markersIn } from '../../core/pii/detector.ts';
import { askBackend, type BackendPolicy } from './backend.ts';

/** UTF-16 units of one question. */
const QUESTION = 32_768;
/** Units by which the pieces of a long text overlap, so that no value is cut in both. */
const OVERLAP = 512;
/** Between two texts: a detector must not read them as one sentence. */
const GAP = '\n\n';

export interface PluggedOptions {
  backends: readonly BackendPolicy[];
  /** Called with the name of an optional backend that failed. */
  onSkipped: (name: string) => void;
}

interface Piece {
  of: string;
  /** Offset in the text it is cut from. */
  at: number;
  text: string;
}

/**
 * Findings by text, unsorted and possibly overlapping; a text without any is not in the map. Throws
 * REDACTION_FAILED when a required detector is absent, late, or gives an impossible answer.
 */
export async function askPlugged(
  texts: readonly string[],
  { backends, onSkipped }: PluggedOptions,
): Promise<Map<string, Span[]>> {
  const found = new Map<string, Span[]>();
  if (backends.length === 0) return found;
  for (const group of grouped(texts)) {
    const whole = group.map(({ text }) => text).join(GAP);
    const answers = await Promise.all(
      backends.map((backend) => askBackend(backend, whole, onSkipped)),
    );
    const spans = answers.flatMap((answer) => answer?.spans ?? []);
    let start = 0;
    for (const piece of group) {
      const own = spans.flatMap((span) => placed(span, start, piece));
      if (own.length > 0) found.set(piece.of, [...(found.get(piece.of) ?? []), ...own]);
      start += piece.text.length + GAP.length;
    }
  }
  for (const [text, spans] of found) found.set(text, outsideMarkers(text, spans));
  return found;
}

function* grouped(texts: readonly string[]): Generator<Piece[]> {
  let group: Piece[] = [];
  let units = 0;
  for (const text of new Set(texts)) {
    if (text.trim() === '') continue;
    for (const piece of piecesOf(text)) {
      if (units + piece.text.length > QUESTION && group.length > 0) {
        yield group;
        group = [];
        units = 0;
      }
      group.push(piece);
      units += piece.text.length + GAP.length;
    }
  }
  if (group.length > 0) yield group;
}

function* piecesOf(of: string): Generator<Piece> {
  for (let at = 0; ; at += QUESTION - OVERLAP) {
    yield { of, at, text: of.slice(at, at + QUESTION) };
    if (at + QUESTION >= of.length) return;
  }
}

/** The part of a finding that lies in a piece, in offsets of its text; `start` is where it stands. */
function placed(span: Span, start: number, { at, text }: Piece): Span[] {
  const from = Math.max(span.start - start, 0);
  const to = Math.min(span.end - start, text.length);
  return from < to ? [{ ...span, start: at + from, end: at + to }] : [];
}

/** Markers of an earlier redaction stay as they are, whoever finds something in them. */
function outsideMarkers(text: string, spans: readonly Span[]): Span[] {
  const markers = markersIn(text);
  return spans.filter((s) => !markers.some((m) => s.start < m.end && m.start < s.end));
}
