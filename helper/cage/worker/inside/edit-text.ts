import { AkiosError } from '../../../../shared/domain/errors.ts';
import type { Edit } from './text-sink.ts';

/** Applies sorted, non-overlapping edits to a text. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  const parts: string[] = [];
  let kept = 0;
  for (const { start, end, marker } of edits) {
    parts.push(text.slice(kept, start), marker);
    kept = end;
  }
  parts.push(text.slice(kept));
  return parts.join('');
}

const TOKEN = /"(?:[^"\\\n]|\\.)*"|-?\d[\d.eE+-]*|true|false|null/g;

/**
 * Edits that keep JSON valid: a marker in place of a number becomes a string. When the outcome
 * would not be JSON although the source was, nothing is written.
 */
export function jsonEdits(text: string, edits: readonly Edit[]): Edit[] {
  const out: Edit[] = [];
  let next = 0;
  for (const match of text.matchAll(TOKEN)) {
    const start = match.index;
    const end = start + match[0].length;
    while (next < edits.length && edits[next]!.end <= start) out.push(edits[next++]!);
    const edit = edits[next];
    if (edit === undefined) break;
    if (match[0].startsWith('"') || edit.start >= end) continue;
    // One number, one marker: further edits inside the same number are covered by it.
    while (next < edits.length && edits[next]!.start < end) next += 1;
    out.push({
      start: Math.min(start, edit.start),
      end: Math.max(end, edit.end),
      marker: `"${edit.marker}"`,
    });
  }
  out.push(...edits.slice(next));
  const isJson = (source: string) =>
    parses(source) || source.split('\n').every((line) => line.trim() === '' || parses(line));
  if (isJson(text) && !isJson(applyEdits(text, out))) {
    throw new AkiosError('STEP_FAILED', 'The redacted copy would not be valid JSON any more.');
  }
  return out;
}

function parses(source: string): boolean {
  try {
    JSON.parse(source);
    return true;
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return false;
    throw thrown;
  }
}

/** The delimiter of a table: the one that its first line uses most. */
function delimiterOf(text: string): string {
  const first = text.slice(0, text.indexOf('\n') < 0 ? undefined : text.indexOf('\n'));
  const counts = [',', ';', '\t', '|'].map((mark) => [mark, first.split(mark).length] as const);
  return counts.reduce((best, next) => (next[1] > best[1] ? next : best))[0];
}

/**
 * Edits that keep the shape of a table: delimiters, quotes and line ends inside a replaced stretch
 * stay, so that every row keeps its cells.
 */
export function csvEdits(text: string, edits: readonly Edit[]): Edit[] {
  const structural = new Set(['"', '\r', '\n', delimiterOf(text)]);
  return edits.map((edit) => {
    const chars = [...text.slice(edit.start, edit.end)];
    const lead = chars.findIndex((char) => !structural.has(char));
    if (lead < 0) return edit;
    const kept = (part: readonly string[]) => part.filter((char) => structural.has(char)).join('');
    return { ...edit, marker: kept(chars.slice(0, lead)) + edit.marker + kept(chars.slice(lead)) };
  });
}
