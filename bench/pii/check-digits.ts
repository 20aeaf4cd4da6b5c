/** Check digits as their issuers define them, written apart from the product's own validators. */

export function luhnDigit(body: string): string {
  let sum = 0;
  [...body].reverse().forEach((c, i) => {
    const d = Number(c) * (i % 2 === 0 ? 2 : 1);
    sum += d > 9 ? d - 9 : d;
  });
  return String((10 - (sum % 10)) % 10);
}

export function weighted(body: string, weights: readonly number[]): number {
  return [...body].reduce((sum, c, i) => sum + Number(c) * (weights[i] ?? 0), 0);
}

/** ISO 7064 mod 11,10 (Steuer-ID, DE VAT). */
export function iso7064(body: string): string {
  let p = 10;
  for (const c of body) {
    let s = (Number(c) + p) % 10;
    if (s === 0) s = 10;
    p = (s * 2) % 11;
  }
  return String((11 - p) % 10);
}

export function mod97(text: string): number {
  let rest = 0;
  for (const c of text) rest = (rest * (c >= 'A' ? 100 : 10) + Number.parseInt(c, 36)) % 97;
  return rest;
}

export function ibanOf(country: string, bban: string): string {
  const check = 98 - mod97(`${bban}${country}00`);
  return `${country}${String(check).padStart(2, '0')}${bban}`;
}

const VERHOEFF_D = [
  [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  [1, 2, 3, 4, 0, 6, 7, 8, 9, 5],
  [2, 3, 4, 0, 1, 7, 8, 9, 5, 6],
  [3, 4, 0, 1, 2, 8, 9, 5, 6, 7],
  [4, 0, 1, 2, 3, 9, 5, 6, 7, 8],
  [5, 9, 8, 7, 6, 0, 4, 3, 2, 1],
  [6, 5, 9, 8, 7, 1, 0, 4, 3, 2],
  [7, 6, 5, 9, 8, 2, 1, 0, 4, 3],
  [8, 7, 6, 5, 9, 3, 2, 1, 0, 4],
  [9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
];
const VERHOEFF_P = [
  [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  [1, 5, 7, 6, 2, 8, 3, 0, 9, 4],
  [5, 8, 0, 3, 7, 9, 6, 1, 4, 2],
  [8, 9, 1, 6, 0, 4, 3, 5, 2, 7],
  [9, 4, 5, 3, 1, 2, 6, 8, 7, 0],
  [4, 2, 8, 6, 5, 7, 3, 9, 0, 1],
  [2, 7, 9, 3, 8, 0, 6, 4, 1, 5],
  [7, 0, 4, 6, 9, 1, 3, 2, 5, 8],
];
const VERHOEFF_INV = [0, 4, 3, 2, 1, 5, 6, 7, 8, 9];

export function verhoeffDigit(body: string): string {
  let c = 0;
  [...body].reverse().forEach((digit, i) => {
    c = VERHOEFF_D[c]![VERHOEFF_P[(i + 1) % 8]![Number(digit)]!]!;
  });
  return String(VERHOEFF_INV[c]);
}

const VIN_VALUE: Record<string, number> = Object.fromEntries(
  [...'ABCDEFGH']
    .map((c, i) => [c, i + 1] as [string, number])
    .concat(
      [...'JKLMN'].map((c, i) => [c, i + 1] as [string, number]),
      [
        ['P', 7],
        ['R', 9],
      ],
      [...'STUVWXYZ'].map((c, i) => [c, i + 2] as [string, number]),
    ),
);
const VIN_WEIGHT = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];

export function vinWithCheck(vin: string): string {
  const sum = [...vin].reduce(
    (n, c, i) => n + (/\d/.test(c) ? Number(c) : (VIN_VALUE[c] ?? 0)) * (VIN_WEIGHT[i] ?? 0),
    0,
  );
  const check = sum % 11 === 10 ? 'X' : String(sum % 11);
  return `${vin.slice(0, 8)}${check}${vin.slice(9)}`;
}

const CF_ODD: Record<string, number> = Object.fromEntries(
  [...'0123456789']
    .map((c, i) => [c, [1, 0, 5, 7, 9, 13, 15, 17, 19, 21][i]!])
    .concat(
      [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'].map((c, i) => [
        c,
        [
          1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24,
          23,
        ][i]!,
      ]),
    ) as [string, number][],
);

/** Last character of an Italian codice fiscale from its first fifteen. */
export function codiceFiscaleCheck(body: string): string {
  let sum = 0;
  [...body].forEach((c, i) => {
    const even = /\d/.test(c) ? Number(c) : c.charCodeAt(0) - 65;
    sum += i % 2 === 0 ? (CF_ODD[c] ?? 0) : even;
  });
  return String.fromCharCode(65 + (sum % 26));
}

/** 7-3-1 weights over digits and letters (A = 10), as on German identity cards. */
export function machineReadableCheck(body: string): string {
  const sum = [...body].reduce((n, c, i) => n + Number.parseInt(c, 36) * [7, 3, 1][i % 3]!, 0);
  return String(sum % 10);
}
