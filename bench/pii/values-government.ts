import {
  codiceFiscaleCheck,
  iso7064,
  luhnDigit,
  machineReadableCheck,
  verhoeffDigit,
  weighted,
} from './check-digits.ts';
import type { Rng } from './rng.ts';

export type ValueMaker = (r: Rng) => string;

const two = (n: number) => String(n).padStart(2, '0');
const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const CONSONANT = 'BCDFGLMNPRSTVZ';

function ymd(r: Rng, from = 1945, to = 2004) {
  return { y: r.int(from, to), m: r.int(1, 12), d: r.int(1, 28) };
}

/** Draws until `make` gives a value: some check schemes have no digit for some bodies. */
function until(make: () => string | null): string {
  for (;;) {
    const value = make();
    if (value !== null) return value;
  }
}

const mod11 = (body: string, weights: readonly number[]): string | null => {
  const c = weighted(body, weights) % 11;
  return c === 10 ? null : String(c);
};

function ssn(r: Rng): string {
  const area = until(() => {
    const a = r.int(1, 899);
    return a === 666 ? null : String(a).padStart(3, '0');
  });
  const sep = r.pick(['-', '-', '-', ' ', '']);
  return `${area}${sep}${two(r.int(1, 99))}${sep}${String(r.int(1, 9999)).padStart(4, '0')}`;
}

function nir(r: Rng): string {
  const { y, m } = ymd(r);
  const dep = r.chance(0.1) ? r.pick(['2A', '2B']) : two(r.int(1, 95));
  const body = `${r.pick(['1', '2'])}${two(y % 100)}${two(m)}${dep}${String(r.int(1, 990)).padStart(3, '0')}${String(r.int(1, 990)).padStart(3, '0')}`;
  const number = BigInt(body.replace('2A', '19').replace('2B', '18'));
  const key = two(97 - Number(number % 97n));
  if (r.chance(0.5)) return `${body}${key}`;
  return `${body[0]} ${body.slice(1, 3)} ${body.slice(3, 5)} ${body.slice(5, 7)} ${body.slice(7, 10)} ${body.slice(10)} ${key}`;
}

function steuerId(r: Rng): string {
  const digits = r.sample([...'0123456789'], 10);
  const missing = r.int(0, 9);
  const twice = (missing + r.int(1, 9)) % 10;
  digits[digits.indexOf(String(missing))] = String(twice);
  if (digits[0] === '0') return steuerId(r);
  const body = digits.join('');
  const full = `${body}${iso7064(body)}`;
  return r.chance(0.5)
    ? full
    : `${full.slice(0, 2)} ${full.slice(2, 5)} ${full.slice(5, 8)} ${full.slice(8)}`;
}

function rvnr(r: Rng): string {
  const { y, m, d } = ymd(r);
  const letter = r.pick([...UPPER]);
  const body = `${r.pick(['12', '65', '53', '15', '24'])}${two(d)}${two(m)}${two(y % 100)}${letter}${r.digits(2)}`;
  const numeric = body.replace(letter, two(letter.charCodeAt(0) - 64));
  const weights = [2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1];
  const sum = [...numeric].reduce((n, c, i) => {
    const p = Number(c) * weights[i]!;
    return n + Math.floor(p / 10) + (p % 10);
  }, 0);
  return `${body}${sum % 10}`;
}

function pesel(r: Rng): string {
  const { y, m, d } = ymd(r, 1950, 1999);
  const body = `${two(y % 100)}${two(m)}${two(d)}${r.digits(4)}`;
  const sum = weighted(body, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3]);
  return `${body}${(10 - (sum % 10)) % 10}`;
}

function personnummer(r: Rng): string {
  const { y, m, d } = ymd(r);
  const body = `${two(y % 100)}${two(m)}${two(d)}${r.digits(3)}`;
  const sep = r.chance(0.7) ? '-' : '';
  const century = r.chance(0.4) ? String(Math.floor(y / 100)) : '';
  return `${century}${body.slice(0, 6)}${sep}${body.slice(6)}${luhnDigit(body)}`;
}

