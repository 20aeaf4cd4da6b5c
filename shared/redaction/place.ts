/**
 * Where a finding stands, in the words of its document. A place never holds text of the document:
 * the name of a sheet or a column can be personal data itself.
 */
export interface Place {
  /** From 1. In a Word file by the page breaks it stores; absent where there are no pages. */
  page?: number | undefined;
  /** Number of the sheet, from 1. */
  sheet?: number | undefined;
  /** Cell of the sheet, such as `B7`. */
  cell?: string | undefined;
  /** Other parts: `header 1`, `footnotes`, `comments`, `properties` and so on. */
  part?: string | undefined;
  /** Paragraph of its page or part, from 1. */
  paragraph?: number | undefined;
  /** Line and column (UTF-16 units) of the text, page, sheet or part, from 1. */
  line: number;
  column: number;
}

/** Short form for a list: `page 2, 3:14` or `sheet 1 B7`. */
export function placeText(place: Place): string {
  const parts: string[] = [];
  if (place.part !== undefined) parts.push(place.part);
  if (place.page !== undefined) parts.push(`page ${place.page}`);
  if (place.sheet !== undefined) parts.push(`sheet ${place.sheet}`);
  if (place.cell !== undefined) return [...parts, place.cell].join(' ');
  if (place.paragraph !== undefined) return [...parts, `paragraph ${place.paragraph}`].join(', ');
  return [...parts, `${place.line}:${place.column}`].join(', ');
}

/** A page, sheet or part of a document begins at `at` (UTF-16 offset in its text). */
export interface Section {
  at: number;
  kind: 'text' | 'page' | 'sheet' | 'part';
  /** Number of the page or sheet, or of the part among its own. */
  n: number;
  /** Name of a part in our words. */
  name?: string | undefined;
}

/** Starts of paragraphs or cells: offset, number or row, and 0 or the column; in order. */
export type Units = readonly number[];

/** Letters of a column, from 1: A, B, ..., Z, AA. */
export function columnLetters(column: number): string {
  let letters = '';
  for (let left = column; left > 0; left = Math.floor((left - 1) / 26)) {
    letters = String.fromCharCode(65 + ((left - 1) % 26)) + letters;
  }
  return letters;
}

/** Index of the last entry (every `step` numbers) whose first number is at most `offset`; or -1. */
function lastAt(count: number, startOf: (i: number) => number, offset: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (startOf(middle) <= offset) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Gives the place of any offset of one text. Lines are counted once. */
export function placeFinder(
  text: string,
  sections: readonly Section[] = [],
  units: Units = [],
): (offset: number) => Place {
  const lines = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines.push(at + 1);
  const lineOf = (offset: number): number => lastAt(lines.length, (i) => lines[i] ?? 0, offset);
  return (offset) => {
    const section = sections[lastAt(sections.length, (i) => sections[i]?.at ?? 0, offset)];
    const from = section?.at ?? 0;
    const line = lineOf(offset);
    const lineStart = Math.max(lines[line] ?? 0, from);
    const place: Place = {
      ...wordsOf(section),
      line: line - lineOf(from) + 1,
      column: offset - lineStart + 1,
    };
    const unit = lastAt(units.length / 3, (i) => units[3 * i] ?? 0, offset);
    if (unit < 0 || (units[3 * unit] ?? 0) < from) return place;
    const [n, column] = [units[3 * unit + 1] ?? 0, units[3 * unit + 2] ?? 0];
    if (column > 0) return { ...place, cell: `${columnLetters(column)}${n}` };
    return { ...place, paragraph: n };
  };
}

function wordsOf(section: Section | undefined): Partial<Place> {
  if (section === undefined || section.kind === 'text') return {};
  if (section.kind === 'page') return { page: section.n };
  if (section.kind === 'sheet') return { sheet: section.n };
  const name = section.name ?? 'part';
  return { part: section.n > 1 ? `${name} ${section.n}` : name };
}
