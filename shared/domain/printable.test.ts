import fc from 'fast-check';
import { expect, test } from 'vitest';
import { printable, printableLines } from './printable.ts';

test('what turns, hides or moves text is shown as its code', () => {
  expect(printable('invoice\u202Efdp.exe')).toBe('invoice\\u{202e}fdp.exe');
  expect(printable('a\u200bb\u2066c\u2069\u00ad\ufeff')).toBe(
    'a\\u{200b}b\\u{2066}c\\u{2069}\\u{ad}\\u{feff}',
  );
  expect(printable('\u001b[31mred\r\n\tend')).toBe('\\u{1b}[31mred\\u{d}\\u{a}\\u{9}end');
  expect(printable('\u{e0041}tag\u3164')).toBe('\\u{e0041}tag\\u{3164}');
  expect(printable('half \ud800 pair')).toBe('half \\u{d800} pair');
});

test('plain text of any script stays as it is', () => {
  for (const text of ['Müller & <b>', 'شركة', 'עברית', '日本語', '🙂', 'e\u0301']) {
    expect(printable(text)).toBe(text);
  }
});

test('lines and tabs stay in a text of several lines, and nothing unseen is left in any', () => {
  expect(printableLines('a\tb\nc\u0007\r\n')).toBe('a\tb\nc\\u{7}\\u{d}\n');
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 100 }), (text) => {
      expect(printable(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
      expect(printable(printable(text))).toBe(printable(text));
      expect(printableLines(text).split('\n').map(printable).length).toBe(text.split('\n').length);
    }),
  );
});
