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
