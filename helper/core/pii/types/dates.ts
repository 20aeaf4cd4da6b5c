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
    `${MONTH_WORD}[ -](?:the )?\\d{1,2}(?:st|nd|rd|th)?,?[ -](?:18|19|20)\\d\\d|` +
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

const UNITS: Readonly<
  Record<'en' | 'fr' | 'de' | 'es' | 'it', { day: string; month: string; year: string }>
> = {
  en: {
    day: '(?:the )?(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|thirteenth|fourteenth|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|twentieth|twenty[- ](?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)|thirtieth|thirty[- ]first)',
    month:
      '(?:of )?(?:january|february|march|april|may|june|july|august|september|october|november|december)',
    year: '(?:(?:nineteen|twenty)[ -](?:hundred(?: and)? |oh[- ])?[a-z]{3,9}(?:[ -](?:one|two|three|four|five|six|seven|eight|nine))?|two thousand(?: and)?(?: [a-z]{3,9}(?:[ -][a-z]{3,5})?)?|(?:19|20)\\d\\d)',
  },
  fr: {
    day: '(?:le )?(?:premier|un|deux|trois|quatre|cinq|six|sept|huit|neuf|dix(?:-(?:sept|huit|neuf))?|onze|douze|treize|quatorze|quinze|seize|vingt(?:[- ](?:et[- ]un|deux|trois|quatre|cinq|six|sept|huit|neuf))?|trente(?:[- ]et[- ]un)?)',
    month:
      '(?:janvier|février|fevrier|mars|avril|mai|juin|juillet|août|aout|septembre|octobre|novembre|décembre|decembre)',
    year: '(?:(?:mille neuf cent|mil neuf cent|dix-neuf cent|deux mille)(?:[ -](?:et|un|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|treize|quatorze|quinze|seize|vingts?|trente|quarante|cinquante|soixante)){0,4}|(?:19|20)\\d\\d)',
  },
  de: {
    day: '(?:(?:der|den|am) )?(?:erste|zweite|dritte|vierte|fünfte|sechste|siebte|achte|neunte|zehnte|elfte|zwölfte|[a-zäöüß]{4,10}zehnte|(?:[a-zäöüß]{3,6}und)?(?:zwanzigste|dreißigste|dreissigste))[rn]?',
    month: '(?:januar|februar|märz|april|mai|juni|juli|august|september|oktober|november|dezember)',
    year: '(?:neunzehnhundert[a-zäöüß]{3,24}|zweitausend[a-zäöüß]{0,24}|(?:19|20)\\d\\d)',
  },
  es: {
    day: '(?:el )?(?:primero|uno|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce|trece|catorce|quince|dieciséis|dieciseis|diecisiete|dieciocho|diecinueve|veinte|veinti[a-zó]{2,7}|treinta(?: y uno)?)',
    month:
      '(?:de )?(?:enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre)',
    year: '(?:(?:de |del )?(?:mil novecientos|dos mil)(?: (?:y|uno|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce|trece|catorce|quince|diec[a-zé]{3,8}|veint[a-zó]{1,7}|treinta|cuarenta|cincuenta|sesenta|setenta|ochenta|noventa)){0,3}|(?:de |del )?(?:19|20)\\d\\d)',
  },
  it: {
    day: "(?:il |l['’])?(?:primo|due|tre|quattro|cinque|sei|sette|otto|nove|dieci|undici|dodici|tredici|quattordici|quindici|sedici|diciassette|diciotto|diciannove|vent[a-zé]{1,8}|trent(?:a|uno))",
    month:
      '(?:di )?(?:gennaio|febbraio|marzo|aprile|maggio|giugno|luglio|agosto|settembre|ottobre|novembre|dicembre)',
    year: '(?:(?:del )?(?:millenovecento[a-zé]{3,16}|duemila[a-zé]{0,16})|(?:del )?(?:19|20)\\d\\d)',
  },
};

/** A date said in words: `the ninth of May nineteen seventy-three`, `le trois mars mille neuf cent soixante`. */
export const SPOKEN_DATE = new RegExp(
  `(?:${Object.values(UNITS)
    .map(({ day, month, year }) => `${day} ${month},? ${year}`)
    .join(
      '|',
    )}|(?:january|february|march|april|may|june|july|august|september|october|november|december) ${UNITS.en.day},? ${UNITS.en.year})(?![A-Za-z\\u00c0-\\u017f\\d])`,
  'iy',
);
