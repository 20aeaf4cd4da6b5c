/** Cards, accounts, transfers and wallets. */
import { isAbaRouting } from '../check/america.ts';
import { allSame, digitsOf } from '../check/basic.ts';
import * as other from '../check/other.ts';
import { isBtc, isCryptoWallet, isEth } from '../check/wallet.ts';
import type { TypeSpec } from '../model.ts';
import { checked, cutTo, DIGIT_END, identifier } from './common.ts';

const CARD_GAP = '[ .-]?';

export const FINANCIAL: readonly TypeSpec[] = [
  {
    type: 'CREDIT_CARD',
    rules: [
      {
        id: 'card',
        digits: 12,
        re: new RegExp(
          `(?:\\d{4}${CARD_GAP}\\d{4}${CARD_GAP}\\d{4}${CARD_GAP}\\d{1,4}(?:${CARD_GAP}\\d{3})?|3\\d{3}${CARD_GAP}\\d{6}${CARD_GAP}\\d{4,5}|\\d{12,19}|\\d{4}[ -]\\d{5}[ -]\\d{4,6}|\\d{6} \\d{6,13}|\\d{4} \\d{2} \\d{4} \\d{4}|\\d{8} \\d{8}|\\d{4} \\d{4} \\d{4} \\d{4} \\d{1,3})(?!\\d|[A-Za-z]|[-]\\d)`,
          'y',
        ),
        start: /^d(?:4|6|8|1[2-9])$/,
        base: 0.82,
        cut: cutTo(other.isCard),
        check: other.isCard,
        digit: true,
      },
      {
        id: 'card-labelled',
        re: /\d(?:[ .-]{0,2}\d){11,18}(?!\d|[A-Za-z]|-\d)/y,
        cut: cutTo(other.isCardLoose),
        check: other.isCardLoose,
        digit: true,
        direct: 0.94,
        near: 0.8,
      },
    ],
  },
  {
    type: 'CARD_CVV',
    rules: [{ id: 'card-cvv', re: /\d{3,4}(?!\d|[A-Za-z]|[-./:]\d)/y, direct: 0.9, near: 0.56 }],
  },
  {
    type: 'CARD_EXPIRY',
    rules: [
      {
        id: 'card-expiry',
        re: /(?:0[1-9]|1[0-2]) ?[/-] ?(?:20[2-4]\d|[2-4]\d)(?![\d/.-]\d|\d|[A-Za-z])|20[2-4]\d[-/](?:0[1-9]|1[0-2])(?![\d/.-]\d|\d|[A-Za-z])|(?:0[1-9]|1[0-2])(?:20)?[2-3]\d(?![\d/.:-]|[A-Za-z])|(?:0[1-9]|1[0-2])\.(?:20)?[2-4]\d(?![\d/.-]\d|\d|[A-Za-z])/y,
        direct: 0.86,
        near: 0.55,
      },
    ],
  },
  {
    type: 'IBAN',
    rules: [
      {
        id: 'iban',
        re: /[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]{4}){2,7}(?:[ -]?[A-Za-z0-9]{1,3})?(?![A-Za-z0-9])/y,
        start: /^a2d.*$/,
        base: 0.9,
        cut: other.cutIban,
        check: other.isIban,
        digit: true,
      },
      {
        id: 'iban-any',
        digits: 2,
        re: /[A-Za-z]{2} ?\d{2}(?:[ -]{0,2}[A-Za-z0-9]){11,30}(?![A-Za-z0-9])/y,
        start: /^a2$/,
        base: 0.7,
        cut: other.cutIban,
        check: other.isIban,
        digit: true,
      },
    ],
  },
  {
    type: 'BIC',
    rules: [
      {
        id: 'bic',
        re: /[A-Za-z]{4}[ -]?(?:A[DEFGLMORTUWZ]|B[ABEGHJMNRSTWYZ]|C[ADHILMNORUVYZ]|D[EKZ]|E[CEGS]|F[IR]|G[BEHIRT]|H[KNRU]|I[DELNSTQ]|J[EOP]|K[EHRWYZ]|L[BIKTUV]|M[ACDEGKTUXY]|N[GILOPZ]|OM|P[AEHKLTY]|QA|R[OSUW]|S[AEGIKMNV]|T[HNRTWZ]|U[AGSYZ]|V[AEN]|XK|ZA)[ -]?[A-Z0-9]{2}(?:[ -]?[A-Z0-9]{3})?(?![A-Za-z0-9])/iy,
        direct: 0.9,
        near: 0.7,
        check: (v) => v === v.toUpperCase() || v === v.toLowerCase(),
      },
    ],
  },
  {
    type: 'ABA_ROUTING',
    rules: [
      checked(
        'aba-routing',
        '\\d{9}|\\d{4}-\\d{4}-\\d|\\d{3} \\d{3} \\d{3}|\\d{4} \\d{4} \\d',
        isAbaRouting,
        { near: 0.85 },
      ),
    ],
  },
  {
    type: 'UK_SORT_CODE',
    rules: [
      {
        id: 'uk-sort-code',
        re: new RegExp(`\\d{2}([- .]?)\\d{2}\\1\\d{2}${DIGIT_END}`, 'y'),
        direct: 0.9,
        near: 0.72,
      },
    ],
  },
  {
    type: 'BANK_ACCOUNT',
    rules: [
      {
        id: 'bank-account',
        re: /\d{4,20}(?:[- .]\d{1,12}){0,5}(?!\d|[A-Za-z]|[./]\d)|\d{1,5}(?:[- ]\d{2,12}){1,5}(?!\d|[A-Za-z]|[./]\d)/y,
        direct: 0.86,
        near: 0.64,
        check: (v) =>
          digitsOf(v).length >= 6 &&
          digitsOf(v).length <= 23 &&
          !allSame(digitsOf(v)) &&
          !/^\d{4}-\d\d-\d\d$/.test(v) &&
          !/^\d{1,9}\.\d\d$/.test(v),
      },
      identifier('bank-account-code', 6, {
        direct: 0.7,
        near: 0,
        maxLength: 26,
        also: (v) => !/^(?:BLZ|BIC|ABA|SWIFT)\b/.test(v),
      }),
    ],
  },
  {
    type: 'WIRE_REFERENCE',
    rules: [
      identifier('wire-reference', 4, { maxLength: 40 }),
      {
        id: 'uetr',
        re: /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}(?![A-Za-z0-9])/iy,
        direct: 0.7,
        near: 0,
      },
    ],
  },
  {
    type: 'PAYPAL_ACCOUNT',
    rules: [
      {
        id: 'paypal-handle',
        re: /@[A-Za-z0-9][A-Za-z0-9_-]{2,20}(?![A-Za-z0-9@.])|[A-Z0-9]{13}(?![A-Za-z0-9])/y,
        near: 0,
        direct: 0.95,
      },
      {
        id: 'paypal-name',
        re: /[A-Za-z][A-Za-z0-9._-]{3,30}(?![A-Za-z0-9@])/y,
        near: 0,
        direct: 0.8,
        check: (v) => /\d/.test(v),
      },
    ],
  },
  {
    type: 'BTC',
    rules: [
      {
        id: 'btc',
        re: /(?:[13][1-9A-HJ-NP-Za-km-z]{25,34}|bc1[02-9ac-hj-np-z]{11,71}|BC1[02-9AC-HJ-NP-Z]{11,71})(?![A-Za-z0-9])/y,
        start: /^(?:d1a.*|d[1-9].*|a2d.*)$/,
        run: [14, 74],
        base: 0.92,
        check: isBtc,
        digit: true,
      },
    ],
  },
  {
    type: 'ETH',
    rules: [
      {
        id: 'eth',
        re: /0x[0-9a-fA-F]{40}(?![A-Za-z0-9])/y,
        start: /^d1a.*$/,
        run: [42, 42],
        base: 0.9,
        check: isEth,
      },
    ],
  },
  {
    type: 'CRYPTO_WALLET',
    rules: [
      {
        id: 'crypto-wallet',
        re: /(?:[LM][1-9A-HJ-NP-Za-km-z]{26,33}|ltc1[02-9ac-hj-np-z]{20,71}|r[1-9A-HJ-NP-Za-km-z]{24,34}|D[5-9A-HJ-NP-U][1-9A-HJ-NP-Za-km-z]{24,33}|T[1-9A-HJ-NP-Za-km-z]{33}|tz[1-3][1-9A-HJ-NP-Za-km-z]{33}|addr1[02-9ac-hj-np-z]{50,110}|4[0-9AB][1-9A-HJ-NP-Za-km-z]{93}|X[1-9A-HJ-NP-Za-km-z]{33})(?![A-Za-z0-9])/y,
        start: /^(?:a1\+?.*|a[1-6].*|d1a.*|d\d+a.*)$/,
        run: [24, 115],
        base: 0.85,
        check: isCryptoWallet,
        digit: true,
      },
      {
        id: 'crypto-wallet-labelled',
        re: /[1-9A-HJ-NP-Za-km-z]{32,44}(?![A-Za-z0-9])/y,
        near: 0,
        direct: 0.75,
        check: (v) => /\d/.test(v) && /[A-Z]/.test(v) && /[a-z]/.test(v),
      },
    ],
  },
  {
    type: 'PIN',
    rules: [
      {
        id: 'pin',
        re: /\d{4,8}(?!\d|[A-Za-z]|[-./:]\d)/y,
        direct: 0.86,
        near: 0.56,
        check: (v) => v.length <= 6 || v.length === 8,
      },
      // Keypads of doors have two letters.
      {
        id: 'pin-door',
        re: /(?:\d{2,4}[AB]\d{0,4}|[AB]\d{3,5}[AB]?)#?(?![A-Za-z0-9])/y,
        direct: 0.8,
        near: 0,
      },
    ],
  },
];
