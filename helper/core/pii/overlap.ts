/**
 * Chooses between overlapping candidates and keeps the union covered: every stretch belongs to the
 * strongest candidate over it, and what is left of a loser stands as a span of its own or joins the
 * span it touches, so nothing found goes out uncovered.
 */
import { AkiosError } from '../../../shared/domain/errors.ts';
import { TYPES } from '../../../shared/redaction/types.ts';
import type { Candidate } from './model.ts';
import { isAlnum } from './scan/chars.ts';

const ORDER: ReadonlyMap<string, number> = new Map(TYPES.map((info, index) => [info.type, index]));
/** Types whose values may be made of marks alone. */
const MARKS_COUNT: ReadonlySet<string> = new Set(
  TYPES.filter((info) => info.family === 'secret').map((info) => info.type),
);

/** Millionths, so that the order is exact: rounding must not make it depend on the pairs compared. */
function weightOf(candidate: Candidate): number {
  return Math.round((candidate.score + (candidate.checked ? 0.12 : 0)) * 1e6);
}

/** Strongest first: by score (a check digit adds to it), then length, then the order of the types. */
export function byStrength(a: Candidate, b: Candidate): number {
  const weight = weightOf(b) - weightOf(a);
  if (weight !== 0) return weight;
  const length = b.end - b.start - (a.end - a.start);
  if (length !== 0) return length;
  const order = (ORDER.get(a.type) ?? 999) - (ORDER.get(b.type) ?? 999);
  return order || a.start - b.start || Number(b.checked) - Number(a.checked);
}

/** A stretch and the strongest candidate over it. */
export interface Piece {
  start: number;
  end: number;
  owner: Candidate;
}

function assertRanges(candidates: readonly Candidate[]): void {
  for (const { start, end, type } of candidates) {
    if (start < end) continue;
    throw new AkiosError('REDACTION_FAILED', 'A finding has no extent, so the text was blocked.', {
      hint: 'Report this with the type named in the details.',
      details: { type },
    });
  }
}

/** Next index that is still free, with the paths on the way shortened. */
function freeFrom(next: Int32Array, from: number): number {
  let root = from;
  while (next[root] !== root) root = next[root]!;
  for (let i = from; next[i] !== root; ) {
    const after = next[i]!;
    next[i] = root;
    i = after;
  }
  return root;
}

/** The stretches between all starts and ends, each given once, to the strongest over it. */
function ownersOf(candidates: readonly Candidate[]): Piece[] {
  const edges = [...new Set(candidates.flatMap((c) => [c.start, c.end]))].sort((a, b) => a - b);
  const cellAt = new Map(edges.map((edge, index) => [edge, index]));
  const next = Int32Array.from(edges, (_, index) => index);
  const owners: (Candidate | undefined)[] = new Array(edges.length);
  for (const candidate of [...candidates].sort(byStrength)) {
    const stop = cellAt.get(candidate.end)!;
    let cell = freeFrom(next, cellAt.get(candidate.start)!);
    while (cell < stop) {
      owners[cell] = candidate;
      next[cell] = cell + 1;
      cell = freeFrom(next, cell + 1);
    }
  }
  const pieces: Piece[] = [];
  for (let i = 0; i + 1 < edges.length; i++) {
    const owner = owners[i];
    if (owner === undefined) continue;
    const last = pieces[pieces.length - 1];
    if (last?.owner === owner && last.end === edges[i]) last.end = edges[i + 1]!;
    else pieces.push({ start: edges[i]!, end: edges[i + 1]!, owner });
  }
  return pieces;
}

/** Letters and digits of any script, and whatever is neither a mark nor a space. */
function isContent(code: number): boolean {
  if (code < 0x370) return isAlnum(code);
  return !(code >= 0x2000 && code < 0x2070) && !(code >= 0x3000 && code < 0x3030);
}

function hasContent(text: string, { start, end, owner }: Piece): boolean {
  if (MARKS_COUNT.has(owner.type)) return text.slice(start, end).trim() !== '';
  for (let i = start; i < end; i++) if (isContent(text.charCodeAt(i))) return true;
  return false;
}

/** Remainders shorter than this join the span they touch instead of standing alone. */
const CRUMB = 4;

function isWhole({ start, end, owner }: Piece): boolean {
  return start === owner.start && end === owner.end;
}

/** A neighbour that a piece may join: its owner is one of those that overlap the piece's own. */
function overlapping(piece: Piece, neighbour: Piece | undefined): Piece | null {
  if (neighbour === undefined) return null;
  const { owner } = neighbour;
  return owner.start < piece.owner.end && piece.owner.start < owner.end ? neighbour : null;
}

/** Whether a remainder goes on with the value of its neighbour; a checked value is exact. */
function isSameValue(rest: Piece, { owner }: Piece): boolean {
  return owner.type === rest.owner.type && !owner.checked;
}

/**
 * Stretches in order -> spans. Whole winners stay as they are; a remainder of marks and spaces is
 * left out; one of the same type as its neighbour, or too short to stand alone, joins it.
 */
export function tidy(text: string, pieces: readonly Piece[]): Candidate[] {
  const kept = pieces.filter((piece) => isWhole(piece) || hasContent(text, piece));
  const out: Candidate[] = [];
  /** Where the next piece begins when a remainder before it has joined it. */
  let joined: number | null = null;
  kept.forEach((piece, index) => {
    const span = { ...piece.owner, start: joined ?? piece.start, end: piece.end };
    joined = null;
    const previous = kept[index - 1];
    const following = kept[index + 1];
    // What has joined this piece stands between it and the one before.
    const left = previous?.end === span.start ? overlapping(piece, previous) : null;
    const right = following?.start === piece.end ? overlapping(piece, following) : null;
    const isCrumb = span.end - span.start < CRUMB;
    const last = out[out.length - 1];
    if (isWhole(piece)) out.push(span);
    else if (left !== null && isSameValue(piece, left)) last!.end = span.end;
    else if (right !== null && isSameValue(piece, right)) joined = span.start;
    else if (isCrumb && left !== null) last!.end = span.end;
    else if (isCrumb && right !== null) joined = span.start;
    else out.push({ ...span, ...trimmed(text, span) });
  });
  return out;
}

function trimmed(
  text: string,
  piece: { start: number; end: number },
): { start: number; end: number } {
  let { start, end } = piece;
  while (start < end && /\s/.test(text.charAt(start))) start++;
  while (end > start && /\s/.test(text.charAt(end - 1))) end--;
  return { start, end };
}

/**
 * Sorted, disjoint spans over the union of all candidates given, but for spaces and marks at the
 * seams. Work grows with n log n. @throws AkiosError REDACTION_FAILED for a candidate without extent
 */
export function resolveOverlaps(text: string, candidates: readonly Candidate[]): Candidate[] {
  assertRanges(candidates);
  const sorted = [...candidates].sort((a, b) => a.start - b.start || b.end - a.end);
  const out: Candidate[] = [];
  for (let first = 0; first < sorted.length; ) {
    let reach = sorted[first]!.end;
    let next = first + 1;
    while (next < sorted.length && sorted[next]!.start < reach) {
      reach = Math.max(reach, sorted[next]!.end);
      next++;
    }
    // Most findings overlap no other.
    if (next === first + 1) out.push({ ...sorted[first]! });
    else for (const span of tidy(text, ownersOf(sorted.slice(first, next)))) out.push(span);
    first = next;
  }
  return out;
}
