/**
 * Character tables over UTF-16 units: a class for each unit, and the lower-case ASCII letter a
 * Latin letter folds to (é -> e, Ł -> l, ß -> s), so that labels match with and without accents.
 */
export const OTHER = 0;
export const LOWER = 1;
export const UPPER = 2;
export const DIGIT = 3;
export const SPACE = 4;
export const NEWLINE = 5;

const SPECIAL_FOLD: Record<string, string> = {
  æ: 'a',
  ø: 'o',
  œ: 'o',
  ß: 's',
  ð: 'd',
  þ: 't',
  đ: 'd',
  ħ: 'h',
  ı: 'i',
  ł: 'l',
  ŋ: 'n',
  ŧ: 't',
};

/** The letter a unit folds to, as a char code; 0 when it is not a letter. */
function foldOf(char: string): number {
  const lower = char.toLowerCase();
  const special = SPECIAL_FOLD[lower];
  if (special !== undefined) return special.charCodeAt(0);
  const base = lower.normalize('NFD').charCodeAt(0);
  return base >= 97 && base <= 122 ? base : 123;
}

function isLetterRange(code: number): boolean {
  return (
    (code >= 0x370 && code < 0x2000) ||
    (code >= 0x2c00 && code < 0x2e00) ||
    (code >= 0x3040 && code < 0xd800) ||
    (code >= 0xf900 && code < 0xfb00)
  );
}

function buildTables(): { cls: Uint8Array; fold: Uint8Array } {
  const cls = new Uint8Array(65536);
  const fold = new Uint8Array(65536);
  for (let code = 0x30; code <= 0x39; code++) cls[code] = DIGIT;
  for (const code of [0x20, 0x09, 0xa0]) cls[code] = SPACE;
  for (const code of [0x0a, 0x0d]) cls[code] = NEWLINE;
  for (let code = 0x41; code < 0x250; code++) {
    const char = String.fromCharCode(code);
    if (char.toLowerCase() === char.toUpperCase() && code !== 0xdf) continue;
    cls[code] = char === char.toLowerCase() ? LOWER : UPPER;
    fold[code] = foldOf(char);
  }
  for (let code = 0x370; code < 0xfb00; code++) {
    if (!isLetterRange(code)) continue;
    const char = String.fromCharCode(code);
    cls[code] = code < 0x590 && char !== char.toLowerCase() ? UPPER : LOWER;
    fold[code] = 123;
  }
  return { cls, fold };
}

const TABLES = buildTables();
/** Class of each UTF-16 unit. */
export const CLASS: Uint8Array = TABLES.cls;
/** Folded letter of each UTF-16 unit, 0 outside letters, 123 for letters beyond Latin. */
export const FOLD: Uint8Array = TABLES.fold;

export function isAlnum(code: number): boolean {
  const k = CLASS[code]!;
  return k >= LOWER && k <= DIGIT;
}

/** Lower-cases and strips accents the way the tokeniser does. */
export function foldWord(word: string): string {
  let out = '';
  for (let i = 0; i < word.length; i++) {
    const f = FOLD[word.charCodeAt(i)]!;
    out += f === 0 ? word.charAt(i) : String.fromCharCode(f);
  }
  return out;
}

/** Without the white space and the given marks at its end; a pattern would begin anew at each of them. */
export function trimMarks(value: string, marks: string): string {
  let end = value.length;
  while (end > 0 && (marks.includes(value.charAt(end - 1)) || /\s/.test(value.charAt(end - 1))))
    end--;
  return value.slice(0, end);
}
