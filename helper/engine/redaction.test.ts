import { describe, expect, test } from 'vitest';
import { createDetector } from '../core/pii/detector.ts';
import type { TextRedactor } from './port.ts';
import { escapeControl, redactJson, redactJsonFully, redactOutbound } from './redaction.ts';

const redactor = createDetector();
const plain: TextRedactor = {
  redact: (text) => redactor.redact(text),
  prepare: async () => plain,
  plugged: false,
};

describe('redaction of values', () => {
  test('every string, key and long number; the shape stays', () => {
    const { value, counts } = redactJson(plain, {
      a: ['ada@example.org', { 'bob@example.org': true }],
      n: 4111111111111111,
      ok: 12,
      none: null,
    });
    expect(JSON.stringify(value)).not.toMatch(/example\.org|4111/);
    expect(value).toMatchObject({ ok: 12, none: null });
    expect(counts['EMAIL']).toBe(2);
  });

  test('keys that become the same marker stay apart', () => {
    const { value } = redactJson(plain, { 'ada@example.org': 1, 'bob@example.org': 2 });
    expect(Object.values(value)).toEqual([1, 2]);
  });

  test.each([
    [{ card: ['4111', '1111', '1111', '1111'] }],
    [{ a: '4111 1111', b: '1111 1111' }],
    [{ user: 'ada', at: '@example.org' }],
    [{ k1: 'DE89 3704 0044', k2: '0532 0130 00' }],
    [{ parts: [4111, 1111, 1111, 1111] }],
  ])('a value cut into neighbouring fields is found: %j', (value) => {
    const out = JSON.stringify(redactJson(plain, value).value);
    expect(out).toContain('«');
    expect(out).not.toMatch(/4111|@example|DE89|0532/);
  });

  test('ordinary neighbours stay as they are', () => {
    const value = { first: 'red', second: 'green', list: ['one', 'two', 'three'], n: [1, 2, 3, 4] };
    expect(redactJson(plain, value).value).toEqual(value);
  });

  test('an address with personal data denies and names the key, never the value', async () => {
    const denied = await redactOutbound(plain, { to: 'ada@example.org', text: 'x' }, ['to']).catch(
      (error: unknown) => error,
    );
    expect(denied).toMatchObject({ code: 'DENIED', where: 'to' });
    expect(String(denied)).not.toContain('ada@');
    const key = await redactOutbound(plain, { api_key: '${OPENAI_API_KEY}' }, []);
    expect(key.value).toEqual({ api_key: '${OPENAI_API_KEY}' });
  });

  test('every text of a value, keys too, is prepared before any is redacted', async () => {
    const asked: string[][] = [];
    const detecting: TextRedactor = {
      redact: () => {
        throw new Error('not prepared');
      },
      prepare: async (texts) => {
        asked.push([...texts]);
        return plain;
      },
      plugged: true,
    };
    const { value } = await redactJsonFully(detecting, {
      a: ['x', { k: 'ada@example.org' }],
      n: 1,
    });
    expect(asked).toEqual([['a', 'x', 'k', 'ada@example.org', 'n']]);
    expect(value).toEqual({ a: ['x', { k: '«EMAIL»' }], n: 1 });
  });

  test('what is too deep to be scanned is refused whole', () => {
    let deep: unknown = 'x';
    for (let i = 0; i < 100; i += 1) deep = [deep];
    expect(() => redactJson(plain, { deep: deep as never })).toThrow(
      expect.objectContaining({ code: 'REDACTION_FAILED' }),
    );
  });

  test('characters that move the cursor or turn the text are shown, not sent', () => {
    const hostile = 'a\u001b[2Jb\u202ec\u2066d\u200be\rf\u0000g\ud800h\u009bi';
    const shown = escapeControl(hostile);
    expect(
      [...shown].every((c) => c >= ' ' && c.isWellFormed() && !/[\p{Cc}\p{Cf}]/u.test(c)),
    ).toBe(true);
    expect(shown).toContain('\\u{1b}');
    expect(escapeControl('plain\ttext «EMAIL» é 漢 😀')).toBe('plain\ttext «EMAIL» é 漢 😀');
  });
});
