import { decodeText } from './decode.ts';
import type { TextSink } from './text-sink.ts';
import { attributes, type XmlTag, xmlTokens } from './xml.ts';
import { unpack, type ZipEntry } from './zip.ts';

/** Parts of rules and looks that programs write; people's data stands elsewhere. */
const TECHNICAL =
  /(?:^|\/)(?:\[Content_Types\]|styles|stylesWithEffects|fontTable|numbering|webSettings|calcChain|theme\d*)\.xml$/;
/** Attributes in which people write, or programs write about people. */
const TELLING = new Set(
  (
    'descr title alt author initials userId displayName displayText tooltip prompt promptTitle error ' +
    'errorTitle display connection command instr url href v email lastModifiedBy formatCode location'
  ).split(' '),
);
/** Elements whose `name` and `val` were chosen by a person. */
const NAMED = new Set(
  (
    'docVar property alias tag tblCaption tblDescription bookmarkStart definedName table tableColumn ' +
    'listEntry helpText statusText default attr lvlText caption cacheField dbColumn userInfo scenario ' +
    'queryTableField inputCells pivotTableDefinition'
  ).split(' '),
);
/** Text that is cut into runs: the pieces belong together until the paragraph ends. */
const RUNS = new Set(['t', 'delText', 'instrText', 'delInstrText']);
const ENDS = new Set(['p', 'si', 'is', 'rPh', 'comment']);

/** What a part is called in a list of findings. */
function wordsOf(name: string): string {
  if (name.startsWith('docProps/')) return 'properties';
  if (name.endsWith('.rels')) return 'link targets';
  if (/comments|persons|people/i.test(name)) return 'authors';
  if (/pivot/i.test(name)) return 'pivot caches';
  if (/external/i.test(name)) return 'external links';
  if (/settings/i.test(name)) return 'settings';
  return 'hidden data';
}

/**
 * Feeds what stands in a part beside its visible text: attributes that people write, field codes,
 * formulas, names, validation messages. Each as `label: value`.
 * @param shown elements whose text was read already
 */
export function walkHiddenPart(
  name: string,
  source: string,
  sink: TextSink,
  shown: ReadonlySet<string>,
): void {
  const lines = new Lines(sink, wordsOf(name));
  const stack: { local: string; label: string }[] = [];
  for (const token of xmlTokens(source)) {
    if (token.kind === 'text') {
      const top = stack.at(-1);
      if (top !== undefined && !shown.has(top.local)) lines.text(top.local, top.label, token.text);
      continue;
    }
    if (token.kind === 'close') {
      stack.pop();
      if (ENDS.has(token.local)) lines.flush();
      continue;
    }
    const values = attributes(token);
    for (const [label, value] of tellingValues(token, values)) lines.add(label, value);
    if (token.kind === 'open') {
      const above = stack.at(-1);
      const own = token.local === 'property' ? values['name'] : undefined;
      const inherited = above?.label !== above?.local ? above?.label : undefined;
      stack.push({ local: token.local, label: own ?? inherited ?? token.local });
    }
  }
  lines.flush();
  for (const remark of remarks(source)) lines.add('remark', remark);
}

/** What stands in comments and instructions of the XML itself. */
function* remarks(source: string): Generator<string> {
  for (const [open, close] of [
    ['<!--', '-->'],
    ['<?', '?>'],
  ] as const) {
    for (let at = source.indexOf(open); at >= 0; ) {
      const end = source.indexOf(close, at + open.length);
      if (end < 0) break;
      const inner = source.slice(at + open.length, end);
      if (!inner.startsWith('xml ')) yield inner;
      at = source.indexOf(open, end);
    }
  }
}

function* tellingValues(
  tag: XmlTag,
  values: Readonly<Record<string, string>>,
): Generator<[string, string]> {
  const isNamed = NAMED.has(tag.local);
  if (isNamed && values['val'] !== undefined) {
    yield [values['name'] ?? tag.local, values['val']];
  } else if (isNamed && values['name'] !== undefined) yield ['name', values['name']];
  for (const [label, value] of Object.entries(values)) {
    // Whatever an attribute is for, an address in it is one.
    if (TELLING.has(label) || value.includes('@')) yield [label, value];
  }
  const target = values['Target'];
  const outside = values['TargetMode'] === 'External' || /[:@]/.test(target ?? '');
  if (target !== undefined && outside && !target.startsWith('http://schemas.')) {
    yield ['link', target];
  }
}

class Lines {
  private readonly sink: TextSink;
  private readonly part: string;
  private readonly seen = new Set<string>();
  private begun = false;
  private run: string[] = [];

  constructor(sink: TextSink, part: string) {
    this.sink = sink;
    this.part = part;
  }

  text(local: string, label: string, text: string): void {
    if (RUNS.has(local)) this.run.push(text);
    else this.add(label, text);
  }

  add(label: string, value: string): void {
    this.flush();
    if (value.trim() !== '') this.line(`${label}: ${value}`);
  }

  flush(): void {
    const whole = this.run.join('');
    this.run = [];
    if (whole.trim() !== '') this.line(whole);
  }

  private line(line: string): void {
    if (this.seen.has(line)) return;
    this.seen.add(line);
    if (!this.begun) this.sink.section('part', 1, this.part);
    this.begun = true;
    this.sink.text(line);
    this.sink.gap('\n');
  }
}

/** Of parts of rules and looks: what a person may have put into names, formats and numbering. */
function walkTechnical(name: string, source: string, sink: TextSink): void {
  const lines = new Lines(sink, wordsOf(name));
  for (const token of xmlTokens(source)) {
    if (token.kind === 'text' || token.kind === 'close') continue;
    const values = attributes(token);
    for (const label of ['formatCode', 'val', 'name', 'typeface']) {
      const value = values[label];
      // Names of fonts and styles are words; data has an address or a number in it.
      if (value !== undefined && /@|\d{4}|"[^"]{4}/.test(value)) lines.add(label, value);
    }
  }
  for (const remark of remarks(source)) lines.add('remark', remark);
}

/** The same for every part that was not visited. What is no XML is named in a warning. */
export function walkHiddenZip(
  zip: ReadonlyMap<string, ZipEntry>,
  visited: ReadonlySet<string>,
  sink: TextSink,
): void {
  for (const name of [...zip.keys()].sort()) {
    if (visited.has(name) || name.endsWith('/')) continue;
    const entry = zip.get(name)!;
    if (TECHNICAL.test(name)) {
      walkTechnical(name, decodeText(unpack(entry), name), sink);
      continue;
    }
    if (/\.(?:xml|rels|vml)$/i.test(name)) {
      walkHiddenPart(name, decodeText(unpack(entry), name), sink, new Set());
    } else if (/\.(?:txt|csv|json|htm|html|rtf|eml)$/i.test(name)) {
      sink.section('part', 1, 'embedded text');
      sink.text(decodeText(unpack(entry), name));
      sink.gap('\n');
    } else if (/(?:^|\/)media\//.test(name)) {
      sink.warn('Pictures are not read: what they show was not scanned.');
    } else {
      sink.warn('Embedded files of other programs are not read; they were not scanned.');
    }
  }
}
