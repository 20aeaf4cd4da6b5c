/** Health numbers, codes and measurements. */
import { isDea, isMbi, isNpi } from '../check/america.ts';
import { compact } from '../check/basic.ts';
import { isUkNhs } from '../check/europe.ts';
import { isAuMedicare } from '../check/other.ts';
import type { TypeSpec } from '../model.ts';
import { checked, identifier } from './common.ts';

const NUMBERS: readonly TypeSpec[] = [
  {
    type: 'UK_NHS',
    rules: [
      checked(
        'uk-nhs',
        '\\d{3}[- .]?\\d{3}[- .]?\\d{4}|\\d{4} \\d{3} \\d{3}|\\d{5} \\d{5}',
        isUkNhs,
        { digits: 10, start: /^d3$/, base: 0.4, near: 0.86 },
      ),
    ],
  },
  {
    type: 'AU_MEDICARE',
    rules: [
      checked('au-medicare', '[2-6]\\d{3}[- ]?\\d{5}[- ]?\\d(?:[-/ ]?\\d)?', isAuMedicare, {
        near: 0.82,
      }),
    ],
  },
  {
    type: 'MRN',
    rules: [identifier('mrn', 4, { maxLength: 20, near: 0.64 })],
  },
  {
    type: 'NPI',
    rules: [
      checked(
        'npi',
        '[12]\\d{9}|[12]\\d{2}[- ]\\d{3}[- ]\\d{4}|[12]\\d{3}[- ]\\d{3}[- ]\\d{3}',
        isNpi,
        { near: 0.88, start: /^d10$/, base: 0.3 },
      ),
    ],
  },
  {
    type: 'DEA',
    rules: [
      {
        id: 'dea',
        re: /[ABCDEFGHJKLMPRSTUX][A-Z9]\d{7}(?![A-Za-z0-9])/y,
        start: /^a(?:2d7|1d8)$/,
        base: 0.72,
        check: isDea,
        digit: true,
      },
      {
        id: 'dea-spaced',
        re: /[A-Za-z][A-Za-z9][ -]?\d{7}(?![A-Za-z0-9])/y,
        check: (v) => isDea(compact(v)),
        digit: true,
      },
    ],
  },
  {
    type: 'US_MBI',
    rules: [
      {
        id: 'us-mbi',
        run: [4, 11],
        digits: 5,
        re: /[1-9][AC-HJKMNP-RT-Y][0-9AC-HJKMNP-RT-Y]\d[- ]?[AC-HJKMNP-RT-Y][0-9AC-HJKMNP-RT-Y]\d[- ]?[AC-HJKMNP-RT-Y]{2}\d{2}(?![A-Za-z0-9])/iy,
        start: /^d1a.*$/,
        base: 0.8,
        check: isMbi,
      },
    ],
  },
  {
    type: 'DEVICE_SERIAL',
    rules: [identifier('device-serial', 3, { maxLength: 24 })],
  },
];

const UNIT_MMHG = '(?:[ -]{0,3}(?:mm ?Hg|mmhg|MMHG))?';

const MEASURES: readonly TypeSpec[] = [
  {
    type: 'ICD10',
    rules: [
      {
        id: 'icd10',
        re: /[A-TV-Z]\d[0-9AB](?:\.[0-9A-Z]{1,4})?[+*!]?(?![A-Za-z0-9]|[-.]\d)/y,
        direct: 0.9,
        near: 0.7,
      },
      {
        id: 'icd10-compact',
        re: /[A-TV-Z]\d[0-9AB][0-9A-Z]{1,4}(?![A-Za-z0-9])/y,
        direct: 0.76,
        near: 0,
      },
    ],
  },
  {
    type: 'BLOOD_PRESSURE',
    rules: [
      {
        id: 'blood-pressure',
        re: new RegExp(
          `(?:[6-9]\\d|1\\d\\d|2[0-6]\\d) ?/ ?(?:[3-9]\\d|1[0-6]\\d)(?![\\d/]|[.,]\\d)${UNIT_MMHG}(?![A-Za-z])`,
          'y',
        ),
        direct: 0.92,
        near: 0.72,
      },
      {
        id: 'blood-pressure-words',
        re: /(?:[6-9]\d|1\d\d|2[0-6]\d) (?:over|sur|zu|su|sobre|auf) (?:[3-9]\d|1[0-6]\d)(?![\d/])(?: ?(?:mm ?Hg))?/iy,
        direct: 0.92,
        near: 0.75,
      },
      {
        id: 'blood-pressure-unit',
        re: /(?:[6-9]\d|1\d\d|2[0-6]\d) ?\/ ?(?:[3-9]\d|1[0-6]\d) ?mm ?Hg(?![A-Za-z])/iy,
        digits: 4,
        start: /^d[23]$/,
        base: 0.9,
      },
      {
        id: 'blood-pressure-cm',
        re: /(?:[7-9]|1\d|2[0-4])(?:[.,]\d)? ?\/ ?(?:[4-9]|1[0-4])(?:[.,]\d)?(?![\d/]|[.,]\d)(?: ?(?:cm ?Hg|cmhg))?(?![A-Za-z])/y,
        direct: 0.74,
        near: 0,
      },
    ],
  },
  {
    type: 'BLOOD_TYPE',
    rules: [
      {
        id: 'blood-type',
        re: /(?:AB|A|B|O|0) ?(?:[+-]|−)(?![A-Za-z0-9+])|(?:AB|A|B|O|0)[ -]?(?:Rh(?:esus)?\.?[ -]?\(?D?\)?[ -]?)?(?:positive?|negative?|positif|n[eé]gatif|positiv|negativ|pos|neg|positivo|negativo)\.?(?![A-Za-z])|(?:AB|A|B|O|0) ?Rh ?(?:\(?D?\)? ?)?[+-]?(?![A-Za-z0-9])/iy,
        direct: 0.92,
        near: 0.74,
      },
    ],
  },
  {
    type: 'VITAL_SIGN',
    rules: [
      {
        id: 'vital-body',
        re: /\d{2,3}(?:[.,]\d)?[ -]{0,3}(?:bpm|\/min|beats per minute|kg|lbs?|pounds|cm)(?![A-Za-z/])/iy,
        direct: 0.78,
        near: 0,
      },
      {
        id: 'vital-temperature',
        re: /(?:3[4-9]|4[0-2])(?:[.,]\d{1,2})? ?[°º]? ?C(?![A-Za-z])|(?:9[4-9]|10[0-8])(?:\.\d)? ?[°º]? ?F(?![A-Za-z])/y,
        direct: 0.8,
        near: 0,
      },
      { id: 'vital-saturation', re: /(?:[7-9]\d|100) ?%/y, near: 0, direct: 0.72 },
      {
        id: 'vital-bare',
        re: /\d{1,3}(?:[.,]\d{1,2})?(?![\dA-Za-z%/]|[.,:-]\d)/y,
        near: 0,
        direct: 0.7,
        bare: true,
      },
    ],
  },
];

export const HEALTH: readonly TypeSpec[] = [...NUMBERS, ...MEASURES];
