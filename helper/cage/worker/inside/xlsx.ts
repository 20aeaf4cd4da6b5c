import { AkiosError } from '../../../../shared/domain/errors.ts';
import { decodeText } from './decode.ts';
import { walkHiddenPart, walkHiddenZip } from './hidden.ts';
import type { TextSink } from './text-sink.ts';
import { attributes, xmlTokens } from './xml.ts';
import { unpack, type ZipEntry } from './zip.ts';

type Zip = ReadonlyMap<string, ZipEntry>;

export interface SheetCopy {
  name: string;
  /** Rows of cells; a cell keeps its text after the edits of the sink. */
  rows: string[][];
}

const MAX_CELLS = 2_000_000;
const MAX_ROW = 1_048_576;
/** Number formats 14..22 and 45..47 are dates and times by the standard (ECMA-376, 18.8.30). */
const isDateFormat = (id: number) => (id >= 14 && id <= 22) || (id >= 45 && id <= 47);

function part(zip: Zip, name: string): string | null {
  const entry = zip.get(name);
  return entry === undefined ? null : decodeText(unpack(entry), name);
}

/** Text of each shared string; phonetic hints (rPh) are not part of it, they go to `hints`. */
function sharedStrings(source: string | null, hints: string[]): string[] {
  const out: string[] = [];
  if (source === null) return out;
  let inText = false;
  let phonetic = 0;
  let current: string[] = [];
  for (const token of xmlTokens(source)) {
    if (token.kind === 'text') {
      if (inText) (phonetic === 0 ? current : hints).push(token.text);
      continue;
    }
    if (token.local === 't') inText = token.kind === 'open';
    if (token.local === 'rPh')
      phonetic += token.kind === 'open' ? 1 : token.kind === 'close' ? -1 : 0;
    if (token.local === 'si' && token.kind === 'open') current = [];
    if (token.local === 'si' && token.kind !== 'open') {
      out.push(token.kind === 'empty' ? '' : current.join(''));
    }
  }
  return out;
}

/** For each cell style: is it shown as a date? */
function dateStyles(source: string | null): boolean[] {
  const out: boolean[] = [];
  if (source === null) return out;
  const own = new Map<number, boolean>();
  let inCellFormats = false;
  for (const token of xmlTokens(source)) {
    if (token.kind === 'text') continue;
    if (token.local === 'cellXfs') inCellFormats = token.kind === 'open';
    if (token.kind === 'close') continue;
    const values = attributes(token);
    if (token.local === 'numFmt') {
      const code = (values['formatCode'] ?? '').replaceAll(
        /"[^"]*(?:"|$)|\[[^\]]*(?:\]|$)|\\./g,
        '',
      );
      own.set(Number(values['numFmtId']), /[dmyhs]/i.test(code));
    } else if (token.local === 'xf' && inCellFormats) {
      const id = Number(values['numFmtId'] ?? 0);
      out.push(own.get(id) ?? isDateFormat(id));
    }
  }
  return out;
}

/** Serial day (1900 system with its false leap day, or 1904) as ISO date or date and time. */
function dateOf(serial: number, from1904: boolean): string {
  const days = from1904 ? serial + 1462 : serial;
  const time = new Date(Math.round((days - 25_569) * 86_400_000));
  if (Number.isNaN(time.getTime()) || days < 0 || days > 2_958_466) return String(serial);
  const iso = time.toISOString();
  return Number.isInteger(serial) ? iso.slice(0, 10) : iso.slice(0, 16).replace('T', ' ');
}

interface Book {
  strings: string[];
  /** How strings are pronounced; shown above them by some programs. */
  hints: string[];
  /** Shared strings that some cell shows. */
  used: Set<number>;
  dates: boolean[];
  from1904: boolean;
}

function cellText(type: string, style: number, raw: string, inline: string, book: Book): string {
  if (type === 's') {
    book.used.add(Number(raw));
    return book.strings[Number(raw)] ?? '';
  }
  if (type === 'inlineStr') return inline;
  if (type === 'b') return raw === '1' ? 'TRUE' : 'FALSE';
  const number = Number(raw);
  if (type !== 'str' && type !== 'e' && raw !== '' && book.dates[style] === true) {
    return Number.isFinite(number) ? dateOf(number, book.from1904) : raw;
  }
  return raw;
}

