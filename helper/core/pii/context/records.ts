/** Tables that are written as markup or as statements: HTML rows and SQL inserts. */
import type { LabelHit } from '../model.ts';
import { type Scan, type TableRegion, triggered } from '../scan/scan.ts';
import type { Applier } from './match.ts';
import { type Cell, type Column, columnsOf, readCell, type Tables } from './tables.ts';

const MAX_CELLS = 128;
const MAX_CELL = 2000;
const MAX_ROWS = 20_000;

const CELL_OPEN = /<t[hd](?:\s[^<>]{0,300})?>/iy;
const CELL_CLOSE = /<\/t[hd]/gi;
const MAX_ROW = 40_000;

/** The text of a cell without white space and tags around it. */
function inner(text: string, from: number, to: number): Cell {
  let start = from;
  let end = to;
  for (let n = 0; n < 8; n++) {
    while (start < end && /\s/.test(text.charAt(start))) start++;
    while (end > start && /\s/.test(text.charAt(end - 1))) end--;
    const open = /^<[^<>]{1,200}>/.exec(text.slice(start, Math.min(end, start + 202)));
    const close = /<\/[a-z]{1,12}>$/i.exec(text.slice(Math.max(start, end - 16), end));
    if (open === null && close === null) break;
    if (open !== null) start += open[0].length;
    if (close !== null) end -= close[0].length;
  }
  return { start, end: Math.max(start, end) };
}

/** Cells of one HTML row that starts at `from`, and whether all of them are headings. */
function rowCells(text: string, from: number, row: string): { cells: Cell[]; heads: boolean } {
  const cells: Cell[] = [];
  let heads = true;
  for (let at = row.indexOf('<'); at >= 0 && cells.length < MAX_CELLS; ) {
    CELL_OPEN.lastIndex = at;
    const open = CELL_OPEN.exec(row);
    if (open === null) {
      at = row.indexOf('<', at + 1);
      continue;
    }
    const begin = at + open[0].length;
    CELL_CLOSE.lastIndex = begin;
    const close = CELL_CLOSE.exec(row);
    if (close === null || close.index - begin > MAX_CELL) break;
    if (!/^<th/i.test(open[0])) heads = false;
    cells.push(inner(text, from + begin, from + close.index));
    at = row.indexOf('<', close.index + 1);
  }
  return { cells, heads: heads && cells.length > 0 };
}

function readHtml(scan: Scan, applier: Applier, tables: Tables): void {
  const { text } = scan;
  let columns: Column[] = [];
  let width = 0;
  let rows = 0;
  let region: TableRegion | null = null;
  for (let at = text.indexOf('<tr'); at >= 0 && rows < MAX_ROWS; rows++) {
    const next = text.indexOf('<tr', at + 3);
    const row = text.slice(at, Math.min(next < 0 ? text.length : next, at + MAX_ROW));
    const { cells, heads } = rowCells(text, at, row);
    const fresh = cells.length >= 2 && (heads || width === 0);
    if (fresh) {
      const first = cells[0]!;
      const last = cells[cells.length - 1]!;
      const inside = labelsWithin(scan, first.start, last.end);
      columns = columnsOf(inside, cells, text);
      // One label beside its value is a field, not a header.
      if (columns.length >= 2 || (heads && columns.length > 0)) {
        width = cells.length;
        tables.headers.push({ start: first.start, end: last.end });
        region = { lead: null, from: at, to: at };
        tables.regions.push(region);
      } else columns = [];
    } else if (cells.length === width) {
      for (const column of columns) readCell(scan, applier, column, cells[column.index]!);
    }
    if (region !== null) region.to = at + row.length;
    if (row.includes('</table')) {
      width = 0;
      columns = [];
      region = null;
    }
    at = next;
  }
}

