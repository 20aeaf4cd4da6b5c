/** Dates, numeric and written out in English, French, German, Spanish and Italian. */
import { isDay } from '../check/basic.ts';

export const MONTHS: Record<string, number> = {};
const NAMES: readonly string[] = [
  'january jan janvier janv januar jan. jaenner janner enero ene gennaio gen januari',
  'february feb fevrier fevr fev februar feber febrero febbraio februari',
  'march mar mars marz maerz marzo mrz maart',
  'april apr avril avr abril abr aprile',
  'may mai mayo maggio mag mei',
  'june jun juin juni junio giugno giu',
  'july jul juillet juil juli julio luglio lug',
  'august aug aout august agosto ago augustus',
  'september sep sept septembre septiembre settembre set',
  'october oct octobre oktober okt octubre ottobre ott',
  'november nov novembre noviembre',
  'december dec decembre dezember dez diciembre dic dicembre',
];
NAMES.forEach((row, index) => {
  for (const word of row.split(' ')) MONTHS[word] = index + 1;
});

const MONTH_WORD = '[A-Za-z\\u00c0-\\u017f]{3,10}\\.?';
const NUMERIC = '\\d{1,2}([-/.])(?:0?[1-9]|[12]\\d|3[01])\\1(?:1[89]\\d\\d|20\\d\\d|\\d{2})';

/** Numeric day orders, ISO, and written-out forms. The value alone. */
export const DATE = new RegExp(
  '(?:' +
    `${NUMERIC}|` +
    '\\d{1,2}(?: [-/.] |[-/.] )\\d{1,2}(?: [-/.] |[-/.] )(?:1[89]|20)\\d\\d|' +
    '(?:18|19|20)\\d\\d([-/.])(?:0?[1-9]|1[0-2])\\2(?:0?[1-9]|[12]\\d|3[01])|' +
    `\\d{1,2}(?:st|nd|rd|th|er|\\.|º|°)?[ -]{1,2}(?:of |de |d')?${MONTH_WORD},?[ -]{1,2}(?:de |del )?(?:(?:18|19|20)\\d\\d|'?\\d\\d)|` +
    `${MONTH_WORD}[ -]\\d{1,2}(?:st|nd|rd|th)?,?[ -](?:18|19|20)\\d\\d|` +
    `(?:18|19|20)\\d\\d[ -]${MONTH_WORD}[ -]\\d{1,2}|` +
    '\\d{1,2} \\d{1,2} (?:19|20)\\d\\d|' +
    '\\d{2}(?:JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)(?:19|20)?\\d\\d|' +
    '(?:19|20)\\d{6}|(?:0[1-9]|[12]\\d|3[01])(?:0[1-9]|1[0-2])(?:19|20)\\d\\d' +
    ')(?!\\d|[A-Za-z]|[-/]\\d)',
  'y',
);

function fold(word: string): string {
  return word
    .normalize('NFD')
    .replace(/[\u0300-\u036f.]/g, '')
    .toLowerCase();
}

/** True when the parts can be a calendar day in some usual order. */
export function isDate(value: string): boolean {
  const word = /[A-Za-z\u00c0-\u017f]{3,}/.exec(value.replace(/\b(?:of|de|del)\b/gi, ' '));
  const numbers = value.match(/\d+/g) ?? [];
  if (word !== null) {
    const month = MONTHS[fold(word[0])];
    if (month === undefined || numbers.length < 2) return false;
    const day = Number(numbers.find((n) => n.length <= 2) ?? 0);
    return isDay(2000, month, day);
  }
  if (numbers.length === 1) {
    const n = numbers[0]!;
    if (
      /^(?:19|20)/.test(n) &&
      isDay(Number(n.slice(0, 4)), Number(n.slice(4, 6)), Number(n.slice(6)))
    )
      return true;
    return isDay(Number(n.slice(4)), Number(n.slice(2, 4)), Number(n.slice(0, 2)));
  }
  const [a, b, c] = numbers.map(Number) as [number, number, number];
  if (numbers[0]!.length === 4) return isDay(a, b, c);
  const year = c < 100 ? 2000 : c;
  return isDay(year, b, a) || isDay(year, a, b);
}
