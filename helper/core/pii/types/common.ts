/** Builders for the rules that many identifier types share. */
import type { Check, Rule } from '../model.ts';

/** Not part of a longer token, on the right. */
export const END = '(?![A-Za-z0-9]|[-_.](?=[A-Za-z0-9]))';
/** A looser end for numbers at the end of a sentence or before a hyphenated word. */
export const DIGIT_END = '(?!\\d|[A-Za-z]|[-.,]\\d)';

/** `88-40-1127` is no date: a day and a month stand in one. */
const DATE_LIKE =
  /^(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|(?:0?[1-9]|[12]\d|3[01])[-/.](?:0?[1-9]|[12]\d|3[01])[-/.](?:\d{4}|\d{2})|\d{2}[-/.](?:0?[1-9]|1[0-2])[-/.](?:0?[1-9]|[12]\d|3[01]))$/;
const PLACEHOLDER = /^(?:x+|0+|n\/?a|none|null|nil|unknown|tbd|todo|test|example|sample|#+)$/i;

/** Versions, hexadecimal constants and numbers of standards. */
const FOREIGN =
  /^(?:v?\d{1,3}(?:\.\d{1,2}){1,3}|0x[0-9a-f]+|(?:RFC|CVE|ISO|IEEE|PEP)[- ].*|.*\.(?:svg|png|html?|js|ts|py|md))$/i;

/** `mars 2026`, `Dec 24`: a month and its year or day. */
const MONTH =
  /^(?:jan|ene|gen|feb|fev|mar|mrz|apr|avr|abr|ma[iy]|mag|ju[ilno]|giu|lug|aug|aou|ago|sep|set|o[ck]t|ott|nov|de[cz]|dic)[a-z]{0,7}[ .-](?:19|20)?\d\d$/i;

export function countDigits(value: string): number {
  let n = 0;
  for (let i = 0; i < value.length; i++) {
    const c = value.charCodeAt(i);
    if (c >= 48 && c <= 57) n++;
  }
  return n;
}

/** An identifier of an institution: enough digits, no date, no placeholder. */
export function isIdentifier(value: string, minDigits: number, maxLength = 30): boolean {
  if (value.length > maxLength || countDigits(value) < minDigits) return false;
  return (
    !DATE_LIKE.test(value) && !PLACEHOLDER.test(value) && !FOREIGN.test(value) && !MONTH.test(value)
  );
}

/** Letters, digits and joining marks; spaces only before further digit groups. */
export const IDENTIFIER = new RegExp(
  '(?:[A-Z]{1,4} (?=\\d{3}))?[A-Za-z0-9]{1,24}(?:[-/._][A-Za-z0-9]{1,20}){0,5}' +
    '(?: \\d{2,6}(?![\\d/:]|\\.\\d|-\\d|[A-Za-z])){0,4}(?![A-Za-z0-9@])',
  'y',
);

/** Digits alone in one run or in groups. */
export const DIGIT_GROUPS = /\d{1,20}(?:[ -.]\d{1,10}){0,6}(?!\d|[A-Za-z])/y;

export interface IdentifierOptions {
  direct?: number;
  near?: number;
  also?: Check;
  maxLength?: number;
}

/** The rule of a labelled identifier with at least `minDigits` digits. */
export function identifier(id: string, minDigits: number, options: IdentifierOptions = {}): Rule {
  const { also, maxLength } = options;
  return {
    id,
    re: IDENTIFIER,
    direct: options.direct ?? 0.88,
    near: options.near ?? 0.62,
    check: (value) =>
      isIdentifier(value, minDigits, maxLength) && (also === undefined || also(value) !== false),
  };
}

/** A number with a check digit that may also be written bare. */
export function checked(
  id: string,
  pattern: string,
  check: Check,
  extra: Partial<Rule> = {},
): Rule {
  return { id, re: new RegExp(pattern + DIGIT_END, 'y'), check, digit: true, ...extra };
}

/** Drops groups from the end of a match until the check holds: `4111 1111 1111 1111 123`. */
export function cutTo(check: Check): (value: string) => string {
  return (value) => {
    if (check(value) !== false) return value;
    for (let end = value.length; ; ) {
      end = Math.max(value.lastIndexOf(' ', end - 1), value.lastIndexOf('-', end - 1));
      if (end < 8) return value;
      if (check(value.slice(0, end)) !== false) return value.slice(0, end);
    }
  };
}
