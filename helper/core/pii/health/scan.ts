/** Measures tied to a person: ages in words, drugs with a dose, laboratory values. */
import { foldWord } from '../scan/chars.ts';
import { ANALYTE, DRUG } from '../scan/lexicon.ts';
import { flagsAt, pushFound, type Scan } from '../scan/scan.ts';
import { DIGITS } from '../scan/tokens.ts';
import { readBodies } from './body.ts';

/** A person, and then nothing but the number: `she's 64,`, `I am 72 and`. */
const AGE_SAID =
  /(?:\b(?:boy|girl|child|woman|man|lady|gentleman|patient|male|female) of |\b(?:I am|I'm|[Ss]he is|[Ss]he's|[Hh]e is|[Hh]e's|[Ii]ch bin|[Ss]ie ist|[Ee]r ist|di anni|de edad) |\b[Ii]m Alter von )$/;
/** `F 29y`, `male, 54 y`: the sex and the age of a chart. */
const SEX_BEFORE = /(?:^|[\s,;(])(?:[FMmfwW]|female|male|woman|man|girl|boy)[ ,/]{1,2}$/;
const AGE_SAID_AFTER = /(?=[,;!?\n]|\. |\.$|$| and | y | e | und | with | ans| Jahre| años| anni)/y;
const AGE_AFTER =
  /[ -]?(?:years?[ -]old|year[ -]olds?|yrs?[ -]old|y[/.]?o\b|y\.o\.|ans\b(?= ?(?:révolus|d'âge))|Jahren? alt|[ -]?jährig(?:e|er|en|es)?\b|[ -]?jaehrig(?:e|er|en|es)?\b|años de edad|anni di età)/y;
/** Before a bare `N ans`, `N años`: `âgé de`, `patient de`, `tiene`. */
const AGE_BEFORE =
  /(?:âgée?s? (?:de|d')|agée? de|(?:patiente?|homme|femme|garçon|fille|enfant|personne|assurée?|conducteur|conductrice|étudiante?|salariée?|dame|monsieur|M\.|jeune) (?:[A-Za-zéè]{2,14} )?de|elle a|il a|j'ai|fête ses|tiene|de edad|ha|di|paciente,? de|hombre de|mujer de|uomo di|donna di|paziente di|Alter(?: von)?|ist|war|wurde|aged|turned|turns|age|age of|is|now) ?$/i;
const YEARS =
  /[ -]?(?:ans|años|anni|Jahre)\b(?! (?:d'|de |experience|expérience|Erfahrung|di |garantie|Garantie))/y;
const IS_AGE =
  /(?:âg|edad|tiene|Alter|ans d|patient|homme|femme|garçon|fille|enfant|personne|assur|hombre|mujer|uomo|donna|pazient|pacient|elle a|il a|j'ai|fête|conduct|étudiant|dame|monsieur|jeune|M\.|ha |salari)/i;

function ageAt(scan: Scan, t: number): void {
  const { text, tokens } = scan;
  const start = tokens.start[t]!;
  const end = tokens.end[t]!;
  const value = Number(text.slice(start, end));
  if (value < 1 || value > 119) return;
  AGE_AFTER.lastIndex = end;
  if (AGE_AFTER.test(text)) {
    pushFound(scan, start, end, 'AGE', 0.86, 'age-words');
    return;
  }
  SEX_BEFORE.lastIndex = 0;
  if (
    /^ ?(?:y|J\.|a\.|anni|a)(?![A-Za-z])/.test(text.slice(end, end + 6)) &&
    SEX_BEFORE.test(text.slice(Math.max(0, start - 10), start))
  ) {
    pushFound(scan, start, end, 'AGE', 0.76, 'age-sex');
    return;
  }
  AGE_SAID_AFTER.lastIndex = end;
  if (AGE_SAID_AFTER.test(text) && AGE_SAID.test(text.slice(Math.max(0, start - 16), start))) {
    pushFound(scan, start, end, 'AGE', 0.7, 'age-said');
    return;
  }
  YEARS.lastIndex = end;
  if (!YEARS.test(text)) return;
  const before = text.slice(Math.max(0, start - 40), start);
  if (AGE_BEFORE.test(before) && IS_AGE.test(before))
    pushFound(scan, start, end, 'AGE', 0.78, 'age-words');
}

const UNIT =
  '(?:mg|MG|mcg|MCG|µg|μg|ug|g|ml|mL|ML|milligrams?|micrograms?|milligrammes?|microgrammes?|Milligramm|Mikrogramm|IU|UI|IE|I\\.E\\.|units?|unités?|Einheiten|E|U|%|mmol|mEq|puffs?|mg/ml|mg/mL)';
const DOSE = new RegExp(
  `(?:\\d[.,]?)?\\d{0,9}(?:[.,/]\\d{1,4})?[ -]{0,3}${UNIT}(?:/(?:\\d{0,3} ?(?:ml|mL|day|d|h|Tag|jour|dose|g|kg|24h)))?(?![A-Za-z0-9]|/[dm]?[Ll]|\\.[A-Z]\\.)`,
  'y',
);
const STEM =
  /(?:cillin|cilline|pril|sartan|statine?|olol|azole?|mycine?|floxacine?|prazole?|tidine?|zepam|zolam|mab|tinib|vir|oxetine?|triptan|gliptine?|gliflozine?|glutide?|dipine?|thiazide?|semide?|xaban|parine?|codone|morphone|setron|profene?|coxib|lukast|terol|sone?|solone?|sonide|cycline?|barbital|caine?|formine?|gliclazide|olone)$/;

/** The drug word before a dose, or -1. One or two words of form may stand between. */
function drugBefore(scan: Scan, t: number): number {
  const { text, tokens } = scan;
  for (let i = t - 1; i >= 0 && i >= t - 4; i--) {
    const gap = text.slice(tokens.end[i]!, tokens.start[i + 1]!);
    if (gap.length > 3 || (/[\n.;=|]/.test(gap) && !(i === t - 1 && /^ ?\r?\n ?$/.test(gap))))
      return -1;
    if (tokens.kind[i] === DIGITS) return -1;
    if ((flagsAt(scan, i) & DRUG) !== 0) return firstWord(scan, i);
    // `Oxycodone HCl`: the letters of a salt are glued.
    const glued = i > 0 && tokens.end[i - 1] === tokens.start[i];
    if ((flagsAt(scan, i) & ANALYTE) !== 0 && !glued) return -1;
    const word = foldWord(text.slice(tokens.start[i]!, tokens.end[i]!));
    // `4 persone: 320 g`: an ending alone makes no drug of what a colon parts from its amount.
    if (gap.includes(':')) return -1;
    if (word.length >= 7 && STEM.test(word) && (i === t - 1 || i === t - 2)) return i;
  }
  return -1;
}

function isDrug(scan: Scan, t: number, word: string): boolean {
  if ((flagsAt(scan, t) & DRUG) !== 0) return true;
  return word.length >= 7 && STEM.test(foldWord(word));
}

/** `ácido acetilsalicílico`, `co-amoxiclav`: a word before that belongs to the name of a drug. */
function firstWord(scan: Scan, t: number): number {
  const { text, tokens } = scan;
  if (t === 0 || tokens.start[t]! - tokens.end[t - 1]! !== 1) return t;
  const word = text.slice(tokens.start[t - 1]!, tokens.end[t - 1]!);
  const mark = text.charCodeAt(tokens.end[t - 1]!);
  // `sacubitril/valsartan`
  if (mark === 47 || mark === 43) return isDrug(scan, t - 1, word) ? t - 1 : t;
  const glued = mark === 45;
  if (glued ? /^(?:co|l|d|alpha|beta)$/i.test(word) : /^[áa]cid[eo]?$/i.test(word)) return t - 1;
  return t;
}

function doseAt(scan: Scan, t: number): void {
  const { text, tokens } = scan;
  const at = tokens.start[t]!;
  DOSE.lastIndex = at;
  const match = DOSE.exec(text);
  if (match === null || match[0].length <= tokens.end[t]! - at) return;
  // `Loongson-2E`: the unit E (Einheiten) stands apart.
  if (/\dE$/.test(match[0])) return;
  const end = at + match[0].length;
  const drug = drugBefore(scan, t);
  if (drug >= 0) {
    pushFound(scan, tokens.start[drug]!, end, 'MEDICATION', 0.86, 'drug-dose');
    return;
  }
  const after = /(?: (?:of|de|d'|di|von))? ([A-Za-z\u00c0-\u017f]{5,24})/y;
  after.lastIndex = end;
  const next = after.exec(text);
  if (next === null) return;
  const token = tokenAtEnd(scan, t, end + next[0].length);
  if (token >= 0 && (flagsAt(scan, token) & DRUG) !== 0)
    pushFound(scan, at, end + next[0].length, 'MEDICATION', 0.8, 'dose-drug');
}

function isBodyMark(c: number): boolean {
  return (
    c === 107 ||
    c === 108 ||
    c === 99 ||
    c === 102 ||
    c === 109 ||
    c === 112 ||
    c === 0xb0 ||
    c === 0xba ||
    c === 39 ||
    c === 44 ||
    c === 46
  );
}

const BODY_UNIT =
  /^(?:[.,]\d{1,3})? ?(?:[kK]|lb|pound|[°º]|[cC](?:m|M|\b)|F\b|[mM](?:\b|è?t|e))|^['′] ?\d/;

/** A number of up to three digits with a unit of the body, no part of a longer one. */
function noteBody(scan: Scan, t: number, bodies: number[]): void {
  const { text, tokens } = scan;
  const end = tokens.end[t]!;
  if (end - tokens.start[t]! > 3) return;
  // 0-9 . , / : - before it: the end of a longer number
  const before = tokens.bytes[tokens.start[t]! - 1]!;
  if (before >= 44 && before <= 58) return;
  if (BODY_UNIT.test(text.slice(end, end + 8))) bodies.push(tokens.start[t]!);
}

function tokenAtEnd(scan: Scan, from: number, end: number): number {
  for (let t = from; t < scan.tokens.count && scan.tokens.start[t]! < end; t++)
    if (scan.tokens.end[t] === end) return t;
  return -1;
}

const LAB_UNIT =
  '(?:%|mg/d[lL]|g/d[lL]|g/[lL]|mmol/[lL]|mmol/mol|µmol/[lL]|μmol/[lL]|umol/[lL]|nmol/[lL]|pmol/[lL]|m[Ee]q/[lL]|U/[lL]|IU/[lL]|UI/[lL]|IE/[lL]|mIU/[lL]|mUI/[lL]|mU/[lL]|µIU/m[lL]|uIU/m[lL]|ng/m[lL]|ng/d[lL]|ng/[lL]|pg/m[lL]|µg/d[lL]|µg/[lL]|ug/[lL]|mg/[lL]|mm/h(?:r)?|fL|fl|pg|G/[lL]|T/[lL]|/µ[lL]|/nl|/mm3|/mm³|Tsd/µl|(?:x ?)?10\\^?[³39⁹][^\\s]{0,3}/[µu]?[lL]|[kK]/[µu][lL]|cells/[µu][lL]|mL/min(?:/1[.,]73 ?m[2²])?|ml/min(?:/1[.,]73 ?m[2²])?|mmHg|s(?:ec)?(?![a-z]))';
const LAB = new RegExp(
  `(?:[ ]?\\([^()\\n]{1,24}\\)|[ -](?:[A-Za-z\\u00c0-\\u017f0-9]{1,14})){0,2}? ?(?:[:=|]|level(?: of)?|is|was|of|at|est|à|de|von|bei|beträgt|lag bei|,|\\.{2,60}(?!\\.)|[-–]| ?\\r?\\n(?:> )?| ){0,3} {0,12}[<>≤≥~]? ?\\d{1,5}(?:[.,]\\d{1,3})?(?:[ *]?(?:\\(?[HL]\\)?))?[ -]{0,3}${LAB_UNIT}(?![A-Za-z0-9/])`,
  'y',
);
/** Analyte, value and unit in columns of a row: the value alone. */
const COLUMN = '"?(?: {2,40}|[ ]{0,3}[\\t|;,][ ]{0,12})"?';
const LAB_CELLS = new RegExp(
  `((?:[ -][A-Za-z\\u00c0-\\u017f0-9().]{1,16}){0,3}${COLUMN})([<>≤≥]? ?\\d{1,5}(?:[.,]\\d{1,3})?)(?: ?\\(?[HL*]{1,2}\\)?)?${COLUMN}${LAB_UNIT}(?![A-Za-z0-9/])`,
  'y',
);
const INR = /(?: ?[:=]| is| was| of| à| de| von| bei)? ?\d[.,]\d{1,2}(?![\d.])/y;

function labAt(scan: Scan, t: number): void {
  const { text, tokens } = scan;
  const end = tokens.end[t]!;
  LAB.lastIndex = end;
  const match = LAB.exec(text);
  const start = analyteStart(scan, t);
  if (match !== null) {
    pushFound(scan, start, end + match[0].length, 'LAB_RESULT', 0.85, 'lab-value');
    return;
  }
  if (cellsAfter(scan, end)) return;
  if (text.slice(tokens.start[t]!, end) !== 'INR') return;
  INR.lastIndex = end;
  const ratio = INR.exec(text);
  if (ratio !== null) pushFound(scan, start, end + ratio[0].length, 'LAB_RESULT', 0.7, 'lab-value');
}

/** The value two cells of a row hold: `Creatinine,1.4,mg/dL`. */
function cellsAfter(scan: Scan, end: number): boolean {
  LAB_CELLS.lastIndex = end;
  const cells = LAB_CELLS.exec(scan.text);
  if (cells === null) return false;
  const at = end + cells[1]!.length;
  pushFound(scan, at, at + cells[2]!.length, 'LAB_RESULT', 0.78, 'lab-cells');
  return true;
}

/** `LDL cholesterol`, `Vitamin D`, `HbA1c`: an analyte word before belongs to it. */
function analyteStart(scan: Scan, t: number): number {
  const { tokens } = scan;
  let first = t;
  while (
    first > 0 &&
    tokens.start[first]! - tokens.end[first - 1]! <= 1 &&
    (flagsAt(scan, first - 1) & ANALYTE) !== 0 &&
    t - first < 2
  )
    first--;
  return tokens.start[first]!;
}

/** `Na`, `K`: symbols of elements, written so and with a unit of blood tests right behind. */
function isAnalyte(scan: Scan, t: number): boolean {
  const { text, tokens } = scan;
  const word = text.slice(tokens.start[t]!, tokens.end[t]!);
  if (word.length > 2 || !/^(?:na|k|cl|po)$/i.test(word)) return true;
  return (
    /^(?:Na|K|Cl|PO|NA|CL)$/.test(word) &&
    /^[+⁺-]? ?[:=]? ?\d{1,3}(?:[.,]\d{1,2})? ?(?:mmol|m[Ee]q)/.test(
      text.slice(tokens.end[t]!, tokens.end[t]! + 18),
    )
  );
}

const HBA1C = /H[bg]A1[cC]|A1[cC]\b/y;

export function scanMeasures(scan: Scan): void {
  const { tokens } = scan;
  const bodies: number[] = [];
  for (const t of tokens.digits) {
    const size = tokens.end[t]! - tokens.start[t]!;
    if (size <= 5) measureAt(scan, t, bodies);
    if (size === 1) hba1c(scan, t);
  }
  for (const t of tokens.marked)
    if ((tokens.bits[t]! & ANALYTE) !== 0 && isAnalyte(scan, t)) labAt(scan, t);
  readBodies(scan, bodies);
}

/** What the characters behind a number say it may measure: a body, an age, a dose. */
function measureAt(scan: Scan, t: number, bodies: number[]): void {
  const { text, tokens } = scan;
  const { bytes } = tokens;
  let next = tokens.end[t]!;
  // One space or hyphen, or up to three of them as scans put there.
  for (let gap = bytes[next]; gap === 32 || gap === 45; gap = bytes[next])
    if (++next - tokens.end[t]! === 3) break;
  const c = (next < text.length ? text.charCodeAt(next) : 0) | 32;
  // k(g, ilos) l(bs) p(ounds) c(m, °C) f m(eters) ° º ' and decimal marks: measures of a body
  if (isBodyMark(c)) noteBody(scan, t, bodies);
  // y(ears) a(ns, ños, nni) j(ahre) o: ages
  // or a mark after `she's 64`
  const before = bytes[tokens.start[t]! - 2];
  const said =
    bytes[tokens.start[t]! - 1] === 32 &&
    (before === 109 || before === 116 || before === 115 || before === 105 || before === 102);
  if (c === 121 || c === 97 || c === 106 || said) ageAt(scan, t);
  // m(g, l, cg) g i(u) u(nits, i) e(inheiten) p(uffs) % µ, or a decimal part
  if (
    c === 109 ||
    c === 103 ||
    c === 105 ||
    c === 117 ||
    c === 101 ||
    c === 112 ||
    c === 37 ||
    c === 0xb5 ||
    c === 0x3bc ||
    ((c === 46 || c === 44 || c === 47) && partOfDose(bytes, next + 1))
  )
    doseAt(scan, t);
}

/** A digit behind a decimal mark, or a unit behind one that was set apart. */
function partOfDose(bytes: Uint8Array, from: number): boolean {
  let at = from;
  while (at - from < 3 && (bytes[at] === 32 || bytes[at] === 45)) at++;
  const c = bytes[at]!;
  if (at === from && c >= 48 && c <= 57) return true;
  return c > 127 || DOSE_FIRST.has(c | 32);
}

/** % e g i m p u: what units begin with. */
const DOSE_FIRST: ReadonlySet<number> = new Set([37, 101, 103, 105, 109, 112, 117]);

/** The digit of `HbA1c` or `A1c`. */
function hba1c(scan: Scan, t: number): void {
  const { text, tokens } = scan;
  const digit = tokens.start[t]!;
  if (tokens.bytes[digit] !== 49 || tokens.bytes[digit - 1] !== 65) return;
  const start = tokens.bytes[digit - 3] === 72 ? digit - 3 : digit - 1;
  HBA1C.lastIndex = start;
  const name = HBA1C.exec(text);
  if (name === null) return;
  LAB.lastIndex = start + name[0].length;
  const match = LAB.exec(text);
  if (match !== null)
    pushFound(
      scan,
      start,
      start + name[0].length + match[0].length,
      'LAB_RESULT',
      0.86,
      'lab-value',
    );
  else cellsAfter(scan, start + name[0].length);
}
