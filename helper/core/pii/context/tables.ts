/** Tables with a header line: CSV, TSV, semicolon, Markdown and aligned columns. */

import { describesPatients } from '../health/bare.ts';
import { CUE_FIELD, CUE_LABEL, CUE_NEGATIVE, type LabelHit } from '../model.ts';
import { lineEnd, type Scan, type TableRegion } from '../scan/scan.ts';
import { DELIMITERS } from '../scan/tokens.ts';
import { type Applier, readAt } from './match.ts';
import { TOPIC_SERIAL } from './topic.ts';

export interface Cell {
  start: number;
  end: number;
}

export interface Tables {
  /** Header lines in order. */
  headers: Cell[];
  /** Where their rows stand, in order of their beginnings. */
  regions: TableRegion[];
}

export type Delimiter = (typeof DELIMITERS)[number];

const MAX_CELLS = 256;

function isBlank(c: number): boolean {
  return c === 32 || c === 9 || c === 13;
}

function isQuote(c: number): boolean {
  return c === 34 || c === 39 || c === 96;
}

function pushCell(text: string, cells: Cell[], from: number, to: number): void {
  let start = from;
  let end = to;
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  const first = text.charCodeAt(start);
  if (end - start >= 2 && isQuote(first) && text.charCodeAt(end - 1) === first) {
    start++;
    end--;
  }
  cells.push({ start, end });
}

/** Cells of a line, without outer space and quotes. Delimiters inside double quotes do not count. */
export function splitLine(text: string, from: number, to: number, delimiter: Delimiter): Cell[] {
  if (delimiter === '  ') return splitColumns(text, from, to);
  const cells: Cell[] = [];
  const mark = delimiter.charCodeAt(0);
  let start = from;
  let end = to;
  if (delimiter === '|') {
    while (start < end && (text.charCodeAt(start) === 32 || text.charCodeAt(start) === 9)) start++;
    if (text.charCodeAt(start) === mark) start++;
    while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
    if (text.charCodeAt(end - 1) === mark) end--;
  }
  let quoted = false;
  let at = start;
  for (let i = start; i < end && cells.length < MAX_CELLS; i++) {
    const c = text.charCodeAt(i);
    if (c === 34 && delimiter !== '|') quoted = !quoted;
    if (quoted || c !== mark) continue;
    pushCell(text, cells, at, i);
    at = i + 1;
  }
  pushCell(text, cells, at, end);
  return cells;
}

/** Cells of a line whose columns two spaces or more divide. */
function splitColumns(text: string, from: number, to: number): Cell[] {
  const cells: Cell[] = [];
  let at = from;
  let i = text.indexOf('  ', from + 1);
  while (i >= 0 && i < to && cells.length < MAX_CELLS) {
    pushCell(text, cells, at, i);
    while (text.charCodeAt(i + 1) === 32) i++;
    at = i + 1;
    i = text.indexOf('  ', at);
  }
  pushCell(text, cells, at, to);
  return cells;
}

const HEADER_MAX = 4000;

/** A column name: letters first of all, and neither a pair of key and value nor a value. */
function isName(value: string): boolean {
  if (value.length > 48 || /\d{3}|[@=`]|[:!] ?$|.{16}\?|["'}] ?:|: /.test(value)) return false;
  // `a1c`, `q2`: short names may have one digit.
  if (
    /\d/.test(value) &&
    !/[A-Za-z\u00c0-\u024f]{3}/.test(value) &&
    !/^[A-Za-z]{1,2}\d[A-Za-z]{0,2}$/.test(value)
  )
    return false;
  return value.split(' ').length <= 6;
}

/** `DOB (mm/dd/yyyy)`, `Tel (M)`: a column name and how its values are written. */
const HINT = / ?\([A-Za-z /.#%-]{1,14}\)/g;

/**
 * The delimiter of a header line: enough cells, no digits of a value in any of them. `own` and `rows`
 * are the delimiters that stand in it and in the line below.
 */
function headerCells(
  text: string,
  from: number,
  to: number,
  own: number,
  rows: number,
): { delimiter: Delimiter; cells: Cell[] } | null {
  if (to - from > HEADER_MAX) return null;
  const below = Math.min(lineEnd(text, to + 1), to + 1 + HEADER_MAX);
  const rule = isRule(text, to + 1, below);
  // The rows below have the same delimiter; running text seldom does.
  const both = rule ? own : own & rows;
  if (both === 0) return null;
  const line = text.slice(from, to);
  // In whatever cell it stands, `isName` refuses it.
  if (/\d{3}|[@=`]|: /.test(line)) return null;
  for (let d = 0; d < DELIMITERS.length; d++) {
    if ((both & (1 << d)) === 0 || opensLong(text, from, text.indexOf(DELIMITERS[d]!, from)))
      continue;
    const delimiter = DELIMITERS[d]!;
    // Running text has commas too: a header is short words from the start of its line.
    if (delimiter === ',' && /^\s{2}|^\t|[()]|\. /.test(line.slice(0, 400).replace(HINT, '')))
      continue;
    const cells = splitLine(text, from, to, delimiter).filter(
      (c) => delimiter !== '  ' || c.end > c.start,
    );
    if (cells.length < 2 && !(delimiter === '|' && ruleBelow(text, to))) continue;
    const named = cells.filter((c) => c.end > c.start);
    if (named.length < 2 && cells.length > 1) continue;
    if (delimiter === '  ' && cells.length < 3) continue;
    const plain = named.every((c) => isName(text.slice(c.start, c.end)));
    if (plain) return { delimiter, cells };
  }
  return null;
}

