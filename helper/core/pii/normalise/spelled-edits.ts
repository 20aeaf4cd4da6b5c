/** Marks written as words: `jane at example dot com`, `five five dash one two`. */
import { ALTERNATE } from '../scan/lexicon.ts';
import type { Tokens } from '../scan/tokens.ts';
import { digitNear, type Edit, isValue } from './edit.ts';

const SPELLED: Record<string, string> = {
  at: '@',
  ät: '@',
  arobase: '@',
  arobas: '@',
  klammeraffe: '@',
  arroba: '@',
  chiocciola: '@',
  dot: '.',
  point: '.',
  punkt: '.',
  punto: '.',
  dash: '-',
  hyphen: '-',
  minus: '-',
  tiret: '-',
  bindestrich: '-',
  strich: '-',
  guion: '-',
  trattino: '-',
  moins: '-',
  underscore: '_',
  slash: '/',
  plus: '+',
  colon: ':',
};
export const SPELLED_WORDS: readonly string[] = Object.keys(SPELLED);

const BEFORE_WORD = /[ \t]{0,2}[[({<_«|*-]?[ \t]{0,2}$/;
const AFTER_WORD = /^[ \t]{0,2}[\])}>_»|*-]?[ \t]{0,2}/;

export function spelledEdits(text: string, tokens: Tokens, edits: Edit[]): void {
  const { bits, count } = tokens;
  for (const t of tokens.marked) {
    if ((bits[t]! & ALTERNATE) === 0 || t === 0 || t === count - 1) continue;
    const from = tokens.start[t]!;
    const to = tokens.end[t]!;
    const before = BEFORE_WORD.exec(text.slice(Math.max(0, from - 5), from))![0];
    const after = AFTER_WORD.exec(text.slice(to, to + 5))![0];
    if (before === '' || after === '') continue;
    const start = from - before.length;
    const end = to + after.length;
    if (!isValue(text, start - 1) || !isValue(text, end)) continue;
    const bracket = /[[({<«|*]/.test(before) && /[\])}>»|*]/.test(after);
    const char = SPELLED[text.slice(from, to).toLowerCase()] ?? '';
    // `one-at-a-time`: hyphens around a word spell a mark only in an address.
    const hyphens = before.includes('-') || after.includes('-');
    const near = hyphens
      ? (mailLike(text, start, end, char) && before.trim() === after.trim()) ||
        (char === '-' && digitNear(text, start - 2, start) && digitNear(text, end, end + 2))
      : digitNear(text, start - 2, start) || codeDash(text, start, end, char);
    if (!bracket && !near && !mailLike(text, start, end, char)) continue;
    edits.push({ start, end, text: char, kind: 'spelled' });
  }
}

/** `xoxb dash 1121 dash 1201`, `4D dash 13`: a dash between pieces of a code, a digit in one of them. */
function codeDash(text: string, start: number, end: number, char: string): boolean {
  return char === '-' && digitNear(text, start - 4, start) !== digitNear(text, end, end + 4);
}

/** `jane dot doe at example dot com`: another spelled mark within reach. */
function mailLike(text: string, start: number, end: number, char: string): boolean {
  // `reached at jane@example.com`: the address has its mark.
  if (char === '@' && /^[^\s@]{0,64}@/.test(text.slice(end, end + 66))) return false;
  const around = `${text.slice(Math.max(0, start - 60), start)} ~ ${text.slice(end, end + 60)}`;
  const other =
    char === '@'
      ? /[ [({<_«|*-](?:dot|point|punkt|punto)[ \])}>_»|*-]|[a-z0-9][[({]?\.[\])}]?[a-z]{2,}/i
      : /@|[ [({<_«|*-](?:at|ät|arobase|arobas|klammeraffe|arroba|chiocciola)[ \])}>_»|*-]/i;
  return other.test(around);
}
