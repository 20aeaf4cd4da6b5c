/**
 * One pass over a text: words (split at lower-to-upper changes, so `dateOfBirth` gives three),
 * digit runs, and long identifier runs. Every word is hashed on the way and looked up once.
 */
import { BYTE_CLASS, BYTE_FOLD, DEGREE, fillBytes, NUMERO } from './bytes.ts';
import { DIGIT, LOWER, SPACE, UPPER } from './chars.ts';

export const WORD_LOWER = 1;
export const WORD_CAPITAL = 2;
export const WORD_CAPS = 3;
export const DIGITS = 4;

/** Shortest run of letters, digits, `_` and `-` that can be a secret or an encoded value. */
const LONG_RUN = 10;
/** Longer words stand in no dictionary. */
const LONGEST_WORD = 40;

/**
 * What a pass over the tokens looks for stands in one word of bits per token: the flags of the
 * dictionary below, the kind of the token above them.
 */
export const IS_LOWER = 1 << 24;
export const IS_CAPITAL = 1 << 25;
export const IS_CAPS = 1 << 26;
export const IS_DIGITS = 1 << 27;
/** A word that some pass looks for and that texts seldom hold. */
export const IS_MARKED = 1 << 23;
/** The next token begins where this one ends. */
export const IS_GLUED = 1 << 28;

export interface Tokens {
  /** The text as bytes (bytes.ts), two zeroes behind it. */
  bytes: Uint8Array;
  count: number;
  start: Int32Array;
  end: Int32Array;
  /** Dictionary id of a word, 0 when unknown. */
  id: Int32Array;
  kind: Uint8Array;
  /** Dictionary flags of a word, and the bits of its kind. */
  bits: Int32Array;
  /** The tokens with IS_MARKED, so that nobody looks through all of them for these. */
  marked: number[];
  /** The runs of digits. */
  digits: number[];
  /** What is no plain word in small letters: capitals, digits, and words that digits or capitals follow. */
  open: Int32Array;
  opened: number;
  /** Hyphens with a space beside them. */
  dashes: number[];
  /** Offsets of the line ends. */
  lines: Int32Array;
  lineCount: number;
  /** By line: which marks of tables stand in it, as bits of DELIMITERS; the last line has no end. */
  marks: Uint8Array;
  /** Start offsets of runs that are long enough to hold a secret. */
  long: number[];
}

/** What divides the columns of tables. */
export const DELIMITERS = ['\t', '|', ';', ',', '  '] as const;
const TAB = 1;
const TWO_SPACES = 16;
/** By byte, the bits of those delimiters that are one character. */
const MARK_BITS = Uint8Array.from({ length: 256 }, (_, c) => {
  const d = (DELIMITERS as readonly string[]).indexOf(String.fromCharCode(c));
  return d < 0 ? 0 : 1 << d;
});

export interface WordTable {
  mask: number;
  /** Four units a slot, so that one look-up touches one place of memory: hash, length, id, flags. */
  cells: Int32Array;
}

export function hashWord(folded: string): number {
  let h = 7;
  for (let i = 0; i < folded.length; i++) h = (Math.imul(h, 31) + folded.charCodeAt(i)) | 0;
  return h;
}

/** Open-addressing table of hash and length; ids start at 1. `flags` are indexed by id. */
export function buildWordTable(words: readonly string[], flags: readonly number[]): WordTable {
  let size = 1024;
  while (size < words.length * 3) size *= 2;
  const cells = new Int32Array(size * 4);
  const mask = size - 1;
  words.forEach((word, index) => {
    const h = hashWord(word);
    let slot = (h ^ (h >>> 15)) & mask;
    while (cells[slot * 4 + 2] !== 0) slot = (slot + 1) & mask;
    cells.set([h, Math.min(word.length, 255), index + 1, flags[index + 1] ?? 0], slot * 4);
  });
  return { mask, cells };
}

/** Where the cell of a word stands in `cells`: its own, or an empty one (id 0). */
export function cellOf(table: WordTable, h: number, length: number): number {
  const { cells, mask } = table;
  let at = ((h ^ (h >>> 15)) & mask) << 2;
  while (cells[at + 2] !== 0 && (cells[at] !== h || cells[at + 1] !== length))
    at = (at + 4) & ((mask << 2) | 3);
  return at;
}

/** Id of a word by hash and length, 0 when it is not in the table. */
export function lookup(table: WordTable, h: number, length: number): number {
  return table.cells[cellOf(table, h, length) + 2]!;
}

/** Room for the densest text: every other unit a token, and one spare. */
export function allocateTokens(units: number): Tokens {
  const room = units + 2;
  return {
    bytes: new Uint8Array(room),
    count: 0,
    start: new Int32Array(room),
    end: new Int32Array(room),
    id: new Int32Array(room),
    kind: new Uint8Array(room),
    bits: new Int32Array(room),
    marked: [],
    digits: [],
    dashes: [],
    open: new Int32Array(room),
    opened: 0,
    lines: new Int32Array(room),
    lineCount: 0,
    marks: new Uint8Array(room),
    long: [],
  };
}

const KIND_BITS = Int32Array.of(0, IS_LOWER, IS_CAPITAL, IS_CAPS, IS_DIGITS);
const SEED = Math.imul(7, 31);

