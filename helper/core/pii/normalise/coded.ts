/** Characters written as codes: percent groups and HTML entities. */
import { ENTITIES } from './tables.ts';

/** UTF-8 sequence of percent groups at `at`: the character and its length in the source, or null. */
export function percentAt(source: string, at: number): { char: string; length: number } | null {
  if (source.charCodeAt(at + 1) === 117) return percentUnitAt(source, at);
  const byte = (i: number): number =>
    source.charAt(i) === '%' && /^[0-9A-Fa-f]{2}$/.test(source.slice(i + 1, i + 3))
      ? Number.parseInt(source.slice(i + 1, i + 3), 16)
      : -1;
  const first = byte(at);
  const more =
    first < 0x80
      ? 0
      : first >= 0xc2 && first < 0xe0
        ? 1
        : first >= 0xe0 && first < 0xf0
          ? 2
          : first >= 0xf0 && first < 0xf5
            ? 3
            : -1;
  if (more < 0) return null;
  let code = more === 0 ? first : first & (0x3f >> more);
  for (let i = 1; i <= more; i++) {
    const next = byte(at + 3 * i);
    if (next < 0x80 || next > 0xbf) return null;
    code = (code << 6) | (next & 0x3f);
  }
  if (code < 0x20 && code !== 9 && code !== 10 && code !== 13) return null;
  if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return null;
  return { char: String.fromCodePoint(code), length: 3 * (more + 1) };
}

/** `%u0035`: one unit, as the old `escape` of browsers wrote it. */
function percentUnitAt(source: string, at: number): { char: string; length: number } | null {
  const hex = source.slice(at + 2, at + 6);
  const char = /^[0-9A-Fa-f]{4}$/.test(hex) ? codePoint(Number.parseInt(hex, 16)) : null;
  return char === null ? null : { char, length: 6 };
}

/** The character of a code, or null for controls, surrogates and what is no code. */
export function codePoint(code: number): string | null {
  const sound =
    (code >= 0x20 || code === 9 || code === 10 || code === 13) &&
    code <= 0x10ffff &&
    !(code >= 0xd800 && code < 0xe000);
  return sound ? String.fromCodePoint(code) : null;
}

const NUMERIC_ENTITY = /&#(?:[xX]([0-9A-Fa-f]{1,6})|(\d{1,7}));?/y;
const NAMED_ENTITY = /&([A-Za-z]{2,14});/y;

/** The character of an HTML entity at `at` and its length in the source, or null. */
export function entityAt(source: string, at: number): { char: string; length: number } | null {
  NUMERIC_ENTITY.lastIndex = at;
  const numeric = NUMERIC_ENTITY.exec(source);
  if (numeric !== null) {
    const code = numeric[1] !== undefined ? Number.parseInt(numeric[1], 16) : Number(numeric[2]);
    const char = codePoint(code);
    return char === null ? null : { char, length: numeric[0].length };
  }
  NAMED_ENTITY.lastIndex = at;
  const named = NAMED_ENTITY.exec(source);
  const char = named === null ? undefined : ENTITIES.get(named[1]!);
  return char === undefined ? null : { char, length: named![0].length };
}