function hetu(r: Rng): string {
  const { y, m, d } = ymd(r, 1940, 2010);
  const serial = String(r.int(2, 899)).padStart(3, '0');
  const date = `${two(d)}${two(m)}${two(y % 100)}`;
  const check = '0123456789ABCDEFHJKLMNPRSTUVWXY'[Number(`${date}${serial}`) % 31];
  return `${date}${y >= 2000 ? 'A' : '-'}${serial}${check}`;
}

function codiceFiscale(r: Rng): string {
  const { y, d } = ymd(r);
  const day = r.chance(0.5) ? d : d + 40;
  const body = `${r.chars(CONSONANT, 6)}${two(y % 100)}${r.pick([...'ABCDEHLMPRST'])}${two(day)}${r.pick([...'ABCDEFGHIL'])}${r.digits(3)}`;
  return `${body}${codiceFiscaleCheck(body)}`;
}

function belgian(r: Rng): string {
  const { y, m, d } = ymd(r, 1940, 1999);
  const body = `${two(y % 100)}${two(m)}${two(d)}${String(r.int(1, 998)).padStart(3, '0')}`;
  const check = two(97 - (Number(body) % 97));
  if (r.chance(0.4)) return `${body}${check}`;
  return `${body.slice(0, 2)}.${body.slice(2, 4)}.${body.slice(4, 6)}-${body.slice(6)}.${check}`;
}

function cpf(r: Rng): string {
  const body = `${r.int(1, 9)}${r.digits(8)}`;
  const digit = (text: string) => {
    const start = text.length + 1;
    const rest = [...text].reduce((n, c, i) => n + Number(c) * (start - i), 0) % 11;
    return String(rest < 2 ? 0 : 11 - rest);
  };
  const first = digit(body);
  const full = `${body}${first}${digit(`${body}${first}`)}`;
  return r.chance(0.6)
    ? `${full.slice(0, 3)}.${full.slice(3, 6)}.${full.slice(6, 9)}-${full.slice(9)}`
    : full;
}

function nric(r: Rng): string {
  const prefix = r.pick([...'STFG']);
  const body = r.digits(7);
  let sum = weighted(body, [2, 7, 6, 5, 4, 3, 2]);
  if (prefix === 'T' || prefix === 'G') sum += 4;
  const table = prefix === 'S' || prefix === 'T' ? 'JZIHGFEDCBA' : 'XWUTRQPNMLK';
  return `${prefix}${body}${table[sum % 11]}`;
}

function ukDriver(r: Rng): string {
  const surname = r.pick(['MORGA', 'SMITH', 'PEMBE', 'HARGR', 'LLOYD', 'WRIGH', 'FOX99', 'BAKER']);
  const { y, m, d } = ymd(r);
  const decade = String(y)[2];
  const month = r.chance(0.5) ? m : m + 50;
  return `${surname}${decade}${two(month)}${two(d)}${String(y)[3]}${r.chars('ABCDEGHJKLMNPRST', 1)}${r.pick([...'ABCDEGHJ9'])}9${r.chars('ABCDEFGHJKLMNPRSTUVWXYZ', 2)}`;
}

