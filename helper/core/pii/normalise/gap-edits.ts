/** Spaces inside a value: between single characters, and between groups of a number or code. */
import { BYTE_CLASS, NUMERO } from '../scan/bytes.ts';
import { DIGIT, LOWER, UPPER } from '../scan/chars.ts';
import { IS_DIGITS, type Tokens } from '../scan/tokens.ts';
import { digitNear, type Edit } from './edit.ts';

const SPACED =
  /(?<![A-Za-z0-9])[A-Za-z0-9@+(&\\%](?:[ \t]{1,3}(?:=?\r?\n[ \t]{0,3})?[A-Za-z0-9@._+/!#$%&*?:;\\=-]){4,600}(?![A-Za-z0-9])/g;
const SPACES = /(?: ?[*=](?=\s))*[ \t]{1,3}(?:\r?\n[ \t]{0,3})?|(?<= )\*+$/g;

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

/** A digit or `@` among units with blanks between: what SPACED cannot match without. */
function spacedSign(text: string, tokens: Tokens): boolean {
  const { bytes, digits, start, end } = tokens;
  const alone = (from: number, to: number) =>
    aloneBeside(bytes, to, 1) || aloneBeside(bytes, from - 1, -1);
  for (const t of digits) if (end[t]! - start[t]! === 1 && alone(start[t]!, end[t]!)) return true;
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1))
    if (alone(at, at + 1)) return true;
  return false;
}

export function spacedEdits(text: string, tokens: Tokens, edits: Edit[]): void {
  if (!spacedSign(text, tokens)) return;
  SPACED.lastIndex = 0;
  for (let match = SPACED.exec(text); match !== null; match = SPACED.exec(text)) {
    const run = match[0];
    if (!/[\d@]/.test(run)) continue;
    for (const gap of run.matchAll(SPACES)) {
      const start = match.index + gap.index;
      edits.push({ start, end: start + gap[0].length, text: '', kind: 'spaced' });
    }
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
  for (let at = text.indexOf('-'); at >= 0; at = text.indexOf('-', at + 1))
    hyphenGap(text, tokens, at, edits);
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