/** Fills `out` (which must have room for `text.length` tokens) and returns it. */
export function tokenise(text: string, table: WordTable, numberSign: number, out: Tokens): Tokens {
  const n = text.length;
  const { bytes, start, end, id, kind, bits, marked, digits, long, open, dashes, lines, marks } =
    out;
  const { cells } = table;
  const signBits = IS_LOWER | cells[cellOf(table, hashWord('no'), 2) + 3]!;
  fillBytes(text, bytes);
  marked.length = 0;
  digits.length = 0;
  dashes.length = 0;
  long.length = 0;
  let t = 0;
  let opened = 0;
  let lineCount = 0;
  let lineMarks = 0;
  let i = 0;
  let runStart = 0;
  let last = -1;
  while (i < n) {
    const c = bytes[i]!;
    const first = BYTE_FOLD[c]!;
    const k = first >> 8;
    if (k === LOWER || k === UPPER) {
      if (i === last) {
        if ((bits[t - 1]! & IS_LOWER) !== 0) open[opened++] = t - 1;
        bits[t - 1] = bits[t - 1]! | IS_GLUED;
      }
      const from = i;
      let h = (SEED + (first & 255)) | 0;
      let shape = k === LOWER ? WORD_LOWER : WORD_CAPITAL;
      i++;
      let next = BYTE_FOLD[bytes[i]!]!;
      if (k === UPPER && next >> 8 === UPPER) {
        // `IDNumber`: the last capital belongs to the next word.
        while (next >> 8 === UPPER && BYTE_CLASS[bytes[i + 1]!] !== LOWER) {
          h = (Math.imul(h, 31) + (next & 255)) | 0;
          i++;
          next = BYTE_FOLD[bytes[i]!]!;
        }
        if (i - from > 1) shape = WORD_CAPS;
      } else {
        // Small letters of ASCII fold to themselves: most words need no table.
        let letter = bytes[i]!;
        while (letter >= 97 && letter <= 122) {
          h = ((h << 5) - h + letter) | 0;
          letter = bytes[++i]!;
        }
        for (next = BYTE_FOLD[letter]!; next >> 8 === LOWER; next = BYTE_FOLD[bytes[++i]!]!)
          h = (Math.imul(h, 31) + (next & 255)) | 0;
      }
      const length = i - from;
      start[t] = from;
      end[t] = i;
      kind[t] = shape;
      if (length > LONGEST_WORD) {
        id[t] = 0;
        bits[t] = KIND_BITS[shape]!;
      } else if (length === 1 && (first & 255) === 110 && bytes[i] === DEGREE) {
        // N° and n° read as the word "no".
        id[t] = numberSign;
        bits[t] = KIND_BITS[shape]! | (signBits & ~IS_LOWER);
      } else {
        const at = cellOf(table, h, length);
        id[t] = cells[at + 2]!;
        bits[t] = KIND_BITS[shape]! | cells[at + 3]!;
      }
      if ((bits[t]! & IS_MARKED) !== 0) marked.push(t);
      if (shape !== WORD_LOWER) open[opened++] = t;
      last = i;
      t++;
      continue;
    }
    if (k === DIGIT) {
      if (i === last) {
        if ((bits[t - 1]! & IS_LOWER) !== 0) open[opened++] = t - 1;
        bits[t - 1] = bits[t - 1]! | IS_GLUED;
      }
      start[t] = i;
      do i++;
      while (BYTE_CLASS[bytes[i]!] === DIGIT);
      end[t] = i;
      kind[t] = DIGITS;
      id[t] = 0;
      bits[t] = IS_DIGITS;
      digits.push(t);
      open[opened++] = t;
      last = i;
      t++;
      continue;
    }
    if (c === 95 || c === 45) {
      if (c === 45 && (bytes[i + 1] === 32 || (i > 0 && bytes[i - 1] === 32))) dashes.push(i);
      i++;
      continue;
    }
    if (i - runStart >= LONG_RUN) long.push(runStart);
    if (c === 35 || c === NUMERO) {
      if (i === last) {
        if ((bits[t - 1]! & IS_LOWER) !== 0) open[opened++] = t - 1;
        bits[t - 1] = bits[t - 1]! | IS_GLUED;
      }
      start[t] = i;
      end[t] = i + 1;
      kind[t] = WORD_LOWER;
      id[t] = numberSign;
      bits[t] = signBits;
      if ((signBits & IS_MARKED) !== 0) marked.push(t);
      last = i + 1;
      t++;
    }
    if (k === SPACE) {
      if (c === 9) lineMarks |= TAB;
      // Most blanks are one space.
      for (let before = c, d = bytes[++i]!; BYTE_CLASS[d] === SPACE; before = d, d = bytes[++i]!) {
        if (d === 9) lineMarks |= TAB;
        else if (d === 32 && before === 32) lineMarks |= TWO_SPACES;
      }
    } else {
      if (c === 10) {
        marks[lineCount] = lineMarks;
        lines[lineCount++] = i;
        lineMarks = 0;
      } else lineMarks |= MARK_BITS[c]!;
      i++;
    }
    runStart = i;
  }
  if (n - runStart >= LONG_RUN) long.push(runStart);
  start[t] = n;
  end[t] = n;
  kind[t] = 0;
  id[t] = 0;
  bits[t] = 0;
  out.count = t;
  out.opened = opened;
  marks[lineCount] = lineMarks;
  out.lineCount = lineCount;
  return out;
}
