import { createHash } from 'node:crypto';
import { ibanOf, luhnDigit, weighted } from './check-digits.ts';
import type { Rng } from './rng.ts';
import type { ValueMaker } from './values-government.ts';

const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const HEX = '0123456789abcdef';
const WORD = `${UPPER}${UPPER.toLowerCase()}0123456789`;
const two = (n: number) => String(n).padStart(2, '0');

function card(r: Rng): string {
  const [prefix, length] = r.pick([
    ['4', 16],
    ['51', 16],
    ['55', 16],
    ['2223', 16],
    ['37', 15],
    ['6011', 16],
    ['3530', 16],
    ['36', 14],
  ] as const);
  const body = `${prefix}${r.digits(length - prefix.length - 1)}`;
  const full = `${body}${luhnDigit(body)}`;
  const sep = r.pick([' ', '-', '', '']);
  if (sep === '') return full;
  if (length === 15) return [full.slice(0, 4), full.slice(4, 10), full.slice(10)].join(sep);
  return full.match(/.{1,4}/g)!.join(sep);
}

function iban(r: Rng): string {
  const full = r.pick([
    () => ibanOf('DE', r.digits(18)),
    () => ibanOf('FR', `${r.digits(10)}${r.chars('0123456789ABC', 11)}${r.digits(2)}`),
    () => ibanOf('GB', `${r.chars(UPPER, 4)}${r.digits(14)}`),
    () => ibanOf('ES', r.digits(20)),
    () => ibanOf('NL', `${r.pick(['ABNA', 'INGB', 'RABO'])}${r.digits(10)}`),
    () => ibanOf('IT', `${r.pick([...UPPER])}${r.digits(22)}`),
    () => ibanOf('CH', r.digits(17)),
  ])();
  return r.chance(0.5) ? full : full.match(/.{1,4}/g)!.join(' ');
}

function btc(r: Rng): string {
  const payload = Buffer.concat([Buffer.from([0]), Buffer.from(r.chars(HEX, 40), 'hex')]);
  const sha = (b: Buffer) => createHash('sha256').update(b).digest();
  const bytes = Buffer.concat([payload, sha(sha(payload)).subarray(0, 4)]);
  let n = BigInt(`0x${bytes.toString('hex')}`);
  let out = '';
  const alphabet = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
  while (n > 0n) {
    out = alphabet[Number(n % 58n)] + out;
    n /= 58n;
  }
  for (const b of bytes) {
    if (b !== 0) break;
    out = `1${out}`;
  }
  return out;
}

function aba(r: Rng): string {
  const body = `${r.pick(['01', '02', '04', '06', '07', '10', '11', '12', '21', '26', '31'])}${r.digits(6)}`;
  const sum = weighted(body, [3, 7, 1, 3, 7, 1, 3, 7]);
  return `${body}${(10 - (sum % 10)) % 10}`;
}

export const FINANCIAL: Record<string, ValueMaker> = {
  CREDIT_CARD: card,
  CARD_CVV: (r) => r.digits(r.chance(0.85) ? 3 : 4),
  CARD_EXPIRY: (r) => `${two(r.int(1, 12))}/${r.chance(0.6) ? r.int(26, 34) : r.int(2026, 2034)}`,
  IBAN: iban,
  BIC: (r) =>
    `${r.pick(['DEUT', 'BNPA', 'COBA', 'NWBK', 'CHAS', 'AGRI'])}${r.pick(['DE', 'FR', 'GB', 'US'])}${r.chars(`${UPPER}23456789`, 2)}${r.chance(0.4) ? r.pick(['XXX', '500']) : ''}`,
  ABA_ROUTING: aba,
  BANK_ACCOUNT: (r) => r.digits(r.int(8, 12)),
  UK_SORT_CODE: (r) => `${r.digits(2)}-${r.digits(2)}-${r.digits(2)}`,
  BTC: btc,
  ETH: (r) => `0x${r.chars(HEX, 40)}`,
  PIN: (r) => r.digits(r.pick([4, 4, 6])),
};

function npi(r: Rng): string {
  const body = `${r.pick(['1', '2'])}${r.digits(8)}`;
  return `${body}${luhnDigit(`80840${body}`)}`;
}

function dea(r: Rng): string {
  const d = r.digits(6);
  const n = [...d].map(Number);
  const sum = n[0]! + n[2]! + n[4]! + 2 * (n[1]! + n[3]! + n[5]!);
  return `${r.pick([...'ABFGM'])}${r.pick([...UPPER])}${d}${sum % 10}`;
}

