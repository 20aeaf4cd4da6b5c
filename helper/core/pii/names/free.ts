/** Names without a label: titles, salutations, sign-offs, mail headers, chat lines, and list pairs. */
import { BYTE_CLASS, isAlnumByte } from '../scan/bytes.ts';
import { LOWER, UPPER } from '../scan/chars.ts';
import {
  COMMON,
  GIVEN,
  NOT_NAME,
  ORGANISATION,
  PARTICLE,
  ROOT_LABEL,
  SALUTE,
  SURNAME,
  TITLE,
} from '../scan/lexicon.ts';
import { pushFound, type Scan } from '../scan/scan.ts';
import { IS_CAPITAL, IS_CAPS, type Tokens, WORD_CAPS } from '../scan/tokens.ts';
import { listed, type NameRead, readName } from './grammar.ts';
import { THINGS } from './things.data.ts';

const NAMED_THINGS: ReadonlySet<string> = new Set(
  THINGS.split(';').map((phrase) => phrase.trim().split(' ').slice(0, 2).join(' ')),
);

/** `Dr Pepper`, `Calvin Klein`: two words beside each other that name a thing. */
function isThing(text: string, from: number, end: number): boolean {
  const words = text
    .slice(from, end)
    .toLowerCase()
    .replace(/['’]s\b|[.,&]/g, '')
    .split(/\s+/);
  for (let i = 0; i + 1 < words.length; i++)
    if (NAMED_THINGS.has(`${words[i]} ${words[i + 1]}`)) return true;
  return false;
}

/** `Kotlin, Julia, Ruby and Ada`: words of a list, not a family name and a given name. */
function isListed(text: string, read: NameRead): boolean {
  if (!read.inverted) return false;
  if (
    /^(?:, ?[A-Z\u00c0-\u00de]| (?:and|et|und|or|&|y|e) )/.test(text.slice(read.end, read.end + 6))
  )
    return true;
  return /[A-Za-z0-9)], ?$|& ?$/.test(text.slice(Math.max(0, read.start - 4), read.start));
}

/** `MS RF 204`: letters of a German plate, not a lady. */
const PLATE = /(?:MS|DR|MR|HR|FR) [A-Z]{1,2} ?\d{1,4}(?![A-Za-z0-9])/y;

const AMBIGUOUS_TITLE =
  /^(?:m|me|pr|fr|sr|hr|ing|sig|rev|hon|don|st|sister|pastor|rabbi|imam|captain|officer|nurse|judge|doctor|professor|lord|lady|sir|miss)$/i;

function afterTitle(scan: Scan, t: number): void {
  const { text, tokens, lexicon } = scan;
  const at = tokens.start[t]!;
  if (t > 0 && tokens.end[t - 1] === at) return;
  const read = readName(lexicon, text, at, {
    limit: Math.min(text.length, at + 100),
    wide: 'lines',
  });
  if (read === null || !read.titled || read.start - at > 40) return;
  if (isThing(text, at, read.end)) return;
  PLATE.lastIndex = at;
  if (PLATE.test(text)) return;
  const word = text.slice(at, tokens.end[t]!);
  const l = listed(read);
  const dotted = text.charAt(tokens.end[t]!) === '.';
  if (AMBIGUOUS_TITLE.test(word) && !dotted && l.given + l.surname === 0) return;
  if (/^(?:M|Me|Pr|St|Fr|Sr)$/.test(word) && (!dotted || l.given + l.surname + l.unknown === 0))
    return;
  if (word === 'M' && l.given + l.surname === 0 && !/\. [A-Z]/.test(text.slice(at + 1, at + 4)))
    return;
  pushFound(scan, read.start, read.end, 'PERSON_NAME', 0.8, 'name-title');
}

/** `10 ms. Then`: small letters before a full stop, or behind a number, are no title. */
function isUnit(scan: Scan, t: number): boolean {
  const { text, tokens } = scan;
  const word = text.slice(tokens.start[t]!, tokens.end[t]!);
  if (text.charCodeAt(tokens.end[t]!) === 46 && !/^(?:dr|dra|dott|prof)$/.test(word)) return true;
  if (word !== 'ms') return /[/=_-]$/.test(text.charAt(tokens.start[t]! - 1));
  return /[\d/=_-] ?$/.test(text.slice(Math.max(0, tokens.start[t]! - 2), tokens.start[t]!));
}

const SALUTATION =
  /(?:Dear|Hi|Hello|Hey|Good (?:morning|afternoon|evening)|Bonjour|Bonsoir|Salut|Cher|Chère|Chers|Coucou|Liebe|Lieber|Liebste|Hallo|Guten (?:Tag|Morgen|Abend)|Sehr geehrter?|Geehrter?|Moin|Servus|Hola|Estimad[oa]|Querid[oa]|Buenos días|Gentile|Car[oa]|Egregi[oa]|Ciao|Buongiorno|Beste|Geachte|Prezad[oa])(?: (?:again|there))?[ ,]{1,2}/y;

function afterSalutation(scan: Scan, t: number): void {
  const { text, tokens, lexicon } = scan;
  SALUTATION.lastIndex = tokens.start[t]!;
  const match = SALUTATION.exec(text);
  if (match === null) return;
  const at = tokens.start[t]! + match[0].length;
  const read = readName(lexicon, text, at, { limit: Math.min(text.length, at + 70) });
  if (read === null) return;
  const l = listed(read);
  const closed = /^\s*(?:[,!:;.–—-]|\n|$|and |et |und )/.test(text.slice(read.end, read.end + 6));
  if (!closed) return;
  if (read.titled || l.given + l.surname > 0)
    pushFound(scan, read.start, read.end, 'PERSON_NAME', 0.76, 'name-salutation');
  else if (l.unknown > 0 && l.common === 0 && /^[,!]/.test(text.slice(read.end, read.end + 1)))
    pushFound(scan, read.start, read.end, 'PERSON_NAME', 0.56, 'name-salutation');
  secondSaluted(scan, read.end);
}

const AND = /(?:,? (?:and|et|und|y|e|&) |, )/y;

/** `Dear Ada and Ned,`: the second of two. */
function secondSaluted(scan: Scan, end: number): void {
  const { text, lexicon } = scan;
  AND.lastIndex = end;
  const link = AND.exec(text);
  if (link === null) return;
  const at = end + link[0].length;
  const read = readName(lexicon, text, at, { limit: Math.min(text.length, at + 60) });
  if (read === null || !/^ ?[,!:]/.test(text.slice(read.end, read.end + 2))) return;
  const l = listed(read);
  if (read.titled || l.given + l.surname > 0 || (l.unknown > 0 && l.common === 0))
    pushFound(scan, read.start, read.end, 'PERSON_NAME', 0.66, 'name-salutation');
}

const SIGN_OFF =
  /(?:(?:Best|Kind|Warm|Warmest|Kindest) (?:regards|wishes)|Regards|Sincerely(?: yours)?|Yours (?:sincerely|truly|faithfully)|Respectfully|Cheers|Thanks|Thank you|Many thanks|With thanks|Best|Cordialement|Bien cordialement|Bien à vous|Sincèrement|Salutations(?: distinguées)?|Amicalement|Respectueusement|Merci(?: d'avance)?|Mit freundlichen Grüßen|Mit freundlichem Gruß|Freundliche Grüße|Viele Grüße|Beste Grüße|Liebe Grüße|Herzliche Grüße|Hochachtungsvoll|MfG|LG|VG|Gruß|Atentamente|Saludos(?: cordiales)?|Un saludo|Un cordial saludo|Cordiali saluti|Distinti saluti|Saluti|Met vriendelijke groet|(?:Bien )?[Cc]onfraternellement|Cdlt|Bien cdlt|Bises|Danke(?: und (?:LG|VG|Gruß|viele Grüße))?|Vielen Dank|Gr(?:u|ü)(?:ß|ss)e|Grüße|Gracias|Muchas gracias|Un abrazo|Grazie(?: mille)?|Un caro saluto|A presto|Abbracci|Thx|Thanks again|Rgds|Kind rgds|Take care|All the best|BR|KR) ?[,.!]{0,2}[ \t]{0,24}(?:\r?\n[ \t>]{0,24}){1,3}(?:\/s\/ ?|i\. ?[AV]\. ?|gez\. ?)?/gy;

/** `Thanks, Lakshmi`: a sign-off and a name that end a message on one line. */
const SHORT_OFF =
  /(?:Thanks(?: again)?|Thank you|Many thanks|Thx|Cheers|Regards|Best|Merci|Bises|Danke|LG|VG|Gruß|Grüße|Gracias|Un abrazo|Saludos|Grazie|Saluti), (?=[A-Z\u00c0-\u00de][a-z\u00df-\u024f]{2,20}(?: [A-Z\u00c0-\u00de][a-z\u00df-\u024f.]{0,20})?[ \t]{0,8}(?:\r?\n|$))/y;

function afterSignOff(scan: Scan, t: number): void {
  const { text, tokens, lexicon } = scan;
  SIGN_OFF.lastIndex = tokens.start[t]!;
  SHORT_OFF.lastIndex = tokens.start[t]!;
  const match = SIGN_OFF.exec(text) ?? SHORT_OFF.exec(text);
  if (match === null) return;
  const at = tokens.start[t]! + match[0].length;
  const read = readName(lexicon, text, at, { limit: Math.min(text.length, at + 60) });
  if (read === null) return;
  const l = listed(read);
  const lineEnds = /^[ \t]*(?:[,|(–—-]|\r?\n|$)/.test(text.slice(read.end, read.end + 4));
  if (!lineEnds) return;
  if (read.titled || l.given + l.surname > 0)
    pushFound(scan, read.start, read.end, 'PERSON_NAME', 0.8, 'name-signature');
  else if (l.unknown > 0 && l.common === 0)
    pushFound(scan, read.start, read.end, 'PERSON_NAME', 0.58, 'name-signature');
}

/** `Jane Doe <jane@...>`: the words before an address in angle brackets. */
export function scanMailNames(scan: Scan): void {
  const { text, lexicon } = scan;
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
    let open = at - 1;
    while (open > at - 70 && open > 0 && text.charCodeAt(open) !== 60) open--;
    if (open < 2 || text.charCodeAt(open) !== 60 || text.charCodeAt(open - 1) !== 32) continue;
    const from = Math.max(0, open - 60);
    const head = text.slice(from, open - 1);
    const words =
      /(?:^|[\s"',:;([])((?:[A-Z\u00c0-\u00de][A-Za-z\u00c0-\u024f'’.-]{0,24} ){1,3}[A-Z\u00c0-\u00de][A-Za-z\u00c0-\u024f'’-]{1,24})"?$/.exec(
        head,
      );
    if (words === null) continue;
    const start = from + words.index + words[0].indexOf(words[1]!);
    const read = readName(lexicon, text, start, { limit: open });
    if (read === null || read.words.length < 2) continue;
    const l = listed(read);
    pushFound(
      scan,
      read.start,
      read.end,
      'PERSON_NAME',
      l.given + l.surname > 0 ? 0.85 : 0.6,
      'name-mail',
    );
  }
}

/** Given + family (or the reverse), both listed, neither an ordinary word. */
function fromLists(scan: Scan, t: number): number {
  const { text, tokens, lexicon } = scan;
  const at = tokens.start[t]!;
  if (t > 0 && tokens.end[t - 1] === at) return t;
  if (/[@/\\_.-]/.test(text.charAt(at - 1)) && text.charAt(at - 2) !== ' ') return t;
  const first = readName(lexicon, text, at, { limit: Math.min(text.length, at + 80), comma: true });
  if (first === null) return t;
  const read = first.words.length < 2 ? wrapped(scan, first) : first;
  if (read.words.length < 2) return introduced(scan, read, t);
  if (read.words.every((w) => w.caps) && !capsAllowed(read)) return t;
  const trimmed = pair(withoutVerb(read));
  // `Franklin Street`: a street, though Street is a family name too.
  if (
    trimmed !== null &&
    /\b(?:Street|Road|Avenue|Lane|Drive|Court|Square|Hall|House|Building|Press|Publishing|Supplement|Toolkit|Library|Islands?|Lake|River|Falls|Beach|Valley|Mountains?|Creek|Sponge)(?:,|$)/.test(
      text.slice(trimmed.start, trimmed.end),
    )
  )
    return t;
  if (trimmed === null || isListed(text, trimmed)) return t;
  if (
    isThing(text, trimmed.start, wordAfter(text, trimmed.end)) ||
    /& $/.test(text.slice(Math.max(0, at - 2), at))
  )
    return t;
  if (
    /[@/\\=(]/.test(text.charAt(trimmed.end)) ||
    /^(?:'s)? (?:Street|St\.|Avenue|Ave|Road|Rd|University|Hospital|School|Institute|Inc|Ltd|GmbH|LLC|Corp|Foundation|License|Award|Prize|Airport|County|Bridge|Park|Center|Centre|Clinic|Library|College|Islands?|Lake|River|Falls|Beach|Valley|Mountains?|Creek|Bay)\b/.test(
      text.slice(trimmed.end, trimmed.end + 14),
    )
  )
    return t;
  pushFound(scan, trimmed.start, trimmed.end, 'PERSON_NAME', scoreOfPair(trimmed), 'name-list');
  let next = t;
  while (tokens.start[next + 1]! < trimmed.end) next++;
  return next;
}

const LONG_LINE = 30;

/** `... spoke with Maria` and `Gonzalez about it` on the next line of running text. */
function wrapped({ text, lexicon }: Scan, read: NameRead): NameRead {
  const first = read.words[0]!;
  const after = text.charCodeAt(read.end);
  if ((after !== 10 && after !== 13 && after !== 32) || !isName(first.flags, GIVEN)) return read;
  if (first.caps || read.end < LONG_LINE) return read;
  if (text.slice(read.end - LONG_LINE, read.end).includes('\n')) return read;
  const limit = Math.min(text.length, read.start + 80);
  return readName(lexicon, text, read.start, { limit, wide: 'lines' }) ?? read;
}

/** Words that only a person is called with, before a given name alone. */
const INTRODUCED =
  /(?:\b(?:this is|spoke (?:with|to)|speaking (?:with|to)|talk(?:ed|ing)? (?:with|to)|asked for|on behalf of|regards from|(?:num(?:ber|mer|éro)|number|address|adresse|birthday|email|nummer|numero|número) (?:of|von|de|di)|grüße an|gruß an|hier ist|c['’]est|ici) )$/i;
const ON_GOING =
  /^(?:, (?:can|how|may|what|could|calling|speaking|I|I['’]m|your|from|thank|who)\b|\?|, (?:de|von|da) )/;

/** `this is Tamika, can I ...`, `die Nummer von Jannik?`: one given name that no other word is. */
function introduced(scan: Scan, read: NameRead, t: number): number {
  const first = read.words[0]!;
  if (!isName(first.flags, GIVEN) || first.caps) return t;
  const { text } = scan;
  if (!ON_GOING.test(text.slice(read.end, read.end + 12))) return t;
  if (!INTRODUCED.test(text.slice(Math.max(0, read.start - 20), read.start))) return t;
  pushFound(scan, read.start, read.end, 'PERSON_NAME', 0.62, 'name-introduced');
  return t;
}

/** `Ask Beatrix Calloway`: an ordinary word before a given name that stands on the list. */
function withoutVerb(read: NameRead): NameRead {
  const [first, second] = read.words;
  if (read.words.length < 3 || first === undefined || second === undefined) return read;
  if ((first.flags & COMMON) === 0 || !isName(second.flags, GIVEN)) return read;
  return { ...read, words: read.words.slice(1), start: second.start };
}

/** End of the capitalised word that follows, or `end`. */
function wordAfter(text: string, end: number): number {
  return end + (/^ [A-Z][a-z]{1,20}/.exec(text.slice(end, end + 22))?.[0].length ?? 0);
}

function isName(flags: number, bit: number): boolean {
  return (flags & bit) !== 0 && (flags & COMMON) === 0;
}

function capsAllowed(read: NameRead): boolean {
  const [first, last] = [read.words[0]!, read.words[read.words.length - 1]!];
  return (
    read.words.length <= 3 &&
    (isName(first.flags, GIVEN) || isName(last.flags, GIVEN)) &&
    read.words.every((w) => w.initial || (w.flags & (GIVEN | SURNAME)) !== 0)
  );
}

/** The leading words that make a name: given, then initials or givens, then a family name. */
function pair(read: NameRead): NameRead | null {
  const { words } = read;
  const first = words[0]!;
  if (first.initial) {
    // "J. Smith": the family name must be listed and no ordinary word.
    const last = words.find((w) => !w.initial)!;
    return isName(last.flags, SURNAME) &&
      !isName(last.flags, GIVEN) &&
      words.length <= 3 &&
      words[0]!.end - words[0]!.start >= 2
      ? cut(read, words.indexOf(last))
      : null;
  }
  for (let i = Math.min(words.length, 5) - 1; i >= 1; i--) {
    const last = words[i]!;
    if (last.initial) continue;
    const middle = words.slice(1, i);
    if (middle.some((w) => !w.initial && (w.flags & (GIVEN | SURNAME)) === 0)) continue;
    const strongFirst = isName(first.flags, GIVEN);
    const strongLast = isName(last.flags, SURNAME);
    const weakLast = (last.flags & SURNAME) !== 0;
    const unknownLast = (last.flags & (GIVEN | SURNAME | COMMON)) === 0;
    if (strongFirst && (strongLast || weakLast)) return cut(read, i);
    if (strongFirst && unknownLast && i === words.length - 1 && i <= 2 && !last.caps)
      return cut(read, i);
    if ((first.flags & GIVEN) !== 0 && strongLast && middle.some((w) => w.initial))
      return cut(read, i);
    if (read.inverted && (first.flags & SURNAME) !== 0 && isName(last.flags, GIVEN))
      return cut(read, i);
    if (isName(first.flags, SURNAME) && isName(last.flags, GIVEN) && first.caps && !last.caps)
      return cut(read, i);
    if (
      (first.flags & GIVEN) !== 0 &&
      isName(last.flags, SURNAME) &&
      !isName(last.flags, GIVEN) &&
      last.caps &&
      !first.caps
    )
      return cut(read, i);
  }
  return null;
}

function cut(read: NameRead, last: number): NameRead {
  // `Okafor, Chinedu B.`
  if (read.inverted && read.words.slice(last + 1).every((w) => w.initial)) return read;
  return { ...read, words: read.words.slice(0, last + 1), end: read.words[last]!.end };
}

function scoreOfPair(read: NameRead): number {
  const last = read.words[read.words.length - 1]!;
  const first = read.words[0]!;
  if (isName(first.flags, GIVEN) && isName(last.flags, SURNAME)) return 0.74;
  if (read.inverted) return 0.66;
  return (last.flags & SURNAME) !== 0 ? 0.6 : 0.54;
}

/** `Maria: see you` at the start of a chat line. */
function chatName(scan: Scan, t: number): void {
  const { text, tokens } = scan;
  const at = tokens.start[t]!;
  const end = tokens.end[t]!;
  if (text.charCodeAt(end) !== 58 || text.charCodeAt(end + 1) !== 32 || end - at < 3) return;
  // `IBAN: ...`, `WILL: ...` at the start of a line are fields.
  if (tokens.kind[t] === WORD_CAPS) return;
  const before = text.slice(Math.max(0, at - 26), at);
  const stamped = /\d\d:\d\d(?::\d\d)?[\])]? (?:[-–] )?$/.test(before);
  if (!stamped && at !== 0 && !before.endsWith('\n')) return;
  scan.found.push({
    start: at,
    end,
    type: 'PERSON_NAME',
    score: stamped ? 0.66 : 0.53,
    checked: false,
    evidence: ['name-chat'],
  });
}

const CHAT_STAMP =
  /(?:^|\n)\[?\d{1,2}[/.]\d{1,2}[/.]\d{2,4},? \d{1,2}:\d\d(?::\d\d)?(?: ?[AP]M)?\]? (?:[-–] )?$/i;

/** A line of an exported chat: whoever the stamp is followed by wrote it. */
function isChatLine(scan: Scan, t: number, flags: number): boolean {
  if ((flags & (COMMON | NOT_NAME | ORGANISATION | TITLE | ROOT_LABEL)) !== 0) return false;
  const at = scan.tokens.start[t]!;
  return CHAT_STAMP.test(scan.text.slice(Math.max(0, at - 32), at));
}

const SLASH_NAME =
  /[A-Z]{2,24}\/[A-Z]{2,24}(?: [A-Z]{1,20})? ?(?:MRS|MR|MS|MSTR|MISS|CHD|INF)(?![A-Za-z])/y;

const CHAT_NAME =
  /[A-Z\u00c0-\u00de][A-Za-z\u00c0-\u024f'’-]{1,24}(?: [A-Z\u00c0-\u00de][A-Za-z\u00c0-\u024f'’.-]{0,24}){1,2}(?=: )/y;
const TIME_STAMP = /\d\d:\d\d(?::\d\d)?(?: ?[AP]M)?(?:\] ?| - )$/i;

/** `[09:03] Pavel Horák: thanks`: two words between a stamp and a colon, no ordinary ones. */
function stampedName(scan: Scan, t: number): boolean {
  const { text, lexicon, tokens } = scan;
  const at = tokens.start[t]!;
  if (at < 2) return false;
  const c = tokens.bytes[at - 1];
  const mark = c === 32 ? tokens.bytes[at - 2] : c;
  // A stamp ends with `]`, or with a hyphen and a space.
  if (mark !== 93 && (mark !== 45 || c !== 32)) return false;
  if (!TIME_STAMP.test(text.slice(Math.max(0, at - 14), at))) return false;
  CHAT_NAME.lastIndex = at;
  const match = CHAT_NAME.exec(text);
  if (match === null) return false;
  const read = readName(lexicon, text, at, { limit: at + match[0].length });
  if (read === null || read.end !== at + match[0].length) return false;
  const l = listed(read);
  if (l.common > 0 && l.given + l.surname === 0) return false;
  pushFound(scan, read.start, read.end, 'PERSON_NAME', 0.72, 'name-chat-line');
  return true;
}

/** `OAKES/EDWARD MR`: the form of airline bookings. */
function slashName(scan: Scan, t: number): void {
  SLASH_NAME.lastIndex = scan.tokens.start[t]!;
  const match = SLASH_NAME.exec(scan.text);
  if (match === null) return;
  scan.found.push({
    start: scan.tokens.start[t]!,
    end: scan.tokens.start[t]! + match[0].length,
    type: 'PERSON_NAME',
    score: 0.9,
    checked: false,
    evidence: ['name-booking'],
  });
}

/** No second word of a name follows: a word in small letters that no name has, or a mark. */
function standsAlone({ bytes, bits, end }: Tokens, t: number): boolean {
  const after = bytes[end[t]!]!;
  if (after !== 32) return after < 128 && !isAlnumByte(after) && !JOINS.has(after);
  const next = bytes[end[t]! + 1]!;
  const k = BYTE_CLASS[next];
  if (k === LOWER) return (bits[t + 1]! & PARTICLE) === 0;
  return k !== UPPER && next < 128 && !OPENS_NICK.has(next);
}

/** Quotes and brackets around the name a person goes by: `Marguerite "Maggie" O'Rourke`. */
const OPENS_NICK: ReadonlySet<number> = new Set([34, 39, 40]);

/** Apostrophe, comma, hyphen, full stop and line end: a name may go on behind them; `?` ends a question for one. */
const JOINS: ReadonlySet<number> = new Set([10, 13, 39, 44, 45, 46, 63]);

/** One pass over capitalised tokens. */
export function scanNames(scan: Scan): void {
  const { tokens } = scan;
  const { bits, open, opened } = tokens;
  let done = -1;
  for (let o = 0; o < opened; o++) {
    const t = open[o]!;
    const flags = bits[t]!;
    if (t <= done || (flags & (IS_CAPITAL | IS_CAPS)) === 0) continue;
    if ((flags & TITLE) !== 0) afterTitle(scan, t);
    // `seen by dr Hwang`: a title in small letters before a capital.
    if (t > 0 && (bits[t - 1]! & (TITLE | IS_CAPITAL | IS_CAPS)) === TITLE && !isUnit(scan, t - 1))
      afterTitle(scan, t - 1);
    if ((flags & SALUTE) !== 0) {
      afterSalutation(scan, t);
      afterSignOff(scan, t);
    }
    const after = tokens.bytes[tokens.end[t]!];
    if (
      after === 58 &&
      (((flags & GIVEN) !== 0 && (flags & COMMON) === 0) || isChatLine(scan, t, flags))
    )
      chatName(scan, t);
    if ((flags & IS_CAPS) !== 0 && after === 47) slashName(scan, t);
    if (stampedName(scan, t)) continue;
    const initial = tokens.end[t]! - tokens.start[t]! === 1 && after === 46;
    if (((flags & (GIVEN | SURNAME)) !== 0 || initial) && !standsAlone(tokens, t))
      done = fromLists(scan, t);
  }
}
