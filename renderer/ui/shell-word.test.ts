import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shellWord } from './shell-word.ts';

test('plain words stay plain, others are quoted', () => {
  expect(shellWord('workflows/sample.yml')).toBe('workflows/sample.yml');
  expect(shellWord('workflows/a;rm -rf $HOME.yml')).toBe("'workflows/a;rm -rf $HOME.yml'");
  expect(shellWord("it's")).toBe("'it'\\''s'");
});

test('what cannot be pasted safely has no word', () => {
  for (const text of ['', '-x', '--output=/etc/passwd', 'a\u001b[201~b', 'a\nb', 'a\u202eb']) {
    expect([text, shellWord(text)]).toEqual([text, null]);
  }
});

test('a shell reads the word back as it was', () => {
  const texts = fc
    .sample(fc.string({ unit: 'grapheme', maxLength: 30 }), 300)
    .filter((text) => shellWord(text) !== null);
  const script = texts.map((text) => `printf '%s\\0' ${shellWord(text)}`).join('\n');
  const read = execFileSync('/bin/sh', ['-c', script], { encoding: 'utf8' }).split('\0');
  expect(read.slice(0, -1)).toEqual(texts);
});
