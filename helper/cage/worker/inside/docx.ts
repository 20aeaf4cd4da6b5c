import { AkiosError } from '../../../../shared/domain/errors.ts';
import { decodeText } from './decode.ts';
import { walkHiddenPart, walkHiddenZip } from './hidden.ts';
import type { TextSink } from './text-sink.ts';
import { attributes, encodeEntities, type XmlTag, xmlTokens } from './xml.ts';
import { unpack, type ZipEntry } from './zip.ts';

/** Subtrees that hold no visible text, or text that was deleted; neither read nor copied. */
const DROPPED = new Set([
  'del',
  'moveFrom',
  'delText',
  'instrText',
  'delInstrText',
  'fldSimple-data',
  'Fallback',
  'sdtPr',
  'sdtEndPr',
  'rPrChange',
  'pPrChange',
  'tblPrChange',
  'trPrChange',
  'tcPrChange',
  'sectPrChange',
  'numberingChange',
  'proofErr',
  'customXmlPr',
  'smartTagPr',
  'fldData',
  'ruby-data',
]);
/** Pictures, shapes and embedded objects: left out, but the text boxes inside them are read. */
const GRAPHICS = new Set(['drawing', 'pict', 'object']);
/** The only elements a redacted copy may hold. Everything else is unwrapped or left out. */
const COPIED = new Set(
  (
    'body p pPr pStyle jc spacing ind keepNext keepLines pageBreakBefore r rPr b i u strike sz szCs ' +
    'color vertAlign t tab br cr noBreakHyphen tbl tblPr tblW tblBorders top left bottom right ' +
    'insideH insideV tblGrid gridCol tr tc tcPr tcW gridSpan vMerge shd sectPr pgSz pgMar tabs'
  ).split(' '),
);
const WORDS = new Set(
  (
    'auto left right center both start end single double dotted dashed thick wave none nil clear ' +
    'page column textWrapping superscript subscript baseline dxa pct restart continue true false ' +
    'on off portrait landscape exact atLeast Title Heading1 Heading2 Heading3 Heading4 Heading5 ' +
    'Heading6'
  ).split(' '),
);

/** A value a copy may keep: a known word or a short number, never free text. */
const isHarmless = (value: string) => WORDS.has(value) || /^-?[0-9A-Fa-f]{1,7}$/.test(value);

function copyTag(tag: XmlTag): string {
  const close = tag.kind === 'close' ? '/' : '';
  const kept =
    tag.kind === 'close'
      ? ''
      : Object.entries(attributes(tag))
          .filter(([, value]) => isHarmless(value))
          .map(([name, value]) => (/^[A-Za-z]{1,16}$/.test(name) ? ` w:${name}="${value}"` : ''))
          .join('');
  return `<${close}w:${tag.local}${kept}${tag.kind === 'empty' ? '/' : ''}>`;
}

class PartWalk {
  private readonly sink: TextSink;
  /** One output per open text box; the first is the part itself. */
  private outputs: string[][] = [[]];
  readonly boxes: string[] = [];
  private dropDepth = 0;
  private stack: string[] = [];
  private cellHasText = false;
  private properties = 0;
  private paragraphs = 0;
  private pages = 1;
  /** The body has pages; other parts have none. */
  private readonly paged: boolean;
  /** Text that a reader does not show: deleted, moved away, inside drawings. */
  readonly unseen: string[] = [];

  constructor(sink: TextSink, paged = false) {
    this.sink = sink;
    this.paged = paged;
  }

  output(): string {
    return this.outputs[0]!.join('');
  }

  walk(source: string): void {
    for (const token of xmlTokens(source)) {
      if (token.kind === 'text') this.text(token.text);
      else if (token.kind === 'empty') this.emptyTag(token);
      else if (token.kind === 'open') this.open(token);
      else this.close(token);
    }
  }

  private write(piece: string): void {
    if (this.sink.copies) this.outputs.at(-1)!.push(piece);
  }

