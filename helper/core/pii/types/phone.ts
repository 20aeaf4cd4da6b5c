/** Telephone and fax numbers: E.164 and the national forms that are recognisable by themselves. */
import type { Rule, TypeSpec } from '../model.ts';
import { countDigits } from './common.ts';

const EXT = '(?:(?:,? ?(?:ext|extension|x|poste|durchwahl|dw|app)\\.?[ :]{0,2}|#)\\d{1,6})?';
const STOP = '(?!\\d|[A-Za-z@]|[-.]\\d|-[A-Z]{1,3}[^A-Za-z]|-[A-Z]{1,3}$)';

/** Year ranges, ZIP+4, dates, and lists of code points. */
const NOT_PHONE =
  /^(?:0\d{3}(?:[ /]0\d{3}){1,3}|(?:19|20)\d\d[-/ .](?:19|20)\d\d|\d{5}-\d{4}|\d{4}[-/.]\d\d[-/.]\d\d|\d\d[-/.]\d\d[-/.](?:19|20)\d\d|\d{1,3}(?:\.\d{1,3}){3})$/;

function rule(
  id: string,
  pattern: string,
  start: RegExp | undefined,
  base: number,
  min = 7,
  max = 15,
): Rule {
  const check = (value: string): boolean => {
    const n = countDigits(
      value.replace(
        /(?:,? ?(?:ext|extension|x|poste|durchwahl|dw|app)\.?[ :]{0,2}|#)\d{1,6}$/i,
        '',
      ),
    );
    return (
      n >= min &&
      n <= max &&
      // `00` is the way abroad only before a country and a number: `case 0048293177` is short of one.
      !(id === 'phone-e164' && value.startsWith('00') && n < 11) &&
      !/(\d)\1{7}/.test(value) &&
      !/0123456789|000[- ]000|0000[- ]000/.test(value) &&
      !NOT_PHONE.test(value)
    );
  };
  const made: Rule = {
    id,
    re: new RegExp(pattern + EXT + STOP, 'yi'),
    base,
    check,
    direct: 0.93,
    near: 0.76,
  };
  if (start !== undefined) {
    made.start = start;
    made.digits = min;
  }
  return made;
}

/** Country calling codes in use. */
const COUNTRY =
  '(?:1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|2[1-689]\\d|3[578]\\d|42\\d|50\\d|59\\d|67\\d|68\\d|69\\d|80\\d|85\\d|88\\d|96\\d|97\\d|99\\d)';

export const PHONE: TypeSpec = {
  type: 'PHONE',
  rules: [
    rule(
      'phone-e164',
      `(?:\\+|00 ?)${COUNTRY}(?:[ ./-]{0,2}\\(0\\)|[ ./-]{0,2}\\(\\d{1,5}\\))?(?:[ ./-]{0,2}\\d){1,17}`,
      undefined,
      0.84,
      8,
    ),
    rule(
      'phone-plus',
      `${COUNTRY}(?:[ ./-]{0,2}\\(0\\)|[ ./-]{0,2}\\(\\d{1,5}\\))?(?:[ ./-]{0,2}\\d){1,17}`,
      /^d\d+$/,
      0,
      8,
    ),
    rule(
      'phone-us',
      '(?:1[-. ])?\\(?[2-9]\\d{2}\\)?([-. ])\\d{3}\\1\\d{4}|[2-9]\\d{2}/[2-9]\\d{2}-\\d{4}',
      /^d[13]$/,
      0.66,
      10,
    ),
    rule('phone-us-paren', '\\((?:[2-9]\\d{2})\\) ?-?\\d{3}[-. ]?\\d{4}', undefined, 0.84, 10),
    rule('phone-us-seven', '[2-9]\\d{2}-\\d{4}', undefined, 0, 7, 7),
    rule('phone-fr', '0[1-9](?:([ .-])\\d{2})(?:\\1\\d{2}){3}', /^d2$/, 0.84, 10),
    rule('phone-fr-bare', '0[1-9]\\d{8}', /^d10$/, 0.5, 10),
    rule(
      'phone-uk',
      '(?:\\(0\\d{2,5}\\) ?\\d{3,4}[ -]?\\d{3,6}|020 ?\\d{4} \\d{4}|02\\d ?\\d{4} \\d{4}|01\\d{2} \\d{3} \\d{4}|01\\d{3} \\d{5,6}|01\\d{3} \\d{3} \\d{3}|07\\d{3} ?\\d{3} ?\\d{3}|07\\d{3} \\d{6}|07\\d{9}|03\\d{2} ?\\d{3} ?\\d{4}|08\\d{2} ?\\d{3} ?\\d{3,4})',
      /^d(?:3|4|5|11)$/,
      0.68,
      9,
    ),
    rule(
      'phone-de',
      '(?:\\(0\\d{2,5}\\) ?[\\d -]{5,11}\\d|0[1-9]\\d{1,4} ?[/-] ?\\d{3,10}(?:[ -]\\d{2,7}){0,3}|0[1-9]\\d{1,4} ?/ ?\\d{2}(?: \\d{2,4}){1,4}|01[5-7]\\d ?\\d{6,9}|01[5-7]\\d(?: \\d{2,8}){1,4}|0[2-9]\\d{1,4} \\d{5,9}|0[2-9]\\d{1,4}(?: \\d{2,4}){2,4})',
      /^d(?:3|4|5|6|11|12)$/,
      0.62,
      8,
      13,
    ),
    rule('phone-es-mobile', '[67]\\d{2} \\d{2} \\d{2} \\d{2}', /^d3$/, 0.52, 9, 9),
    rule('phone-es', '[679]\\d{2} \\d{3} \\d{3}|9\\d \\d{3} \\d{2} \\d{2}', /^d[23]$/, 0.42, 9),
    rule(
      'phone-it',
      '3\\d{2}[ -]\\d{3}[ -]?\\d{4}|3\\d{2} \\d{7}|0\\d{1,3} \\d{5,8}',
      /^d[234]$/,
      0.4,
      8,
      11,
    ),
    rule('phone-any', '\\(?\\+?\\d(?:\\)?[ ./-]{0,3}\\(?\\d){0,19}\\)?', undefined, 0, 7),
  ],
};
