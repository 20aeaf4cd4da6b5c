/** Finds label phrases in a tokenised text: leftmost, longest, small words between skipped. */
import type { LabelHit } from '../model.ts';
import { FILLER, type Lexicon, ROOT_LABEL, step } from '../scan/lexicon.ts';
import { IS_DIGITS, IS_GLUED, type Tokens } from '../scan/tokens.ts';

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
      c === 38 ||
      // `City, state, ZIP`
      c === 44 ||
      // `member (ID ...)`
      c === 40;
    if (!ok) return false;
  }
  return true;
}

/** Bits of one word a walk answers with: the node reached, and the tokens of the label above it. */
const NODE_BITS = 20;
/** Set when a small word stood where the label might go on: skipping it may lead further. */
const SAW_SMALL = 1 << 30;
const MAX_WORDS = 255;

/** The longest label that starts at token `t`: its last token and node, packed; 0 when none. */
function longest(text: string, tokens: Tokens, lexicon: Lexicon, t: number): number {
  const root = lexicon.root[tokens.id[t]!]!;
  // Most first words of labels are small words of any text: the word after them decides at once.
  const next = t + 1;
  const apart = tokens.start[next]! - tokens.end[t]! > MAX_GAP;
  if (apart || ((tokens.bits[next]! & FILLER) === 0 && step(lexicon, root, tokens.id[next]!) === 0))
    return lexicon.meanings[root] === undefined ? 0 : root;
  const plain = walk(text, tokens, lexicon, t, root, false);
  const best = plain & ~SAW_SMALL;
  if ((plain & SAW_SMALL) === 0) return best;
  const skipping = walk(text, tokens, lexicon, t, root, true) & ~SAW_SMALL;
  return skipping >> NODE_BITS > best >> NODE_BITS || best === 0 ? skipping : best;
}

/** Walks the trie; small words are skipped when no edge fits, or (`eager`) before any edge. */
function walk(
  text: string,
  tokens: Tokens,
  lexicon: Lexicon,
  t: number,
  root: number,
  eager: boolean,
): number {
  const { inner } = lexicon.edges;
  let node = root;
  let best = 0;
  let at = t;
  let skipped = 0;
  let small = 0;
  while (node !== 0) {
    if (lexicon.meanings[node] !== undefined) best = ((at - t) << NODE_BITS) | node;
    if (inner[node] === 0) break;
    let next = at + 1;
    let child = 0;
    while (next < tokens.count && joins(text, tokens.end[next - 1]!, tokens.start[next]!)) {
      const id = tokens.id[next]!;
      const isSmall = (tokens.bits[next]! & FILLER) !== 0;
      if (isSmall) small = SAW_SMALL;
      child = eager && isSmall && skipped < 3 ? 0 : step(lexicon, node, id);
      if (child !== 0 || !isSmall || skipped >= 3) break;
      skipped++;
      next++;
    }
    if (child === 0 || next - t > MAX_WORDS) break;
    node = child;
    at = next;
  }
  return best | small;
}

/** All labels in order. A label inside a longer one is not reported. */
export function findLabels(text: string, tokens: Tokens, lexicon: Lexicon): LabelHit[] {
  const hits: LabelHit[] = [];
  const { bits } = tokens;
  for (let t = 0; t < tokens.count; t++) {
    if ((bits[t]! & ROOT_LABEL) === 0) continue;
    // A digit glued before the word: part of a code, not a label.
    if (t > 0 && (bits[t - 1]! & (IS_DIGITS | IS_GLUED)) === (IS_DIGITS | IS_GLUED)) continue;
    const found = longest(text, tokens, lexicon, t);
    if (found === 0) continue;
    const last = t + (found >> NODE_BITS);
    const node = found & ((1 << NODE_BITS) - 1);
    hits.push({
      start: tokens.start[t]!,
      end: tokens.end[last]!,
      first: t,
      last,
      meanings: lexicon.meanings[node]!,
      cues: lexicon.cues[node]!,
    });
    t = last;
  }
  return hits;
}
