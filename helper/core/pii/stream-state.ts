/**
 * What a window of a stream must see of the text before it: the last stretch, and what names its
 * values from further above: the header of a table, the keys that are open in JSON or YAML, the open
 * elements of XML, the head of an SQL statement, the label of a list.
 */
import { isListLead, nextRow, openInsert, openList, openXml, openYaml } from './stream-open.ts';

/** Where a stream stands between two segments; a new stream that starts with it goes on there. */
export interface StreamState {
  /**
   * Header line of the table the cut stands in, with its line break, or what is open before `context`
   * in JSON, YAML, XML, SQL or a list; '' outside of all.
   */
  header: string;
  /** The last stretch of the text before. */
  context: string;
}

/** A name that was shown is known again this much further on (names/repeat.ts), and its label too. */
const CONTEXT = 4000 + 512;
/** A context may begin this much later, to begin with a line. */
const LINE_START = 256;
const DELIMITERS = ['\t', '|', ';', ','] as const;

function countOf(line: string, delimiter: string): number {
  let n = 0;
  for (let at = line.indexOf(delimiter); at >= 0; at = line.indexOf(delimiter, at + 1)) n++;
  return n;
}

/**
 * The state after a text.
 * @param before the context so far and what was released since
 * @param header the header so far, of what stands before `before`
 */
export function carry(before: string, header: string): StreamState {
  const context = contextOf(before);
  const cut = before.length - context.length;
  const json = openJson(header, before.slice(0, cut));
  if (json !== null) return { header: json, context };
  const source = header + before.slice(0, cut);
  const insert = openInsert(source, source.length);
  if (insert !== '') {
    const row = nextRow(before, cut);
    return { header: insert, context: row < 0 ? context : before.slice(row) };
  }
  const xml = source.includes('<') ? openXml(source, source.length) : '';
  if (xml !== '' && (/^\s{0,80}</.test(source) || xml.includes('<tr>')))
    return { header: xml, context };
  return { header: linesHeader(before, header, context, source), context };
}

/** The lead of text whose structure is its lines. */
function linesHeader(before: string, header: string, context: string, source: string): string {
  const own = isTableHeader(header) ? header : '';
  const table = tableHeader(before, own, context);
  const inner = /^(?:[ \t]|- )/.test(context);
  const yaml = inner ? openYaml(source, source.length) : '';
  if (table !== '' && (yaml === '' || !table.includes(':'))) return table;
  if (yaml !== '') return yaml;
  const list = openList(header, before, before.length - context.length);
  return list === '' ? alignedHeader(before, own, context) : list;
}

/** What was carried is one line of column names. */
function isTableHeader(header: string): boolean {
  return (
    !isJson(header) && !/^(?:<|insert)/i.test(header) && !/:\n/.test(header) && !isListLead(header)
  );
}

/** Gaps between the columns of an aligned line. */
function gapsOf(line: string): number {
  return line.trim().match(/ {2,80}(?=\S)/g)?.length ?? 0;
}

/** The first line of columns that two spaces or more divide, when it lies above the context. */
function alignedHeader(before: string, header: string, context: string): string {
  const lines = before
    .slice(0, before.lastIndexOf('\n') + 1)
    .split('\n')
    .slice(0, -1);
  let first = lines.length;
  while (first > 0 && gapsOf(lines[first - 1]!) > 0) first--;
  if (first === 0 && gapsOf(header) > 1) return header;
  const top = `${lines[first] ?? ''}\n`;
  return lines.length - first < 2 || gapsOf(top) < 2 || context.includes(top) ? '' : top;
}

function tableHeader(before: string, header: string, context: string): string {
  const lineBreak = before.lastIndexOf('\n');
  if (lineBreak < 0) return header;
  const lines = before.slice(0, lineBreak).split('\n');
  const last = lines[lines.length - 1]!;
  for (const delimiter of DELIMITERS) {
    const n = countOf(last, delimiter);
    if (n === 0) continue;
    let first = lines.length - 1;
    while (first > 0 && countOf(lines[first - 1]!, delimiter) === n) first--;
    // The table reaches back past what is kept: its header was carried already.
    if (first === 0 && countOf(header, delimiter) === n) return header;
    if (lines.length - first < 2) continue;
    const top = `${lines[first]!}\n`;
    return context.includes(top) ? '' : top;
  }
  return '';
}

function contextOf(before: string): string {
  if (before.length <= CONTEXT) return before;
  const from = before.length - CONTEXT;
  const lead = before.slice(from, from + LINE_START);
  // A list without lines begins with a member.
  const line = lead.includes('\n') ? lead.indexOf('\n') : lead.search(/[,;]/);
  const code = before.charCodeAt(from);
  // Never between the two halves of one character.
  const start = line >= 0 ? from + line + 1 : code >= 0xdc00 && code < 0xe000 ? from + 1 : from;
  return before.slice(start);
}

function isJson(text: string): boolean {
  return /^\s{0,8}[[{]/.test(text);
}

interface Frame {
  kind: '{' | '[';
  key: string;
  /** The key is read and its value begins. */
  valued: boolean;
}

const MAX_DEPTH = 64;
const MAX_KEY = 100;

/** Index behind the end of a string that begins at `at`; past the text when it has none. */
function stringEnd(text: string, at: number): number {
  let end = at + 1;
  while (end < text.length) {
    const c = text.charCodeAt(end);
    if (c === 34) return end + 1;
    end += c === 92 ? 2 : 1;
  }
  return text.length + 1;
}

/** What is open at the end of `header + text`, as JSON that opens it; null when nothing is, or no JSON. */
function openJson(header: string, text: string): string | null {
  const source = header + text;
  if (!isJson(source)) return null;
  const frames: Frame[] = [];
  for (let i = 0; i < source.length; i++) {
    const char = source.charAt(i);
    const top = frames[frames.length - 1];
    if (char === '"') {
      const end = stringEnd(source, i);
      if (end > source.length) return `${opening(frames)}"`;
      const isKey = top?.kind === '{' && !top.valued;
      if (isKey) top.key = end - i > MAX_KEY ? '' : source.slice(i, end);
      i = end - 1;
    } else if (char === '{' || char === '[') {
      if (frames.length >= MAX_DEPTH) return null;
      frames.push({ kind: char, key: '', valued: false });
    } else if (char === '}' || char === ']') {
      if (frames.pop()?.kind !== (char === '}' ? '{' : '[')) return null;
    } else if (char === ':' || char === ',') {
      if (top !== undefined) top.valued = char === ':';
    } else if (!/[\sA-Za-z0-9.+-]/.test(char)) return null;
  }
  return frames.length === 0 ? null : opening(frames);
}

function opening(frames: readonly Frame[]): string {
  return frames
    .map(({ kind, key, valued }) => (valued && key !== '' ? `${kind}${key}:` : kind))
    .join('');
}
