import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BYTE_CLASS, BYTE_FOLD, fillBytes } from './bytes.ts';
import { CLASS, DIGIT, FOLD, LOWER, UPPER } from './chars.ts';
import { allocateTokens, buildWordTable, hashWord, tokenise } from './tokens.ts';

const WORDS = ['no', 'date', 'of', 'birth', 'id', 'numero', 'strasse'];
const TABLE = buildWordTable(WORDS, [0, ...WORDS.map((_, i) => 1 << i)]);
/** Pieces that the classes, the cuts inside words and the number signs turn on. */
const PIECES =
  'a é ñ N n N° nº № # 7 42 ID Id iD dateOfBirth straße STRASSE Ω日 ſ _ - -- . \u00a0 \t \n \u2028 \ud800 😀 ٣ no NO'.split(
    ' ',
  );
const texts = fc
  .array(fc.oneof(fc.constantFrom(...PIECES, ' '), fc.string({ unit: 'binary' })), {
    maxLength: 30,
  })
  .map((parts) => parts.join(''));

interface Plain {
  word: string;
  start: number;
  glued: boolean;
}

/** The tokens of a text, told by the classes of its units one by one. */
function plainTokens(text: string): Plain[] {
  const kind = (i: number): number => CLASS[text.charCodeAt(i)] ?? 0;
  const out: Plain[] = [];
  for (let i = 0; i < text.length; ) {
    const start = i++;
    const first = kind(start);
    if (first === DIGIT || first === LOWER) while (kind(i) === first) i++;
    else if (first === UPPER && kind(i) !== UPPER) while (kind(i) === LOWER) i++;
    else if (first === UPPER) while (kind(i) === UPPER && kind(i + 1) !== LOWER) i++;
    else if (!/[#№]/.test(text.charAt(start))) continue;
    const last = out[out.length - 1];
    if (last !== undefined && last.start + last.word.length === start) last.glued = true;
    out.push({ word: text.slice(start, i), start, glued: false });
  }
  return out;
}

describe('bytes', () => {
  it('keep class and folded letter of every unit, and ASCII as it is', () => {
    const bytes = new Uint8Array(3);
    for (let code = 0; code < 65_536; code++) {
      fillBytes(String.fromCharCode(code), bytes);
      if (BYTE_CLASS[bytes[0]!] !== CLASS[code] || (BYTE_FOLD[bytes[0]!]! & 255) !== FOLD[code])
        expect.fail(`unit ${code}`);
      if (code < 128 ? bytes[0] !== code : bytes[0]! < 128) expect.fail(`unit ${code}`);
    }
  });
});

describe('tokenise', () => {
  it('cuts as the classes of the units say', () => {
    void fc.assert(
      fc.property(texts, (text) => {
        const tokens = tokenise(text, TABLE, 1, allocateTokens(text.length));
        const plain = plainTokens(text);
        expect(tokens.count).toBe(plain.length);
        plain.forEach(({ word, start, glued }, t) => {
          expect([tokens.start[t], tokens.end[t]]).toEqual([start, start + word.length]);
          expect((tokens.bits[t]! & (1 << 28)) !== 0).toBe(glued);
        });
      }),
    );
  });

  it('looks every word up by what it folds to', () => {
    const tokens = tokenise('Straße NUMÉRO n° № dateOfBirth 7no', TABLE, 1, allocateTokens(40));
    expect([...tokens.id.subarray(0, tokens.count)]).toEqual([0, 6, 1, 1, 2, 3, 4, 0, 1]);
    expect(hashWord('no')).not.toBe(hashWord('on'));
  });

  it('notes runs of letters, digits and joining marks that may hold a secret', () => {
    const run = /[\p{L}\d_-]{10,}/gu;
    void fc.assert(
      fc.property(
        fc.array(fc.constantFrom('a', 'bcd', '7', '_', '-', ' ', '.', 'wxyz')),
        (parts) => {
          const text = parts.join('');
          const tokens = tokenise(text, TABLE, 1, allocateTokens(text.length));
          expect(tokens.long).toEqual([...text.matchAll(run)].map((m) => m.index));
        },
      ),
    );
  });
});
