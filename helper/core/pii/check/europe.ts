/** Issuing rules and check digits of European numbers. */
import {
  allSame,
  compact,
  digitsOf,
  isDay,
  iso7064Mod11_10,
  luhn,
  mod97,
  weighted,
} from './basic.ts';

/** NIR: sex, year, month, department (2A/2B count as 19/18), key = 97 - number mod 97. */
export function isFrNir(value: string): boolean {
  const v = compact(value).toUpperCase();
  if (!/^[1-478]\d{2}(?:0[1-9]|1[0-2]|[2-9]\d)(?:\d{2}|2[AB])\d{6}\d{2}$/.test(v)) return false;
  const number = v.slice(0, 13).replace('2A', '19').replace('2B', '18');
  return 97 - mod97(number) === Number(v.slice(13));
}

/** French tax number (SPI): the last three digits are the first ten mod 511. */
export function isFrSpi(value: string): boolean {
  const d = digitsOf(value);
  if (d.length !== 13 || !/^[0-3]/.test(d)) return false;
  return Number(d.slice(0, 10)) % 511 === Number(d.slice(10));
}

/** SIRET: Luhn over 14 digits; La Poste establishments use a plain digit sum. */
export function isFrSiret(value: string): boolean {
  const d = digitsOf(value);
  if (d.length !== 14 || allSame(d)) return false;
  if (luhn(d)) return true;
  return d.startsWith('356000000') && weighted(d, new Array<number>(14).fill(1)) % 5 === 0;
}

export function isFrSiren(value: string): boolean {
  const d = digitsOf(value);
  return d.length === 9 && !allSame(d) && luhn(d);
}

/** Steuer-ID: one digit of the first ten occurs two or three times; ISO 7064 mod 11,10. */
export function isDeSteuerId(value: string): boolean {
  const d = digitsOf(value);
  if (d.length !== 11 || d[0] === '0') return false;
  const counts = new Array<number>(10).fill(0);
  for (let i = 0; i < 10; i++) counts[d.charCodeAt(i) - 48]!++;
  const repeated = counts.filter((n) => n > 1);
  if (repeated.length !== 1 || repeated[0]! > 3) return false;
  return iso7064Mod11_10(d);
}

/** ICAO 9303 weights 7-3-1 over letters (A = 10) and digits. */
export function icaoDigit(text: string): number {
  let sum = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    const v = c <= 57 ? c - 48 : (c | 32) - 87;
    sum += v * [7, 3, 1][i % 3]!;
  }
  return sum % 10;
}

/** German identity card: letters CFGHJKLMNPRTVWXYZ and digits, tenth character is the check. */
export function isDePersonalausweis(value: string): boolean {
  const v = compact(value).toUpperCase();
  if (!/^[CFGHJKLMNPRTVWXYZ0-9]{9}\d(?:D|$)/.test(v) || !/\d/.test(v.slice(0, 9))) return false;
  return icaoDigit(v.slice(0, 9)) === Number(v[9]);
}

/** German pension number: area, birth date, initial, serial, check (VKVV annex, weights 2-1-2-5-7-1). */
export function isDeRvnr(value: string): boolean {
  const v = compact(value).toUpperCase();
  if (!/^\d{8}[A-Z]\d{3}$/.test(v)) return false;
  const day = Number(v.slice(2, 4)) % 50;
  const month = Number(v.slice(4, 6));
  if (month < 1 || month > 12 || day > 31 || Number(v.slice(0, 2)) < 2) return false;
  const letter = String(v.charCodeAt(8) - 64).padStart(2, '0');
  const digits = v.slice(0, 8) + letter + v.slice(9, 11);
  const weights = [2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1];
  let sum = 0;
  for (let i = 0; i < 12; i++) {
    const product = (digits.charCodeAt(i) - 48) * weights[i]!;
    sum += Math.floor(product / 10) + (product % 10);
  }
  return sum % 10 === Number(v[11]);
}

const DNI_LETTERS = 'TRWAGMYFPDXBNJZSQVHLCKE';

export function isEsDni(value: string): boolean {
  const v = compact(value).toUpperCase();
  if (!/^\d{8}[A-Z]$/.test(v)) return false;
  return DNI_LETTERS[Number(v.slice(0, 8)) % 23] === v[8];
}

export function isEsNie(value: string): boolean {
  const v = compact(value).toUpperCase();
  if (!/^[XYZ]\d{7}[A-Z]$/.test(v)) return false;
  return DNI_LETTERS[Number('XYZ'.indexOf(v[0]!) + v.slice(1, 8)) % 23] === v[8];
}

const CF_ODD: Record<string, number> = {};
'BAFHJNPRTVCESULDGIMOQKWZYX'.split('').forEach((_char, index) => {
  const values = [
    1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23,
  ];
  CF_ODD[String.fromCharCode(65 + index)] = values[index]!;
  if (index < 10) CF_ODD[String(index)] = values[index]!;
});

