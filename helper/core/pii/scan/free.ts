/** Format-driven search: each alphanumeric run is sent, by its shape, to the few rules it may open. */
import type { Candidate, Rule, TypeSpec } from '../model.ts';
import { isAlnumByte } from './bytes.ts';
import type { Scan } from './scan.ts';
import { DIGITS, IS_DIGITS, IS_GLUED, type Tokens } from './tokens.ts';

interface FreeRule {
  type: string;
  rule: Rule;
  /** Bounds of the leading run, and the characters after it by code; null: any. */
  low: number;
  high: number;
  follow: Uint8Array | null;
  digits: number;
}

function freeRule(type: string, rule: Rule): FreeRule {
  const [low, high] = rule.run ?? [0, Number.MAX_SAFE_INTEGER];
  let follow: Uint8Array | null = null;
  if (rule.follow !== undefined) {
    follow = new Uint8Array(256);
    for (const char of rule.follow) follow[char.charCodeAt(0)] = 1;
  }
  return { type, rule, low, high, follow, digits: rule.digits ?? 0 };
}

/** Whether a rule may match where a run of this length stands before this character, digits in reach. */
export function mayOpen(rule: Rule, length: number, after: number, digits: number): boolean {
  return opens(freeRule(rule.id, rule), length, after, digits);
}

function opens(free: FreeRule, length: number, after: number, digits: number): boolean {
  if (digits < free.digits || length < free.low || length > free.high) return false;
  return free.follow === null || free.follow[after] === 1;
}

const LENGTHS = 24;
/** First kind and length, second kind and length (0 = none), more tokens. */
const CELLS = 2 * LENGTHS * 3 * LENGTHS * 2;

export interface Dispatch {
  rules: readonly (readonly FreeRule[] | undefined)[];
  sets: Int32Array;
}

function cell(kind1: number, len1: number, kind2: number, len2: number, more: number): number {
  return (((kind1 * LENGTHS + len1) * 3 + kind2) * LENGTHS + len2) * 2 + more;
}

function shapeText(kind1: number, len1: number, kind2: number, len2: number, more: number): string {
  const first = `${kind1 === 0 ? 'a' : 'd'}${len1}`;
  if (kind2 === 0) return first;
  return `${first}${kind2 === 1 ? 'a' : 'd'}${len2}${more === 1 ? '+' : ''}`;
}

/** Evaluates every rule's shape once, so that dispatch at run time is one table look-up. */
export function buildDispatch(specs: readonly TypeSpec[]): Dispatch {
  const free: FreeRule[] = [];
  for (const spec of specs) {
    for (const rule of spec.rules) {
      if (rule.start !== undefined && (rule.base ?? 0) > 0) free.push(freeRule(spec.type, rule));
    }
  }
  const sets = new Int32Array(CELLS);
  const rules: (readonly FreeRule[] | undefined)[] = [undefined];
  const known = new Map<string, number>();
  for (let kind1 = 0; kind1 < 2; kind1++) {
    for (let len1 = 1; len1 < LENGTHS; len1++) {
      for (let kind2 = 0; kind2 < 3; kind2++) {
        for (let len2 = 0; len2 < LENGTHS; len2++) {
          for (let more = 0; more < 2; more++) {
            if ((kind2 === 0) !== (len2 === 0) || (kind2 === 0 && more === 1)) continue;
            const shape = shapeText(kind1, len1, kind2, len2, more);
            const fitting = free.filter(({ rule }) => rule.start!.test(shape));
            if (fitting.length === 0) continue;
            const key = fitting.map(({ rule }) => rule.id).join(' ');
            let set = known.get(key);
            if (set === undefined) {
              set = rules.push(fitting) - 1;
              known.set(key, set);
            }
            sets[cell(kind1, len1, kind2, len2, more)] = set;
          }
        }
      }
    }
  }
  return { rules, sets };
}

