/**
 * What is open at a cut besides JSON and tables of lines: keys of YAML, elements of XML with the header
 * row of an HTML table, an SQL statement, and a list of values behind one label. Each is written as a
 * lead that means the same to a scan as the text it stands for.
 */
import { indentOf, openKey, readTag } from './context/markup-parents.ts';

/** Longest lead that is carried. */
const MAX_LEAD = 4000;
const MAX_LINE = 200;

/** Lines whose keys are open where `at` begins: `patients:` above `  - id: 4`. */
export function openYaml(source: string, at: number): string {
  const levels: { indent: number; line: string }[] = [];
  let from = 0;
  while (from < at) {
    let end = source.indexOf('\n', from);
    if (end < 0 || end > at) end = at;
    const line = source.slice(from, end).trimEnd();
    if (line !== '') {
      const indent = indentOf(source, from);
      // `key:` and its list may stand at one indent.
      const dash = line.trimStart().startsWith('- ') ? indent - 2 : indent;
      while (levels.length > 0 && holds(levels[levels.length - 1]!, indent, dash)) levels.pop();
      if (line.length < MAX_LINE && openKey(line) !== '' && levels.length < 64)
        levels.push({ indent, line });
    }
    from = end + 1;
  }
  const lead = levels.map(({ line }) => `${line}\n`).join('');
  return lead.length > MAX_LEAD ? '' : lead;
}

/** Whether a line ends what a key above it opened. */
function holds(level: { indent: number }, indent: number, dash: number): boolean {
  return dash < indent ? level.indent > dash : level.indent >= indent;
}

const ROW_END = /<\/tr>/gi;

/** Elements that are open where `at` begins, an HTML table with its first row; '' when there are none. */
export function openXml(source: string, at: number): string {
  const open: string[] = [];
  const rows = new Map<number, string>();
  for (let next = source.indexOf('<'); next >= 0 && next < at; ) {
    const depth = open.length;
    const end = readTag(source, next, open);
    for (const table of rows.keys()) if (table >= open.length) rows.delete(table);
    const added = open.length > depth ? open[open.length - 1]!.toLowerCase() : '';
    const table = open.map((name) => name.toLowerCase()).lastIndexOf('table');
    if (added === 'tr' && table >= 0 && !rows.has(table)) {
      ROW_END.lastIndex = next;
      const close = ROW_END.exec(source.slice(0, next + MAX_LEAD));
      rows.set(table, close === null ? '' : source.slice(next, ROW_END.lastIndex));
    }
    next = source.indexOf('<', end < 0 ? next + 1 : end);
  }
  const lead = open
    .map((name, i) => {
      const row = rows.get(i);
      // What is left of a row that was cut is a row of its own.
      return row === undefined || row === '' ? `<${name}>` : `<${name}>${row}<tr>`;
    })
    .filter((tag, i) => !(/^<t(?:body|head|r|d|h)>$/i.test(tag) && i > 0))
    .join('');
  return lead.length > MAX_LEAD ? '' : lead;
}

const INSERT =
  /insert\s{1,4}into\s{1,4}[\w."`[\]]{1,120}\s{0,4}\([^()]{1,3000}\)\s{0,8}values\s{0,8}(?=\()/gi;
const BETWEEN_ROWS = /\)\s{0,8},\s{0,8}(?=\()/g;
const STATEMENT_END = /\)\s{0,8};/;

/** The head of a statement whose rows go on at `at`, or ''. */
export function openInsert(source: string, at: number): string {
  let head = '';
  let from = 0;
  for (const match of source.slice(0, at).matchAll(INSERT)) {
    head = match[0];
    from = match.index + match[0].length;
  }
  return head === '' || STATEMENT_END.test(source.slice(from, at)) ? '' : head;
}

/** Where the first whole row of a statement begins at or after `from`, or -1. */
export function nextRow(text: string, from: number): number {
  BETWEEN_ROWS.lastIndex = from;
  const match = BETWEEN_ROWS.exec(text);
  return match === null ? -1 : match.index + match[0].length;
}

const MEMBER = '["\'`]?[^\\s,;:=<>{}"\'`]{1,40}(?: [^\\s,;:=<>{}"\'`]{1,40}){0,3}["\'`]?';
const MEMBERS = new RegExp(`^[\\s[(]{0,4}(?:${MEMBER}[,;]\\s{0,12})+(?:${MEMBER})?$`);

/** `Policy numbers: ` of a list of values that goes on at `at`, or ''. */
export function openList(header: string, text: string, at: number): string {
  const before = text.slice(0, at).trimEnd();
  const mark = Math.max(before.lastIndexOf(':'), before.lastIndexOf('='));
  if (mark < 0) return isListLead(header) && isMembers(before) ? header : '';
  if (before.length - mark < 8 || !isMembers(before.slice(mark + 1))) return '';
  const from = Math.max(before.lastIndexOf('\n', mark) + 1, mark - 80);
  return `${before.slice(from, mark + 1)} `;
}

export function isListLead(header: string): boolean {
  return /^[^\n]{1,80}[:=] $/.test(header);
}

/** The list is long, so a stretch at its end tells as much as the whole. */
function isMembers(text: string): boolean {
  return MEMBERS.test(text.trimEnd());
}