/** Longest column name, as `isName` has it, and its quotes. */
const NAME_MAX = 50;

/** What stands before the first delimiter is longer than a column name, its blanks and quotes off. */
function opensLong(text: string, from: number, to: number): boolean {
  let start = from;
  let end = to;
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return end - start > NAME_MAX;
}

/** A Markdown rule line follows, so that even one column is a table. */
function ruleBelow(text: string, to: number): boolean {
  return /^\r?\n[ \t]*(?:\|[ \t]*)?:?--/.test(text.slice(to, to + 12));
}

const RULE_FIRST = /[\s|:+=-]/;

function isRule(text: string, from: number, to: number): boolean {
  if (to - from < 3 || !RULE_FIRST.test(text.charAt(from))) return false;
  return /^[\s|:+=-]+$/.test(text.slice(from, Math.min(to, from + 2000)));
}

export interface Column {
  index: number;
  types: string[];
  negative: boolean;
  /** The columns beside it describe patients. */
  patients: boolean;
  label: string;
  start: number;
  end: number;
}

/** `given,family` or `first,last`: halves of a name, which mean that only beside each other. */
const HALF = /^(?:given|family|first|last|middle|fore|sur|given ?names?|pr[ée]nom|vor|nach)$/i;

function pushHalves(columns: Column[], cells: readonly Cell[], text: string): void {
  cells.forEach((cell, index) => {
    const name = text.slice(cell.start, cell.end);
    if (!HALF.test(name) || columns.some((c) => c.index === index)) return;
    const label = `${name.toLowerCase()} name`;
    const types = ['PERSON_NAME'];
    columns.push({
      index,
      types,
      negative: false,
      patients: false,
      label,
      start: cell.start,
      end: cell.end,
    });
  });
}

/** Columns of an inventory of phones and computers. */
const DEVICES = /imei|\bmac\b|mac_|device|laptop|phone|host ?name|asset|\bos\b|owner|assigned/i;

export function columnsOf(
  labels: readonly LabelHit[],
  cells: readonly Cell[],
  text: string,
): Column[] {
  const columns: Column[] = [];
  const first = cells[0];
  const last = cells[cells.length - 1];
  const devices =
    first !== undefined && last !== undefined && DEVICES.test(text.slice(first.start, last.end));
  let next = 0;
  cells.forEach((cell, index) => {
    while (next < labels.length && labels[next]!.start < cell.start) next++;
    const inside: LabelHit[] = [];
    for (let l = next; l < labels.length && labels[l]!.start < cell.end; l++)
      if (labels[l]!.end <= cell.end) inside.push(labels[l]!);
    if (inside.length === 0) return;
    const meanings = inside.flatMap((l) => l.meanings);
    const types = meanings
      .filter((m) => m.cue === CUE_LABEL || m.cue === CUE_FIELD)
      .map((m) => m.type);
    if (types.length === 0 && devices && meanings.some((m) => m.type === TOPIC_SERIAL))
      types.push('DEVICE_SERIAL');
    const negative = types.length === 0 && meanings.some((m) => m.cue === CUE_NEGATIVE);
    if (types.length > 0 || negative) {
      columns.push({
        index,
        types: [...new Set(types)],
        negative,
        patients: false,
        label: text.slice(cell.start, cell.end).toLowerCase(),
        start: cell.start,
        end: cell.end,
      });
    }
  });
  if (cells.filter((cell) => HALF.test(text.slice(cell.start, cell.end))).length > 1)
    pushHalves(columns, cells, text);
  if (describesPatients(columns.map((c) => c.types)))
    for (const column of columns) column.patients = true;
  return columns;
}

export function readCell(scan: Scan, applier: Applier, column: Column, cell: Cell): void {
  if (cell.end <= cell.start) return;
  if (column.negative) {
    scan.negative.add(cell.start);
    return;
  }
  for (const type of column.types) {
    const slot = {
      at: cell.start,
      mode: 'cell' as const,
      quote: '',
      limit: cell.end,
      patients: column.patients,
    };
    const found = readAt(scan, applier, type, slot, column.label);
    if (found !== null && found.end - found.start >= (cell.end - cell.start) * 0.6)
      scan.found.push(found);
  }
}

