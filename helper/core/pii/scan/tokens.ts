/**
 * One pass over a text: words (split at lower-to-upper changes, so `dateOfBirth` gives three),
 * digit runs, and long identifier runs. Every word is hashed on the way and looked up once.
 */
import { CLASS, CLASS_FOLD, DIGIT, LOWER, SPACE, UPPER } from './chars.ts';

export const WORD_LOWER = 1;
export const WORD_CAPITAL = 2;
export const WORD_CAPS = 3;
export const DIGITS = 4;

/** Shortest run of letters, digits, `_` and `-` that can be a secret or an encoded value. */
const LONG_RUN = 10;

/**
 * What a pass over the tokens looks for stands in one word of bits per token: the flags of the
 * dictionary below, the kind of the token above them.
 */
export const IS_LOWER = 1 << 24;
export const IS_CAPITAL = 1 << 25;
export const IS_CAPS = 1 << 26;
export const IS_DIGITS = 1 << 27;
/** The next token begins where this one ends. */
export const IS_GLUED = 1 << 28;

export interface Tokens {
  count: number;
  start: Int32Array;
  end: Int32Array;
  /** Dictionary id of a word, 0 when unknown. */
  id: Int32Array;
  kind: Uint8Array;
  /** Dictionary flags of a word, and the bits of its kind. */
  bits: Int32Array;
  /** Start offsets of runs that are long enough to hold a secret. */
  long: number[];
}

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
    count: 0,
    start: new Int32Array(room),
    end: new Int32Array(room),
    id: new Int32Array(room),
    kind: new Uint8Array(room),
    bits: new Int32Array(room),
    long: [],
  };
}

const KIND_BITS = [0, IS_LOWER, IS_CAPITAL, IS_CAPS, IS_DIGITS];
const SEED = Math.imul(7, 31);

/** Fills `out` (which must have room for `text.length` tokens) and returns it. */
export function tokenise(text: string, table: WordTable, numberSign: number, out: Tokens): Tokens {
  const n = text.length;
  const { start, end, id, kind, bits, long } = out;
  const { cells } = table;
  const signBits = IS_LOWER | cells[cellOf(table, hashWord('no'), 2) + 3]!;
  long.length = 0;
  let t = 0;
  let i = 0;
  let runStart = 0;
  let last = -1;
  while (i < n) {
    const c = text.charCodeAt(i);
    const first = CLASS_FOLD[c]!;
    const k = first >> 8;
    if (k === LOWER || k === UPPER) {
      if (i === last) bits[t - 1] = bits[t - 1]! | IS_GLUED;
      start[t] = i;
      let h = (SEED + (first & 255)) | 0;
      let shape = k === LOWER ? WORD_LOWER : WORD_CAPITAL;
      i++;
      let d = i < n ? text.charCodeAt(i) : 0;
      let next = CLASS_FOLD[d]!;
      if (k === UPPER && next >> 8 === UPPER) {
        shape = WORD_CAPS;
        while (next >> 8 === UPPER) {
          // `IDNumber`: the last capital belongs to the next word.
          if (i + 1 < n && CLASS[text.charCodeAt(i + 1)] === LOWER) break;
          h = (Math.imul(h, 31) + (next & 255)) | 0;
          i++;
          d = i < n ? text.charCodeAt(i) : 0;
          next = CLASS_FOLD[d]!;
        }
        if (i - start[t]! === 1) shape = WORD_CAPITAL;
      } else {
        while (next >> 8 === LOWER) {
          h = (Math.imul(h, 31) + (next & 255)) | 0;
          i++;
          d = i < n ? text.charCodeAt(i) : 0;
          next = CLASS_FOLD[d]!;
        }
      }
      const length = i - start[t]!;
      end[t] = i;
      kind[t] = shape;
      if (length > 40) {
        id[t] = 0;
        bits[t] = KIND_BITS[shape]!;
      } else if (length === 1 && (first & 255) === 110 && (d === 0xb0 || d === 0xba)) {
        // N° and n° read as the word "no".
        id[t] = numberSign;
        bits[t] = KIND_BITS[shape]! | (signBits & ~IS_LOWER);
      } else {
        const at = cellOf(table, h, length);
        id[t] = cells[at + 2]!;
        bits[t] = KIND_BITS[shape]! | cells[at + 3]!;
      }
      last = i;
      t++;
      continue;
    }
    if (k === DIGIT) {
      if (i === last) bits[t - 1] = bits[t - 1]! | IS_GLUED;
      start[t] = i;
      do i++;
      while (i < n && CLASS[text.charCodeAt(i)] === DIGIT);
      end[t] = i;
      kind[t] = DIGITS;
      id[t] = 0;
      bits[t] = IS_DIGITS;
      last = i;
      t++;
      continue;
    }
    if (c === 95 || c === 45) {
      i++;
      continue;
    }
    if (i - runStart >= LONG_RUN) long.push(runStart);
    if (c === 35 || c === 0x2116) {
      if (i === last) bits[t - 1] = bits[t - 1]! | IS_GLUED;
      start[t] = i;
      end[t] = i + 1;
      kind[t] = WORD_LOWER;
      id[t] = numberSign;
      bits[t] = signBits;
      last = i + 1;
      t++;
    }
    i++;
    if (k === SPACE) while (i < n && CLASS[text.charCodeAt(i)] === SPACE) i++;
    runStart = i;
  }
  if (n - runStart >= LONG_RUN) long.push(runStart);
  start[t] = n;
  end[t] = n;
  kind[t] = 0;
  id[t] = 0;
  bits[t] = 0;
  out.count = t;
  return out;
}