function nhs(r: Rng): string {
  for (;;) {
    const body = `${r.int(4, 7)}${r.digits(8)}`;
    const c = 11 - (weighted(body, [10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11);
    if (c === 10) continue;
    const full = `${body}${c === 11 ? 0 : c}`;
    return r.chance(0.6) ? `${full.slice(0, 3)} ${full.slice(3, 6)} ${full.slice(6)}` : full;
  }
}

export const HEALTH: Record<string, ValueMaker> = {
  UK_NHS: nhs,
  AU_MEDICARE: (r) => {
    const body = `${r.int(2, 6)}${r.digits(7)}`;
    const full = `${body}${weighted(body, [1, 3, 7, 9, 1, 3, 7, 9]) % 10}${r.int(1, 9)}`;
    return r.chance(0.6) ? `${full.slice(0, 4)} ${full.slice(4, 9)} ${full.slice(9)}` : full;
  },
  MRN: (r) =>
    r.pick([
      r.digits(7),
      r.digits(8),
      `MRN-${r.digits(6)}`.slice(4),
      `${r.chars(UPPER, 3)}-${r.digits(7)}`,
      `H${r.digits(8)}`,
    ]),
  NPI: npi,
  DEA: dea,
  US_MBI: (r) => {
    const letter = () => r.pick([...'ACDEFGHJKMNPQRTUVWXY']);
    const any = () => (r.chance(0.5) ? letter() : r.digits(1));
    const full = `${r.int(1, 9)}${letter()}${any()}${r.digits(1)}${letter()}${any()}${r.digits(1)}${letter()}${letter()}${r.digits(2)}`;
    return r.chance(0.5) ? full : `${full.slice(0, 4)}-${full.slice(4, 7)}-${full.slice(7)}`;
  },
  ICD10: (r) =>
    `${r.pick(['J44.1', 'E11.9', 'I10', 'M54.5', 'F32.1', 'K21.9', 'C50.911', 'S72.001A', 'Z79.4', 'N18.3'])}`,
  MEDICATION: (r) =>
    `${r.pick(['Lisinopril', 'metformin', 'Atorvastatin', 'amoxicillin', 'Levothyroxin', 'Ibuprofen', 'ramipril', 'Warfarin', 'Omeprazole', 'Paracetamol'])} ${r.pick(['5 mg', '10 mg', '500mg', '20 mg', '75 µg', '100 mcg', '850 mg', '1 g'])}`,
  BLOOD_PRESSURE: (r) => `${r.int(95, 185)}/${r.int(55, 110)}${r.chance(0.5) ? ' mmHg' : ''}`,
  LAB_RESULT: (r) =>
    r.pick([
      `HbA1c ${r.int(5, 11)}.${r.int(0, 9)} %`,
      `creatinine 1.${r.int(0, 9)} mg/dL`,
      `potassium ${r.int(3, 5)}.${r.int(0, 9)} mmol/L`,
      `LDL ${r.int(60, 190)} mg/dL`,
      `Hemoglobin ${r.int(9, 17)}.${r.int(0, 9)} g/dL`,
      `TSH ${r.int(0, 6)}.${r.digits(2)} mIU/L`,
    ]),
  BLOOD_TYPE: (r) =>
    `${r.pick(['A', 'B', 'AB', 'O'])}${r.pick(['+', '-', ' positive', ' negative', ' Rh+'])}`,
  POLICY_NUMBER: (r) =>
    r.pick([
      `HO-${r.digits(5)}-${r.digits(5)}`,
      `POL${r.digits(8)}`,
      r.digits(10),
      `${r.chars(UPPER, 2)}${r.digits(7)}`,
      `${r.digits(3)}.${r.digits(3)}.${r.digits(3)}`,
    ]),
  GROUP_NUMBER: (r) =>
    r.pick([
      `GRP-${r.digits(5)}`,
      r.digits(6),
      `${r.digits(5)}${r.chars(UPPER, 2)}`,
      `G${r.digits(7)}`,
    ]),
  CLAIM_NUMBER: (r) =>
    r.pick([
      `CLM-20${r.int(20, 26)}-${r.digits(7)}`,
      `C${r.digits(9)}`,
      `${r.digits(2)}-${r.digits(8)}`,
      `${r.chars(UPPER, 3)}${r.digits(8)}`,
    ]),
  PRIOR_AUTH: (r) =>
    r.pick([`PA-${r.digits(8)}`, `A${r.digits(9)}`, r.digits(10), `AUTH${r.digits(7)}`]),
  MEMBER_ID: (r) =>
    r.pick([
      `XJH${r.digits(9)}`,
      `W${r.digits(9)}`,
      `${r.chars(UPPER, 3)}${r.digits(6)}`,
      r.digits(9),
      `${r.digits(8)}-${r.digits(2)}`,
    ]),
};

const b64url = (text: string) => Buffer.from(text).toString('base64url');

function privateKey(r: Rng): string {
  const kind = r.pick(['RSA PRIVATE KEY', 'PRIVATE KEY', 'OPENSSH PRIVATE KEY', 'EC PRIVATE KEY']);
  const lines = Array.from({ length: r.int(3, 12) }, () => r.chars(`${WORD}+/`, 64));
  return `-----BEGIN ${kind}-----\n${lines.join('\n')}\n${r.chars(`${WORD}+/`, 30)}==\n-----END ${kind}-----`;
}

export const DIGITAL: Record<string, ValueMaker> = {
  IPV4: (r) =>
    `${r.pick([10, 172, 192, 203, 81, 145])}.${r.int(0, 255)}.${r.int(0, 255)}.${r.int(1, 254)}`,
  IPV6: (r) =>
    r.pick([
      `2001:db8:${r.chars(HEX, 4)}::${r.chars(HEX, 3)}`,
      Array.from({ length: 8 }, () => `${r.pick([...'123456789abcdef'])}${r.chars(HEX, 3)}`).join(
        ':',
      ),
      `fe80::${r.chars(HEX, 4)}:${r.chars(HEX, 4)}:${r.chars(HEX, 4)}:${r.chars(HEX, 4)}`,
    ]),
  MAC: (r) => {
    const parts = Array.from({ length: 6 }, () => r.chars(HEX, 2));
    return r.pick([
      parts.join(':'),
      parts.join('-').toUpperCase(),
      `${parts[0]}${parts[1]}.${parts[2]}${parts[3]}.${parts[4]}${parts[5]}`,
    ]);
  },
  IMEI: (r) => {
    const body = `35${r.digits(12)}`;
    return `${body}${luhnDigit(body)}`;
  },
  PASSWORD: (r) =>
    r.pick([
      `${r.pick(['Harbour', 'Winter', 'Blue', 'Tr0ub4'])}${r.pick(['-', '_', '!'])}${r.pick(['Lantern', 'dor', 'Falcon'])}${r.int(10, 99)}`,
      r.chars(`${WORD}!#%*?`, r.int(9, 16)),
      `${r.pick(['hunter', 'sommer', 'soleil'])}${r.int(100, 9999)}!`,
    ]),
  AWS_ACCESS_KEY: (r) => `${r.pick(['AKIA', 'ASIA'])}${r.chars(`${UPPER}234567`, 16)}`,
  AWS_SECRET_KEY: (r) => r.chars(`${WORD}/+`, 40),
  GITHUB_TOKEN: (r) =>
    r.chance(0.8)
      ? `${r.pick(['ghp_', 'gho_', 'ghs_'])}${r.chars(WORD, 36)}`
      : `github_pat_${r.chars(WORD, 22)}_${r.chars(WORD, 59)}`,
  GITLAB_TOKEN: (r) => `glpat-${r.chars(WORD, 20)}`,
  SLACK_TOKEN: (r) =>
    `xox${r.pick(['b', 'p'])}-${r.digits(12)}-${r.digits(12)}-${r.chars(WORD, 24)}`,
  STRIPE_KEY: (r) => `${r.pick(['sk', 'rk'])}_live_${r.chars(WORD, 24)}`,
  GOOGLE_API_KEY: (r) => `AIza${r.chars(`${WORD}-_`, 35)}`,
  LLM_API_KEY: (r) =>
    r.pick([
      `sk-proj-${r.chars(WORD, 48)}`,
      `sk-ant-api03-${r.chars(WORD, 60)}`,
      `xai-${r.chars(WORD, 64)}`,
      `hf_${r.chars(WORD, 34)}`,
      `sk-${r.chars(WORD, 48)}`,
    ]),
  NPM_TOKEN: (r) => `npm_${r.chars(WORD, 36)}`,
  SENDGRID_KEY: (r) => `SG.${r.chars(WORD, 22)}.${r.chars(WORD, 43)}`,
  TWILIO_KEY: (r) => `${r.pick(['AC', 'SK'])}${r.chars(HEX, 32)}`,
  JWT: (r) =>
    `${b64url('{"alg":"HS256","typ":"JWT"}')}.${b64url(`{"sub":"${r.digits(10)}","iat":17${r.digits(8)}}`)}.${r.chars(`${WORD}-_`, 43)}`,
  BEARER_TOKEN: (r) => r.chars(`${WORD}-._`, r.int(24, 60)).replace(/^[-._]|[-._]$/g, 'a'),
  GENERIC_API_KEY: (r) => r.chars(WORD, r.int(24, 40)),
  PRIVATE_KEY: privateKey,
  URL_CREDENTIALS: (r) =>
    `${r.pick(['postgres', 'https', 'mysql', 'mongodb', 'redis', 'ftp'])}://${r.pick(['app', 'admin', 'svc_claims'])}:${r.chars(WORD, 12)}@${r.pick(['db.internal', '10.2.3.4:5432', 'files.example.com'])}/${r.pick(['prod', 'claims', 'data'])}`,
};
