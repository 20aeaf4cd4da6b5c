/** The working state of one scan over one (normalised) text. */
import type { Candidate, LabelHit } from '../model.ts';
import type { Lexicon, Trigger } from './lexicon.ts';
import type { Tokens } from './tokens.ts';

/** A stretch of text whose meaning stands in a header above it. */
export interface TableRegion {
  /** The header line(s) to put before some of the rows; null when the region is read whole. */
  lead: { start: number; end: number } | null;
  from: number;
  to: number;
}

export interface Scan {
  text: string;
  tokens: Tokens;
  /** The tokens at which something rare may begin. */
  triggers: readonly number[];
  lexicon: Lexicon;
  labels: LabelHit[];
  found: Candidate[];
  /** Value starts that a label of some other thing (order, version, ISBN) points at. */
  negative: Set<number>;
  /** Members of lists that were read: type and offset. */
  listed: Set<string>;
  /** Tables with a header, in order of their beginnings. */
  regions: readonly TableRegion[];
}

/** Index of the first token that starts at or after `at`. */
export function tokenFrom(tokens: Tokens, at: number): number {
  let low = 0;
  let high = tokens.count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (tokens.start[middle]! < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Where a word stands at which something rare may begin, in order. */
export function triggered(scan: Scan, word: Trigger): number[] {
  const { tokens, lexicon } = scan;
  const id = lexicon.triggers[word];
  const places: number[] = [];
  for (const t of scan.triggers) if (tokens.id[t] === id) places.push(tokens.start[t]!);
  return places;
}

/** Dictionary flags of a token (and bits of its kind, which no dictionary flag shares). */
export function flagsAt(scan: Scan, token: number): number {
  return scan.tokens.bits[token]!;
}

export function lineStart(text: string, at: number): number {
  return text.lastIndexOf('\n', at - 1) + 1;
}

/** Where a line ends, or `limit` when it is longer: costs what it passes, never the rest of the text. */
export function lineEndWithin(text: string, at: number, limit: number): number {
  const stop = Math.min(text.length, limit);
  let end = at;
  while (end < stop && text.charCodeAt(end) !== 10) end++;
  return end;
}

export function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
}

/** A finding told by the rule `id` alone, without a check digit. */
export function pushFound(
  scan: Scan,
  start: number,
  end: number,
  type: string,
  score: number,
  id: string,
): void {
  scan.found.push({ start, end, type, score, checked: false, evidence: [id] });
}
