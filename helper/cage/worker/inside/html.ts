const DROPPED = /^(?:script|style|template|noscript|iframe|object|svg|math)$/;
/** Attributes past this length of a tag are not looked at; it bounds the work per tag. */
const MAX_TAG = 16_384;
const BLOCK =
  /^(?:p|div|br|hr|li|ul|ol|tr|table|h[1-6]|section|article|header|footer|blockquote|pre|title|dt|dd)$/;
const NAMED: Record<string, string> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: '\u00a0',
  copy: '©',
  reg: '®',
  euro: '€',
  pound: '£',
  yen: '¥',
  cent: '¢',
  sect: '§',
  deg: '°',
  middot: '·',
  bull: '•',
  hellip: '…',
  ndash: '–',
  mdash: '—',
  lsquo: '‘',
  rsquo: '’',
  ldquo: '“',
  rdquo: '”',
  laquo: '«',
  raquo: '»',
  commat: '@',
  period: '.',
  colon: ':',
  num: '#',
  plus: '+',
  lowbar: '_',
  auml: 'ä',
  ouml: 'ö',
  uuml: 'ü',
  Auml: 'Ä',
  Ouml: 'Ö',
  Uuml: 'Ü',
  szlig: 'ß',
  eacute: 'é',
  egrave: 'è',
  ecirc: 'ê',
  agrave: 'à',
  aacute: 'á',
  ccedil: 'ç',
  iacute: 'í',
  oacute: 'ó',
  uacute: 'ú',
  ntilde: 'ñ',
  ocirc: 'ô',
  icirc: 'î',
  acirc: 'â',
  ugrave: 'ù',
  igrave: 'ì',
  shy: '',
  zwj: '',
  zwnj: '',
};

function decodeEntity(whole: string, body: string): string {
  const hex = /^#[xX]([0-9a-fA-F]{1,6})$/.exec(body);
  const decimal = /^#([0-9]{1,7})$/.exec(body);
  if (!hex && !decimal) return NAMED[body] ?? whole;
  const code = hex ? Number.parseInt(hex[1]!, 16) : Number(decimal![1]);
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code).toWellFormed() : '';
}

/** End of a tag that starts at `at`, attribute quotes respected; the end of the text when none. */
function tagEnd(html: string, at: number): number {
  let quote = 0;
  for (let index = at; index < html.length; index += 1) {
    const char = html.charCodeAt(index);
    if (quote !== 0) {
      if (char === quote) quote = 0;
    } else if (char === 0x3e) return index;
    else if ((char === 0x22 || char === 0x27) && html.charCodeAt(index - 1) === 0x3d) quote = char;
  }
  return html.length;
}

/** Contacts and hints live in attributes as often as in text. */
function attributeText(tag: string): string {
  const shown: string[] = [];
  for (const match of tag.matchAll(
    /\b(?:alt|title|value|placeholder|content|href)\s*=\s*(?:"([^"]{1,2000})"|'([^']{1,2000})')/gi,
  )) {
    const value = match[1] ?? match[2] ?? '';
    const isLink = /^\s*href/i.test(match[0]);
    if (!isLink || /^(?:mailto|tel):/i.test(value)) shown.push(value);
  }
  return shown.length === 0 ? '' : ` ${shown.join(' ')} `;
}

/** Visible text of an HTML page, one line per block. Scripts and styles never run and are left out. */
export function htmlText(html: string): string {
  const parts: string[] = [];
  let at = 0;
  while (at < html.length) {
    const open = html.indexOf('<', at);
    if (open < 0) {
      parts.push(html.slice(at));
      break;
    }
    parts.push(html.slice(at, open));
    if (html.startsWith('<!--', open)) {
      const end = html.indexOf('-->', open + 4);
      at = end < 0 ? html.length : end + 3;
      continue;
    }
    const name = /^<(\/?)([A-Za-z][A-Za-z0-9]*)/.exec(html.slice(open, open + 32));
    if (name === null) {
      const isMarkup = html.charAt(open + 1) === '!' || html.charAt(open + 1) === '?';
      if (!isMarkup) parts.push('<');
      at = isMarkup ? tagEnd(html, open) + 1 : open + 1;
      continue;
    }
    const end = tagEnd(html, open + 1);
    const tag = name[2]!.toLowerCase();
    at = end + 1;
    if (DROPPED.test(tag) && name[1] === '' && html.charAt(end - 1) !== '/') {
      at = skipElement(html, at, tag);
    } else if (BLOCK.test(tag)) parts.push('\n');
    else if (tag === 'td' || tag === 'th') parts.push('\t');
    if (!DROPPED.test(tag))
      parts.push(attributeText(html.slice(open, Math.min(end, open + MAX_TAG))));
  }
  return parts
    .join('')
    .replaceAll(/&(#?[A-Za-z0-9]{1,10});/g, decodeEntity)
    .replaceAll(/[ \f\r]+/g, ' ')
    .replaceAll(/ ?\n[ \n]*/g, '\n')
    .trim();
}

/** What a browser does not show: comments, scripts and styles, and every attribute. */
export function htmlUnseen(html: string): string {
  const parts: string[] = [];
  for (let at = html.indexOf('<'); at >= 0; at = html.indexOf('<', at)) {
    if (html.startsWith('<!--', at)) {
      const end = html.indexOf('-->', at + 4);
      parts.push(html.slice(at + 4, end < 0 ? html.length : end));
      at = end < 0 ? html.length : end + 3;
      continue;
    }
    const name = /^<([A-Za-z][A-Za-z0-9]*)/.exec(html.slice(at, at + 32))?.[1]?.toLowerCase();
    const end = tagEnd(html, at + 1);
    if (name !== undefined) parts.push(...attributeValues(html.slice(at, end)));
    at = end + 1;
    if (name === undefined || !DROPPED.test(name) || html.charAt(end - 1) === '/') continue;
    const after = skipElement(html, at, name);
    parts.push(html.slice(at, after));
    at = after;
  }
  return parts.filter((piece) => piece.trim() !== '').join('\n');
}

function* attributeValues(tag: string): Generator<string> {
  for (const match of tag.matchAll(/([\w:-]{1,64})\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/g)) {
    const value = match[2] ?? match[3] ?? match[4] ?? '';
    if (!/^(?:class|style|id|rel|type|lang|dir|src|xmlns)$/i.test(match[1] ?? '')) {
      yield `${match[1]}: ${value}`;
    }
  }
}

function skipElement(html: string, from: number, tag: string): number {
  const close = new RegExp(`</${tag}\\b`, 'gi');
  close.lastIndex = from;
  const found = close.exec(html);
  return found === null ? html.length : tagEnd(html, found.index) + 1;
}
