/**
 * The keys above a place in YAML and the elements around a place in XML, kept while a text is read once
 * from its beginning: however long a list is, its last member has the same parent as its first.
 */

/** Deeper levels are not kept: what stands there has no known parent. */
const MAX_DEPTH = 256;
const MAX_INDENT = 80;

interface Level {
  indent: number;
  /** The key the line ends with, or ''. */
  key: string;
}

/** Units before the first character of a line; a list mark counts, since `- id: 4` stands deeper than its dash. */
export function indentOf(text: string, from: number): number {
  let i = from;
  while (i - from < MAX_INDENT && (text.charCodeAt(i) === 32 || text.charCodeAt(i) === 9)) i++;
  return text.charCodeAt(i) === 45 && text.charCodeAt(i + 1) === 32 ? i - from + 2 : i - from;
}

/** The key of a line that ends with a colon, or ''. */
export function openKey(line: string): string {
  if (!line.endsWith(':')) return '';
  return line
    .slice(0, -1)
    .trim()
    .replace(/^- |["']/g, '');
}

export class YamlParents {
  private readonly text: string;
  private readonly levels: Level[] = [];
  /** Where the next line begins that was not read. */
  private line = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** The key of the nearest line above with a smaller indent, or ''. To be asked in order of the places. */
  at(at: number): string {
    const text = this.text;
    const levels = this.levels;
    for (;;) {
      const end = text.indexOf('\n', this.line);
      if (end < 0 || end >= at) break;
      this.read(this.line, end);
      this.line = end + 1;
    }
    const indent = indentOf(text, this.line);
    if (indent === 0) return '';
    for (let i = levels.length - 1; i >= 0; i--)
      if (levels[i]!.indent < indent) return levels[i]!.key;
    return '';
  }

  private read(from: number, to: number): void {
    const text = this.text;
    const levels = this.levels;
    const indent = indentOf(text, from);
    let end = to;
    while (end > from && text.charCodeAt(end - 1) <= 32) end--;
    if (end <= from) return;
    while (levels.length > 0 && levels[levels.length - 1]!.indent >= indent) levels.pop();
    if (levels.length >= MAX_DEPTH) return;
    const open = text.charCodeAt(end - 1) === 58 && end - from < 200;
    levels.push({ indent, key: open ? openKey(text.slice(from, end)) : '' });
  }
}

/** An opening or closing tag with its name. */
const TAG = /<(\/?)([A-Za-z][\w.:-]{0,60})(?:\s[^<>]{0,400})?>/y;
/** Elements of HTML that are never closed. */
const VOID = /^(?:area|base|br|col|embed|hr|img|input|link|meta|param|source|track|wbr)$/i;

/** Reads the tag at a `<` into the list of open elements; gives the end of the tag, or -1. */
export function readTag(text: string, at: number, open: string[]): number {
  TAG.lastIndex = at;
  const tag = TAG.exec(text);
  if (tag === null) return -1;
  const end = at + tag[0].length;
  const name = tag[2]!;
  if (tag[1] === '/') {
    const last = open.lastIndexOf(name);
    if (last >= 0) open.length = last;
  } else if (text.charCodeAt(end - 2) !== 47 && !VOID.test(name) && open.length < MAX_DEPTH)
    open.push(name);
  return end;
}

export class XmlParents {
  private readonly text: string;
  private readonly open: string[] = [];
  private done = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** The element around the element whose `<` stands at a place, or ''. To be asked in order of the places. */
  at(at: number): string {
    const text = this.text;
    const open = this.open;
    let next = text.indexOf('<', this.done);
    while (next >= 0 && next < at) {
      const end = readTag(text, next, open);
      this.done = end < 0 ? next + 1 : end;
      next = text.indexOf('<', this.done);
    }
    return open[open.length - 1] ?? '';
  }
}
