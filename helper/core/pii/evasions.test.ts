/** Values written another way than their type: one of each kind, some in pairs of two kinds. */
import { describe, expect, it } from 'vitest';
import { createDetector } from './detector.ts';

const detector = createDetector();

/** Whether every letter and digit of `value` in `Label: value` is covered. */
function covered(label: string, value: string): boolean {
  const text = `The details follow.\n${label}: ${value}\nThank you for your help.`;
  const at = text.indexOf(value);
  const { spans } = detector.detect(text);
  for (let i = at; i < at + value.length; i++) {
    if (!/[A-Za-z0-9]/.test(text.charAt(i))) continue;
    if (!spans.some((s) => s.start <= i && i < s.end)) return false;
  }
  return true;
}

const hex = (value: string, mark: string, head = '') =>
  [...value].map((c) => head + c.charCodeAt(0).toString(16).padStart(2, '0')).join(mark);
const base64 = (value: string) => btoa(value);
const octal = (value: string) =>
  [...value].map((c) => `\\${c.charCodeAt(0).toString(8).padStart(3, '0')}`).join('');
const digits = (value: string, set: string) =>
  value.replace(/\d/g, (d) => [...set][Number(d)] ?? d);

const KINDS: Readonly<Record<string, (value: string) => string>> = {
  'bytes one by one': (v) => hex(v, ' '),
  'bytes between colons': (v) => hex(v, ':').toUpperCase(),
  'bytes with 0x': (v) => hex(v, ' ', '0x'),
  'base64 twice': (v) => base64(base64(v)),
  'octal escapes': octal,
  'raised digits': (v) => digits(v, '⁰¹²³⁴⁵⁶⁷⁸⁹'),
  'lowered digits': (v) => digits(v, '₀₁₂₃₄₅₆₇₈₉'),
  'circled digits': (v) => digits(v, '⓪①②③④⑤⑥⑦⑧⑨'),
  'two spaces between characters': (v) => [...v].join('  '),
  'tabs between characters': (v) => [...v].join('\t'),
  'an indented next line': (v) => `${v.slice(0, 5)}\n    ${v.slice(5)}`,
  'a quoted next line': (v) => `${v.slice(0, 5)}\n> ${v.slice(5)}`,
  'a soft break and stars': (v) => `${v.slice(0, 3)}**${v.slice(3, 5)}=\n${v.slice(5)}**`,
  'digits of another script in base64': (v) => base64(encode(digits(v, '٠١٢٣٤٥٦٧٨٩'))),
  'full width in hexadecimal': (v) =>
    hex(encode([...v].map((c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0)).join('')), ''),
  'a stray space': (v) => `${v.slice(0, 5)} ${v.slice(5)}`,
};

/** UTF-8 bytes as a string of one character each. */
function encode(value: string): string {
  return String.fromCharCode(...new TextEncoder().encode(value));
}

describe('every kind hides no value of these types', () => {
  const VALUES: readonly (readonly [string, string])[] = [
    ['SSN', '358-35-2243'],
    ['Passport number', 'C01X00T47'],
    ['National Insurance number', 'AB123456C'],
    ['Employee ID', 'E20418773'],
  ];
  for (const [label, value] of VALUES)
    it.each(Object.entries(KINDS))(`${label}: %s`, (_kind, write) => {
      expect(covered(label, write(value))).toBe(true);
    });
});

describe('addresses with their marks written out', () => {
  it.each([
    'jane.doe{at}example{dot}com',
    'jane.doe (at) example (dot) com',
    'jane.doe<at>example<dot>com',
    'jane.doe [arobase] example [point] com',
    'jane.doe (ät) example (Punkt) com',
    'jane.doe arroba example punto com',
    'jane.doe chiocciola example punto com',
    'jane.doe[@]example[.]com',
    'jane.doe(a)example.com',
    'jane.doe -at- example -dot- com',
    'jane.doe «at» example «dot» com',
  ])('%s', (address) => {
    const text = `write to ${address} today`;
    expect(detector.redact(text).text).toBe('write to «EMAIL» today');
  });
});

describe('what only looks like a disguise stays', () => {
  it.each([
    'The room is 12 m² and the lot 300 m³, note ¹.',
    'Run grep "\\101" or colour \\033[0m in the shell',
    'The SETUP packet has 8 bytes: 80 06 00 01 00 00 12 00.',
    'one-at-a-time and dot-to-dot, see point 4 dash 5 above',
    'Version: 1.2\n.RE\nNext line',
  ])('%s', (text) => {
    expect(detector.detect(text).spans).toEqual([]);
  });
});
