/** Values of a label that stand further on in running text. */
import { CUE_FIELD, CUE_LABEL, type LabelHit, type TypeSpec } from '../model.ts';
import { BYTE_CLASS } from '../scan/bytes.ts';
import { DIGIT, isAlnum, LOWER, UPPER } from '../scan/chars.ts';
import type { Scan } from '../scan/scan.ts';
import { DIGITS } from '../scan/tokens.ts';
import { isWrapped, matchAt } from './match.ts';
import { markerAt, type Slot } from './slots.ts';

/** Characters of prose a label reaches over. */
export const NEAR = 90;

/** Types whose value in prose needs a digit, so that only digit-bearing tokens are tried. */
export function tryNear(scan: Scan, spec: TypeSpec, label: LabelHit, stop: number): void {
  const { text, tokens } = scan;
  const name = text.slice(label.start, label.end).toLowerCase();
  let tried = 0;
  for (let t = label.last + 1; t < tokens.count && tried < 8; t++) {
    const at = tokens.start[t]!;
    if (at >= stop) return;
    const glued = t > 0 && tokens.end[t - 1] === at;
    if (glued) continue;
    if (tokens.kind[t] !== DIGITS && !hasDigitAfter(tokens.bytes, at)) continue;
    // `2018-12-31`: the middle of a date or code.
    const mark = tokens.bytes[at - 1]!;
    if (mark >= 45 && mark <= 47 && BYTE_CLASS[tokens.bytes[at - 2]!] === DIGIT) continue;
    if (scan.negative.has(at) || isForeign(text, at)) continue;
    tried++;
    const from = signBefore(text, at);
    const slot: Slot = { at: from, mode: 'near', quote: '', limit: -1 };
    const wide = matchAt(scan, spec, slot, name);
    const found =
      wide !== null && (from === at || !isWrapped(text, wide))
        ? wide
        : from === at
          ? null
          : matchAt(scan, spec, { ...slot, at }, name);
    if (found === null) continue;
    if (isYear(text.slice(found.start, found.end))) continue;
    found.score = Math.max(0.5, found.score - 0.0012 * (at - label.end));
    scan.found.push(found);
    return;
  }
}

/** `CVE-2023-1`, `RFC 5322`, `Bug 3233`, `#123`, `:issue:`: numbers of other things by their own mark. */
function isForeign(text: string, at: number): boolean {
  if (/^(?:CVE|RFC|ISO|PR|GH|DSA|USN|RHSA|CWE|PEP)[- ]?\d/.test(text.slice(at, at + 6)))
    return true;
  return (
    /(?:#|\b(?:bug|rfc|issue|pull|cve|copyright|©|\(c\)|version|v|port|line|page|year|in|since|section|iso)[ :#-]{0,3})$/i.test(
      text.slice(Math.max(0, at - 12), at),
    ) ||
    (text.charAt(at - 1) === '`' && text.charAt(at - 2) !== ' ')
  );
}

/** A sign, bracket or plus that belongs to a number (`+49`, `(555)`, `-12.5`). */
function signBefore(text: string, at: number): number {
  const c = text.charCodeAt(at - 1);
  if (c === 43 || c === 40) return at - 1;
  return c === 45 && !isAlnum(text.charCodeAt(at - 2)) ? at - 1 : at;
}

function hasDigitAfter(bytes: Uint8Array, at: number): boolean {
  for (let i = at; i < at + 12; i++) {
    const k = BYTE_CLASS[bytes[i]!]!;
    if (k === DIGIT) return true;
    if (k === LOWER || k === UPPER || bytes[i] === 45) continue;
    if (bytes[i] !== 32 || i - at > 4) return false;
  }
  return false;
}

/** A line that begins a field or a quotation of its own: `> Sent:`, `- Date:`, `Total:`. */
const FIELD_LINE = /\r?\n(?:\r?\n|[ \t]{0,24}>|[ \t*•-]{0,6}[\p{L}][\p{L} _-]{1,30}[:=])/uy;

/** Where the reach of a label in prose ends: another label, field, marker, blank line, or NEAR. */
export function reachOf(scan: Scan, index: number): number {
  const label = scan.labels[index]!;
  let stop = Math.min(scan.text.length, label.end + NEAR);
  for (let i = label.end; i < stop; i++) {
    const c = scan.text.charCodeAt(i);
    if (c === 0xab && markerAt(scan, i)) stop = i;
    if (c !== 10) continue;
    FIELD_LINE.lastIndex = i > 0 && scan.text.charCodeAt(i - 1) === 13 ? i - 1 : i;
    if (FIELD_LINE.test(scan.text)) stop = i;
  }
  for (let i = index + 1; i < scan.labels.length && i < index + 6; i++) {
    const next = scan.labels[i]!;
    if (next.start >= stop) break;
    const own = next.meanings.some((m) => m.cue === CUE_LABEL || m.cue === CUE_FIELD);
    if (own && next.start - label.end > 6 && !sharesType(label, next)) return next.start;
  }
  return stop;
}

function sharesType(a: LabelHit, b: LabelHit): boolean {
  return a.meanings.some((m) => b.meanings.some((other) => other.type === m.type));
}

/** A bare year: the commonest number beside any label. */
function isYear(value: string): boolean {
  return /^(?:19|20)\d\d$/.test(value);
}
