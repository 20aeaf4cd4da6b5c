/** Reads a personal name at a position: titles off, words, initials, particles, "Family, Given". */
import { FOLD } from '../scan/chars.ts';
import {
  COMMON,
  GIVEN,
  type Lexicon,
  NOT_NAME,
  ORGANISATION,
  PARTICLE,
  ROOT_LABEL,
  SURNAME,
  TITLE,
} from '../scan/lexicon.ts';
import { cellOf, hashWord } from '../scan/tokens.ts';

const UP = 'A-Z\\u00c0-\\u00d6\\u00d8-\\u00de\\u0100-\\u024f';
const ANY = 'A-Za-z\\u00c0-\\u00d6\\u00d8-\\u00f6\\u00f8-\\u024f';
const WORD = new RegExp(
  `[${UP}][${ANY}]{1,24}(?:['’][${ANY}]{2,20})?(?:-[${UP}][${ANY}]{1,20}){0,2}(?![${ANY}0-9]|_[${ANY}0-9])`,
  'y',
);
const APOSTROPHE = new RegExp(
  `[DOLdol](?:\\\\?['’]|'')[${UP}][${ANY}]{1,20}(?:-[${UP}][${ANY}]{1,20})?(?![${ANY}0-9_])`,
  'y',
);
const LOWER_WORD = new RegExp(`[${ANY}]{2,20}(?:['’-][${ANY}]{2,20})?(?![${ANY}0-9_])`, 'y');
const INITIAL = new RegExp(
  `[${UP}]\\.(?:-?[${UP}]\\.)?|[${UP}](?= (?:[${UP}] ){0,2}[${UP}][${ANY}])`,
  'y',
);
const PARTICLE_RE =
  /(?:de la|de las|de los|van der|van den|van de|von der|von dem|van|von|vom|de|du|da|dos|das|del|della|dello|di|zu|ter|ten|la|le|el|al|bin|ben|ibn|y|af|av|d['’])(?:(?<=['’])|[ -])(?=[A-Z\u00c0-\u00de])/iy;