/** The shape cell of the run that starts at token `t`, and the first token after it. */
function runAt(tokens: Tokens, t: number): { shape: number; next: number; digits: boolean } {
  const kind1 = tokens.kind[t] === DIGITS ? 1 : 0;
  let len1 = tokens.end[t]! - tokens.start[t]!;
  let next = t + 1;
  let digits = kind1 === 1;
  // Letters split at case changes count as one run of letters.
  while (
    next < tokens.count &&
    tokens.start[next] === tokens.end[next - 1] &&
    kind1 === 0 &&
    tokens.kind[next] !== DIGITS
  ) {
    len1 += tokens.end[next]! - tokens.start[next]!;
    next++;
  }
  let kind2 = 0;
  let len2 = 0;
  let more = 0;
  while (next < tokens.count && tokens.start[next] === tokens.end[next - 1]) {
    const kind = tokens.kind[next] === DIGITS ? 2 : 1;
    const length = tokens.end[next]! - tokens.start[next]!;
    if (kind === 2) digits = true;
    if (kind2 === 0 || (kind === kind2 && more === 0)) {
      kind2 = kind;
      len2 += length;
    } else more = 1;
    next++;
  }
  const shape = cell(kind1, Math.min(len1, LENGTHS - 1), kind2, Math.min(len2, LENGTHS - 1), more);
  return { shape, next, digits };
}

/** How far the digits of a value may stand from its beginning: the longest number with its marks. */
export const DIGIT_REACH = 40;

/** The digits in reach of a place; to be asked in ascending order. */
class DigitsAhead {
  private first = 0;
  private readonly tokens: Tokens;

  constructor(tokens: Tokens) {
    this.tokens = tokens;
  }

  count(at: number): number {
    const { digits, start, end } = this.tokens;
    while (this.first < digits.length && start[digits[this.first]!]! < at) this.first++;
    let count = 0;
    for (let d = this.first; d < digits.length && start[digits[d]!]! < at + DIGIT_REACH; d++)
      count += end[digits[d]!]! - start[digits[d]!]!;
    return count;
  }
}

function tryRules(
  scan: Scan,
  rules: readonly FreeRule[],
  at: number,
  end: number,
  near: number,
): void {
  const { text } = scan;
  const after = scan.tokens.bytes[end]!;
  for (let i = 0; i < rules.length; i++) {
    const free = rules[i]!;
    if (!opens(free, end - at, after, near)) continue;
    const { type, rule } = free;
    rule.re.lastIndex = at;
    const match = rule.re.exec(text);
    if (match === null) continue;
    const value = rule.cut === undefined ? match[0] : rule.cut(match[0]);
    const verdict = rule.check === undefined ? true : rule.check(value);
    if (verdict === false) continue;
    const candidate: Candidate = {
      start: at,
      end: at + value.length,
      type,
      subtype: typeof verdict === 'string' ? verdict : undefined,
      score: rule.base ?? 0,
      checked: rule.digit === true,
      evidence: rule.digit === true ? [rule.id, 'check digit'] : [rule.id],
    };
    scan.found.push(candidate);
  }
}

/** Part of a longer dotted or signed number on the left: no start of a value. */
function continues(bytes: Uint8Array, at: number): boolean {
  if (at === 0) return false;
  const c = bytes[at - 1]!;
  // '.', ',' or '-' after a digit, '_' or '@' after anything
  if (c === 46 || c === 44 || c === 45) return at >= 2 && isAlnumByte(bytes[at - 2]!);
  // `U+0041` is a character, not a number
  if (c === 43) return at >= 2 && isAlnumByte(bytes[at - 2]!);
  return c === 95;
}

/** Tries every run once. `isSpecial` marks words that open a run of letters before spaced digits. */
export function scanFree(scan: Scan, dispatch: Dispatch): void {
  const { tokens } = scan;
  const { bits, bytes, open, opened } = tokens;
  const ahead = new DigitsAhead(tokens);
  let done = 0;
  // Lower-case words cannot open a run unless a digit follows at once.
  for (let o = 0; o < opened; o++) {
    const t = open[o]!;
    if (t < done) continue;
    // A capitalised word alone opens a run only before a digit or another capital.
    if ((bits[t]! & (IS_DIGITS | IS_GLUED)) === 0 && !opensDigits(bytes, tokens.end[t]!)) continue;
    const { shape, next, digits } = runAt(tokens, t);
    done = next;
    const set = dispatch.sets[shape]!;
    if (set === 0) continue;
    const at = tokens.start[t]!;
    const end = tokens.end[next - 1]!;
    const spaced = !digits && opensDigits(bytes, end);
    if ((digits || spaced) && !continues(bytes, at))
      tryRules(scan, dispatch.rules[set]!, at, end, ahead.count(at));
  }
}

/** A space or hyphen and a digit follow: `AB 12 34 56 C`, `FR 76 ...`. */
function opensDigits(bytes: Uint8Array, at: number): boolean {
  const c = bytes[at]!;
  const d = bytes[at + 1]!;
  return (
    (c === 32 || c === 45 || c === 46) && ((d >= 48 && d <= 57) || (c === 32 && d >= 65 && d <= 90))
  );
}