/** Column number of a reference such as `AB12`, from 0. */
function columnOf(reference: string, fallback: number): number {
  const letters = /^[A-Z]{1,3}/.exec(reference)?.[0];
  if (letters === undefined) return fallback;
  let column = 0;
  for (const letter of letters) column = column * 26 + letter.charCodeAt(0) - 64;
  return column - 1;
}

function walkSheet(source: string, book: Book, sink: TextSink): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = { type: '', style: 0, column: 0, raw: '', inline: '' };
  let inside = '';
  let phonetic = 0;
  let cells = 0;
  let number = 0;
  for (const token of xmlTokens(source)) {
    if (token.kind === 'text') {
      if (inside === 'v') cell.raw += token.text;
      else if (inside === 't') {
        if (phonetic === 0) cell.inline += token.text;
        else book.hints.push(token.text);
      }
      continue;
    }
    const { local, kind } = token;
    if (local === 'v' || local === 't') inside = kind === 'open' ? local : '';
    if (local === 'rPh' && kind !== 'empty') phonetic += kind === 'open' ? 1 : -1;
    if (local === 'row' && kind === 'open') {
      row = [];
      const given = Number(attributes(token)['r'] ?? 0);
      number = given > number && given <= MAX_ROW ? given : number + 1;
    }
    if (local === 'c' && kind === 'open') {
      const values = attributes(token);
      cell = {
        type: values['t'] ?? 'n',
        style: Number(values['s'] ?? 0),
        column: columnOf(values['r'] ?? '', row.length),
        raw: '',
        inline: '',
      };
    }
    if (local === 'c' && kind === 'close') {
      cells += 1;
      if (cells > MAX_CELLS) throw new AkiosError('TOO_LARGE', 'The sheet has too many cells.');
      const blanks = Math.min(Math.max(cell.column - row.length, 0), 1024);
      for (let count = 0; count < blanks; count += 1) {
        row.push('');
        sink.gap('\t');
      }
      sink.unit(number, cell.column + 1);
      const kept = sink.text(cellText(cell.type, cell.style, cell.raw, cell.inline, book));
      row.push(sink.copies ? kept : '');
      sink.gap('\t');
    }
    if (local === 'row' && kind === 'close') {
      sink.gap('\n');
      rows.push(row);
    }
  }
  return rows;
}

function sheetNames(workbook: string): { name: string; hidden: boolean; id: string }[] {
  const out: { name: string; hidden: boolean; id: string }[] = [];
  for (const token of xmlTokens(workbook)) {
    if (token.kind === 'text' || token.kind === 'close' || token.local !== 'sheet') continue;
    const values = attributes(token);
    out.push({
      name: values['name'] ?? '',
      hidden: (values['state'] ?? 'visible') !== 'visible',
      id: values['id'] ?? '',
    });
  }
  return out;
}

/** The part a target of the workbook's relations means: `worksheets/a.xml`, `/xl/a.xml`, `../xl/a.xml`. */
function placeOf(target: string): string {
  const path: string[] = target.startsWith('/') ? [] : ['xl'];
  for (const step of target.split('/')) {
    if (step === '..') path.pop();
    else if (step !== '' && step !== '.') path.push(step);
  }
  return path.join('/');
}

function relations(source: string | null): Map<string, string> {
  const out = new Map<string, string>();
  if (source === null) return out;
  for (const token of xmlTokens(source)) {
    if (token.kind === 'text' || token.local !== 'Relationship' || token.kind === 'close') continue;
    const values = attributes(token);
    const target = values['Target'] ?? '';
    out.set(values['Id'] ?? '', placeOf(target));
  }
  return out;
}

