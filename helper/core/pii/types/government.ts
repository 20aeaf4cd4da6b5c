/** Government numbers of North America and the British Isles. */
import * as america from '../check/america.ts';
import { compact, digitsOf } from '../check/basic.ts';
import * as europe from '../check/europe.ts';
import type { TypeSpec } from '../model.ts';
import { checked, identifier } from './common.ts';

const SEP = '[-. ]?';

export const GOVERNMENT: readonly TypeSpec[] = [
  {
    type: 'US_SSN',
    rules: [
      {
        id: 'us-ssn-grouped',
        re: /\d{3}([- .])\d{2}\1\d{4}(?!\d|[A-Za-z]|[-.]\d)/y,
        digits: 9,
        start: /^d3$/,
        base: 0.62,
        check: america.isUsSsn,
      },
      { id: 'us-ssn-bare', re: /\d{9}(?!\d|[A-Za-z]|[-.]\d)/y, check: america.isUsSsn, near: 0.75 },
      {
        id: 'us-ssn-loose',
        re: /\d{3}[-. ]{1,3}\d{2}[-. ]{1,3}\d{4}(?!\d|[A-Za-z])/y,
        check: america.isUsSsn,
      },
    ],
  },
  {
    type: 'US_ITIN',
    rules: [
      {
        id: 'us-itin-grouped',
        re: /9\d{2}([- ])\d{2}\1\d{4}(?!\d|[A-Za-z]|-\d)/y,
        digits: 9,
        start: /^d3$/,
        base: 0.66,
        check: america.isUsItin,
      },
      {
        id: 'us-itin-loose',
        re: /9\d{2}[-. ]{1,3}\d{2}[-. ]{1,3}\d{4}(?!\d|[A-Za-z])/y,
        check: america.isUsItin,
      },
      { id: 'us-itin-bare', re: /9\d{8}(?!\d|[A-Za-z])/y, check: america.isUsItin },
    ],
  },
  {
    type: 'US_EIN',
    rules: [
      {
        id: 'us-ein',
        re: /\d{2}[- ]\d{7}(?!\d|[A-Za-z]|[-.]\d)/y,
        digits: 9,
        start: /^d2$/,
        base: 0.3,
        check: america.isUsEin,
      },
      {
        id: 'us-ein-bare',
        re: /\d{9}(?!\d|[A-Za-z]|-\d)/y,
        check: america.isUsEin,
        direct: 0.8,
        near: 0,
      },
    ],
  },
  {
    type: 'US_DRIVER_LICENSE',
    rules: [
      {
        id: 'us-dl',
        re: /(?:[A-Z]\d{3}-\d{3}-\d{2}-\d{3}-\d|[A-Z]{1,3}[- ]?\d{3,4}[- ]\d{3,4}[- ]\d{2,4}(?:[- ]\d{1,4})?|[A-Za-z]{0,3}-?\d{3,14}[A-Za-z]{0,2}|[A-Z]{1,7}\d{1,3}[A-Z0-9*]{2,8}|\d{1,3}-\d{2,4}-\d{3,5}|[A-Z]\d{2}-\d{2}-\d{4})(?![A-Za-z0-9]|-\d)/y,
        direct: 0.86,
        near: 0.6,
        check: (v) => digitsOf(v).length >= 4 && compact(v).length >= 5 && compact(v).length <= 16,
      },
    ],
  },
  {
    type: 'PASSPORT',
    rules: [
      {
        id: 'passport',
        re: /(?:[A-Z]{1,3} ?\d{6,8}[A-Z]?|\d{2} ?[A-Z]{2} ?\d{5}|\d{8,9}|[A-Z]\d{2}[A-Z0-9]{5,6}|[A-Z][A-Z0-9]{8}|[A-Z]{2}[A-Z0-9]{5,7}|\d{3} ?\d{3} ?\d{3}|[A-Za-z]{1,2}\d{7}|\d{2}[a-z]{2}\d{5})(?![A-Za-z0-9]|-\d)/y,
        direct: 0.9,
        near: 0.66,
        check: (v) => digitsOf(v).length >= 1,
      },
    ],
  },
  {
    type: 'UK_NINO',
    rules: [
      {
        id: 'uk-nino',
        digits: 6,
        re: /[A-Za-z]{2}[- .]?\d{2}[- .]?\d{2}[- .]?\d{2}[- .]?[A-Da-d](?![A-Za-z0-9])/y,
        start: /^a2(?:d[26]\+?)?$/,
        base: 0.78,
        check: (v) => /^[A-Z]{2}.*[A-Z]$/.test(v) && europe.isUkNino(v),
      },
      {
        id: 'uk-nino-lower',
        re: /[A-Za-z]{2}[- .]?\d{2}[- .]?\d{2}[- .]?\d{2}[- .]?[A-Da-d](?![A-Za-z0-9])/y,
        check: europe.isUkNino,
      },
    ],
  },
  {
    type: 'UK_DRIVING_LICENCE',
    rules: [
      {
        id: 'uk-driving-licence',
        digits: 7,
        re: /[A-Z]{1,5}9{0,4}[- ]?\d{6}[- ]?[A-Z9]{2}[- ]?\d[A-Z]{2}(?:[- ]?\d{2})?(?![A-Za-z0-9])/y,
        start: /^a[1-5](?:d\d{1,2}(?:a\+?\d?)?.*)?$/,
        base: 0.95,
        check: europe.isUkDrivingLicence,
      },
      {
        id: 'uk-driving-licence-any',
        re: /[A-Z]{1,5}9{0,4}[- ]?\d{6}[- ]?[A-Z9]{2}[- ]?[A-Z0-9]{3}(?:[- ]?\d{2})?(?![A-Za-z0-9])/iy,
        check: (v) => europe.isUkDrivingLicence(v),
      },
    ],
  },
  {
    type: 'UK_UTR',
    rules: [
      checked('uk-utr', `\\d{5}[ -]?\\d{5}K?`, europe.isUkUtr, { near: 0.8 }),
      checked(
        'uk-utr-4',
        '\\d{4} ?\\d{2} ?\\d{4}|\\d{3} ?\\d{3} ?\\d{4}|\\d{2} \\d{4} \\d{4}',
        europe.isUkUtr,
      ),
    ],
  },
  {
    type: 'CA_SIN',
    rules: [
      checked('ca-sin', `\\d{3}[- ]\\d{3}[- ]\\d{3}`, america.isCaSin, {
        digits: 9,
        start: /^d3$/,
        base: 0.4,
        near: 0.8,
      }),
      checked('ca-sin-bare', `\\d{3}${SEP}\\d{3}${SEP}\\d{3}`, america.isLabelledCaSin, {
        near: 0.75,
      }),
    ],
  },
  {
    type: 'BR_CPF',
    rules: [
      checked('br-cpf-grouped', `\\d{3}\\.\\d{3}\\.\\d{3}-\\d{2}`, america.isBrCpf, {
        digits: 11,
        start: /^d3$/,
        base: 0.9,
      }),
      checked('br-cpf-bare', `\\d{3}[. ]?\\d{3}[. ]?\\d{3}[- ]?\\d{2}`, america.isBrCpf, {
        digits: 11,
        start: /^d(?:3|9|11)$/,
        base: 0.53,
      }),
    ],
  },
  {
    type: 'EMPLOYEE_ID',
    rules: [identifier('employee-id', 3, { maxLength: 20 })],
  },
  {
    type: 'STUDENT_ID',
    rules: [identifier('student-id', 4, { maxLength: 20 })],
  },
];
