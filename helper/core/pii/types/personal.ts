/** Birth dates, ages, vehicles, phones, places. Names and addresses have grammars of their own. */
import { vinCheckHolds } from '../check/america.ts';
import type { TypeSpec } from '../model.ts';
import { countDigits } from './common.ts';
import { DATE, isDate, SPOKEN_DATE } from './dates.ts';
import { PHONE } from './phone.ts';

const BIRTH: TypeSpec = {
  type: 'DATE_OF_BIRTH',
  rules: [
    { id: 'birth-date', re: DATE, direct: 0.93, near: 0.74, check: isDate },
    { id: 'birth-date-spoken', re: SPOKEN_DATE, direct: 0.9, near: 0 },
  ],
};

const AGE: TypeSpec = {
  type: 'AGE',
  rules: [
    { id: 'age', re: /(?:1[01]\d|[1-9]?\d)(?!\d|[A-Za-z]|[.,/:%-]\d|%)/y, direct: 0.85, near: 0 },
    {
      id: 'age-unit',
      re: /(?:1[01]\d|[1-9]?\d)(?=[ -]?(?:y|yo|yr|yrs|ans|jahre)\b)/iy,
      direct: 0.85,
      near: 0,
    },
  ],
};

const VEHICLE: readonly TypeSpec[] = [
  {
    type: 'VIN',
    rules: [
      {
        id: 'vin',
        re: /[A-HJ-NPR-Z0-9]{17}(?![A-Za-z0-9])/y,
        start: /^(?:a[1-9]d.*|d\d+a.*)$/,
        run: [17, 17],
        base: 0.86,
        check: (v) => /[A-Z]/.test(v) && /\d/.test(v) && vinCheckHolds(v),
        digit: true,
      },
      {
        id: 'vin-europe',
        re: /[A-HJ-NPR-Z][A-HJ-NPR-Z0-9]{16}(?![A-Za-z0-9])/y,
        start: /^a[1-9]d.*$/,
        run: [17, 17],
        base: 0.42,
        near: 0.85,
        check: (v) => countDigits(v) >= 4 && /\d{4}$/.test(v),
      },
      {
        id: 'vin-labelled',
        re: /[A-HJ-NPR-Za-hj-npr-z0-9]{17}(?![A-Za-z0-9])/y,
        check: (v) => countDigits(v) >= 4,
      },
    ],
  },
  {
    type: 'LICENSE_PLATE',
    rules: [
      {
        id: 'plate',
        re: /(?:[A-Z]{1,3}-[A-Z]{1,2} ?\d{1,4}[EH]?|[A-Z]{2}[- ]?\d{3}[- ]?[A-Z]{2}|[A-Z]{2}\d{2} ?[A-Z]{3}|[A-Z]{1,3} [A-Z]{1,2} \d{1,4}[EH]?|\d{1,4} ?[A-Z]{2,3} ?\d{2,3}|[A-Z]\d{1,3} ?[A-Z]{3}|\d{4} ?[A-Z]{3}|[A-Z0-9]{1,4}[- ·]?[A-Z0-9]{2,4}(?:[- ][A-Z0-9]{1,3})?)(?![A-Za-z0-9])/y,
        direct: 0.86,
        near: 0.62,
        check: (v) => /\d/.test(v) && v.replace(/[^A-Z0-9]/g, '').length >= 4 && v.length <= 11,
      },
      {
        // `AB-123-CD`, `YK19 OUJ`: a plate by its shape where a vehicle is spoken of (`score.ts`).
        id: 'plate-shape',
        digits: 2,
        re: /(?:[A-HJ-NP-TV-Z]{2}-\d{3}-[A-HJ-NP-TV-Z]{2}|[A-Z]{2}\d{2} [A-Z]{3})(?![A-Za-z0-9-])/y,
        start: /^a2(?:d2)?$/,
        follow: '- ',
        run: [2, 4],
        base: 0.3,
        direct: 0.86,
      },
      {
        id: 'plate-lower',
        re: /(?:[A-Za-z]{2}-?\d{3}-?[A-Za-z]{2}|[A-Za-z]{2}\d{2} ?[A-Za-z]{3}|[A-ZÄÖÜ]{1,3}-[A-ZÄÖÜ]{1,2} ?\d{1,4}[EH]?)(?![A-Za-z0-9])/y,
        direct: 0.84,
        near: 0.6,
      },
    ],
  },
];

const PLACE: readonly TypeSpec[] = [
  {
    type: 'GPS',
    rules: [
      {
        id: 'gps',
        re: /[-+]?\d{1,2}\.\d{3,10}°? ?[NSns]?(?:,? ?|;|\/| \/ )[-+]?\d{1,3}\.\d{3,10}(?:°? ?[EWOewo](?![A-Za-z]))?(?!\d|\.\d)°?/y,
        direct: 0.9,
        near: 0.76,
        check: isGps,
      },
      {
        id: 'gps-comma',
        re: /[-+]?\d{1,2},\d{3,10} ?; ?[-+]?\d{1,3},\d{3,10}(?!\d)/y,
        direct: 0.85,
      },
      {
        id: 'gps-hemisphere',
        re: /\d{1,2}\.\d{3,10}° ?[NS],? \d{1,3}\.\d{3,10}° ?[EWO](?![A-Za-z])/y,
        digits: 8,
        start: /^d[12]$/,
        follow: '.',
        base: 0.85,
        check: isGps,
      },
      {
        id: 'gps-pair',
        re: /-?\d{1,2}\.\d{4,8}, ?-?\d{1,3}\.\d{4,8}(?!\d|\.\d)/y,
        digits: 10,
        start: /^d[12]$/,
        follow: '.',
        base: 0.44,
        check: isGps,
      },
      {
        // Five decimals name a place to a metre; a third number beside them makes a list.
        id: 'gps-pair-fine',
        re: /-?[1-9]\d\.\d{5,8}, ?-?\d{1,3}\.\d{5,8}(?!\d|\.\d|[,;] ?-?\d)/y,
        digits: 10,
        start: /^d2$/,
        follow: '.',
        base: 0.62,
        check: isGps,
      },
      {
        id: 'gps-single',
        re: /[-+]?\d{1,3}\.\d{4,10}(?![\d.])(?!,? ?-?\d{1,3}\.\d{3})/y,
        direct: 0.8,
        near: 0,
      },
    ],
  },
  {
    type: 'POSTAL_CODE',
    rules: [
      {
        id: 'postal-code',
        re: /(?:\d{5}(?:-\d{4})?|[A-Za-z]{1,2}\d[A-Za-z\d]? ?\d[A-Za-z]{2}|[A-Z]\d[A-Z] ?\d[A-Z]\d|(?:D|F|A|CH)-\d{4,5}|\d{4} ?[A-Z]{2}|\d{4}|\d{2}-\d{3}|\d{6}|\d{5}-\d{3})(?![A-Za-z0-9]|[-.]\d)/y,
        direct: 0.84,
        near: 0,
      },
    ],
  },
];

function isGps(value: string): boolean {
  const [lat, lon] = (value.match(/[-+]?\d{1,4}\.\d{1,20}/g) ?? []).map(Number);
  return lat !== undefined && lon !== undefined && Math.abs(lat) <= 90 && Math.abs(lon) <= 180;
}

export const PERSONAL: readonly TypeSpec[] = [BIRTH, AGE, ...VEHICLE, ...PLACE, PHONE];