  private copy(tag: XmlTag): void {
    if (!this.sink.copies || !COPIED.has(tag.local)) return;
    const isText = tag.local === 't' && tag.kind === 'open';
    this.write(isText ? '<w:t xml:space="preserve">' : copyTag(tag));
  }

  private hidden(): boolean {
    if (this.dropDepth > 0) return true;
    const graphic = this.stack.findLastIndex((name) => GRAPHICS.has(name));
    return graphic >= 0 && !this.stack.includes('txbxContent', graphic);
  }

  private text(piece: string): void {
    const local = this.stack.at(-1);
    if (local !== 't' || this.hidden()) {
      const isText = local === 't' || local === 'delText';
      // A fallback repeats for old readers what is read already.
      if (isText && !this.stack.includes('Fallback')) this.unseen.push(piece);
      return;
    }
    const kept = this.sink.text(piece);
    if (this.sink.copies) this.write(encodeEntities(kept));
  }

  private emptyTag(tag: XmlTag): void {
    if (DROPPED.has(tag.local) || this.hidden()) return;
    if (GRAPHICS.has(tag.local) || tag.local === 'blip' || tag.local === 'imagedata') return;
    if (tag.local === 'p') {
      this.open({ ...tag, kind: 'open' });
      this.close({ ...tag, kind: 'close', rest: '' });
      return;
    }
    if (this.properties === 0) this.visibleMark(tag);
    this.copy(tag);
  }

  private visibleMark(tag: XmlTag): void {
    if (tag.local === 'tab') this.sink.gap('\t');
    else if (tag.local === 'noBreakHyphen') this.sink.gap('-');
    else if (tag.local === 'lastRenderedPageBreak') this.pageBreak();
    else if (tag.local === 'br' || tag.local === 'cr') {
      this.sink.gap('\n');
      if (attributes(tag)['type'] === 'page') this.pageBreak();
    }
  }

  private pageBreak(): void {
    if (!this.paged) return;
    this.pages += 1;
    this.sink.section('page', this.pages);
    // A paragraph that goes on over the break keeps its number.
    this.sink.unit(this.paragraphs, 0);
  }

  private open(tag: XmlTag): void {
    this.stack.push(tag.local);
    if (DROPPED.has(tag.local)) this.dropDepth += 1;
    if (this.dropDepth > 0) return;
    if (GRAPHICS.has(tag.local)) {
      this.sink.warn('Pictures, shapes and embedded objects are not read and not copied.');
    }
    if (tag.local === 'txbxContent') this.outputs.push([]);
    if (this.hidden() || tag.local === 'txbxContent') return;
    if (/Pr$/.test(tag.local)) this.properties += 1;
    if (tag.local === 'tc') this.cellHasText = false;
    if (tag.local === 'p' && this.inCell() && this.cellHasText) this.sink.gap('\n');
    if (tag.local === 'p') {
      this.paragraphs += 1;
      this.sink.unit(this.paragraphs, 0);
    }
    this.copy(tag);
  }

  private inCell(): boolean {
    const cell = this.stack.lastIndexOf('tc');
    return cell >= 0 && !this.stack.includes('txbxContent', cell);
  }

  private close(tag: XmlTag): void {
    const hidden = this.hidden();
    if (tag.local === 'p' && this.unseen.length > 0) this.unseen.push('\n');
    if (tag.local === 'p' && !hidden) {
      if (this.inCell()) this.cellHasText = true;
      else this.sink.gap('\n');
    }
    this.stack.pop();
    if (DROPPED.has(tag.local)) {
      this.dropDepth -= 1;
      return;
    }
    if (this.dropDepth > 0) return;
    if (tag.local === 'txbxContent') {
      this.boxes.push(this.outputs.pop()!.join(''));
      return;
    }
    if (hidden) return;
    if (/Pr$/.test(tag.local)) this.properties -= 1;
    if (tag.local === 'tc') this.sink.gap('\t');
    if (tag.local === 'tr') this.sink.gap('\n');
    this.copy(tag);
  }
}