function vat(r: Rng): string {
  const kind = r.pick(['DE', 'FR', 'IT', 'BE', 'NL', 'AT', 'PL', 'GB']);
  switch (kind) {
    case 'DE': {
      const b = `${r.int(1, 9)}${r.digits(7)}`;
      return `DE${b}${iso7064(b)}`;
    }
    case 'FR': {
      const b = r.digits(8);
      const siren = `${b}${luhnDigit(b)}`;
      return `FR${two((12 + 3 * (Number(siren) % 97)) % 97)}${siren}`;
    }
    case 'IT': {
      const b = `${r.digits(7)}${r.pick(['001', '015', '058', '090'])}`;
      return `IT${b}${luhnDigit(b)}`;
    }
    case 'BE': {
      const b = `0${r.int(2, 9)}${r.digits(6)}`;
      return `BE${b}${two(97 - (Number(b) % 97))}`;
    }
    case 'NL':
      return until(() => {
        const b = r.digits(8);
        const c = mod11(b, [9, 8, 7, 6, 5, 4, 3, 2]);
        return c === null ? null : `NL${b}${c}B${two(r.int(1, 9))}`;
      });
    case 'AT': {
      const b = r.digits(7);
      let s = 0;
      [...b].forEach((c, i) => {
        const v = Number(c) * (i % 2 === 0 ? 1 : 2);
        s += v > 9 ? v - 9 : v;
      });
      return `ATU${b}${(10 - ((s + 4) % 10)) % 10}`;
    }
    case 'PL':
      return until(() => {
        const b = `${r.int(1, 9)}${r.digits(8)}`;
        const c = mod11(b, [6, 5, 7, 2, 3, 4, 5, 6, 7]);
        return c === null ? null : `PL${b}${c}`;
      });
    default: {
      const b = `${r.int(1, 9)}${r.digits(6)}`;
      const s = weighted(b, [8, 7, 6, 5, 4, 3, 2]) % 97;
      return `GB${b}${two(97 - s)}`;
    }
  }
}

const DNI = 'TRWAGMYFPDXBNJZSQVHLCKE';

