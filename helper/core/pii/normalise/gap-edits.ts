/** Spaces inside a value: between single characters, and between groups of a number or code. */
import { BYTE_CLASS, NUMERO } from '../scan/bytes.ts';
import { DIGIT, LOWER, UPPER } from '../scan/chars.ts';
import { IS_DIGITS, type Tokens } from '../scan/tokens.ts';
import { digitNear, type Edit } from './edit.ts';

const SPACED =
  /(?<![A-Za-z0-9])[A-Za-z0-9@+(&\\%](?:[ \t]{1,3}(?:=?\r?\n[ \t]{0,3})?[A-Za-z0-9@._+/!#$%&*?:;\\=-]){4,600}(?![A-Za-z0-9])/y;
const SPACES = /(?: ?[*=](?=\s))*[ \t]{1,3}(?:\r?\n[ \t]{0,3})?|(?<= )\*+$/g;
/** Units that stand alone, blanks between them, in one match of SPACED. */
const SPACED_MOST = 601;

/** Whether a unit stands alone after the blanks from `at` on, or before those that end there. */
function aloneBeside(bytes: Uint8Array, at: number, step: 1 | -1): boolean {
  let i = at;
  while (bytes[i]! <= 32 && (i - at) * step < 12) i += step;
  // A soft break: `1 =` and its line end.
  if (bytes[i] === 61 && bytes[i + 1]! <= 32) i += step;
  while (bytes[i]! <= 32 && (i - at) * step < 12) i += step;
  return (
    i !== at && !(BYTE_CLASS[bytes[i + step]!]! >= LOWER && BYTE_CLASS[bytes[i + step]!]! <= DIGIT)
  );
}

/** Where the digits and the `@` stand that SPACED cannot match without, in order. */
function spacedSigns(text: string, tokens: Tokens): number[] {
  const { bytes, digits, start, end } = tokens;
  const alone = (from: number, to: number) =>
    aloneBeside(bytes, to, 1) || aloneBeside(bytes, from - 1, -1);
  const signs: number[] = [];
  for (const t of digits)
    if (end[t]! - start[t]! === 1 && alone(start[t]!, end[t]!)) signs.push(start[t]!);
  const numbers = signs.length;
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1))
    if (alone(at, at + 1)) signs.push(at);
  return numbers > 0 && signs.length > numbers ? signs.sort((a, b) => a - b) : signs;
}

/** The first of the units with blanks between that lead up to `at`, none of them before `floor`. */
function spacedFrom(bytes: Uint8Array, at: number, floor: number): number {
  let from = at;
  for (let n = 0; n < SPACED_MOST; n++) {
    let i = from - 1;
    while (i >= floor && bytes[i]! <= 32) i--;
    if (i < floor || i === from - 1 || from - i > 10) return from;
    from = i;
  }
  return from;
}

/** Each run of units with blanks between that holds a digit or an `@`. */
export function spacedEdits(text: string, tokens: Tokens, edits: Edit[]): void {
  let done = 0;
  for (const sign of spacedSigns(text, tokens)) {
    if (sign < done) continue;
    for (let from = spacedFrom(tokens.bytes, sign, done); from <= sign; from++) {
      SPACED.lastIndex = from;
      const match = SPACED.exec(text);
      if (match === null) continue;
      done = from + match[0].length;
      if (/[\d@]/.test(match[0])) pushSpaces(match[0], from, edits);
      from = done - 1;
    }
  }
}

function pushSpaces(run: string, at: number, edits: Edit[]): void {
  for (const gap of run.matchAll(SPACES)) {
    const start = at + gap.index;
    edits.push({ start, end: start + gap[0].length, text: '', kind: 'spaced' });
  }
}

/** Irregular spacing between digit groups, as in scanned forms. */
export function gapEdits(text: string, tokens: Tokens, edits: Edit[]): void {
  const { start, end, bits, digits, count } = tokens;
  const between = (t: number): void => {
    const gap = start[t]! - end[t - 1]!;
    if (gap < 2 || gap > 4) return;
    const both = (bits[t]! & bits[t - 1]! & IS_DIGITS) !== 0;
    gapEdit(text, end[t - 1]!, start[t]!, both, edits);
  };
  for (const t of digits) {
    if (t > 0) between(t);
    if (t + 1 < count && (bits[t + 1]! & IS_DIGITS) === 0) between(t + 1);
  }
  const before = edits.length;
  for (const at of tokens.dashes) hyphenGap(text, tokens, at, edits);
  if (before > 0 && edits.length > before) edits.sort((a, b) => a.start - b.start);
}

/** A hyphen and spaces between two words. */
function hyphenGap(text: string, { bytes }: Tokens, at: number, edits: Edit[]): void {
  let from = at;
  let to = at + 1;
  while (bytes[from - 1] === 32 && at - from < 4) from--;
  while (bytes[to] === 32 && to - at < 5) to++;
  if (to - from < 2 || to - from > 4) return;
  if (isWordByte(bytes[from - 1]!) && isWordByte(bytes[to]!)) gapEdit(text, from, to, false, edits);
}

/** A unit of a token that is no digit. */
function isWordByte(byte: number): boolean {
  const k = BYTE_CLASS[byte];
  return k === LOWER || k === UPPER || byte === 35 || byte === NUMERO;
}

function gapEdit(text: string, from: number, to: number, digits: boolean, edits: Edit[]): void {
  // `21:47:41 -0400`: a time and its zone.
  if (text.charCodeAt(from - 3) === 58) return;
  const gap = text.slice(from, to);
  if (!/^ *(?:[-./] *)?$/.test(gap)) return;
  const mark = gap.trim();
  if (!digits && mark !== '-' && (mark !== '' || !codeGap(text, from, to))) return;
  const codes = digitNear(text, from - 8, from) && digitNear(text, to, to + 8);
  // `glpat -FcH48...`: a prefix and its token.
  const prefix =
    mark === '-' && /[a-z]/.test(text.charAt(from - 1)) && digitNear(text, to, to + 12);
  if (!digits && !(mark === '-' && (codes || prefix)) && !(mark === '' && codes)) return;
  edits.push({ start: from, end: to, text: mark === '' ? ' ' : mark, kind: 'gaps' });
}

/** `SR  15`, `91  B`: capitals or digits on both sides, a digit on one. */
function codeGap(text: string, from: number, to: number): boolean {
  const left = text.charCodeAt(from - 1);
  const right = text.charCodeAt(to);
  const digit = (c: number) => c >= 48 && c <= 57;
  const capital = (c: number) => c >= 65 && c <= 90;
  return (digit(left) && capital(right)) || (capital(left) && digit(right));
}