const OTHER_PARTS = /^word\/(header|footer|footnotes|endnotes)(\d*)\.xml$/;
const COMMENTS = /^word\/comments[A-Za-z]*\.xml$/;
const UNREAD = /^word\/(?:charts|diagrams|embeddings|activeX)|^customXml\//;

function partText(entry: ZipEntry): string {
  return decodeText(unpack(entry), entry.name);
}

/** Feeds one part of the file to the sink; its walk holds the copy and what was not shown. */
function walkPart(
  zip: Zip,
  name: string,
  sink: TextSink,
  walks: Map<string, PartWalk>,
  paged = false,
): PartWalk {
  const walk = new PartWalk(sink, paged);
  walk.walk(partText(zip.get(name)!));
  walks.set(name, walk);
  return walk;
}

type Zip = ReadonlyMap<string, ZipEntry>;
const MAIN = 'word/document.xml';

/** The part the package names as its document; some programs call it `document2.xml`. */
export function mainPart(zip: Zip): string {
  const relations = zip.get('_rels/.rels');
  if (relations === undefined) return MAIN;
  for (const token of xmlTokens(partText(relations))) {
    if (token.kind === 'text' || token.kind === 'close' || token.local !== 'Relationship') continue;
    const values = attributes(token);
    if ((values['Type'] ?? '').endsWith('/officeDocument'))
      return (values['Target'] ?? MAIN).replace(/^\//, '');
  }
  return MAIN;
}

/**
 * Feeds all text of a Word document to the sink (body, headers, footers, notes, then comments)
 * and returns the body of a copy built from an allow-list of elements, or '' for no body. With
 * `hidden`, what a reader does not show follows; it is never part of the copy.
 */
export function walkDocx(zip: Zip, sink: TextSink, hidden: boolean): string {
  const main = mainPart(zip);
  if (!zip.has(main)) throw new AkiosError('INPUT_INVALID', 'This is not a Word document.');
  const names = [...zip.keys()].sort();
  if (names.some((name) => UNREAD.test(name))) {
    sink.warn('Charts, diagrams and embedded files are not copied.');
  }
  const walks = new Map<string, PartWalk>();
  sink.section('page', 1);
  const body = walkPart(zip, main, sink, walks, true);
  const extras = [...body.boxes];
  for (const name of names) {
    const [, kind, number] = OTHER_PARTS.exec(name) ?? [];
    if (kind === undefined) continue;
    sink.section('part', Number(number || 1), kind);
    const part = walkPart(zip, name, sink, walks);
    extras.push(part.output(), ...part.boxes);
  }
  for (const name of names.filter((candidate) => COMMENTS.test(candidate))) {
    sink.section('part', 1, 'comments');
    sink.warn('Comments are read, and left out of a redacted copy.');
    walkPart(zip, name, sink, walks);
  }
  if (hidden) walkUnseen(zip, walks, sink);
  return insertBeforeSection(body.output(), extras.join(''));
}

function walkUnseen(zip: Zip, walks: ReadonlyMap<string, PartWalk>, sink: TextSink): void {
  sink.hideRest();
  for (const [name, walk] of walks) {
    const unseen = walk.unseen.join('');
    if (unseen.trim() !== '') {
      sink.section('part', 1, 'deleted and drawn text');
      sink.text(unseen);
      sink.gap('\n');
    }
    walkHiddenPart(name, partText(zip.get(name)!), sink, new Set(['t', 'delText']));
  }
  walkHiddenZip(zip, new Set(walks.keys()), sink);
}

function insertBeforeSection(body: string, extra: string): string {
  const inner = body.replace(/^<w:body>|<\/w:body>$/g, '');
  // The last section's page settings must stay the last child of the body.
  const at = inner.lastIndexOf('<w:sectPr>');
  const isLast =
    at >= 0 && inner.indexOf('</w:sectPr>', at) === inner.length - '</w:sectPr>'.length;
  return isLast ? inner.slice(0, at) + extra + inner.slice(at) : inner + extra;
}
