/** Custom patterns of a policy: what may be run at all, and how it is run (in a worker, with a deadline). */
import { AkiosError } from '../../../shared/domain/errors.ts';
import type { Span } from '../../../shared/redaction/span.ts';
import { TYPE_NAME } from '../../../shared/redaction/types.ts';
import { type CustomPattern, foldValue } from './policy.ts';

const MAX_SOURCE = 500;
const MAX_REPEAT = 1000;
/** Product of nested repeats; beyond it one match attempt is too long. */
const MAX_PRODUCT = 10_000;
const MAX_MATCHES = 100_000;
const KEYWORD_REACH = 100;

function refuse(where: string, message: string, hint: string): never {
  throw new AkiosError('POLICY_INVALID', message, { where, hint });
}

/** The upper bound of a quantifier at `at`, 1 when there is none, Infinity when unbounded. */
function repeatAt(source: string, at: number): { most: number; length: number } {
  const char = source.charAt(at);
  if (char === '*' || char === '+') return { most: Number.POSITIVE_INFINITY, length: 1 };
  if (char === '?') return { most: 1, length: 1 };
  const match = /^\{(\d{1,6})(?:(,)(\d{0,6}))?\}/.exec(source.slice(at, at + 18));
  if (match === null) return { most: 1, length: 0 };
  const most =
    match[2] === undefined
      ? Number(match[1])
      : match[3] === ''
        ? Number.POSITIVE_INFINITY
        : Number(match[3]);
  return { most, length: match[0].length };
}

/** End of a character class that opens at `at`. */
function classEnd(source: string, at: number): number {
  let i = at + 1;
  while (i < source.length && source.charAt(i) !== ']') i += source.charAt(i) === '\\' ? 2 : 1;
  return i + 1;
}

function checkRepeats(source: string, where: string): void {
  // One entry per open group: the largest product of repeats inside it so far.
  const open: number[] = [1];
  for (let i = 0; i < source.length; ) {
    const char = source.charAt(i);
    let inner = 1;
    if (char === '\\') {
      if (/[1-9k]/.test(source.charAt(i + 1)))
        refuse(where, 'A pattern may not refer back to a group.', 'Write the text out instead.');
      i += 2;
    } else if (char === '[') i = classEnd(source, i);
    else if (char === '(') {
      if (/^\(\?<?[=!]/.test(source.slice(i, i + 4)))
        refuse(where, 'A pattern may not look around.', 'Use contextKeywords for words nearby.');
      open.push(1);
      i += source.startsWith('(?:', i) ? 3 : 1;
      continue;
    } else if (char === ')') {
      inner = open.pop() ?? 1;
      i++;
    } else i++;
    const { most, length } = repeatAt(source, i);
    if (most > MAX_REPEAT)
      refuse(
        where,
        'A pattern may not repeat without a small bound.',
        'Write {0,64} instead of * and {1,64} instead of +.',
      );
    i += length;
    const product = Math.max(1, most) * inner;
    if (product > MAX_PRODUCT)
      refuse(
        where,
        'The repeats of this pattern multiply to too much work.',
        'Avoid repeats inside repeats.',
      );
    const top = open.length - 1;
    if (top >= 0) open[top] = Math.max(open[top]!, product);
  }
}

/** Throws POLICY_INVALID unless the pattern is bounded and compiles. */
export function checkPattern(custom: CustomPattern, where = 'customPatterns'): void {
  if (!TYPE_NAME.test(custom.type))
    refuse(where, `\`${custom.type}\` is not a type name.`, 'Capitals, digits and _.');
  if (custom.pattern.length === 0 || custom.pattern.length > MAX_SOURCE)
    refuse(where, 'A pattern has 1 to 500 characters.', 'Split it.');
  checkRepeats(custom.pattern, where);
  let empty = false;
  try {
    empty = new RegExp(custom.pattern).test('');
  } catch (error) {
    throw new AkiosError('POLICY_INVALID', 'The pattern is no regular expression.', {
      where,
      cause: error,
    });
  }
  if (empty)
    refuse(where, 'The pattern matches nothing at all.', 'Make at least one character necessary.');
}

/**
 * Runs custom patterns over a text. Only a worker with a deadline may call this: the checks above
 * bound one attempt, not the whole text.
 */
export function runCustom(text: string, patterns: readonly CustomPattern[]): Span[] {
  const spans: Span[] = [];
  for (const custom of patterns) {
    const re = new RegExp(custom.pattern, custom.caseInsensitive === true ? 'gi' : 'g');
    const words = (custom.contextKeywords ?? []).map(foldValue);
    for (const match of text.matchAll(re)) {
      if (spans.length >= MAX_MATCHES) throw new RangeError('too many custom matches');
      const start = match.index;
      const end = start + match[0].length;
      if (end === start) continue;
      if (words.length > 0) {
        const near = foldValue(text.slice(Math.max(0, start - KEYWORD_REACH), end + KEYWORD_REACH));
        if (!words.some((word) => near.includes(word))) continue;
      }
      spans.push({
        start,
        end,
        type: custom.type,
        score: custom.score ?? 0.9,
        source: 'custom',
        evidence: ['custom pattern'],
      });
    }
  }
  return spans;
}
