/** VAT numbers of the EU states and GB: national shape, and the check digit where it is public. */
import { digitsOf, iso7064Mod11_10, luhn, mod97, weighted } from './basic.ts';
import { isFrSiren, isPtNif } from './europe.ts';

const SHAPES: Record<string, RegExp> = {
  AT: /^U\d{8}$/,
  BE: /^[01]\d{9}$/,
  BG: /^\d{9,10}$/,
  CY: /^\d{8}[A-Z]$/,
  CZ: /^\d{8,10}$/,
  DE: /^[1-9]\d{8}$/,
  DK: /^\d{8}$/,
  EE: /^10\d{7}$/,
  EL: /^\d{9}$/,
  ES: /^[A-Z0-9]\d{7}[A-Z0-9]$/,
  FI: /^\d{8}$/,
  FR: /^[A-HJ-NP-Z0-9]{2}\d{9}$/,
  GB: /^(?:\d{9}|\d{12}|GD\d{3}|HA\d{3})$/,
  HR: /^\d{11}$/,
  HU: /^\d{8}$/,
  IE: /^\d[A-Z0-9+*]\d{5}[A-W][A-I]?$/,
  IT: /^\d{11}$/,
  LT: /^(?:\d{9}|\d{12})$/,
  LU: /^\d{8}$/,
  LV: /^\d{11}$/,
  MT: /^\d{8}$/,
  NL: /^\d{9}B\d{2}$/,
  PL: /^\d{10}$/,
  PT: /^\d{9}$/,
  RO: /^[1-9]\d{5,9}$/,
  SE: /^\d{10}01$/,
  SI: /^[1-9]\d{7}$/,
  SK: /^[1-9]\d{9}$/,
  XI: /^(?:\d{9}|\d{12})$/,
};

function remainderCheck(d: string, weights: readonly number[], last: number): boolean {
  const rest = 11 - (weighted(d, weights) % 11);
  return (rest === 11 ? 0 : rest) === Number(d[last]);
}

/** HMRC: weighted sum plus check is a multiple of 97, or of 97 less 55 since 2009. */
function isGb(d: string): boolean {
  if (d.length < 9) return true;
  const sum = weighted(d, [8, 7, 6, 5, 4, 3, 2]) + Number(d.slice(7, 9));
  return sum % 97 === 0 || (sum + 55) % 97 === 0;
}

function isAt(d: string): boolean {
  let sum = 0;
  for (let i = 0; i < 7; i++) {
    const product = Number(d[i]) * (i % 2 === 0 ? 1 : 2);
    sum += product > 9 ? product - 9 : product;
  }
  return (10 - ((sum + 4) % 10)) % 10 === Number(d[7]);
}

function isFrVat(body: string): boolean {
  const siren = body.slice(2);
  if (!isFrSiren(siren)) return siren === '000000000' ? false : /[A-Z]/.test(body.slice(0, 2));
  if (/[A-Z]/.test(body.slice(0, 2))) return true;
  return Number(body.slice(0, 2)) === (12 + 3 * (Number(siren) % 97)) % 97;
}

const CHECKS: Record<string, (body: string) => boolean> = {
  AT: (b) => isAt(b.slice(1)),
  BE: (b) => 97 - (Number(b.slice(0, 8)) % 97) === Number(b.slice(8)),
  DE: iso7064Mod11_10,
  DK: (b) => weighted(b, [2, 7, 6, 5, 4, 3, 2, 1]) % 11 === 0,
  EL: (b) => (weighted(b, [256, 128, 64, 32, 16, 8, 4, 2]) % 11) % 10 === Number(b[8]),
  FI: (b) => remainderCheck(b, [7, 9, 10, 5, 8, 4, 2], 7),
  FR: isFrVat,
  GB: (b) => isGb(digitsOf(b)),
  XI: (b) => isGb(digitsOf(b)),
  HR: iso7064Mod11_10,
  IT: luhn,
  LU: (b) => Number(b.slice(0, 6)) % 89 === Number(b.slice(6)),
  NL: (b) => weighted(b, [9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 === 0 || mod97(`NL${b}`) === 1,
  PL: (b) => weighted(b, [6, 5, 7, 2, 3, 4, 5, 6, 7]) % 11 === Number(b[9]),
  PT: isPtNif,
  SE: (b) => luhn(b.slice(0, 10)),
  SI: (b) => remainderCheck(b, [8, 7, 6, 5, 4, 3, 2], 7),
  SK: (b) => Number(b) % 11 === 0,
  HU: (b) => weighted(b, [9, 7, 3, 1, 9, 7, 3, 1]) % 10 === 0,
};

/** True for a VAT number with its country prefix, letters and digits alone. */
export function isEuVat(value: string): boolean | string {
  const v = value.replace(/[^A-Za-z0-9+*]/g, '').toUpperCase();
  const country = v.startsWith('GR') ? 'EL' : v.slice(0, 2);
  const body = v.slice(2);
  const shape = SHAPES[country];
  if (shape === undefined || !shape.test(body)) return false;
  return (CHECKS[country]?.(body) ?? true) ? country.toLowerCase() : false;
}

/** States whose check digit is verified here: the others need a label. */
export function hasVatCheck(value: string): boolean {
  return CHECKS[value.slice(0, 2).toUpperCase()] !== undefined;
}
