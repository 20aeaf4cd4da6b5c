/** Digits that a scan put for letters in the words of labels: `D0B`, `Pat1ent`, `P0licy N0.`. */

import { foldWord } from '../scan/chars.ts';
import type { Lexicon } from '../scan/lexicon.ts';
import { hashWord, IS_DIGITS, IS_GLUED, lookup, type Tokens } from '../scan/tokens.ts';
import type { Edit } from './edit.ts';

/** Letters a digit is read for, the likelier first. */
const READ_FOR: Readonly<Record<string, readonly string[]>> = {
  '0': ['o'],
  '1': ['i', 'l'],
  '5': ['s'],
  '8': ['b'],
  '3': ['e'],
};
const LONGEST = 24;

/** The word of a lexicon that a damaged one stands for, or null. */
function mended(word: string, lexicon: Lexicon): string | null {
  let forms = [''];
  for (const char of word) {
    const letters = READ_FOR[char];
    if (letters === undefined) forms = forms.map((form) => form + char);
    else forms = forms.flatMap((form) => letters.map((letter) => form + letter)).slice(0, 8);
  }
  for (const form of forms) {
    const folded = foldWord(form);
    if (lookup(lexicon.table, hashWord(folded), folded.length) > 0) return form;
  }
  return null;
}

/** Words with a digit among their letters that are words of labels without it, and a field behind. */
export function labelEdits(text: string, tokens: Tokens, lexicon: Lexicon, edits: Edit[]): void {
  const { start, end, bits, digits } = tokens;
  let done = -1;
  for (const t of digits) {
    // One digit, letters before and behind it.
    const at = start[t]!;
    if ((bits[t]! & IS_GLUED) === 0 || end[t]! - at > 1 || at < done) continue;
    if (t === 0 || end[t - 1] !== at || (bits[t - 1]! & IS_DIGITS) !== 0) continue;
    if (READ_FOR[text.charAt(at)] === undefined) continue;
    let first = t;
    let last = t;
    while (first > 0 && end[first - 1] === start[first] && start[t]! - start[first]! < LONGEST)
      first--;
    while ((bits[last]! & IS_GLUED) !== 0 && end[last]! - start[t]! < LONGEST) last++;
    const from = start[first]!;
    const to = end[last]!;
    done = to;
    const word = text.slice(from, to);
    // A letter must begin it, and letters must be more than digits.
    if (to - from < 3 || !/^[A-Za-z][A-Za-z0-9]*$/.test(word)) continue;
    if ((word.match(/\d/g)?.length ?? 0) * 2 > word.length || (bits[first]! & IS_DIGITS) !== 0)
      continue;
    if (!FIELD.test(text.slice(to, to + 40))) continue;
    const form = mended(word, lexicon);
    if (form !== null) edits.push({ start: from, end: to, text: form, kind: 'labels' });
  }
}

/** A field opens behind the label, its further words between. */
const FIELD = /^[A-Za-z0-9 .'/]{0,28} ?[:#=]|^ [A-Za-z0-9]{2,8} ?\.? |^\.? {2}|^ ?#/;
