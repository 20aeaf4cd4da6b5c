import type { ReplacementView } from '../../../shared/contract/protect.ts';
import { MARKER_PATTERN } from '../../../shared/redaction/marker.ts';

/** A piece of a line; `at` is the number of its replacement, null for plain text. */
export interface Part {
  text: string;
  at: number | null;
}

export interface DiffRow {
  raw: readonly Part[];
  redacted: readonly Part[];
  changed: boolean;
}

interface Building {
  raw: Part[];
  redacted: Part[];
}

/**
 * Cuts both texts into the same lines. A line ends at a line feed outside every replacement, so a
 * finding that spans lines stays one finding and the two sides never drift apart.
 */
export function diffRows(
  raw: string | null,
  redacted: string,
  replacements: readonly ReplacementView[],
): DiffRow[] {
  const ordered = replacements
    .map((r, at) => ({ r, at }))
    .sort((a, b) => a.r.outStart - b.r.outStart);
  const rows: DiffRow[] = [];
  let row: Building = { raw: [], redacted: [] };
  const close = (): void => {
    rows.push({ ...row, changed: row.redacted.some((p) => p.at !== null) });
    row = { raw: [], redacted: [] };
  };
  const plain = (text: string): void => {
    for (const [i, line] of text.split('\n').entries()) {
      if (i > 0) close();
      if (line === '') continue;
      row.redacted.push({ text: line, at: null });
      if (raw !== null) row.raw.push({ text: line, at: null });
    }
  };
  let at = 0;
  for (const one of ordered) {
    plain(redacted.slice(at, one.r.outStart));
    row.redacted.push({ text: redacted.slice(one.r.outStart, one.r.outEnd), at: one.at });
    if (raw !== null) row.raw.push({ text: raw.slice(one.r.start, one.r.end), at: one.at });
    at = one.r.outEnd;
  }
  plain(redacted.slice(at));
  close();
  return rows;
}

/** A text that is redacted already, with its markers as parts; their numbers run from 0. */
export function markerRows(text: string): { rows: DiffRow[]; types: string[] } {
  const types: string[] = [];
  const rows: DiffRow[] = [];
  for (const line of text.split('\n')) {
    const parts: Part[] = [];
    let at = 0;
    for (const match of line.matchAll(MARKER_PATTERN)) {
      if (match.index > at) parts.push({ text: line.slice(at, match.index), at: null });
      parts.push({ text: match[0], at: types.length });
      types.push(match[0].slice(1, -1).split(':')[0] ?? '');
      at = match.index + match[0].length;
    }
    if (at < line.length) parts.push({ text: line.slice(at), at: null });
    rows.push({ raw: [], redacted: parts, changed: parts.some((p) => p.at !== null) });
  }
  return { rows, types };
}

/** The next replacement in a direction among those that pass the type filter; wraps around. */
export function stepFrom(
  current: number | null,
  direction: 1 | -1,
  types: readonly string[],
  only: string | null,
): number | null {
  const fits = types.map((t, i) => (only === null || t === only ? i : -1)).filter((i) => i >= 0);
  if (fits.length === 0) return null;
  if (current === null) return direction === 1 ? (fits[0] ?? null) : (fits.at(-1) ?? null);
  const next = direction === 1 ? fits.find((i) => i > current) : fits.findLast((i) => i < current);
  return next ?? (direction === 1 ? (fits[0] ?? null) : (fits.at(-1) ?? null));
}

/** Words around a marker in the redacted text. */
export function contextOf(
  redacted: string,
  from: number,
  to: number,
): { before: string; after: string } {
  const before =
    redacted
      .slice(Math.max(0, from - 60), from)
      .split('\n')
      .at(-1) ?? '';
  const after = redacted.slice(to, to + 60).split('\n')[0] ?? '';
  return { before, after };
}
