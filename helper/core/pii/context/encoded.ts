/**
 * Values behind a label that are written in another way and are too short for the views: base64 or
 * hexadecimal of a few characters, digits with a space after each, digits spoken as words.
 */
import type { Candidate, TypeSpec } from '../model.ts';
import { openShort } from '../normalise/decode.ts';
import type { Scan } from '../scan/scan.ts';
import type { Slot } from './slots.ts';

/** Words for digits in English, French, German, Spanish and Italian. */
const DIGIT_WORDS: Readonly<Record<string, string>> = Object.fromEntries(
  [
    'zero oh o nought naught zéro null nul cero',
    'one un une eins ein uno una',
    'two deux zwei zwo dos due',
    'three trois drei tres tre',
    'four quatre vier cuatro quattro',
    'five cinq fünf fuenf cinco cinque',
    'six sechs seis sei',
    'seven sept sieben siete sette',
    'eight huit acht ocho otto',
    'nine neuf neun nueve nove',
  ].flatMap((row, digit) => row.split(' ').map((word) => [word, String(digit)])),
);

/** A word that may begin spoken digits: one look at it spares most texts the rest. */
const FIRST_WORD = new RegExp(
  `(?:double|triple|${Object.keys(DIGIT_WORDS).join('|')})(?![A-Za-zéèü])`,
  'iy',
);
const SPOKEN = /[A-Za-zéèü]{1,8}(?:(?:,? |-)[A-Za-zéèü]{1,8}){2,24}/y;
const SPACED = /[A-Za-z0-9](?:[ \t]{1,3}[A-Za-z0-9./+-]){1,11}(?=["'<|,;]|[ \t]{0,24}(?:\r?\n|$))/y;
/** Digits with any single marks between them, and digits with the letters scans confuse them with. */
const SEPARATED = /\(?\d(?:[ ._|:,;/·•ー()\t-]{0,3}\d){6,22}(?![\dA-Za-z])/y;
const CONFUSED =
  /(?:[A-Z]{2}(?=[0-9OolISB]{2}))?[0-9OolISB](?:[ ./()-]{0,4}[0-9OolISB]){0,71}(?![A-Za-z0-9])/y;
/** The first run of these, no part of a longer word: most words fail here at once. */
const FIRST_RUN = /(?:[A-Z]{2})?[0-9OolISB]{1,72}(?![A-Za-z0-9])/y;
const LETTER_DIGITS: Readonly<Record<string, string>> = {
  O: '0',
  o: '0',
  l: '1',
  I: '1',
  S: '5',
  B: '8',
};
const ENCODED = /[A-Za-z0-9+/]{3,160}={0,2}(?![A-Za-z0-9+/=])/y;

/** Types without a check digit whose own rule refuses most numbers. */
const PROVABLE = new Set(['US_SSN', 'US_ITIN', 'DATE_OF_BIRTH', 'PHONE']);

interface Reading {
  text: string;
  length: number;
  id: string;
}

/** `three five eight`: as many words as mean a digit. */
function spoken(text: string, at: number): Reading | null {
  FIRST_WORD.lastIndex = at;
  if (!FIRST_WORD.test(text)) return null;
  SPOKEN.lastIndex = at;
  const match = SPOKEN.exec(text);
  if (match === null) return null;
  let digits = '';
  let length = 0;
  let times = 1;
  for (const word of match[0].matchAll(/[A-Za-zéèü]+/g)) {
    const low = word[0].toLowerCase();
    if (low === 'double' || low === 'triple') {
      times = low === 'double' ? 2 : 3;
      continue;
    }
    const digit = DIGIT_WORDS[low];
    if (digit === undefined) break;
    digits += digit.repeat(times);
    times = 1;
    length = word.index + word[0].length;
  }
  return digits.length >= 3 ? { text: digits, length, id: 'spoken digits' } : null;
}

function readings(text: string, slot: Slot): Reading[] {
  const found: Reading[] = [];
  const words = spoken(text, slot.at);
  if (words !== null) found.push(words);
  if (slot.mode !== 'field' && slot.mode !== 'cell' && slot.mode !== 'above') {
    // `DNI is 15248643 - B`, at the end of a line
    return slot.mode === 'filler' ? [...found, ...closedUp(text, slot.at)] : found;
  }
  SPACED.lastIndex = slot.at;
  const spaced = SPACED.exec(text);
  if (spaced !== null && /\d/.test(spaced[0]))
    found.push({ text: spaced[0].replace(/[ \t]/g, ''), length: spaced[0].length, id: 'spaced' });
  found.push(...closedUp(text, slot.at));
  ENCODED.lastIndex = slot.at;
  const coded = ENCODED.exec(text);
  if (coded !== null)
    for (const opened of openShort(coded[0]))
      found.push({ text: opened, length: coded[0].length, id: 'decoded' });
  return [...found, ...mended(text, slot.at)];
}

const NOISY =
  /[A-Za-z0-9(+][A-Za-z0-9+/._:@()-]{0,40}(?:[ \t]{1,3}[A-Za-z0-9+/._:@()-]{1,40}){1,12}(?=["'<|,;]|[ \t]{0,24}(?:\r?\n|$))/y;

/** A field that holds pieces of a code and nothing else, as scans space them: `6TW8 - R87- WV60`, `WM13 8800A`. */
function closedUp(text: string, at: number): Reading[] {
  NOISY.lastIndex = at;
  const noisy = NOISY.exec(text)?.[0];
  if (noisy === undefined || !/\d/.test(noisy)) return [];
  const code = noisy.split(/[ \t]+/).every((piece) => /\d|^[A-Z]{1,4}$|^[^A-Za-z]+$/.test(piece));
  if (!code) return [];
  const even = noisy.replace(/[ \t]{0,3}([-/.:])[ \t]{0,3}/g, '$1').replace(/[ \t]+/g, ' ');
  const tight = even.replace(/ /g, '');
  return [...new Set([even, tight])]
    .filter((reading) => reading !== noisy)
    .map((reading) => ({ text: reading, length: noisy.length, id: 'closed up' }));
}

/** Readings for numbers whose check digit or calendar proves the mending. */
function mended(text: string, at: number): Reading[] {
  const found: Reading[] = [];
  SEPARATED.lastIndex = at;
  const separated = SEPARATED.exec(text);
  if (separated !== null)
    found.push({
      text: separated[0].replace(/\D/g, ''),
      length: separated[0].length,
      id: 'mended',
    });
  FIRST_RUN.lastIndex = at;
  if (!FIRST_RUN.test(text)) return found;
  CONFUSED.lastIndex = at;
  const confused = CONFUSED.exec(text)?.[0] ?? '';
  const digits = confused.replace(/\D/g, '').length;
  // The country of an IBAN is letters.
  const country = /^[A-Z]{2}(?=[0-9OolISB]{10})/.exec(confused)?.[0] ?? '';
  const letters = confused.replace(/[^A-Za-z]/g, '').length - country.length;
  if (letters === 0 || digits < 6 || letters * 2 > digits) return found;
  const read =
    country + confused.slice(country.length).replace(/[A-Za-z]/g, (c) => LETTER_DIGITS[c] ?? c);
  // Where every third is a letter, only a check digit proves the mending.
  const id = letters * 3 > digits ? 'much mended' : 'mended';
  // Scans put spaces around marks as well.
  const even = read.replace(/ {0,3}([-/.]) {0,3}/g, '$1');
  for (const reading of new Set([read, even, read.replace(/\D/g, '')]))
    found.push({ text: reading, length: confused.length, id });
  return found;
}

/** Tries the rules of a type on what the value at a slot may stand for; all of it must fit. */
export function readEncoded(
  scan: Scan,
  spec: TypeSpec,
  slot: Slot,
  label: string,
): Candidate | null {
  const c = scan.text.charCodeAt(slot.at);
  if (slot.mode === 'near' || !(c > 47 && c < 123)) return null;
  for (const reading of readings(scan.text, slot)) {
    if (slot.limit >= 0 && slot.at + reading.length > slot.limit) continue;
    for (const rule of spec.rules) {
      rule.re.lastIndex = 0;
      const match = rule.re.exec(reading.text);
      if (match === null || match[0].length !== reading.text.length) continue;
      const mended = /mended$/.test(reading.id);
      const proven = rule.digit === true || (reading.id === 'mended' && PROVABLE.has(spec.type));
      if (mended && !proven) continue;
      if (rule.direct === 0 || (rule.check !== undefined && rule.check(match[0]) === false))
        continue;
      return {
        start: slot.at,
        end: slot.at + reading.length,
        type: spec.type,
        score: Math.min(0.84, rule.direct ?? 0.84),
        checked: rule.digit === true,
        evidence: [rule.id, `label:${label}`, `by:${slot.mode}`, `view:${reading.id}`],
      };
    }
  }
  return null;
}
