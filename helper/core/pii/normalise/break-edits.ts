/**
 * What markup, mail encodings and program text put into the middle of a value: tags with
 * attributes, comments, joined string parts, quoted-printable codes, spaces around `@` and `.`.
 */
import type { Edit } from './edit.ts';

const VALUE = /[A-Za-z0-9@.+()_-]/;
/** By unit, so that most marks of a text are passed over at the cost of a look. */
const VALUES = Uint8Array.from({ length: 128 }, (_, c) =>
  VALUE.test(String.fromCharCode(c)) ? 1 : 0,
);
const BREAK =
  /(?:<\/?(?:a|b|i|u|em|strong|span|font|code|br|wbr|sup|sub|small|mark|tt|s|big|ins|del|bdo|bdi|kbd|samp|var|abbr|div|p)(?:\s[^<>\n]{0,120})?\/?>\s{0,2}){1,6}|<!--[^<>\n]{0,80}-->|\/\*[^*\n]{0,60}\*\/|(?:\[\/?(?:b|i|u|color|size|font)(?:=[^\]\n]{0,20})?\]){1,2}|["'] ?(?:[+.&]|\|\|) ?["']|" "|' '/iy;
/** What BREAK begins with. */
const BREAK_MARKS = ['<', '[', '/*', '"', "'"] as const;

function digitOrAt(text: string): boolean {
  return /[\d@]/.test(text);
}

/** `4111 <br>1111`: the space between two groups stands before the break. */
function digitAndSpace(text: string, at: number): boolean {
  const digit = text.charCodeAt(at - 2);
  return text.charCodeAt(at - 1) === 32 && digit >= 48 && digit <= 57;
}

/** Where BREAK may begin behind a unit of a value, in order. */
function breakPlaces(text: string): number[] {
  const places: number[] = [];
  for (const mark of BREAK_MARKS) {
    for (let at = text.indexOf(mark); at >= 0; at = text.indexOf(mark, at + 1)) {
      if (VALUES[text.charCodeAt(at - 1)] !== 1 && !digitAndSpace(text, at)) continue;
      // An apostrophe goes on with a letter, the joined parts of a string do not.
      if ((mark === "'" || mark === '"') && JOINS[text.charCodeAt(at + 1)] !== 1) continue;
      places.push(at);
    }
  }
  return places.sort((a, b) => a - b);
}

const JOINS = Uint8Array.from({ length: 128 }, (_, c) =>
  ' +.&"\''.includes(String.fromCharCode(c)) ? 1 : 0,
);

/** Every break that stands between two units of a value or code, in order. */
function breakRanges(text: string): { from: number; to: number }[] {
  const ranges: { from: number; to: number }[] = [];
  let done = 0;
  for (const from of breakPlaces(text)) {
    BREAK.lastIndex = from;
    const match = from < done ? null : BREAK.exec(text);
    if (match === null) continue;
    done = from + match[0].length;
    ranges.push({ from, to: done });
  }
  return ranges;
}

/** Fewest breaks of a value that is written unit by unit. */
const RUN_LEAST = 4;

/** `a<wbr>d<wbr>a<wbr>@`: by break, whether it belongs to a row of them with a unit between each. */
function inRows(ranges: readonly { from: number; to: number }[]): boolean[] {
  const rows = ranges.map(() => false);
  let first = 0;
  for (let i = 1; i <= ranges.length; i++) {
    if (i < ranges.length && ranges[i]!.from - ranges[i - 1]!.to <= 2) continue;
    if (i - first >= RUN_LEAST) rows.fill(true, first, i);
    first = i;
  }
  return rows;
}

/** Tags, comments and string joins between two halves of a value. */
function breaks(text: string, edits: Edit[]): void {
  const ranges = breakRanges(text);
  const rows = inRows(ranges);
  ranges.forEach(({ from, to }, i) => {
    // `"4111" + " 1111"`
    const first = text.charCodeAt(to) === 32 && isDigitAt(text, to + 1) ? to + 1 : to;
    // Behind the last tag of a row stands the next word.
    const within = rows[i] === true && text.charCodeAt(to - 1) > 32;
    if (!within && !(VALUE.test(text.charAt(first)) && splitsValue(text, from, to))) return;
    edits.push({ start: from, end: to, text: '', kind: 'marks' });
  });
}

/** Both halves belong to one value only when each shows a digit or the mark of an address. */
function splitsValue(text: string, from: number, to: number): boolean {
  const left = textOf(text.slice(Math.max(0, from - SIDE), from)).slice(-8);
  const right = textOf(text.slice(to, to + SIDE)).slice(0, 8);
  return (
    (digitOrAt(left) && digitOrAt(right)) ||
    mailAround(text, from, to) ||
    TOKEN_BEFORE.test(text.slice(Math.max(0, from - SIDE), from)) ||
    fieldAround(text, from, left + right)
  );
}

/** How far both sides of a break are looked at: tags with attributes stand between single digits. */
const SIDE = 64;

/** What stands beside a break, without whole tags and without those that the look cuts. */
function textOf(side: string): string {
  return side
    .replace(/^[^<>]{0,64}>/, '')
    .replace(/<[^<>]{0,64}>/g, '')
    .replace(/<[^<>]{0,64}$/, '');
}

/** `ghp_t<br>acfF`: what providers begin their tokens with. */
const TOKEN_BEFORE =
  /(?:gh[pousr]_|github_pat_|glpat-|xox[a-z]-|[srp]k[-_]|AKIA|ASIA|npm_|SG\.|AIza|eyJ)[\w.-]{0,40}$/;

/** `token: ghp<b>_Pb6m`: pieces of a code where a field holds its value. */
function fieldAround(text: string, from: number, around: string): boolean {
  if (!/\d|[A-Z]{2}|[a-z][A-Z]/.test(around)) return false;
  const head = text.slice(Math.max(0, from - 48), from);
  return /[:=] {0,2}["']?[A-Za-z0-9@._+/-]{1,40}$/.test(head);
}

function mailAround(text: string, from: number, to: number): boolean {
  const left = /[\w.+@-]{1,40}$/.exec(text.slice(Math.max(0, from - 40), from))?.[0] ?? '';
  const right = /^[\w.+@-]{1,60}/.exec(text.slice(to, to + 60))?.[0] ?? '';
  return /^[\w.+-]*@[\w-]+\.[a-z]{2,}|^[\w.+-]+@[\w-]*$/i.test(right)
    ? left !== ''
    : /@[\w-]*$/.test(left) && /\.[a-z]{2,}/i.test(right);
}

const QUOTED = /(?:=[2-7][0-9A-F]){3,}|(?<=[A-Za-z0-9)])=(?:2[0DE]|40|29|28)(?=[A-Za-z0-9(=])/g;

/** `=33=35=38` and `358=2D35=2D2243`: quoted-printable codes of printable characters. */
function quoted(text: string, edits: Edit[]): void {
  if (!/=(?:2[0DE89]|40|3\d)/.test(text)) return;
  QUOTED.lastIndex = 0;
  for (let match = QUOTED.exec(text); match !== null; match = QUOTED.exec(text)) {
    for (let i = 0; i < match[0].length; i += 3) {
      const char = String.fromCharCode(Number.parseInt(match[0].slice(i + 1, i + 3), 16));
      edits.push({ start: match.index + i, end: match.index + i + 3, text: char, kind: 'marks' });
    }
  }
}

const APART = /[A-Za-z0-9](?: \. [a-z0-9]+){0,4} @ [a-z0-9-]+(?: ?\. ?[a-z0-9-]{2,}){1,4}/gi;

/** Whether ` @ ` stands anywhere; a search for its space would stop at every word. */
function spacedAt(text: string): boolean {
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1))
    if (text.charCodeAt(at - 1) === 32 && text.charCodeAt(at + 1) === 32) return true;
  return false;
}