const TITLE_RE =
  /(?:(?:MR|MRS|MS|DR|PROF|SGT|Sgt|Cpl|Ofc|OFC|Insp|Cllr|Supt|Dña|Sister|Pastor|Rabbi|Imam|HERR|FRAU|MME|Smt|SMT|Shri|Sri|Kumari|Meneer|Mevrouw|meneer|mevrouw|Mw|Dhr|Auntie|Uncle|Aunt|Tante|Oncle|Onkel|Mr|Mrs|Ms|Miss|Mx|Dr|Drs|Prof|Professor|Doctor|Sir|Lady|Lord|Judge|Rev|Captain|Officer|Nurse|Herrn|Herr|Frau|Kollegin|Kollege|Kollegen|Hr|Fr|Fräulein|M|Mme|Mlle|Me|Pr|Monsieur|Madame|Mademoiselle|Docteur|Maître|Professeur|Sr|Sra|Srta|Señor|Señora|Dra|Dott|Dott\.ssa|Sig|Sig\.ra|Signor|Signora|Ing|Avv|Don|Doña|Dipl|med|rer|nat|phil|Univ|MUDr|PD|Mag|Familie|Famille|Eheleute|mr|mrs|ms|dr|prof|herr|frau|mme|mlle|mister|signor|signora|monsieur|madame|dott|dra)(?:\.-?|(?= ))[ \u00a0]{0,2}){1,4}(?=["'„“]?(?:(?:van der|van den|van de|van|von der|von|de la|de|der|da|di|du|le|la) |d['’])?[A-Z\u00c0-\u00de])/y;

export interface NameWord {
  start: number;
  end: number;
  flags: number;
  initial: boolean;
  caps: boolean;
}

export interface NameRead {
  start: number;
  end: number;
  words: NameWord[];
  titled: boolean;
  /** Written "Family, Given". */
  inverted: boolean;
}

const EMPTY_HASH = hashWord('');

/** Flags of a word by its folded letters; for compounds, of any part. */
export function flagsOf(lexicon: Lexicon, word: string): number {
  const { table } = lexicon;
  let flags = 0;
  let h = EMPTY_HASH;
  let length = 0;
  for (let i = 0; i < word.length; i++) {
    const c = word.charCodeAt(i);
    // - ' ’
    if (c === 45 || c === 39 || c === 0x2019) {
      flags |= table.cells[cellOf(table, h, length) + 3]!;
      h = EMPTY_HASH;
      length = 0;
      continue;
    }
    h = (Math.imul(h, 31) + FOLD[c]!) | 0;
    length++;
  }
  return flags | table.cells[cellOf(table, h, length) + 3]!;
}

export function skipTitle(text: string, at: number): number {
  TITLE_RE.lastIndex = at;
  const match = TITLE_RE.exec(text);
  return match === null ? at : at + match[0].length;
}

function wordAt(lexicon: Lexicon, text: string, at: number, lower: boolean): NameWord | null {
  for (const re of lower ? [APOSTROPHE, WORD, LOWER_WORD] : [APOSTROPHE, WORD]) {
    re.lastIndex = at;
    const match = re.exec(text);
    if (match === null) continue;
    const word = match[0];
    return {
      start: at,
      end: at + word.length,
      flags: flagsOf(lexicon, word),
      initial: false,
      caps: word.length > 1 && word === word.toUpperCase(),
    };
  }
  INITIAL.lastIndex = at;
  const match = INITIAL.exec(text);
  if (match === null) return null;
  return { start: at, end: at + match[0].length, flags: 0, initial: true, caps: false };
}

/** A word that ends a name: an organisation, a label of the next field, a word that is no name. */
export function stops(word: NameWord): boolean {
  if (word.initial) return false;
  const named = (word.flags & (GIVEN | SURNAME)) !== 0;
  if ((word.flags & NOT_NAME) !== 0) return true;
  if ((word.flags & ORGANISATION) !== 0 && !named) return true;
  if ((word.flags & TITLE) !== 0 && !named) return true;
  return (word.flags & ROOT_LABEL) !== 0 && !named;
}

const MAX_WORDS = 6;

/** One gap of a single space (or two) between words of a name. */
function gapAfter(text: string, at: number, wide: Wide | undefined): number {
  const c = text.charCodeAt(at);
  // `Marguerite "Maggie" Oakes`
  if (c === 32 && isQuote(text.charCodeAt(at + 1))) {
    NICKNAME.lastIndex = at;
    return NICKNAME.exec(text)?.[0].length ?? 0;
  }
  if (wide === 'spaces' && c === 32 && text.charCodeAt(at + 1) === 32)
    return /[A-Z\u00c0-\u00de]/.test(text.charAt(at + 2)) ? 2 : 0;
  if (wide === 'lines') {
    WRAP.lastIndex = at;
    const wrap = WRAP.exec(text);
    if (wrap !== null) return wrap[0].length;
  }
  if (c !== 32 && c !== 0xa0) return 0;
  const d = text.charCodeAt(at + 1);
  return d === 32 || d === 0xa0 ? 0 : 1;
}

/** `?name=Ada+Byron`: a space of a query. */
function plusAfter(text: string, begin: number, at: number): number {
  return text.charCodeAt(at) === 43 && text.charCodeAt(begin - 1) === 61 ? 1 : 0;
}

type Wide = 'spaces' | 'lines';

const NICKNAME =
  / (?:["“„][A-Z\u00c0-\u00de][A-Za-z\u00c0-\u024f]{1,14}["”“]|\([A-Z\u00c0-\u00de][a-z\u00df-\u024f]{1,14}\)) (?=[A-Z\u00c0-\u00de])/y;

function isQuote(c: number): boolean {
  return c === 34 || c === 40 || c === 0x201c || c === 0x201e;
}

/** A name goes on over a line end only in running text: the line before is long, and so is the next. */
function wrapsTo(lexicon: Lexicon, text: string, end: number, at: number): boolean {
  const word = wordAt(lexicon, text, at, false);
  if (word === null || stops(word) || (word.flags & (COMMON | ORGANISATION)) !== 0) return false;
  if ((word.flags & SURNAME) !== 0) return true;
  if (end < LONG_LINE || text.slice(end - LONG_LINE, end).includes('\n')) return false;
  return /^(?:[,;)]|['’]s|\.?(?: [a-z(]|\r?\n|$))/.test(text.slice(word.end, word.end + 3));
}

const LONG_LINE = 40;

/** A wrapped line whose first word is capitalised and no field name. */
const WRAP = / ?\r?\n(?:>{1,8} )?(?=[A-Z\u00c0-\u00de][a-z\u00df-\u017f]{1,40}(?! ?:|\w))/y;

export interface ReadOptions {
  limit: number;
  /** Lower-case words may be parts of the name (keys and cells hold such values). */
  lower?: boolean;
  /** A comma may stand between family and given name. */
  comma?: boolean;
  /** The place is a name field: unlisted words count after a comma. */
  labelled?: boolean;
  /** Two spaces, or a line break, may stand before a listed name. */
  wide?: Wide;
}

function namedAt(lexicon: Lexicon, text: string, at: number): boolean {
  const word = wordAt(lexicon, text, at, false);
  return word !== null && !stops(word) && (word.flags & (GIVEN | SURNAME)) !== 0;
}

/** `Jamal Whitehead, Annika Lindgren` is a list of names, not one name in reverse. */
function isGivenFirst(words: readonly NameWord[]): boolean {
  const first = words[0]!;
  return words.length === 2 && (first.flags & GIVEN) !== 0 && (first.flags & COMMON) === 0;
}

const LAST_INITIAL = /,? [A-Z\u00c0-\u00de]\.?(?=\s{2}|\r?\n|[\t,;|)"<]|$)/y;

/** `Okafor, Chinedu B.`: the initial that ends a name written in reverse. */
function initialAfter(text: string, end: number): number {
  LAST_INITIAL.lastIndex = end;
  return end + (LAST_INITIAL.exec(text)?.[0].length ?? 0);
}

/** The field ends after the word, so `Okafor, Chinedu` is the whole of it. */
function closes(text: string, word: NameWord): boolean {
  return (
    (word.flags & COMMON) === 0 &&
    /^(?:,? [A-Z]\.?)?(?: {2}|\t|[ \t]*(?:[;\n\r|)"<]|$))/.test(text.slice(word.end, word.end + 7))
  );
}

/** Reads a name at `at`, or null. */
export function readName(
  lexicon: Lexicon,
  text: string,
  at: number,
  options: ReadOptions,
): NameRead | null {
  const begin = skipTitle(text, at);
  const words: NameWord[] = [];
  let p = begin;
  let end = begin;
  let inverted = false;
  while (words.length < MAX_WORDS) {
    PARTICLE_RE.lastIndex = p;
    const particle = words.length > 0 || p === begin ? PARTICLE_RE.exec(text) : null;
    const from = particle === null ? p : p + particle[0].length;
    const word = wordAt(lexicon, text, from, options.lower === true);
    if (word === null || word.end > options.limit || stops(word)) break;
    if (options.lower === true && words.length >= 4) break;
    words.push(word);
    end = word.end;
    const gap = gapAfter(text, end, options.wide) || plusAfter(text, begin, end);
    const line = text.charCodeAt(end + gap - 1) === 10;
    if (gap > 0 && (line || gap > 1) && !isQuote(text.charCodeAt(end + 1))) {
      const goesOn = line
        ? wrapsTo(lexicon, text, end, end + gap)
        : namedAt(lexicon, text, end + gap);
      if (!goesOn) break;
    }
    if (gap > 0) {
      p = end + gap;
      continue;
    }
    const comma =
      options.comma === true && !inverted && text.startsWith(', ', end)
        ? wordAt(lexicon, text, end + 2, false)
        : null;
    if (
      comma !== null &&
      words.length <= (isGivenFirst(words) ? 1 : 2) &&
      comma.end <= options.limit &&
      !stops(comma) &&
      ((comma.flags & GIVEN) !== 0 ||
        (options.labelled === true && (comma.initial || closes(text, comma))))
    ) {
      inverted = true;
      p = end + 2;
      continue;
    }
    break;
  }
  if (words.length === 0 || words.every((w) => w.initial)) return null;
  if (inverted) end = initialAfter(text, end);
  return { start: begin, end, words, titled: begin > at, inverted };
}

/** How many words are listed names; ordinary words count half. */
export function listed(read: NameRead): {
  given: number;
  surname: number;
  common: number;
  unknown: number;
} {
  let given = 0;
  let surname = 0;
  let common = 0;
  let unknown = 0;
  for (const word of read.words) {
    if (word.initial || (word.flags & PARTICLE) !== 0) continue;
    const isCommon = (word.flags & COMMON) !== 0;
    if (isCommon) common++;
    if ((word.flags & GIVEN) !== 0 && !isCommon) given++;
    if ((word.flags & SURNAME) !== 0 && !isCommon) surname++;
    if ((word.flags & (GIVEN | SURNAME | COMMON)) === 0) unknown++;
  }
  return { given, surname, common, unknown };
}
