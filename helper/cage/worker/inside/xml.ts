import { AkiosError } from '../../../../shared/domain/errors.ts';

const MAX_DEPTH = 512;
const MAX_TOKENS = 8_000_000;

export interface XmlTag {
  kind: 'open' | 'close' | 'empty';
  /** Qualified name as written, e.g. `w:t`. */
  name: string;
  /** Local name, e.g. `t`. */
  local: string;
  /** Source of the attributes; parse with `attributes`. */
  rest: string;
}
export interface XmlText {
  kind: 'text';
  /** Decoded. */
  text: string;
}
export type XmlToken = XmlTag | XmlText;

const bad = (why: string) => new AkiosError('INPUT_INVALID', `The document's XML ${why}.`);
const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function decodeEntities(source: string): string {
  if (!source.includes('&')) return source;
  return source.replaceAll(/&([^;&<]{0,12});?/g, (whole, body: string) => {
    if (!whole.endsWith(';')) throw bad('has a bare ampersand');
    const named = ENTITIES[body];
    if (named !== undefined) return named;
    const hex = /^#x([0-9a-fA-F]{1,6})$/.exec(body);
    const decimal = /^#([0-9]{1,7})$/.exec(body);
    const code = hex ? Number.parseInt(hex[1]!, 16) : decimal ? Number(decimal[1]) : -1;
    if (code < 0 || code > 0x10ffff) throw bad('uses an entity of its own');
    return code === 0 ? '' : String.fromCodePoint(code).toWellFormed();
  });
}

export function encodeEntities(text: string): string {
  return text
    .toWellFormed()
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll(
      // biome-ignore lint/suspicious/noControlCharactersInRegex: not legal in XML 1.0
      /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g,
      '',
    );
}

/** Begins after white space only, so that a long run of name characters is tried once. */
const ATTRIBUTE = /(?:^|\s)([^\s=/"'<>]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;

/** Attributes by local name (the last of two wins). */
export function attributes(tag: XmlTag): Record<string, string> {
  const out: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const match of tag.rest.matchAll(ATTRIBUTE)) {
    const name = match[1]!;
    out[name.slice(name.indexOf(':') + 1)] = decodeEntities(match[2] ?? match[3] ?? '');
  }
  return out;
}

/** End of a tag that starts at `at`, quotes respected. */
function tagEnd(source: string, at: number): number {
  for (let index = at; index < source.length; index += 1) {
    const char = source.charCodeAt(index);
    if (char === 0x3e) return index;
    if (char === 0x22 || char === 0x27) {
      index = source.indexOf(char === 0x22 ? '"' : "'", index + 1);
      if (index < 0) break;
    }
  }
  throw bad('ends inside a tag');
}

function skipTo(source: string, mark: string, from: number): number {
  const at = source.indexOf(mark, from);
  if (at < 0) throw bad('is cut off');
  return at;
}

function readTag(source: string, at: number, end: number): XmlTag {
  const closing = source.charCodeAt(at + 1) === 0x2f;
  const inner = source.slice(at + (closing ? 2 : 1), end);
  const empty = !closing && inner.endsWith('/');
  const name = /^[^\s/>]+/.exec(inner)?.[0];
  if (name === undefined) throw bad('has a tag without a name');
  return {
    kind: closing ? 'close' : empty ? 'empty' : 'open',
    name,
    local: name.slice(name.indexOf(':') + 1),
    rest: closing ? '' : inner.slice(name.length),
  };
}

/**
 * Tokens of a well-formed XML text. No document type (so no entity bombs and no outside files),
 * bounded depth and count; tags must balance. Linear in the input.
 */
export function* xmlTokens(source: string): Generator<XmlToken> {
  const open: string[] = [];
  let at = source.charCodeAt(0) === 0xfeff ? 1 : 0;
  let count = 0;
  while (at < source.length) {
    count += 1;
    if (count > MAX_TOKENS) throw new AkiosError('TOO_LARGE', 'The document has too many parts.');
    if (source.charCodeAt(at) !== 0x3c) {
      const next = source.indexOf('<', at);
      const end = next < 0 ? source.length : next;
      yield { kind: 'text', text: decodeEntities(source.slice(at, end)) };
      at = end;
    } else if (source.startsWith('<!--', at)) {
      at = skipTo(source, '-->', at + 4) + 3;
    } else if (source.startsWith('<![CDATA[', at)) {
      const end = skipTo(source, ']]>', at + 9);
      yield { kind: 'text', text: source.slice(at + 9, end) };
      at = end + 3;
    } else if (source.startsWith('<?', at)) {
      at = skipTo(source, '?>', at + 2) + 2;
    } else if (source.startsWith('<!', at)) {
      throw bad('declares a document type');
    } else {
      const end = tagEnd(source, at);
      const tag = readTag(source, at, end);
      if (tag.kind === 'open') open.push(tag.name);
      if (open.length > MAX_DEPTH) throw bad('is nested too deeply');
      if (tag.kind === 'close' && open.pop() !== tag.name) throw bad('is not well formed');
      yield tag;
      at = end + 1;
    }
  }
  if (open.length > 0) throw bad('is cut off');
}
