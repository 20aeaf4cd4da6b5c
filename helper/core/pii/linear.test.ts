/**
 * Work grows with the length of the text and no faster, on inputs made to provoke the opposite.
 * Steps are counted, never timed (linear-steps.ts).
 */
import { describe, expect, it } from 'vitest';
import { createDetector } from './detector.ts';
import { SHAPES } from './linear-shapes.data.ts';
import { stepsOf } from './linear-steps.ts';
import { SPECS } from './types/index.ts';

const detector = createDetector();

function stepsFor(unit: string, length: number): number {
  const text = unit.repeat(Math.ceil(length / unit.length));
  return stepsOf(() => void detector.detect(text));
}

/** Texts whose load does not come from repeating one piece. */
const BUILT: Readonly<Record<string, (size: number) => string>> = {
  'nested JSON': (n) => `${'{"patient":'.repeat(n / 22)}{"id":"1"}${'}'.repeat(n / 22)}`,
  'nested arrays': (n) => '['.repeat(n / 2) + ']'.repeat(n / 2),
  'nested YAML': (n) =>
    Array.from({ length: n / 30 }, (_, i) => `${' '.repeat(i % 40)}patient:\n`).join(''),
  'a table of very many columns': (n) => `${'ssn,'.repeat(n / 8)}\n${'1,'.repeat(n / 4)}\n`,
  'a wide table with marks in its cells': (n) =>
    `name,dob,${'x,'.repeat(120)}\n${`a,**1**,${'1**2,'.repeat(120)}\n`.repeat(n / 610)}`,
  'long rows with marks': (n) =>
    `name,dob\n${`${'a'.repeat(2000)}1**1${'b'.repeat(2000)},1\n`.repeat(n / 4007)}`,
  'an HTML table with marks': (n) =>
    `<table><tr><th>name</th><th>ssn</th></tr>${'<tr><td>1**2</td><td>1**2</td></tr>'.repeat(n / 35)}`,
  'one long base64 run': (n) => 'SGVsbG8gbXkgc3NuIGlzIDEyMy00NS02Nzg5IG9r'.repeat(n / 40),
  'one long key': (n) =>
    `-----BEGIN RSA PRIVATE KEY-----\n${'MIIEabcdefghijklmnopqrstuvwxyz\n'.repeat(n / 31)}`,
  'markers beside values': (n) => '\u00abSSN\u00bb jane@x.com '.repeat(n / 17),
  'cards and security codes': (n) => 'card 4111111111111111 cvv 123 '.repeat(n / 30),
  'cards over two lines': (n) => '4111 1111\n1111 1111\n'.repeat(n / 20),
};

describe('growth', () => {
  it.each(SHAPES)('is linear on %j', (unit) => {
    const small = stepsFor(unit, 10_000);
    const middle = stepsFor(unit, 100_000);
    expect(middle).toBeLessThan(small * 14 + 10_000);
  });

  it.each([
    'a.',
    '1\n',
    '1:',
    'a@',
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
    'PID|1\n',
    'NM1*IL*1*A*B~',
    '\u200b',
    '%41',
    '\\u0041',
    '=\n',
    'a dot ',
    'Mr Smith. Smith ',
    'aaaaaaaaaa/',
    'address: a 1 ',
    '1**',
    '5 mg aspirin ',
    '1 Main Street, ',
    'BP 120/80 ',
    '\u00abSSN\u00bb ',
  ])('stays linear to 1 MB on %j', (unit) => {
    expect(stepsFor(unit, 1_000_000)).toBeLessThan(stepsFor(unit, 100_000) * 14);
  });

  it.each(Object.entries(BUILT))('is linear on %s', (_name, make) => {
    const steps = [10_000, 100_000, 1_000_000].map((size) =>
      stepsOf(() => void detector.detect(make(size))),
    );
    expect(steps[1]!).toBeLessThan(steps[0]! * 14 + 10_000);
    expect(steps[2]!).toBeLessThan(steps[1]! * 14);
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
