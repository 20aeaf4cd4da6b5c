import type { Rng } from './rng.ts';

const LOOK_ALIKE: Record<string, string> = {
  a: 'а',
  e: 'е',
  o: 'о',
  p: 'р',
  c: 'с',
  x: 'х',
  A: 'А',
  B: 'В',
  E: 'Е',
  H: 'Н',
  K: 'К',
  M: 'М',
  O: 'О',
  P: 'Р',
  C: 'С',
  T: 'Т',
  X: 'Х',
  i: 'і',
  j: 'ј',
  s: 'ѕ',
};
const INVISIBLE = ['\u200b', '\u200c', '\u200d', '\u2060', '\ufeff', '\u00ad'];
const BIDI = ['\u200e', '\u200f', '\u202a', '\u202c', '\u2066', '\u2069'];
const code = (c: string) => c.codePointAt(0)!;
const each = (text: string, f: (c: string, i: number) => string) => [...text].map(f).join('');
const hex4 = (c: string) => code(c).toString(16).padStart(4, '0');
const percent = (text: string) =>
  [...new TextEncoder().encode(text)]
    .map((b) => `%${b.toString(16).toUpperCase().padStart(2, '0')}`)
    .join('');

/** Rewrites of a value that a reader or a machine undoes without effort. Null: does not apply. */
export const EVASIONS: Record<string, (value: string, r: Rng) => string | null> = {
  invisible: (v, r) => each(v, (c, i) => (i > 0 && r.chance(0.3) ? r.pick(INVISIBLE) + c : c)),
  bidi: (v, r) =>
    r.pick(BIDI) + each(v, (c) => (r.chance(0.15) ? r.pick(BIDI) + c : c)) + r.pick(BIDI),
  lookAlike: (v, r) => {
    const out = each(v, (c) => (r.chance(0.5) ? (LOOK_ALIKE[c] ?? c) : c));
    return out === v ? null : out;
  },
  fullWidth: (v) =>
    each(v, (c) => (code(c) > 32 && code(c) < 127 ? String.fromCodePoint(code(c) + 0xfee0) : c)),
  otherDigits: (v, r) => {
    if (!/\d/.test(v)) return null;
    const base = r.pick([0x660, 0x6f0, 0x966, 0x1d7ce, 0x1d7d8, 0xff10]);
    return each(v, (c) => (/\d/.test(c) ? String.fromCodePoint(base + Number(c)) : c));
  },
  combining: (v, r) =>
    each(v, (c, i) =>
      i % 4 === 1 && /[A-Za-z0-9]/.test(c) ? c + r.pick(['\u0301', '\u0336', '\u0323']) : c,
    ),
  unicodeSpaces: (v, r) => {
    if (!/[ -]/.test(v)) return null;
    return v
      .replace(/ /g, () => r.pick(['\u00a0', '\u2009', '\u2007', '\u3000', '\u202f']))
      .replace(/-/g, () => r.pick(['\u2011', '\u2010', '\u2013', '\u2212']));
  },
  entities: (v, r) =>
    each(v, (c) =>
      r.chance(0.6) ? (r.chance(0.5) ? `&#${code(c)};` : `&#x${code(c).toString(16)};`) : c,
    ),
  percent: (v, r) => (r.chance(0.5) ? percent(v) : v.replace(/[^A-Za-z0-9]/g, percent)),
  percentTwice: (v) => percent(v).replace(/%/g, '%25'),
  jsonEscape: (v, r) => each(v, (c) => (code(c) < 0x10000 && r.chance(0.6) ? `\\u${hex4(c)}` : c)),
  base64: (v) => Buffer.from(v, 'utf8').toString('base64'),
  hex: (v) => Buffer.from(v, 'utf8').toString('hex'),
  spelled: (v) => {
    if (v.includes('@')) return v.replace('@', ' [at] ').replace(/\.(?=[a-z]+$)/, ' [dot] ');
    return /\d-\d/.test(v) ? v.replace(/-/g, ' dash ') : null;
  },
  spaced: (v) => (v.includes(' ') ? null : [...v].join(' ')),
  lineWrap: (v) =>
    v.length < 8
      ? null
      : `${v.slice(0, Math.floor(v.length / 2))}${v.includes(' ') ? '\n' : '=\n'}${v.slice(Math.floor(v.length / 2))}`,
  markdown: (v) => (v.length < 5 ? null : `${v.slice(0, 3)}**${v.slice(3)}**`),
  scanNoise: (v, r) =>
    /\d/.test(v) ? v.replace(/([- ])/g, () => r.pick(['  ', ' - ', ' -', '- '])) : null,
};