/** Italian tax code: odd and even tables, sum mod 26 gives the last letter. */
export function isItCodiceFiscale(value: string): boolean {
  const v = compact(value).toUpperCase();
  if (
    !/^[A-Z]{6}[0-9LMNPQRSTUV]{2}[ABCDEHLMPRST][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z]$/.test(
      v,
    )
  ) {
    return false;
  }
  let sum = 0;
  for (let i = 0; i < 15; i++) {
    const char = v.charAt(i);
    if (i % 2 === 0) sum += CF_ODD[char]!;
    else sum += char <= '9' ? Number(char) : char.charCodeAt(0) - 65;
  }
  return v.charCodeAt(15) - 65 === sum % 26;
}

export function isPtNif(value: string): boolean {
  const d = digitsOf(value);
  if (d.length !== 9 || !/^(?:[123568]|45|7[0124579]|9[0189])/.test(d)) return false;
  const rest = weighted(d, [9, 8, 7, 6, 5, 4, 3, 2]) % 11;
  return (rest < 2 ? 0 : 11 - rest) === Number(d[8]);
}

/** Dutch eleven test with weight -1 on the last digit. */
export function isNlBsn(value: string): boolean {
  const d = digitsOf(value);
  if (d.length !== 9 || allSame(d)) return false;
  return weighted(d, [9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 === 0;
}

/** Belgian register: 97 - (first nine mod 97), with 2 in front for births from 2000. */
export function isBeNrn(value: string): boolean {
  const d = digitsOf(value);
  if (d.length !== 11) return false;
  const month = Number(d.slice(2, 4)) % 20;
  if (month > 12 || Number(d.slice(4, 6)) > 31 || allSame(d)) return false;
  const check = Number(d.slice(9));
  return 97 - mod97(d.slice(0, 9)) === check || 97 - mod97(`2${d.slice(0, 9)}`) === check;
}

export function isPlPesel(value: string): boolean {
  const d = digitsOf(value);
  if (d.length !== 11) return false;
  const month = Number(d.slice(2, 4)) % 20;
  const day = Number(d.slice(4, 6));
  if (month < 1 || month > 12 || day < 1 || day > 31) return false;
  return weighted(d, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]) % 10 === 0;
}

/** Swedish number: Luhn over the ten digits; day + 60 for co-ordination numbers. */
export function isSePersonnummer(value: string): boolean {
  let d = digitsOf(value);
  if (d.length === 12) d = d.slice(2);
  if (d.length !== 10) return false;
  const month = Number(d.slice(2, 4));
  const day = Number(d.slice(4, 6)) % 60;
  return month >= 1 && month <= 12 && day >= 1 && day <= 31 && luhn(d);
}

export function isFiHetu(value: string): boolean {
  const v = value.toUpperCase().replace(/\s/g, '');
  const m = /^(\d{6})[-+A-FU-Y](\d{3})([0-9A-Y])$/.exec(v);
  if (m === null || !isDay(2000, Number(v.slice(2, 4)), Number(v.slice(0, 2)))) return false;
  return '0123456789ABCDEFHJKLMNPRSTUVWXY'[Number(m[1]! + m[2]!) % 31] === m[3];
}

/** EAN-13 with prefix 756. */
export function isChAhv(value: string): boolean {
  const d = digitsOf(value);
  if (d.length !== 13 || !d.startsWith('756')) return false;
  return weighted(d, [1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1]) % 10 === 0;
}

/** HMRC prefix rules: no D F I Q U V, second not O, no BG GB NK KN TN NT ZZ. */
export function isUkNino(value: string): boolean {
  const v = compact(value).toUpperCase();
  if (!/^[ABCEGHJ-PRSTW-Z][ABCEGHJ-NPRSTW-Z]\d{6}[A-D]$/.test(v)) return false;
  return !/^(?:BG|GB|NK|KN|TN|NT|ZZ)/.test(v);
}

/** UTR: weights 6 7 8 9 10 5 4 3 2 over digits 2-10, first digit is the check. */
export function isUkUtr(value: string): boolean {
  const d = digitsOf(value);
  if (d.length !== 10) return false;
  const rest = weighted(d.slice(1), [6, 7, 8, 9, 10, 5, 4, 3, 2]) % 11;
  return '21987654321'[rest] === d[0];
}

/** NHS number: weights 10-2, check 11 - rest, 10 is never issued. */
export function isUkNhs(value: string): boolean {
  const d = digitsOf(value);
  if (d.length !== 10 || allSame(d)) return false;
  const check = 11 - (weighted(d, [10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11);
  return check !== 10 && check % 11 === Number(d[9]);
}

/** DVLA: surname padded with 9, decade, month (+50 for women), day, year, initials, check. */
export function isUkDrivingLicence(value: string): boolean {
  const v = compact(value).toUpperCase();
  const m = /^[A-Z]{1,5}9{0,4}\d(\d{2})(\d{2})\d[A-Z9]{2}[A-Z0-9]{3}(?:\d{2})?$/.exec(v);
  if (m === null || !/^[A-Z9]{5}\d{6}/.test(v) || v.length < 16) return false;
  const month = Number(m[1]) % 50;
  const day = Number(m[2]);
  return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}
