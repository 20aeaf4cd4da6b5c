/** National numbers of the European Union, Switzerland and other states. */

import { compact, digitsOf, isDay } from '../check/basic.ts';
import * as europe from '../check/europe.ts';
import * as other from '../check/other.ts';
import { hasVatCheck, isEuVat } from '../check/vat.ts';
import type { TypeSpec } from '../model.ts';
import { checked, cutTo } from './common.ts';

const S = '[-. /]{0,2}';

const FRENCH: readonly TypeSpec[] = [
  {
    type: 'FR_NIR',
    rules: [
      {
        id: 'fr-nir',
        digits: 12,
        re: new RegExp(
          `[1-478]${S}\\d{2}${S}\\d{2}${S}(?:\\d{2}|2[ABab])${S}\\d{3}${S}\\d{3}${S}\\d{2}(?!\\d|[A-Za-z])`,
          'y',
        ),
        start: /^d(?:1|3|5|7|13|15)(?:|a1.*)$|^d6a1.*$|^d2a1.*/,
        base: 0.82,
        check: europe.isFrNir,
        digit: true,
      },
      {
        id: 'fr-nir-short',
        re: new RegExp(
          `[12]${S}\\d{2}${S}(?:0[1-9]|1[0-2])${S}(?:\\d{2}|2[ABab])${S}\\d{3}${S}\\d{3}(?!\\d|[A-Za-z]|[- ]\\d)`,
          'y',
        ),
        direct: 0.8,
        near: 0,
        check: (v) => compact(v).length === 13,
      },
    ],
  },
  {
    type: 'FR_CNI',
    rules: [
      {
        id: 'fr-cni',
        re: /(?:\d{2}[A-Z0-9]{2}[A-Z0-9]\d{7}|\d{12}|\d{4} ?\d{4} ?\d{4}|[A-HJ-NP-Z0-9]{9}|[A-HJ-NP-Z0-9]{3} ?[A-HJ-NP-Z0-9]{3} ?[A-HJ-NP-Z0-9]{3})(?![A-Za-z0-9])/y,
        direct: 0.86,
        near: 0.66,
        check: (v) => digitsOf(v).length >= 2 || /^[^AEIOU ]{9}$/.test(v),
      },
    ],
  },
  {
    type: 'FR_SPI',
    rules: [
      checked('fr-spi', `[0-3]\\d${S}\\d{2}${S}\\d{3}${S}\\d{3}${S}\\d{3}`, europe.isFrSpi, {
        near: 0.85,
        digits: 13,
        start: /^d2$/,
        base: 0.4,
      }),
      checked('fr-spi-bare', '[0-3](?: ?\\d){12}', europe.isFrSpi, { near: 0.85 }),
    ],
  },
  {
    type: 'FR_SIRET',
    rules: [
      checked('fr-siret', `\\d{3}${S}\\d{3}${S}\\d{3}${S}\\d{5}`, europe.isFrSiret, {
        digits: 14,
        start: /^d(?:3|9|14)$/,
        base: 0.45,
        near: 0.85,
      }),
    ],
  },
  {
    type: 'FR_SIREN',
    rules: [checked('fr-siren', `\\d{3}${S}\\d{3}${S}\\d{3}`, europe.isFrSiren, { near: 0.8 })],
  },
];

const GERMAN: readonly TypeSpec[] = [
  {
    type: 'DE_STEUER_ID',
    rules: [
      checked(
        'de-steuer-id',
        `\\d{2} ?\\d{3} ?\\d{3} ?\\d{3}|\\d{3} ?\\d{2} ?\\d{3} ?\\d{3}|\\d{11}`,
        europe.isDeSteuerId,
        { digits: 11, start: /^d(?:2|11)$/, base: 0.45, near: 0.85 },
      ),
      checked('de-steuer-id-any', `\\d{1,5}(?:[- ./]{1,2}\\d{1,5}){0,5}`, europe.isDeSteuerId),
    ],
  },
  {
    type: 'DE_PERSONALAUSWEIS',
    rules: [
      {
        id: 'de-personalausweis',
        run: [9, 11],
        re: /[CFGHJKLMNPRTVWXYZ0-9]{9} ?\d(?:<{0,2}D)?(?![A-Za-z0-9])/y,
        start: /^a1d.*$/,
        base: 0.4,
        near: 0.85,
        check: europe.isDePersonalausweis,
        digit: true,
      },
      {
        id: 'de-personalausweis-letters',
        re: /[CFGHJKLMNPRTVWXYZ0-9]{9} ?\d(?:<{0,2}D)?(?![A-Za-z0-9])/y,
        near: 0,
        check: (v) => europe.icaoDigit(compact(v).slice(0, 9)) === Number(compact(v)[9]),
        digit: true,
      },
      {
        id: 'de-personalausweis-serial',
        re: /[CFGHJKLMNPRTVWXYZ][CFGHJKLMNPRTVWXYZ0-9]{8}(?![A-Za-z0-9])/y,
        direct: 0.84,
        near: 0.6,
        check: (v) => digitsOf(v).length >= 1,
      },
    ],
  },
  {
    type: 'DE_RVNR',
    rules: [
      {
        id: 'de-rvnr',
        digits: 11,
        re: /\d{2}[ -]?\d{6}[ -]?[A-Z][ -]?\d{2} ?\d(?![A-Za-z0-9])/y,
        start: /^d(?:2|8)(?:|a1.*)$/,
        base: 0.8,
        check: europe.isDeRvnr,
        digit: true,
      },
      {
        id: 'de-rvnr-any',
        re: /\d{2}[ -]?\d{2} ?\d{2} ?\d{2}[ -]?[A-Za-z][ -]?\d{2} ?\d(?![A-Za-z0-9])/y,
        check: europe.isDeRvnr,
        digit: true,
      },
    ],
  },
];