/** The part a workbook names for its strings or styles, wherever it lies. */
function partOfKind(source: string | null, kind: string): string | null {
  for (const token of xmlTokens(source ?? '')) {
    if (token.kind === 'text' || token.local !== 'Relationship' || token.kind === 'close') continue;
    const values = attributes(token);
    const target = values['Target'] ?? '';
    if ((values['Type'] ?? '').endsWith(`/${kind}`) && target !== '') return placeOf(target);
  }
  return null;
}

const COMMENTS = /^xl\/(?:comments|threadedComments\/)[^/]*\.xml$/;

function walkComments(zip: Zip, sink: TextSink): void {
  for (const name of [...zip.keys()].sort()) {
    if (!COMMENTS.test(name)) continue;
    sink.section('part', 1, 'comments');
    sink.warn('Comments are read, and left out of a redacted copy.');
    let depth = 0;
    for (const token of xmlTokens(part(zip, name) ?? '')) {
      if (token.kind === 'text') {
        if (depth > 0) sink.text(token.text);
      } else if (token.local === 't' || token.local === 'text') {
        if (token.kind === 'open') depth += 1;
        else if (token.kind === 'close') depth -= 1;
        if (depth === 0) sink.gap('\n');
      }
    }
  }
}

/** Formulas, names, messages, links and everything else that no cell shows. */
function walkUnseen(
  zip: Zip,
  sheets: ReadonlySet<string>,
  strings: string,
  book: Book,
  sink: TextSink,
): void {
  sink.hideRest();
  const unused = book.strings.filter((_text, i) => !book.used.has(i));
  if (unused.length + book.hints.length > 0) {
    sink.section('part', 1, 'unused strings');
    for (const text of [...unused, ...book.hints]) {
      sink.text(text);
      sink.gap('\n');
    }
  }
  const cells = new Set(['v', 't']);
  for (const name of sheets) walkHiddenPart(name, part(zip, name) ?? '', sink, cells);
  const comments = [...zip.keys()].filter((name) => COMMENTS.test(name));
  for (const name of comments) {
    walkHiddenPart(name, part(zip, name) ?? '', sink, new Set(['t', 'text']));
  }
  walkHiddenZip(zip, new Set([...sheets, ...comments, strings]), sink);
}

/**
 * Feeds every sheet (hidden ones too) row by row, cells parted by tabs, then comments; returns the
 * cells as values for a copy that is built anew, so formulas, caches and hidden parts are gone.
 */
export function walkXlsx(zip: Zip, sink: TextSink, hidden: boolean): SheetCopy[] {
  const workbook = part(zip, 'xl/workbook.xml');
  if (workbook === null) throw new AkiosError('INPUT_INVALID', 'This is not an Excel workbook.');
  const relationships = part(zip, 'xl/_rels/workbook.xml.rels');
  const stringsName = partOfKind(relationships, 'sharedStrings') ?? 'xl/sharedStrings.xml';
  const hints: string[] = [];
  const book: Book = {
    strings: sharedStrings(part(zip, stringsName), hints),
    hints,
    used: new Set(),
    dates: dateStyles(part(zip, partOfKind(relationships, 'styles') ?? 'xl/styles.xml')),
    from1904: /date1904\s*=\s*["'](?:1|true)["']/.test(workbook),
  };
  const targets = relations(relationships);
  const copies: SheetCopy[] = [];
  const read = new Set<string>();
  for (const [index, sheet] of sheetNames(workbook).entries()) {
    const target = targets.get(sheet.id) ?? '';
    const source = part(zip, target);
    sink.section('sheet', index + 1);
    const name = sink.text(sheet.name);
    sink.gap('\n');
    if (sheet.hidden) sink.warn('The workbook has hidden sheets; they are read as well.');
    copies.push({ name, rows: source === null ? [] : walkSheet(source, book, sink) });
    if (source !== null) read.add(target);
    else sink.warn('A sheet that the workbook names is missing from it; it was not read.');
  }
  if ([...zip.keys()].some((key) => /^xl\/(?:charts|media|embeddings|pivot|external)/.test(key))) {
    sink.warn('Charts, pictures, pivot caches and embedded files are not copied.');
  }
  walkComments(zip, sink);
  if (hidden) walkUnseen(zip, read, stringsName, book, sink);
  return copies;
}
