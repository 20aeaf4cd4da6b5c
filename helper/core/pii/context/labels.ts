/** Finds label phrases in a tokenised text: leftmost, longest, small words between skipped. */
import type { LabelHit, LabelMeaning } from '../model.ts';
import { FILLER, type Lexicon, ROOT_LABEL, step } from '../scan/lexicon.ts';
import { DIGITS, type Tokens } from '../scan/tokens.ts';

const MAX_GAP = 3;

/** True when only joining characters stand between two words of one label. */
function joins(text: string, from: number, to: number): boolean {
  if (to - from > MAX_GAP) return false;
  for (let i = from; i < to; i++) {
    const c = text.charCodeAt(i);
    // space, apostrophes, - . / _ ° # and no-break space
    const ok =
      c === 32 ||
      c === 45 ||
      c === 95 ||
      c === 46 ||
      c === 39 ||
      c === 0x2019 ||
      c === 47 ||
      c === 0xb0 ||
      c === 0xba ||
      c === 0xa0 ||
      c === 38;
    if (!ok) return false;
  }
  return true;
}

interface Found {
  last: number;
  meanings: readonly LabelMeaning[];
}

/** The longest label that starts at token `t`. */
function longest(text: string, tokens: Tokens, lexicon: Lexicon, t: number): Found | null {
  const plain = walk(text, tokens, lexicon, t, false);
  if (lexicon.edges.inner[step(lexicon, 0, tokens.id[t]!)] === 0) return plain;
  const skipping = walk(text, tokens, lexicon, t, true);
  if (plain === null || skipping === null) return plain ?? skipping;
  return skipping.last > plain.last ? skipping : plain;
}

/** Walks the trie; small words are skipped when no edge fits, or (`eager`) before any edge. */
function walk(
  text: string,
  tokens: Tokens,
  lexicon: Lexicon,
  t: number,
  eager: boolean,
): Found | null {
  let node = step(lexicon, 0, tokens.id[t]!);
  let best: Found | null = null;
  let at = t;
  let skipped = 0;
  while (node !== 0) {
    const meanings = lexicon.meanings[node];
    if (meanings !== undefined) best = { last: at, meanings };
    if (lexicon.edges.inner[node] === 0) break;
    let next = at + 1;
    let child = 0;
    while (next < tokens.count && joins(text, tokens.end[next - 1]!, tokens.start[next]!)) {
      const id = tokens.id[next]!;
      const small = id !== 0 && (lexicon.flags[id]! & FILLER) !== 0;
      child = eager && small && skipped < 3 ? 0 : step(lexicon, node, id);
      if (child !== 0 || id === 0 || (lexicon.flags[id]! & FILLER) === 0 || skipped >= 3) break;
      skipped++;
      next++;
    }
    if (child === 0) break;
    node = child;
    at = next;
  }
  return best;
}

/** All labels in order. A label inside a longer one is not reported. */
export function findLabels(text: string, tokens: Tokens, lexicon: Lexicon): LabelHit[] {
  const hits: LabelHit[] = [];
  const { flags } = lexicon;
  for (let t = 0; t < tokens.count; t++) {
    const id = tokens.id[t]!;
    if (id === 0 || (flags[id]! & ROOT_LABEL) === 0) continue;
    // A digit glued before the word: part of a code, not a label.
    if (t > 0 && tokens.kind[t - 1] === DIGITS && tokens.end[t - 1] === tokens.start[t]) continue;
    const found = longest(text, tokens, lexicon, t);
    if (found === null) continue;
    const start = tokens.start[t]!;
    hits.push({
      start,
      end: tokens.end[found.last]!,
      first: t,
      last: found.last,
      meanings: found.meanings,
    });
    t = found.last;
  }
  return hits;
}
