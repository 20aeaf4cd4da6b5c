import type { Replacement } from '../../../shared/redaction/span.ts';

/** Values are looked up by this many first characters. */
const KEY = 5;
const WORD = /[\p{L}\p{N}]/u;

export interface Edit {
  start: number;
  end: number;
  marker: string;
}

/** A value that means one person or thing wherever it stands: digits, an address, a full name. */
function isDistinctive(value: string): boolean {
  if (value.length < KEY) return false;
  if (value.includes('@')) return true;
  if ((value.match(/\d/g) ?? []).length >= 4) return true;
  return /^\p{L}{2,}(?:[ '.-]+\p{L}{2,})+$/u.test(value);
}

/**
 * The replacements of a text, and every other place where a replaced value stands: what was known
 * by its label on one page must not stay without it on another. Sorted, not overlapping.
 */
export function everywhere(text: string, found: readonly Replacement[]): Edit[] {
  const known = new Map<string, Map<string, string>>();
  for (const { start, end, marker } of found) {
    const value = text.slice(start, end);
    if (!isDistinctive(value)) continue;
    const key = value.slice(0, KEY);
    known.set(key, (known.get(key) ?? new Map<string, string>()).set(value, marker));
  }
  const edits: Edit[] = found.map(({ start, end, marker }) => ({ start, end, marker }));
  if (known.size === 0) return edits;
  const more: Edit[] = [];
  let next = 0;
  for (let at = 0; at + KEY <= text.length; at += 1) {
    while (next < edits.length && (edits[next]?.end ?? 0) <= at) next += 1;
    const values = known.get(text.slice(at, at + KEY));
    if (values === undefined || (at > 0 && WORD.test(text.charAt(at - 1)))) continue;
    const limit = edits[next]?.start ?? text.length;
    const hit = [...values]
      .filter(([value]) => at + value.length <= limit && endsAt(text, at, value))
      .reduce((best, one) => (one[0].length > best[0].length ? one : best), ['', '']);
    if (hit[0] === '') continue;
    more.push({ start: at, end: at + hit[0].length, marker: hit[1] });
    at += hit[0].length - 1;
  }
  return [...edits, ...more].sort((a, b) => a.start - b.start);
}

function endsAt(text: string, at: number, value: string): boolean {
  return text.startsWith(value, at) && !WORD.test(text.charAt(at + value.length));
}
