/** Small windows around the edits of a view, and how a place in one maps back to the text. */
import { lineEnd, type TableRegion } from '../scan/scan.ts';
import type { Edit } from './edit.ts';

export interface Window {
  /** Offset of the window in the text. */
  from: number;
  to: number;
  edits: Edit[];
  /** Lines of the text that stand before the window: the header of the table it lies in. */
  lead: { start: number; end: number } | null;
}

const CONTEXT = 90;
const WINDOW_MAX = 4000;
/** A table without separate lines up to this length is read whole. */
const WHOLE_MAX = 32_768;
/** Longer lines are no rows. */
const LINE_MAX = 20_000;

/** The line of an offset, asked for in ascending order, so that the text is searched once. */
class Lines {
  start = 0;
  end = -1;
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  seek(at: number): this {
    while (this.end < at) {
      this.start = this.end + 1;
      this.end = lineEnd(this.text, this.start);
    }
    return this;
  }
}

/** Windows over one text; the edits come in ascending order. */
class Windows {
  readonly list: Window[] = [];
  private readonly text: string;
  private readonly first: Lines;
  private readonly last: Lines;

  constructor(text: string) {
    this.text = text;
    this.first = new Lines(text);
    this.last = new Lines(text);
  }

  /** Reads an edit in its neighbourhood, or in a table in its rows and below their header. */
  add(edit: Edit, region: TableRegion | undefined): void {
    const from = Math.max(0, edit.start - CONTEXT);
    const to = Math.min(this.text.length, edit.end + CONTEXT);
    if (region === undefined) this.push(edit, from, to, null, WINDOW_MAX);
    else if (region.lead !== null) this.addRow(edit, from, to, region, region.lead);
    else if (region.to - region.from > WHOLE_MAX) this.push(edit, from, to, null, WINDOW_MAX);
    else this.push(edit, Math.min(from, region.from), Math.max(to, region.to), null, WHOLE_MAX);
  }

  private addRow(
    edit: Edit,
    from: number,
    to: number,
    region: TableRegion,
    lead: { start: number; end: number },
  ): void {
    const first = this.first.seek(from);
    const last = this.last.seek(to);
    if (first.end - first.start > LINE_MAX || last.end - last.start > LINE_MAX)
      this.push(edit, from, to, null, WINDOW_MAX);
    else this.push(edit, Math.max(region.from, first.start), last.end, lead, WINDOW_MAX);
  }

  private push(edit: Edit, from: number, to: number, lead: Window['lead'], most: number): void {
    const last = this.list[this.list.length - 1];
    // A header is not worth repeating for a gap shorter than itself.
    const gap = lead === null ? 0 : lead.end - lead.start;
    if (
      last !== undefined &&
      from <= last.to + gap &&
      edit.end - last.edits[0]!.start < most &&
      (lead === null || last.lead === lead)
    ) {
      last.edits.push(edit);
      last.to = Math.max(last.to, to);
    } else this.list.push({ from, to, edits: [edit], lead });
  }
}

/** Groups edits that stand near each other, so that each stretch of text is scanned once. */
export function windowsOf(
  text: string,
  edits: readonly Edit[],
  regions: readonly TableRegion[],
): Window[] {
  const windows = new Windows(text);
  let r = 0;
  let done = -1;
  for (const edit of edits) {
    if (edit.start < done) continue;
    done = edit.end;
    while (r < regions.length && regions[r]!.to <= edit.start) r++;
    const inside = r < regions.length && regions[r]!.from <= edit.start;
    windows.add(edit, inside ? regions[r] : undefined);
  }
  return windows.list;
}

export interface View {
  text: string;
  /** Range of the view to a range of the text. */
  back(start: number, end: number): { start: number; end: number };
  /** Edits a range of the view touches. */
  touched(start: number, end: number): Edit[];
}

/** Applies the edits of a window. */
export function buildView(text: string, window: Window): View {
  const marks: { at: number; size: number; edit: Edit }[] = [];
  const { lead } = window;
  let out = lead === null ? '' : text.slice(lead.start, lead.end);
  const ahead = out.length;
  let done = window.from;
  for (const edit of window.edits) {
    out += text.slice(done, edit.start);
    marks.push({ at: out.length, size: edit.text.length, edit });
    out += edit.text;
    done = edit.end;
  }
  out += text.slice(done, window.to);
  /** Index of the first mark at `p` or after it. */
  const from = (p: number): number => {
    let low = 0;
    let high = marks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (marks[middle]!.at < p) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  const source = (p: number, atEnd: boolean): number => {
    if (p < ahead) return window.from;
    let k = from(p);
    let shift = window.from - ahead;
    const before = marks[k - 1];
    if (before !== undefined) {
      const { at, size, edit } = before;
      if (size > 0 && (p < at + size || (atEnd && p === at + size)))
        return atEnd ? edit.end : edit.start;
      shift = edit.end - (at + size);
    }
    if (atEnd) return p + shift;
    for (let mark = marks[k]; mark !== undefined && mark.at === p; mark = marks[++k]) {
      if (mark.size > 0) return mark.edit.start;
      shift = mark.edit.end - mark.at;
    }
    return p + shift;
  };
  return {
    text: out,
    back: (start, end) => ({ start: source(start, false), end: source(end, true) }),
    touched: (start, end) => {
      const hit: Edit[] = [];
      for (let k = Math.max(0, from(start) - 1); k < marks.length && marks[k]!.at < end; k++) {
        const { at, size, edit } = marks[k]!;
        if (size === 0 ? at > start : at + size > start) hit.push(edit);
      }
      return hit;
    },
  };
}
