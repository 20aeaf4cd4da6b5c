/**
 * Chooses between overlapping candidates and keeps the union covered: a loser that reaches past
 * the winner leaves its remainder as a span of its own, so nothing found goes out uncovered.
 */
import { TYPES } from '../../../shared/redaction/types.ts';
import type { Candidate } from './model.ts';
import { isAlnum } from './scan/chars.ts';

const ORDER: ReadonlyMap<string, number> = new Map(TYPES.map((info, index) => [info.type, index]));

function rank(a: Candidate, b: Candidate): number {
  const weightA = a.score + (a.checked ? 0.12 : 0);
  const weightB = b.score + (b.checked ? 0.12 : 0);
  if (Math.abs(weightA - weightB) > 1e-9) return weightB - weightA;
  const length = b.end - b.start - (a.end - a.start);
  if (length !== 0) return length;
  const order = (ORDER.get(a.type) ?? 999) - (ORDER.get(b.type) ?? 999);
  return order !== 0 ? order : a.start - b.start;
}

function hasContent(text: string, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (isAlnum(text.charCodeAt(i))) return true;
  return false;
}

/** Remainders shorter than this join the winner they touch instead of standing alone. */
const CRUMB = 4;

/** Index of the first winner that ends after `at`; winners are disjoint and in order. */
function firstAfter(kept: readonly Candidate[], at: number): number {
  let low = 0;
  let high = kept.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (kept[middle]!.end <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Lets a winner grow over the remainder of a loser, as far as its neighbours allow. */
function grow(kept: readonly Candidate[], index: number, loser: Candidate): void {
  const winner = kept[index]!;
  const low = kept[index - 1]?.end ?? 0;
  const high = kept[index + 1]?.start ?? Number.POSITIVE_INFINITY;
  winner.start = Math.min(winner.start, Math.max(loser.start, low));
  winner.end = Math.max(winner.end, Math.min(loser.end, high));
}

/** Candidates of one connected cluster -> disjoint spans that cover their union. */
function settle(text: string, cluster: Candidate[]): Candidate[] {
  if (cluster.length === 1) return cluster;
  const kept: Candidate[] = [];
  for (const candidate of cluster.sort(rank)) {
    const first = firstAfter(kept, candidate.start);
    let after = first;
    while (after < kept.length && kept[after]!.start < candidate.end) after++;
    if (after === first) {
      kept.splice(first, 0, { ...candidate });
      continue;
    }
    const over = kept.slice(first, after);
    const same = over.findIndex((w) => w.type === candidate.type && !w.checked);
    if (same >= 0) grow(kept, first + same, candidate);
    else keepRemainders(text, kept, over, candidate);
  }
  return kept;
}

function keepRemainders(
  text: string,
  kept: Candidate[],
  over: readonly Candidate[],
  candidate: Candidate,
): void {
  for (const piece of remainders(candidate, over)) {
    if (!hasContent(text, piece.start, piece.end)) continue;
    const touched = over.find((w) => w.end === piece.start || w.start === piece.end);
    if (piece.end - piece.start < CRUMB && touched !== undefined) {
      touched.start = Math.min(touched.start, piece.start);
      touched.end = Math.max(touched.end, piece.end);
      continue;
    }
    const part = { ...candidate, ...trimmed(text, piece) };
    kept.splice(firstAfter(kept, part.start), 0, part);
  }
}

/** The parts of a candidate that no winner covers. */
function remainders(
  candidate: Candidate,
  over: readonly Candidate[],
): { start: number; end: number }[] {
  const pieces: { start: number; end: number }[] = [];
  let at = candidate.start;
  for (const winner of over) {
    if (winner.start > at) pieces.push({ start: at, end: winner.start });
    at = Math.max(at, winner.end);
  }
  if (at < candidate.end) pieces.push({ start: at, end: candidate.end });
  return pieces;
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

/** Sorted, disjoint, covering the union of all candidates given. */
export function resolveOverlaps(text: string, candidates: readonly Candidate[]): Candidate[] {
  const sorted = [...candidates].sort((a, b) => a.start - b.start || b.end - a.end);
  const out: Candidate[] = [];
  let cluster: Candidate[] = [];
  let reach = -1;
  for (const candidate of sorted) {
    if (cluster.length > 0 && candidate.start >= reach) {
      out.push(...settle(text, cluster));
      cluster = [];
      reach = -1;
    }
    cluster.push(candidate);
    reach = Math.max(reach, candidate.end);
  }
  if (cluster.length > 0) out.push(...settle(text, cluster));
  return out.sort((a, b) => a.start - b.start);
}
