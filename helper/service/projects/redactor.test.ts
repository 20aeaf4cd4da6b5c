import { describe, expect, it } from 'vitest';
import { projectRedactor } from './redactor.ts';

describe('a value under a key or column', () => {
  it.each([
    ['ssn', '123-45-6789'],
    ['patient name', 'Jane Doe, born 12 March 1980'],
    ['cvv', '737 paid on 13 November 2026'],
    ['policy number', 'POL-889912 and POL-889913'],
  ])('%s: redacting the result again changes nothing', (label, text) => {
    const redactor = projectRedactor(null);
    const once = redactor.redact(text, label).text;
    expect(once).not.toBe(text);
    expect(redactor.redact(once, label).text).toBe(once);
  });
});