const SOUTH: readonly TypeSpec[] = [
  {
    type: 'ES_DNI',
    rules: [
      {
        id: 'es-dni',
        re: /\d{8}[- ]?[A-HJ-NP-TV-Z](?![A-Za-z0-9])/y,
        start: /^d8(?:|a1)$/,
        base: 0.76,
        check: europe.isEsDni,
        digit: true,
      },
      {
        id: 'es-dni-grouped',
        re: /\d{1,2}\.?\d{3}\.?\d{3}[- ]?[A-HJ-NP-TV-Za-hj-np-tv-z](?![A-Za-z0-9])/y,
        digits: 7,
        start: /^d2$/,
        base: 0.7,
        check: europe.isEsDni,
        digit: true,
      },
    ],
  },
  {
    type: 'ES_NIE',
    rules: [
      {
        id: 'es-nie',
        re: /[XYZxyz][- ]?\d{7}[- ]?[A-HJ-NP-TV-Za-hj-np-tv-z](?![A-Za-z0-9])/y,
        start: /^a1(?:|d7.*)$/,
        base: 0.8,
        check: europe.isEsNie,
        digit: true,
      },
    ],
  },
  {
    type: 'IT_CODICE_FISCALE',
    rules: [
      {
        id: 'it-codice-fiscale',
        re: /[A-Za-z]{3} ?[A-Za-z]{3} ?[0-9LMNPQRSTUVlmnpqrstuv]{2}[A-Za-z][0-9LMNPQRSTUVlmnpqrstuv]{2} ?[A-Za-z][0-9LMNPQRSTUVlmnpqrstuv]{3}[A-Za-z](?![A-Za-z0-9])/y,
        start: /^a(?:6d2.*|3)$/,
        base: 0.9,
        check: europe.isItCodiceFiscale,
        digit: true,
      },
    ],
  },
  {
    type: 'PT_NIF',
    rules: [
      checked('pt-nif', '\\d{3} ?\\d{3} ?\\d{3}', europe.isPtNif, { near: 0.8 }),
      checked('pt-nif-any', '\\d{3}[-. ]\\d{3}[-. ]\\d{3}', europe.isPtNif),
    ],
  },
];

const NORTH: readonly TypeSpec[] = [
  {
    type: 'NL_BSN',
    rules: [
      checked(
        'nl-bsn',
        '\\d{3}[-. ]?\\d{3}[-. ]?\\d{3}|\\d{4}[. ]\\d{2}[. ]\\d{3}|\\d{4}[. ]?\\d{4}[. ]?\\d',
        europe.isNlBsn,
        { near: 0.8 },
      ),
    ],
  },
  {
    type: 'BE_NRN',
    rules: [
      checked('be-nrn-grouped', '\\d{2}[.]\\d{2}[.]\\d{2}[- ]\\d{3}[.]\\d{2}', europe.isBeNrn, {
        digits: 11,
        start: /^d2$/,
        base: 0.85,
      }),
      checked('be-nrn', `\\d{2}${S}\\d{2}${S}\\d{2}${S}\\d{3}${S}\\d{2}`, europe.isBeNrn, {
        near: 0.85,
      }),
    ],
  },
  {
    type: 'PL_PESEL',
    rules: [
      checked(
        'pl-pesel',
        '\\d{6} ?\\d{5}|\\d{2} ?\\d{2} ?\\d{2} ?\\d{5}|\\d{4} ?\\d{4} ?\\d{3}|\\d{11}',
        europe.isPlPesel,
        { start: /^d11$/, base: 0.38, near: 0.85 },
      ),
    ],
  },
  {
    type: 'SE_PERSONNUMMER',
    rules: [
      checked('se-personnummer', '(?:19|20)?\\d{6}[-+]\\d{4}', europe.isSePersonnummer, {
        digits: 10,
        start: /^d(?:6|8)$/,
        base: 0.56,
      }),
      checked('se-personnummer-bare', '(?:19|20)?\\d{6}[-+ ]?\\d{4}', europe.isSePersonnummer, {
        near: 0.8,
      }),
    ],
  },
  {
    type: 'FI_HETU',
    rules: [
      {
        id: 'fi-hetu',
        re: /\d{6}[-+A-FU-Ya-fu-y]\d{3}[0-9A-FHJ-NPR-Ya-fhj-npr-y](?![A-Za-z0-9])/y,
        start: /^d6(?:|a1\+?|a1d[34].*)$/,
        base: 0.82,
        check: europe.isFiHetu,
        digit: true,
      },
    ],
  },
  {
    type: 'CH_AHV',
    rules: [
      checked('ch-ahv', '756[. ]?\\d{4}[. ]?\\d{4}[. ]?\\d{2}', europe.isChAhv, {
        digits: 13,
        start: /^d(?:3|13)$/,
        base: 0.86,
      }),
    ],
  },
];