/** `jane . doe @ example . com`. */
function apart(text: string, edits: Edit[]): void {
  if (!spacedAt(text)) return;
  APART.lastIndex = 0;
  for (let match = APART.exec(text); match !== null; match = APART.exec(text)) {
    for (const gap of match[0].matchAll(/ ?([.@]) ?/g)) {
      if (gap[0].length === 1) continue;
      const start = match.index + gap.index;
      edits.push({ start, end: start + gap[0].length, text: gap[1]!, kind: 'spelled' });
    }
  }
}

const FENCED =
  /[A-Za-z0-9_-](?: ?(?:\[[@.]\]|\([@.a]\)|\{[@.]\}|<[@.]>) ?[A-Za-z0-9_-]|[A-Za-z0-9_.@-]){2,60}/y;
const FENCE = /\[[.@]\]|\([.@a]\)|\{[.@]\}|<@>/g;
/** Longest part of a value before its first fence. */
const FENCED_MOST = 61;

/** The first unit of the word that ends at a fence, or the fence itself. */
function fencedFrom(text: string, fence: number, floor: number): number {
  let from = text.charCodeAt(fence - 1) === 32 ? fence - 1 : fence;
  const least = Math.max(floor, from - FENCED_MOST);
  while (from > least && /[A-Za-z0-9_.@-]/.test(text.charAt(from - 1))) from--;
  while (from < fence && !/[A-Za-z0-9_-]/.test(text.charAt(from))) from++;
  return from;
}

/** `jane[@]example[.]com`, `jane(a)example.com`: marks in brackets. */
function fenced(text: string, edits: Edit[]): void {
  let done = 0;
  for (const { index } of text.matchAll(FENCE)) {
    if (index < done) continue;
    FENCED.lastIndex = fencedFrom(text, index, done);
    const match = FENCED.exec(text);
    if (match === null) continue;
    done = FENCED.lastIndex;
    if (!match[0].includes('@') && !match[0].includes('(a)')) continue;
    for (const mark of match[0].matchAll(/ ?[[({<]([@.a])[\])}>] ?/g)) {
      const start = match.index + mark.index;
      const char = mark[1] === 'a' ? '@' : mark[1]!;
      edits.push({ start, end: start + mark[0].length, text: char, kind: 'spelled' });
    }
  }
}

/** `4111+1111`, `4111~1111`: the spaces of forms in addresses, and those that must not break. */
function pluses(text: string, edits: Edit[]): void {
  for (const mark of ['+', '~'])
    for (let at = text.indexOf(mark); at >= 0; at = text.indexOf(mark, at + 1)) {
      const before = text.charCodeAt(at - 1);
      if (before !== 41 && !(before >= 48 && before <= 57)) continue;
      if (!isDigitAt(text, at + 1)) continue;
      edits.push({ start: at, end: at + 1, text: ' ', kind: 'gaps' });
    }
  edits.sort((a, b) => a.start - b.start);
}

function isDigitAt(text: string, at: number): boolean {
  const c = text.charCodeAt(at);
  return c >= 48 && c <= 57;
}

/** All edits of these kinds, in order; each list is a view of its own. */
export function breakEdits(text: string): Edit[][] {
  const broken: Edit[] = [];
  const codes: Edit[] = [];
  const spaces: Edit[] = [];
  breaks(text, broken);
  quoted(text, codes);
  apart(text, spaces);
  const fences: Edit[] = [];
  fenced(text, fences);
  const plus: Edit[] = [];
  pluses(text, plus);
  return [broken, codes, spaces, fences, plus];
}
