import { createIntl } from 'react-intl';
import { describe, expect, test } from 'vitest';
import { en, type MessageId } from './en.ts';
import { pseudoCatalogue } from './pseudo.ts';

const ids = Object.keys(en) as MessageId[];
const fake = pseudoCatalogue(en);
const argumentsOf = (message: string): string[] =>
  [...message.matchAll(/(?<!(?:one|other|=\d+) )\{\s*(\w+)\s*[,}]/g)].map((m) => m[1] ?? '');
const values = (message: string): Record<string, number> =>
  Object.fromEntries(argumentsOf(message).map((name) => [name, 3]));

describe.each([
  ['en', en],
  ['en-XA', fake],
] as const)('catalogue %s', (locale, messages) => {
  const faults: string[] = [];
  const intl = createIntl({ locale, messages, onError: (e) => faults.push(e.message) });
  test('every message is well formed', () => {
    for (const id of ids) intl.formatMessage({ id }, values(messages[id]));
    expect(faults).toEqual([]);
  });
});

test('the pseudo-locale keeps arguments and is longer and different everywhere', () => {
  for (const id of ids) {
    expect(fake[id].length).toBeGreaterThan(en[id].length);
    for (const name of argumentsOf(en[id])) expect(fake[id]).toContain(`{${name}`);
  }
});

test('no message shouts, and none is an empty place', () => {
  for (const id of ids) {
    expect(en[id]).not.toContain('!');
    expect(en[id].trim()).not.toBe('');
  }
});

test('nothing claims to be compliant or certified', () => {
  expect(Object.values(en).join(' ')).not.toMatch(/\b(compliant|certified)\b/i);
});
