/** The working state of one scan over one (normalised) text. */
import type { Candidate, LabelHit } from '../model.ts';
import type { Lexicon } from './lexicon.ts';
import type { Tokens } from './tokens.ts';

export interface Scan {
  text: string;
  tokens: Tokens;
  lexicon: Lexicon;
  labels: LabelHit[];
  found: Candidate[];
  /** Value starts that a label of some other thing (order, version, ISBN) points at. */
  negative: Set<number>;
  /** True when a table with a header was read. */
  tabular: boolean;
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

export function flagsAt(scan: Scan, token: number): number {
  return scan.lexicon.flags[scan.tokens.id[token]!]!;
}

export function lineStart(text: string, at: number): number {
  return text.lastIndexOf('\n', at - 1) + 1;
}

export function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
}