function labelsWithin(scan: Scan, from: number, to: number): LabelHit[] {
  let low = 0;
  let high = scan.labels.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (scan.labels[middle]!.start < from) low = middle + 1;
    else high = middle;
  }
  const found: LabelHit[] = [];
  for (let i = low; i < scan.labels.length && scan.labels[i]!.end <= to; i++)
    found.push(scan.labels[i]!);
  return found;
}

/** What one scan may spend on statements, so that hostile text costs no more than its length. */
interface Budget {
  left: number;
}

/** Values of one parenthesised list, quotes honoured; -1 as the end when it does not close. */
function listCells(text: string, open: number, budget: Budget): { cells: Cell[]; end: number } {
  const cells: Cell[] = [];
  let from = open + 1;
  let quote = '';
  const stop = Math.min(text.length, open + MAX_ROW);
  for (let i = open + 1; i < stop; i++) {
    if (--budget.left < 0) break;
    const char = text.charAt(i);
    if (quote !== '') {
      // An apostrophe inside, whose escape was opened, is followed by more of the value.
      if (char === quote && text.charAt(i - 1) !== '\\' && /[\s,);]/.test(text.charAt(i + 1)))
        quote = '';
      continue;
    }
    if (char === "'" || char === '"' || char === '`') quote = char;
    else if (char === ',' || char === ')') {
      cells.push(unquoted(text, from, i));
      from = i + 1;
      if (char === ')') return { cells, end: i + 1 };
      if (cells.length >= MAX_CELLS) break;
    }
  }
  return { cells, end: -1 };
}

function unquoted(text: string, from: number, to: number): Cell {
  const cell = inner(text, from, to);
  const quote = text.charAt(cell.start);
  if (/['"`]/.test(quote) && cell.end - cell.start >= 2)
    return { start: cell.start + 1, end: cell.end - 1 };
  return cell;
}

const INSERT = /insert\s{1,4}into\s{1,4}[\w."`[\]]{1,120}\s{0,4}(?=\()/iy;
const VALUES = /\s{0,8}values\s{0,8}(?=\()/iy;
const MORE = /\s{0,8},\s{0,8}(?=\()/y;

function readInsert(
  scan: Scan,
  applier: Applier,
  tables: Tables,
  at: number,
  budget: Budget,
): void {
  const { text } = scan;
  INSERT.lastIndex = at;
  const head = INSERT.exec(text);
  if (head === null) return;
  const names = listCells(text, at + head[0].length, budget);
  if (names.end < 0) return;
  VALUES.lastIndex = names.end;
  const values = VALUES.exec(text);
  if (values === null) return;
  const columns = columnsOf(labelsWithin(scan, at, names.end), names.cells, text);
  if (columns.length === 0) return;
  tables.headers.push({ start: at, end: names.end });
  let open = names.end + values[0].length;
  const region: TableRegion = { lead: null, from: at, to: open };
  tables.regions.push(region);
  for (let row = 0; row < MAX_ROWS; row++) {
    const { cells, end } = listCells(text, open, budget);
    region.to = end < 0 ? Math.min(text.length, open + MAX_ROW) : end;
    if (end < 0) return;
    for (const column of columns) {
      const cell = cells[column.index];
      if (cell !== undefined && cells.length === names.cells.length)
        readCell(scan, applier, column, cell);
    }
    MORE.lastIndex = end;
    const more = MORE.exec(text);
    if (more === null) return;
    open = end + more[0].length;
  }
}

/** Reads HTML and SQL tables and adds their headers to `tables`. */
export function readRecords(scan: Scan, applier: Applier, tables: Tables): void {
  const before = tables.headers.length;
  if (scan.text.includes('<tr')) readHtml(scan, applier, tables);
  const budget: Budget = { left: 2 * scan.text.length + MAX_ROW };
  for (const at of triggered(scan, 'insert')) readInsert(scan, applier, tables, at, budget);
  if (tables.headers.length === before) return;
  tables.headers.sort((a, b) => a.start - b.start);
  tables.regions.sort((a, b) => a.from - b.from);
}