export const GOVERNMENT: Record<string, ValueMaker> = {
  US_SSN: ssn,
  US_ITIN: (r) =>
    `9${r.digits(2)}-${r.pick([r.int(50, 65), r.int(70, 88), r.int(90, 92), r.int(94, 99)])}-${r.digits(4)}`,
  US_EIN: (r) => `${r.pick(['12', '20', '36', '45', '52', '61', '75', '83', '94'])}-${r.digits(7)}`,
  US_DRIVER_LICENSE: (r) =>
    r.pick([
      () => `${r.pick([...UPPER])}${r.digits(7)}`,
      () => `${r.pick([...UPPER])}${r.digits(3)}-${r.digits(4)}-${r.digits(4)}`,
      () => r.digits(9),
      () => r.digits(8),
      () => `${r.chars(UPPER, 2)}${r.digits(6)}`,
    ])(),
  PASSPORT: (r) =>
    r.pick([
      () => r.digits(9),
      () => `${r.pick(['C', 'X', 'Y'])}${r.digits(8)}`,
      () => `${r.digits(2)}${r.chars(UPPER, 2)}${r.digits(5)}`,
      () => `C${r.chars('01X00T47', 2)}${r.chars('CFGHJK0123456789', 6)}`,
    ])(),
  UK_NINO: (r) => {
    const body = `${r.pick(['AB', 'CE', 'JK', 'LM', 'NP', 'PW', 'SR', 'TY', 'WM', 'ZR'])}${r.digits(6)}${r.pick([...'ABCD'])}`;
    return r.chance(0.5)
      ? body
      : `${body.slice(0, 2)} ${body.slice(2, 4)} ${body.slice(4, 6)} ${body.slice(6, 8)} ${body.slice(8)}`;
  },
  UK_DRIVING_LICENCE: ukDriver,
  UK_UTR: (r) => {
    const body = r.digits(9);
    const check = '21987654321'[weighted(body, [6, 7, 8, 9, 10, 5, 4, 3, 2]) % 11];
    const full = `${check}${body}`;
    return r.chance(0.5) ? full : `${full.slice(0, 5)} ${full.slice(5)}`;
  },
  FR_NIR: nir,
  FR_CNI: (r) =>
    r.chance(0.5)
      ? `${two(r.int(4, 23))}${two(r.int(1, 12))}${two(r.int(1, 95))}${r.digits(6)}`
      : `${r.chars('CDEFGHJKLMNPRTVWXYZ', 1)}${r.chars('0123456789CDEFGHJKLMNPRTVWXYZ', 8)}`,
  FR_SPI: (r) => {
    const body = `${r.int(0, 3)}${r.digits(9)}`;
    const full = `${body}${String(Number(BigInt(body) % 511n)).padStart(3, '0')}`;
    return r.chance(0.5)
      ? full
      : `${full.slice(0, 2)} ${full.slice(2, 4)} ${full.slice(4, 7)} ${full.slice(7, 10)} ${full.slice(10)}`;
  },
  FR_SIRET: (r) => {
    const siren = r.digits(8);
    const head = `${siren}${luhnDigit(siren)}${r.digits(4)}`;
    const full = `${head}${luhnDigit(head)}`;
    return r.chance(0.5)
      ? full
      : `${full.slice(0, 3)} ${full.slice(3, 6)} ${full.slice(6, 9)} ${full.slice(9)}`;
  },
  DE_STEUER_ID: steuerId,
  DE_PERSONALAUSWEIS: (r) => {
    const body = `${r.pick([...'LMNPRTVWXY'])}${r.chars('0123456789CFGHJKLMNPRTVWXYZ', 8)}`;
    return `${body}${machineReadableCheck(body)}`;
  },
  DE_RVNR: rvnr,
  ES_DNI: (r) => {
    const body = String(r.int(1000000, 99999999)).padStart(8, '0');
    return `${body}${r.chance(0.3) ? '-' : ''}${DNI[Number(body) % 23]}`;
  },
  ES_NIE: (r) => {
    const first = r.int(0, 2);
    const body = r.digits(7);
    return `${'XYZ'[first]}${body}${DNI[Number(`${first}${body}`) % 23]}`;
  },
  IT_CODICE_FISCALE: codiceFiscale,
  PT_NIF: (r) => {
    const body = `${r.pick(['1', '2', '5'])}${r.digits(7)}`;
    const rest = weighted(body, [9, 8, 7, 6, 5, 4, 3, 2]) % 11;
    return `${body}${rest < 2 ? 0 : 11 - rest}`;
  },
  NL_BSN: (r) =>
    until(() => {
      const body = `${r.int(1, 9)}${r.digits(7)}`;
      const c = mod11(body, [9, 8, 7, 6, 5, 4, 3, 2]);
      return c === null ? null : `${body}${c}`;
    }),
  BE_NRN: belgian,
  PL_PESEL: pesel,
  SE_PERSONNUMMER: personnummer,
  FI_HETU: hetu,
  CH_AHV: (r) => {
    const body = `756${r.digits(9)}`;
    const sum = [...body].reduce((n, c, i) => n + Number(c) * (i % 2 === 0 ? 1 : 3), 0);
    const full = `${body}${(10 - (sum % 10)) % 10}`;
    return r.chance(0.7)
      ? `${full.slice(0, 3)}.${full.slice(3, 7)}.${full.slice(7, 11)}.${full.slice(11)}`
      : full;
  },
  EU_VAT: vat,
  CA_SIN: (r) => {
    const body = `${r.pick(['1', '2', '4', '5', '6', '7'])}${r.digits(7)}`;
    const full = `${body}${luhnDigit(body)}`;
    const sep = r.pick([' ', '-', '']);
    return [full.slice(0, 3), full.slice(3, 6), full.slice(6)].join(sep);
  },
  AU_TFN: (r) =>
    until(() => {
      const full = `${r.int(1, 9)}${r.digits(8)}`;
      if (weighted(full, [1, 4, 3, 7, 5, 8, 6, 9, 10]) % 11 !== 0) return null;
      return r.chance(0.6) ? `${full.slice(0, 3)} ${full.slice(3, 6)} ${full.slice(6)}` : full;
    }),
  IN_AADHAAR: (r) => {
    const body = `${r.int(2, 9)}${r.digits(10)}`;
    const full = `${body}${verhoeffDigit(body)}`;
    return r.chance(0.6) ? `${full.slice(0, 4)} ${full.slice(4, 8)} ${full.slice(8)}` : full;
  },
  IN_PAN: (r) =>
    `${r.chars(UPPER, 3)}${r.pick([...'PCHFATBLJG'])}${r.chars(UPPER, 1)}${r.digits(4)}${r.chars(UPPER, 1)}`,
  BR_CPF: cpf,
  SG_NRIC: nric,
};
