/** Checks of Asian and Australian numbers, IBAN, crypto addresses and devices. */
import { allSame, compact, digitsOf, luhn, mod97, verhoeff, weighted } from './basic.ts';

export function isAuTfn(value: string): boolean {
  const d = digitsOf(value);
  if (d.length !== 9 || allSame(d)) return false;
  return weighted(d, [1, 4, 3, 7, 5, 8, 6, 9, 10]) % 11 === 0;
}

/** Medicare Australia: first digit 2-6, ninth is the check, tenth the issue number. */
export function isAuMedicare(value: string): boolean {
  const d = digitsOf(value);
  if ((d.length !== 10 && d.length !== 11) || !/^[2-6]/.test(d)) return false;
  return weighted(d, [1, 3, 7, 9, 1, 3, 7, 9]) % 10 === Number(d[8]);
}

export function isInAadhaar(value: string): boolean {
  const d = digitsOf(value);
  return d.length === 12 && /^[2-9]/.test(d) && verhoeff(d);
}

/** Fourth letter names the holder class. */
export function isInPan(value: string): boolean {
  return /^[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z]$/i.test(value);
}

export function isSgNric(value: string): boolean {
  const v = value.toUpperCase();
  const m = /^([STFGM])(\d{7})([A-Z])$/.exec(v);
  if (m === null) return false;
  let sum = weighted(m[2]!, [2, 7, 6, 5, 4, 3, 2]);
  if (m[1] === 'T' || m[1] === 'G') sum += 4;
  if (m[1] === 'M') sum += 3;
  const rest = sum % 11;
  if (m[1] === 'S' || m[1] === 'T') return 'JZIHGFEDCBA'[rest] === m[3];
  if (m[1] === 'M') return 'KLJNPQRTUWX'[10 - rest] === m[3];
  return 'XWUTRQPNMLK'[rest] === m[3];
}

/** Lengths of the IBAN registry by country. */
const IBAN_LENGTH: Record<string, number> = Object.fromEntries(
  (
    'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 ' +
    'DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 ' +
    'IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 ' +
    'MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 ' +
    'SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30'
  )
    .split(' ')
    .map((row) => [row.slice(0, 2), Number(row.slice(2))]),
);

export function ibanLength(country: string): number | undefined {
  return IBAN_LENGTH[country.toUpperCase()];
}

/** ISO 13616: length of the country and mod 97-10 = 1. Bank codes are not judged. */
/** The first units of a match that make an IBAN of its country: `ES91 2100 ... 1332 y` ends before `y`. */
export function cutIban(value: string): string {
  const need = ibanLength(value.slice(0, 2).toUpperCase());
  if (need === undefined) return value;
  let seen = 0;
  for (let i = 0; i < value.length; i++) {
    if (!/[A-Za-z0-9]/.test(value.charAt(i))) continue;
    if (++seen === need)
      return /^[A-Za-z0-9]/.test(value.slice(i + 1)) ? value : value.slice(0, i + 1);
  }
  return value;
}

export function isIban(value: string): boolean {
  const v = compact(value).toUpperCase();
  if (ibanLength(v.slice(0, 2)) !== v.length || !/^[A-Z]{2}\d{2}/.test(v)) return false;
  return mod97(v.slice(4) + v.slice(0, 4)) === 1;
}

const BRANDS: readonly (readonly [string, RegExp, readonly number[]])[] = [
  ['amex', /^3[47]/, [15]],
  ['diners', /^(?:30[0-59]|3[689])/, [14, 15, 16, 17, 18, 19]],
  ['jcb', /^35(?:2[89]|[3-8])/, [16, 17, 18, 19]],
  ['visa', /^4/, [12, 13, 16, 18, 19]],
  ['mastercard', /^(?:5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/, [16]],
  ['discover', /^(?:6011|64[4-9]|65)/, [16, 17, 18, 19]],
  ['unionpay', /^62|^81/, [16, 17, 18, 19]],
  ['maestro', /^(?:50|5[6-9]|6[0137-9])/, [12, 13, 14, 15, 16, 17, 18, 19]],
  ['mir', /^220[0-4]/, [16, 17, 18, 19]],
];

/** Brand by issuer range and length, or undefined. */
export function cardBrand(digits: string): string | undefined {
  for (const [brand, prefix, lengths] of BRANDS) {
    if (prefix.test(digits) && lengths.includes(digits.length)) return brand;
  }
  return undefined;
}

export function isCard(value: string): boolean | string {
  const d = digitsOf(value);
  if (d.length < 12 || d.length > 19 || allSame(d) || !luhn(d)) return false;
  return cardBrand(d) ?? false;
}

/** Luhn alone, for a number that a card label points at. */
export function isCardLoose(value: string): boolean | string {
  const d = digitsOf(value);
  if (d.length < 12 || d.length > 19 || allSame(d) || !luhn(d)) return false;
  return cardBrand(d) ?? true;
}

export function isImei(value: string): boolean {
  const d = digitsOf(value);
  return d.length === 15 && !allSame(d) && luhn(d);
}

const BASE58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';

/** Decodes base58 into bytes; null on a foreign character. */
export function base58Decode(text: string): Uint8Array | null {
  let n = 0n;
  for (const char of text) {
    const v = BASE58.indexOf(char);
    if (v < 0) return null;
    n = n * 58n + BigInt(v);
  }
  const bytes: number[] = [];
  for (; n > 0n; n >>= 8n) bytes.unshift(Number(n & 255n));
  for (const char of text) {
    if (char !== '1') break;
    bytes.unshift(0);
  }
  return Uint8Array.from(bytes);
}

const BECH32 = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';

/** BIP-173 and BIP-350 checksum. */
export function bech32Holds(text: string): boolean {
  const v = text.toLowerCase();
  const split = v.lastIndexOf('1');
  if (split < 1 || v.length > 90) return false;
  const values: number[] = [];
  for (let i = 0; i < split; i++) values.push(v.charCodeAt(i) >> 5);
  values.push(0);
  for (let i = 0; i < split; i++) values.push(v.charCodeAt(i) & 31);
  for (const char of v.slice(split + 1)) {
    const d = BECH32.indexOf(char);
    if (d < 0) return false;
    values.push(d);
  }
  const generators = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
  let chk = 1;
  for (const value of values) {
    const top = chk >>> 25;
    chk = ((chk & 0x1ffffff) << 5) ^ value;
    for (let i = 0; i < 5; i++) if ((top >>> i) & 1) chk ^= generators[i]!;
  }
  return chk === 1 || chk === 0x2bc830a3;
}
