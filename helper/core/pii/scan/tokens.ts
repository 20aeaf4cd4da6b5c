/**
 * One pass over a text: words (split at lower-to-upper changes, so `dateOfBirth` gives three),
 * digit runs, and long identifier runs. Every word is hashed on the way and looked up once.
 */
import { CLASS, DIGIT, FOLD, LOWER, SPACE, UPPER } from './chars.ts';

export const WORD_LOWER = 1;
export const WORD_CAPITAL = 2;
export const WORD_CAPS = 3;
export const DIGITS = 4;

/** Shortest run of letters, digits, `_` and `-` that can be a secret or an encoded value. */
const LONG_RUN = 10;

export interface Tokens {
  count: number;
  start: Int32Array;
  end: Int32Array;
  /** Dictionary id of a word, 0 when unknown. */
  id: Int32Array;
  kind: Uint8Array;
  /** Start offsets of runs that are long enough to hold a secret. */
  long: number[];
}

export interface WordTable {
  mask: number;
  hashes: Int32Array;
  lengths: Uint8Array;
  ids: Int32Array;
}

export function hashWord(folded: string): number {
  let h = 7;
  for (let i = 0; i < folded.length; i++) h = (Math.imul(h, 31) + folded.charCodeAt(i)) | 0;
  return h;
}

/** Open-addressing table of hash and length; ids start at 1. */
export function buildWordTable(words: readonly string[]): WordTable {
  let size = 1024;
  while (size < words.length * 3) size *= 2;
  const table: WordTable = {
    mask: size - 1,
    hashes: new Int32Array(size),
    lengths: new Uint8Array(size),
    ids: new Int32Array(size),
  };
  words.forEach((word, index) => {
    const h = hashWord(word);
    let slot = (h ^ (h >>> 15)) & table.mask;
    while (table.ids[slot] !== 0) slot = (slot + 1) & table.mask;
    table.hashes[slot] = h;
    table.lengths[slot] = Math.min(word.length, 255);
    table.ids[slot] = index + 1;
  });
  return table;
}

/** Id of a word by hash and length, 0 when it is not in the table. */
export function lookup(table: WordTable, h: number, length: number): number {
  let slot = (h ^ (h >>> 15)) & table.mask;
  for (;;) {
    const id = table.ids[slot]!;
    if (id === 0) return 0;
    if (table.hashes[slot] === h && table.lengths[slot] === length) return id;
    slot = (slot + 1) & table.mask;
  }
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
    long: [],
  };
}

/** Fills `out` (which must have room for `text.length` tokens) and returns it. */
export function tokenise(text: string, table: WordTable, numberSign: number, out: Tokens): Tokens {
  const n = text.length;
  const { start, end, id, kind, long } = out;
  long.length = 0;
  let t = 0;
  let i = 0;
  let runStart = 0;
  while (i < n) {
    const c = text.charCodeAt(i);
    const k = CLASS[c]!;
    if (k === LOWER || k === UPPER) {
      const from = i;
      let h = (Math.imul(7, 31) + FOLD[c]!) | 0;
      let shape = k === LOWER ? WORD_LOWER : WORD_CAPITAL;
      i++;
      let d = i < n ? text.charCodeAt(i) : 0;
      let kd = CLASS[d]!;
      if (k === UPPER && kd === UPPER) {
        shape = WORD_CAPS;
        while (kd === UPPER) {
          // `IDNumber`: the last capital belongs to the next word.
          if (i + 1 < n && CLASS[text.charCodeAt(i + 1)] === LOWER && i - from >= 2) break;
          if (i - from === 1 && i + 1 < n && CLASS[text.charCodeAt(i + 1)] === LOWER) break;
          h = (Math.imul(h, 31) + FOLD[d]!) | 0;
          i++;
          d = i < n ? text.charCodeAt(i) : 0;
          kd = CLASS[d]!;
        }
        if (i - from === 1) shape = WORD_CAPITAL;
      } else {
        while (kd === LOWER) {
          h = (Math.imul(h, 31) + FOLD[d]!) | 0;
          i++;
          d = i < n ? text.charCodeAt(i) : 0;
          kd = CLASS[d]!;
        }
      }
      start[t] = from;
      end[t] = i;
      kind[t] = shape;
      const length = i - from;
      id[t] = length > 40 ? 0 : lookup(table, h, length);
      // N° and n° read as the word "no".
      if (length === 1 && FOLD[c] === 110 && (d === 0xb0 || d === 0xba)) id[t] = numberSign;
      t++;
      continue;
    }
    if (k === DIGIT) {
      start[t] = i;
      do i++;
      while (i < n && CLASS[text.charCodeAt(i)] === DIGIT);
      end[t] = i;
      kind[t] = DIGITS;
      id[t] = 0;
      t++;
      continue;
    }
    if (c === 95 || c === 45) {
      i++;
      continue;
    }
    if (i - runStart >= LONG_RUN) long.push(runStart);
    if (c === 35 || c === 0x2116) {
      start[t] = i;
      end[t] = i + 1;
      kind[t] = WORD_LOWER;
      id[t] = numberSign;
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
  out.count = t;
  return out;
}
