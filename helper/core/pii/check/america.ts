/** Issuing rules and check digits of North and South America. */
import { allSame, digitsOf, luhn, weighted } from './basic.ts';

/** SSA: area not 000, 666 or 900-999, group not 00, serial not 0000; no published specimen. */
export function isUsSsn(value: string): boolean {
  const d = digitsOf(value);
  if (d.length !== 9 || allSame(d)) return false;
  const area = Number(d.slice(0, 3));
  if (area === 0 || area === 666 || area >= 900) return false;
  return d.slice(3, 5) !== '00' && d.slice(5) !== '0000';
}

/** IRS: 9xx with group 50-65, 70-88, 90-92 or 94-99. */
export function isUsItin(value: string): boolean {
  const d = digitsOf(value);
  if (d.length !== 9 || d[0] !== '9') return false;
  const group = Number(d.slice(3, 5));
  return (
    (group >= 50 && group <= 65) ||
    (group >= 70 && group <= 88) ||
    (group >= 90 && group <= 92) ||
    group >= 94
  );
}

const EIN_UNASSIGNED = new Set([
  '00',
  '07',
  '08',
  '09',
  '17',
  '18',
  '19',
  '28',
  '29',
  '49',
  '69',
  '70',
  '78',
  '79',
  '89',
  '96',
  '97',
]);

/** IRS: the two leading digits name a campus that assigns numbers. */
export function isUsEin(value: string): boolean {
  const d = digitsOf(value);
  return d.length === 9 && !EIN_UNASSIGNED.has(d.slice(0, 2)) && !allSame(d);
}

/** ABA: prefix of a Federal Reserve district, thrift, electronic or Treasury; weights 3-7-1. */
export function isAbaRouting(value: string): boolean {
  const d = digitsOf(value);
  if (d.length !== 9) return false;
  const prefix = Number(d.slice(0, 2));
  const assigned =
    prefix <= 12 ||
    (prefix >= 21 && prefix <= 32) ||
    (prefix >= 61 && prefix <= 72) ||
    prefix === 80;
  return assigned && !allSame(d) && weighted(d, [3, 7, 1, 3, 7, 1, 3, 7, 1]) % 10 === 0;
}

/** CMS: Luhn over the number with 80840 in front; starts with 1 or 2. */
export function isNpi(value: string): boolean {
  const d = digitsOf(value);
  return d.length === 10 && (d[0] === '1' || d[0] === '2') && luhn(`80840${d}`);
}

/** DEA: registrant letter, letter or 9, then odd digits + 2 x even digits give the last digit. */
export function isDea(value: string): boolean {
  const m = /^[ABCDEFGHJKLMPRSTUX][A-Z9](\d{7})$/i.exec(value.replace(/[ -]/g, ''));
  if (m === null) return false;
  const d = m[1]!;
  if (allSame(d)) return false;
  return weighted(d, [1, 2, 1, 2, 1, 2]) % 10 === d.charCodeAt(6) - 48;
}

/** CMS position rules of the Medicare Beneficiary Identifier. */
export function isMbi(value: string): boolean {
  const v = value.replace(/[ -]/g, '').toUpperCase();
  const letter = '[AC-HJKMNP-RT-Y]';
  const mixed = '[0-9AC-HJKMNP-RT-Y]';
  return new RegExp(
    `^[1-9]${letter}${mixed}[0-9]${letter}${mixed}[0-9]${letter}${letter}[0-9]{2}$`,
  ).test(v);
}

/** Canadian SIN: nine digits with Luhn, first digit not 8; 0 only for tax accounts. */
export function isCaSin(value: string): boolean {
  const d = digitsOf(value);
  return d.length === 9 && d[0] !== '8' && d[0] !== '0' && luhn(d);
}

/** The same under a label, where the first digit 0 of tax accounts and of examples may stand. */
export function isLabelledCaSin(value: string): boolean {
  const d = digitsOf(value);
  return d.length === 9 && d[0] !== '8' && !allSame(d) && luhn(d);
}

/** Brazilian CPF: two mod-11 digits. */
export function isBrCpf(value: string): boolean {
  const d = digitsOf(value);
  if (d.length !== 11 || allSame(d)) return false;
  const first = ((weighted(d, [10, 9, 8, 7, 6, 5, 4, 3, 2]) * 10) % 11) % 10;
  const second = ((weighted(d, [11, 10, 9, 8, 7, 6, 5, 4, 3, 2]) * 10) % 11) % 10;
  return first === d.charCodeAt(9) - 48 && second === d.charCodeAt(10) - 48;
}

const VIN_VALUES: Record<string, number> = {
  A: 1,
  B: 2,
  C: 3,
  D: 4,
  E: 5,
  F: 6,
  G: 7,
  H: 8,
  J: 1,
  K: 2,
  L: 3,
  M: 4,
  N: 5,
  P: 7,
  R: 9,
  S: 2,
  T: 3,
  U: 4,
  V: 5,
  W: 6,
  X: 7,
  Y: 8,
  Z: 9,
};

/** ISO 3779 / 49 CFR 565: transliterated weights, remainder mod 11 stands at position 9. */
export function vinCheckHolds(value: string): boolean {
  const v = value.toUpperCase();
  const weights = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
  let sum = 0;
  for (let i = 0; i < 17; i++) {
    const char = v.charAt(i);
    sum += (VIN_VALUES[char] ?? Number(char)) * weights[i]!;
  }
  const rest = sum % 11;
  return v.charAt(8) === (rest === 10 ? 'X' : String(rest));
}
