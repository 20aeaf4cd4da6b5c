import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPriceBook, estimateCost, priceNote } from './prices.ts';
import { PRICE_SOURCES } from './table.data.ts';
import { estimateTokens, maxTokens } from './tokens.ts';

const book = createPriceBook();

describe('price table', () => {
  it('holds input, output, date and source of every model once', () => {
    const keys = PRICE_SOURCES.flatMap((s) => s.rows.map(([model]) => `${s.provider}/${model}`));
    expect(new Set(keys).size).toBe(keys.length);
    expect(book.list()).toHaveLength(keys.length);
    for (const price of book.list()) {
      expect(price.inputPerMillion).toBeGreaterThan(0);
      expect(price.outputPerMillion).toBeGreaterThanOrEqual(price.inputPerMillion);
      expect(price.cachedPerMillion ?? 0).toBeLessThanOrEqual(price.inputPerMillion);
      expect(price.asOf).toMatch(/^\d{4}-\d{2}-\d{2}$/);
      expect(URL.canParse(price.source)).toBe(true);
    }
  });

  it('says of each price what it was compared with, and of the others that they were not', () => {
    const notes = book.list().map((price) => priceNote(price) ?? '');
    const open = book.list().filter((price) => price.confirmed === null);
    expect(open.length).toBeGreaterThan(0);
    for (const [i, price] of book.list().entries()) {
      expect(notes[i]).toContain(price.confirmed === null ? 'unconfirmed' : 'compared with');
      if (price.confirmed) expect(URL.canParse(price.confirmed.page)).toBe(true);
    }
    expect(priceNote(book.find('ollama', 'llama3'))).toBeNull();
    const own = createPriceBook({ 'openai/gpt-4': { input: 1, output: 2 } });
    expect(priceNote(own.find('openai', 'gpt-4'))).toBeNull();
  });

  it('refuses a model without a price, also a near or dated name', () => {
    for (const model of ['gpt-4o-2099', 'GPT-4o', 'gpt-4o ', '', '__proto__']) {
      expect(() => book.find('openai', model)).toThrow(
        expect.objectContaining({ code: 'PRICE_UNKNOWN' }),
      );
    }
    expect(() => book.find('bedrock', 'x')).toThrow(
      expect.objectContaining({ code: 'PRICE_UNKNOWN' }),
    );
  });

  it('takes the price of the user over its own', () => {
    const own = createPriceBook({ 'openai/gpt-99': { input: 0.5, output: '2', cached: '0.05' } });
    expect(own.find('openai', 'gpt-99')).toMatchObject({
      inputPerMillion: 500_000,
      outputPerMillion: 2_000_000,
      cachedPerMillion: 50_000,
      source: 'settings',
    });
    for (const bad of [-1, Number.NaN, Number.POSITIVE_INFINITY, 1e300, '1e3', 'free']) {
      expect(() => createPriceBook({ 'a/b': { input: bad, output: 1 } })).toThrow(
        expect.objectContaining({ code: 'CONFIG_INVALID' }),
      );
    }
    expect(() => createPriceBook({ gpt: { input: 1, output: 1 } })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    );
  });

  it('asks nothing for what runs on this machine', () => {
    expect(estimateCost(book.find('ollama', 'llama3'), { input: 1e6, output: 1e6 })).toBe(0);
    expect(estimateCost(book.find('builtin', 'extractive'), { input: 5, output: 5 })).toBe(0);
  });

  it('knows whose model a name is', () => {
    expect(book.providerOf('gpt-4o')).toBe('openai');
    expect(book.providerOf('unknown')).toBeNull();
  });
});

describe('cost of a call', () => {
  const price = book.find('openai', 'gpt-4o-mini');

  it('is exact and rounded up', () => {
    expect(estimateCost(price, { input: 1_000_000, output: 1_000_000 })).toBe(750_000);
    expect(estimateCost(price, { input: 1, output: 0 })).toBe(1);
    expect(estimateCost(price, { input: 0, output: 0 })).toBe(0);
    expect(estimateCost(price, { input: 1_000_000, output: 0, cached: 1_000_000 })).toBe(75_000);
  });

  it('never falls when tokens rise, and parts never cost less than the whole', () => {
    const count = fc.integer({ min: 0, max: 10_000_000 });
    fc.assert(
      fc.property(count, count, count, count, (a, b, c, d) => {
        const whole = estimateCost(price, { input: a + c, output: b + d });
        const parts =
          estimateCost(price, { input: a, output: b }) +
          estimateCost(price, { input: c, output: d });
        expect(whole).toBeGreaterThanOrEqual(estimateCost(price, { input: a, output: b }));
        expect(parts).toBeGreaterThanOrEqual(whole);
      }),
    );
  });

  it('refuses counts that are no counts', () => {
    for (const input of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 1e300]) {
      expect(() => estimateCost(price, { input, output: 0 })).toThrow(
        expect.objectContaining({ code: 'INPUT_INVALID' }),
      );
    }
    expect(() => estimateCost(price, { input: 1, output: 0, cached: 2 })).toThrow();
  });
});

describe('token counts', () => {
  it('bounds every byte-level tokenizer from above', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (text) => {
        expect(maxTokens(text)).toBe(Buffer.byteLength(text.toWellFormed(), 'utf8'));
        expect(estimateTokens(text)).toBeLessThanOrEqual(maxTokens(text));
      }),
    );
  });

  it.each([
    // Counts of the published cl100k_base vocabulary; the estimate must not be below them.
    ['The quick brown fox jumps over the lazy dog.', 10],
    ['Hello, world!', 4],
    ['antidisestablishmentarianism', 6],
    ['1234567890', 4],
    ['', 0],
  ])('%j is not counted below %d', (text, real) => {
    expect(estimateTokens(text)).toBeGreaterThanOrEqual(real);
  });
});
