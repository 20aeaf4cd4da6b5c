import type { DocumentSection } from '../port.ts';
import { MAX_SECTIONS, MAX_UNITS } from '../protocol.ts';

/**
 * Where an extractor puts the text it finds, piece by piece. Parsing collects the pieces; writing
 * a redacted copy feeds the same pieces through the same extractor and gets the edited ones back.
 * One walk serves both, so an offset found in the parsed text always means the same characters.
 */
export interface TextSink {
  /** False when nobody wants the copy: the extractor then need not build one. */
  readonly copies: boolean;
  /** A stretch of document text; returns what the copy holds instead. */
  text(piece: string): string;
  /** A separator the extractor makes up (line end, tab); part of the text, not of the copy. */
  gap(piece: string): void;
  /** A page, sheet or part begins here; `name` is of our own words, never of the document. */
  section(kind: DocumentSection['kind'], n: number, name?: string): void;
  /** What follows is not shown by a reader and never part of a copy. */
  hideRest(): void;
  /** A paragraph (column 0) or a cell begins here. */
  unit(n: number, column: number): void;
  warn(sentence: string): void;
}

export interface Collected {
  text: string;
  sections: DocumentSection[];
  units: number[];
  warnings: string[];
  /** Length of the text before the hidden rest. */
  shown: number;
}

/** Thrown by a collecting sink once it holds `maxChars`; the caller marks the result truncated. */
export class TextLimit extends Error {
  override readonly name = 'TextLimit';
}

export function collector(maxChars: number): { sink: TextSink; result(): Collected } {
  const parts: string[] = [];
  const sections: DocumentSection[] = [];
  const units: number[] = [];
  const warnings = new Set<string>();
  let length = 0;
  let shown: number | null = null;
  const add = (piece: string) => {
    const left = maxChars - length;
    // Never cut between the two halves of one character.
    const cut = piece.length <= left ? piece : piece.slice(0, left).replace(/[\ud800-\udbff]$/, '');
    parts.push(cut);
    length += cut.length;
    if (piece.length > left) throw new TextLimit();
  };
  return {
    sink: {
      copies: false,
      text(piece) {
        add(piece);
        return piece;
      },
      gap: add,
      section(kind, n, name) {
        if (sections.length >= MAX_SECTIONS) return;
        // What began here and has no text is nowhere.
        if (sections.at(-1)?.at === length) sections.pop();
        sections.push({ at: length, kind, n, ...(name === undefined ? {} : { name }) });
      },
      hideRest() {
        shown ??= length;
      },
      unit(n, column) {
        if (units.length < 3 * MAX_UNITS) units.push(length, n, column);
      },
      warn(sentence) {
        warnings.add(sentence);
      },
    },
    result: () => ({
      text: parts.join(''),
      sections,
      units,
      warnings: [...warnings].slice(0, 50),
      shown: shown ?? length,
    }),
  };
}

export interface Edit {
  start: number;
  end: number;
  marker: string;
}

/**
 * A sink that applies edits (sorted, not overlapping). The marker stands where the edit begins (in
 * the next piece when that is a made-up separator); an edit that spans several pieces removes its
 * characters from each of them.
 */
export function editor(edits: readonly Edit[]): { sink: TextSink; warnings: Set<string> } {
  const warnings = new Set<string>();
  let at = 0;
  let next = 0;
  let pending = '';
  /** Consumes one piece; the kept text and the markers, in their order. */
  const advance = (piece: string): { text: string; marker: boolean }[] => {
    const from = at;
    at += piece.length;
    const out: { text: string; marker: boolean }[] = [];
    let kept = from;
    while (next < edits.length) {
      const edit = edits[next]!;
      if (edit.start >= at) break;
      if (edit.start >= from) {
        out.push({ text: piece.slice(kept - from, edit.start - from), marker: false });
        out.push({ text: edit.marker, marker: true });
      }
      kept = Math.min(edit.end, at);
      if (edit.end > at) break;
      next += 1;
    }
    out.push({ text: piece.slice(kept - from), marker: false });
    return out;
  };
  return {
    sink: {
      copies: true,
      text(piece) {
        const parts = advance(piece).map((part) => part.text);
        const out = pending + parts.join('');
        pending = '';
        return out;
      },
      gap(piece) {
        for (const part of advance(piece)) if (part.marker) pending += part.text;
      },
      section: () => undefined,
      hideRest: () => undefined,
      unit: () => undefined,
      warn: (sentence) => {
        warnings.add(sentence);
      },
    },
    warnings,
  };
}
