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

/** Lets a winner grow over the remainder of a loser, as far as other winners allow. */
function grow(winner: Candidate, loser: Candidate, kept: readonly Candidate[]): void {
  let { start, end } = loser;
  for (const other of kept) {
    if (other === winner) continue;
    if (other.end <= winner.start) start = Math.max(start, other.end);
    else if (other.start >= winner.end) end = Math.min(end, other.start);
  }
  winner.start = Math.min(winner.start, start);
  winner.end = Math.max(winner.end, end);
}

/** Candidates of one connected cluster -> disjoint spans that cover their union. */
function settle(text: string, cluster: Candidate[]): Candidate[] {
  if (cluster.length === 1) return cluster;
  const kept: Candidate[] = [];
  for (const candidate of cluster.sort(rank)) {
    const over = kept.filter((w) => candidate.start < w.end && w.start < candidate.end);
    if (over.length === 0) {
      kept.push({ ...candidate });
      continue;
    }
    const same = over.find((w) => w.type === candidate.type && !w.checked);
    if (same !== undefined) {
      grow(same, candidate, kept);
      continue;
    }
    for (const piece of remainders(candidate, over)) {
      if (!hasContent(text, piece.start, piece.end)) continue;
      const touched = over.find((w) => w.end === piece.start || w.start === piece.end);
      if (piece.end - piece.start < CRUMB && touched !== undefined) {
        touched.start = Math.min(touched.start, piece.start);
        touched.end = Math.max(touched.end, piece.end);
        continue;
      }
      kept.push({ ...candidate, ...trimmed(text, piece) });
    }
  }
  return kept;
}

/** The parts of a candidate that no winner covers. */
function remainders(
  candidate: Candidate,
  over: readonly Candidate[],
): { start: number; end: number }[] {
  let pieces = [{ start: candidate.start, end: candidate.end }];
  for (const winner of over) {
    pieces = pieces.flatMap((p) => {
      if (p.end <= winner.start || p.start >= winner.end) return [p];
      const rest: { start: number; end: number }[] = [];
      if (p.start < winner.start) rest.push({ start: p.start, end: winner.start });
      if (p.end > winner.end) rest.push({ start: winner.end, end: p.end });
      return rest;
    });
  }
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