/** Aligned columns: the cell of a row that overlaps the header cell most. */
function alignedCell(
  cells: readonly Cell[],
  column: Column,
  headerLine: number,
  rowLine: number,
): Cell | undefined {
  let best: Cell | undefined;
  let most = 0;
  for (const cell of cells) {
    const from = cell.start - rowLine;
    const to = cell.end - rowLine;
    const overlap =
      Math.min(to, column.end - headerLine) - Math.max(from, column.start - headerLine);
    if (overlap > most) {
      most = overlap;
      best = cell;
    }
  }
  return best;
}

/** Reads the rows below a header; returns the offset where the table ends. */
function readRows(
  scan: Scan,
  applier: Applier,
  header: { delimiter: Delimiter; cells: Cell[] },
  columns: readonly Column[],
  headerStart: number,
  from: number,
): { first: number; end: number; rows: number } {
  const { text } = scan;
  let at = from;
  let first = from;
  let rows = 0;
  while (at < text.length) {
    const to = lineEnd(text, at);
    if (rows === 0 && isRule(text, at, to)) {
      at = to + 1;
      first = at;
      continue;
    }
    if (to - at > 20_000 || text.slice(at, to).trim() === '') break;
    const cells = splitLine(text, at, to, header.delimiter).filter(
      (c) => header.delimiter !== '  ' || c.end > c.start,
    );
    const same = cells.length === header.cells.length;
    if (
      !same &&
      header.delimiter !== '  ' &&
      !(cells.length > 1 && cells.length === header.cells.length - 1)
    ) {
      if (isRule(text, at, to)) {
        at = to + 1;
        continue;
      }
      break;
    }
    if (!same && cells.length < 2) break;
    for (const column of columns) {
      const cell = same
        ? cells[column.index]
        : header.delimiter === '  '
          ? alignedCell(cells, column, headerStart, at)
          : undefined;
      if (cell !== undefined) readCell(scan, applier, column, cell);
    }
    rows++;
    at = to + 1;
  }
  return { first, end: at, rows };
}

/** A line below that begins with a label of its own belongs to a form, not to a table. */
function isForm(text: string, next: LabelHit | undefined, from: number): boolean {
  if (next === undefined) return false;
  let at = from;
  while (isBlank(text.charCodeAt(at))) at++;
  if (next.start !== at || next.end - at > 40) return false;
  return /^[.#:]{0,2}(?: {2}|\t|:)/.test(text.slice(next.end, next.end + 4));
}

/** Finds header lines among the lines that hold labels and reads their tables. */
export function readTables(scan: Scan, applier: Applier): Tables {
  const { text, labels } = scan;
  const headers: Cell[] = [];
  const regions: TableRegion[] = [];
  let done = -1;
  let paragraph = -1;
  const { lines, lineCount, marks } = scan.tokens;
  let line = 0;
  for (let i = 0; i < labels.length; ) {
    while (line < lineCount && lines[line]! < labels[i]!.start) line++;
    const from = line === 0 ? 0 : lines[line - 1]! + 1;
    const to = line < lineCount ? lines[line]! : text.length;
    let next = i;
    while (next < labels.length && labels[next]!.start < to) next++;
    const begin = i;
    i = next;
    if (from < done) continue;
    if (marks[line] === 0 || line >= lineCount) continue;
    const header = headerCells(text, from, to, marks[line]!, marks[line + 1]!);
    if (header === null || to >= text.length) continue;
    if (header.delimiter === '  ' && isForm(text, labels[i], to + 1)) continue;
    const columns = columnsOf(labels.slice(begin, next), header.cells, text);
    if (columns.length === 0) continue;
    const body = readRows(scan, applier, header, columns, from, to + 1);
    if (body.rows === 0) continue;
    headers.push({ start: from, end: to });
    const lead = { start: from, end: body.first };
    // Lines that do not fit may still be rows once they are read otherwise: up to a blank line.
    if (paragraph < body.end - 1) paragraph = text.indexOf('\n\n', body.end - 1);
    if (paragraph < 0) paragraph = text.length;
    regions.push({ lead, from: body.first, to: paragraph });
    done = body.end;
  }
  return { headers, regions };
}

/** True for a label that names a column. */
export function headerLabels(tables: Tables, label: LabelHit): boolean {
  let low = 0;
  let high = tables.headers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (tables.headers[middle]!.end < label.start) low = middle + 1;
    else high = middle;
  }
  const header = tables.headers[low];
  return header !== undefined && header.start <= label.start;
}