const OVERSEAS: readonly TypeSpec[] = [
  {
    type: 'AU_TFN',
    rules: [checked('au-tfn', '\\d{3}[- ]?\\d{3}[- ]?\\d{3}', other.isAuTfn, { near: 0.8 })],
  },
  {
    type: 'IN_AADHAAR',
    rules: [
      checked('in-aadhaar', '[2-9]\\d{3}[- ]?\\d{4}[- ]?\\d{4}', other.isInAadhaar, {
        digits: 12,
        start: /^d4$/,
        base: 0.52,
        near: 0.85,
      }),
    ],
  },
  {
    type: 'IN_PAN',
    rules: [
      {
        id: 'in-pan',
        re: /[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z](?![A-Za-z0-9])/y,
        start: /^a5d4\+$/,
        base: 0.72,
        check: other.isInPan,
      },
      {
        id: 'in-pan-any',
        re: /[A-Za-z]{5}[ -]?\d{4}[ -]?[A-Za-z](?![A-Za-z0-9])/y,
        check: (v) => other.isInPan(compact(v)),
      },
    ],
  },
  {
    type: 'SG_NRIC',
    rules: [
      {
        id: 'sg-nric',
        re: /[STFGMstfgm]\d{7}[A-Za-z](?![A-Za-z0-9])/y,
        start: /^a1d7\+$/,
        base: 0.8,
        check: other.isSgNric,
        digit: true,
      },
      {
        id: 'sg-nric-spaced',
        re: /[STFGM][ -]?\d{7}[ -]?[A-Z](?![A-Za-z0-9])/y,
        check: (v) => other.isSgNric(compact(v)),
        digit: true,
      },
    ],
  },
];

const VAT: TypeSpec = {
  type: 'EU_VAT',
  rules: [
    {
      id: 'eu-vat',
      re: /(?:AT|BE|BG|CY|CZ|DE|DK|EE|EL|ES|FI|FR|GB|GR|HR|HU|IE|IT|LT|LU|LV|MT|NL|PL|PT|RO|SE|SI|SK|XI)[ -]?[A-Z0-9](?:[ .-]?[A-Z0-9]){6,12}(?![A-Za-z0-9])/y,
      digits: 7,
      start: /^a[23]d.*$|^a2$/,
      base: 0.8,
      cut: cutTo((v) => hasVatCheck(v) && isEuVat(v)),
      check: (v) => (hasVatCheck(v) ? isEuVat(v) : false),
      digit: true,
    },
    {
      id: 'eu-vat-labelled',
      re: /(?:AT|BE|BG|CY|CZ|DE|DK|EE|EL|ES|FI|FR|GB|GR|HR|HU|IE|IT|LT|LU|LV|MT|NL|PL|PT|RO|SE|SI|SK|XI)[ -]?[A-Z0-9](?:[ .-]?[A-Z0-9]){6,12}(?![A-Za-z0-9])/iy,
      cut: cutTo(isEuVat),
      check: isEuVat,
    },
  ],
};

/** A HETU or similar that carries a birth date; exported for the fixtures. */
export function plausibleBirthDate(yymmdd: string): boolean {
  return isDay(2000, Number(yymmdd.slice(2, 4)), Number(yymmdd.slice(4, 6)));
}

export const GOVERNMENT_EU: readonly TypeSpec[] = [
  ...FRENCH,
  ...GERMAN,
  ...SOUTH,
  ...NORTH,
  ...OVERSEAS,
  VAT,
];
