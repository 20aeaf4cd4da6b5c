/**
 * Work grows with the length of the text and no faster, on inputs made to provoke the opposite.
 * Steps are counted, never timed: each call of a regular expression or a search is one step, and a
 * search costs the distance it runs over.
 */
import { describe, expect, it } from 'vitest';
import { createDetector } from './detector.ts';
import { SPECS } from './types/index.ts';

const HOSTILE: readonly string[] = [
  'a.',
  'SSN: three five ',
  'a</b><b>1',
  '1<!--',
  '=31=32',
  'a @ b . c ',
  '{"id":1,',
  '{"name":"ssn","value":"1',
  '<a><id>1</id>',
  'PID|1||1^',
  'OBX|1|NM|a^b||1|g|',
  'NM1*IL*1*A*B~',
  ':20:A1\n:50K:/1\nADA BYRON\n',
  'HR 80 T 37 ',
  'Ada Byron, wife ',
  'Dr Ada Byron (12) ',
  'Dear Ada, Ada ',
  '1 ',
  '1-',
  'ab:',
  'A',
  'eyJAAA',
  ' ',
  '7',
  '\u200b',
  'ssn ',
  'Jane ',
  '"',
  '\n',
  'name,',
  '| name ',
  '-----BEGIN ',
  '-----BEGIN PRIVATE KEY-----',
  'a@',
  'a://b:c',
  '%41',
  '&#49;',
  '\\u0031',
  'a dot ',
  'QUFB',
  '4142',
  '(555',
  '+1 ',
  '1 Main Street, ',
  'password=',
  '1\n',
  '1**',
  'a\u0301',
  ' - ',
  'а1',
  'a b ',
  'name,ssn\n',
  '{"name":',
  ';password=',
  '_',
  ' <a@b> ',
  'Aa Bb ',
  '\t',
  'name: a, ',
];

interface Counter {
  steps: number;
  restore(): void;
}

/** Counts searches by replacing the prototypes' methods for the time of one scan. */
function countSteps(): Counter {
  const counter: Counter = { steps: 0, restore: () => undefined };
  const { exec, test } = RegExp.prototype;
  const { indexOf, lastIndexOf, slice } = String.prototype;
  RegExp.prototype.exec = function (this: RegExp, text: string) {
    const from = this.lastIndex;
    const found = exec.call(this, text);
    counter.steps +=
      1 + (this.global && !this.sticky ? (found === null ? text.length : found.index) - from : 0);
    return found;
  };
  // `test` of a global or sticky pattern goes through `exec`; any other one reads the whole text.
  RegExp.prototype.test = function (this: RegExp, text: string) {
    if (!this.global && !this.sticky) counter.steps += text.length;
    return test.call(this, text);
  };
  String.prototype.indexOf = function (this: string, part: string, from = 0) {
    const found = indexOf.call(this, part, from);
    counter.steps += 1 + (found < 0 ? this.length : found) - Math.min(from, this.length);
    return found;
  };
  String.prototype.lastIndexOf = function (this: string, part: string, from = this.length) {
    const found = lastIndexOf.call(this, part, from);
    counter.steps += 1 + Math.min(from, this.length) - Math.max(found, 0);
    return found;
  };
  String.prototype.slice = function (this: string, from?: number, to?: number) {
    const cut = slice.call(this, from, to);
    counter.steps += 1 + Math.min(cut.length, 64);
    return cut;
  };
  counter.restore = () => {
    RegExp.prototype.exec = exec;
    RegExp.prototype.test = test;
    String.prototype.indexOf = indexOf;
    String.prototype.lastIndexOf = lastIndexOf;
    String.prototype.slice = slice;
  };
  return counter;
}

const detector = createDetector();

function stepsFor(unit: string, length: number): number {
  const text = unit.repeat(Math.ceil(length / unit.length));
  const counter = countSteps();
  try {
    detector.detect(text);
  } finally {
    counter.restore();
  }
  return counter.steps;
}

describe('growth', () => {
  it.each(HOSTILE)('is linear on %j', (unit) => {
    const small = stepsFor(unit, 10_000);
    const middle = stepsFor(unit, 100_000);
    expect(middle).toBeLessThan(small * 14 + 10_000);
  });

  it.each([
    'a@',
    '1\n',
    'ssn ',
    'name,ssn\n',
    ';password=',
    '"',
    '<tr><td>',
    'insert into a (ssn) values (',
    'ssn? ',
    '{"id":1,',
    '<a><id>1</id>',
    'Dear Ada, Ada ',
    'PID|1||1^',
    'NM1*IL*1*A*B~',
  ])('stays linear to 1 MB on %j', (unit) => {
    expect(stepsFor(unit, 1_000_000)).toBeLessThan(stepsFor(unit, 100_000) * 14);
  });
});

/** Source without escapes and character classes, so that what is left are operators. */
function operators(source: string): string {
  return source.replace(/\\./g, 'x').replace(/\[(?:[^\]\\]|\\.)*\]/g, 'x');
}

describe('patterns', () => {
  it.each(
    SPECS.flatMap((spec) => spec.rules.map((rule) => [rule.id, rule.re] as const)),
  )('%s is anchored and bounded', (_id, re) => {
    expect(re.sticky).toBe(true);
    expect(re.global).toBe(false);
    expect(operators(re.source)).not.toMatch(/[*+](?!\?{0}x{0}\))|\{\d+,\}/);
  });
});
