import { AkiosError } from '../../../shared/domain/errors.ts';
import { MAX_MICROS, type Micros, micros, parseUsd } from '../../../shared/domain/money.ts';
import { PRICE_COPIES, PRICE_SOURCES, type PriceCopy } from './table.data.ts';

/** Micro-dollars per million tokens: the same number as the dollar price per token times 10^12. */
export interface ModelPrice {
  provider: string;
  model: string;
  inputPerMillion: Micros;
  outputPerMillion: Micros;
  /** Input the provider says it read from its cache; null = charged as plain input. */
  cachedPerMillion: Micros | null;
  /** Day the price was read, YYYY-MM-DD. */
  asOf: string;
  /** Where it stands, or `settings` for a price the user gave. */
  source: string;
  /** A copy that says the same; null: the price was compared with nothing. */
  confirmed: PriceCopy | null;
}

/** A price the user gives, US dollars per million tokens. */
export interface PriceOverride {
  input: number | string;
  output: number | string;
  cached?: number | string | undefined;
  as_of?: string | undefined;
}

export interface TokenCount {
  input: number;
  output: number;
  /** Part of `input` that was read from the provider's cache. */
  cached?: number;
}

export interface PriceBook {
  /** @throws AkiosError PRICE_UNKNOWN: an effect without a known price does not happen */
  find(provider: string, model: string): ModelPrice;
  /** The provider whose table names this model, when it is exactly one. */
  providerOf(model: string): string | null;
  list(): readonly ModelPrice[];
}

/** Providers that run on this machine or inside the helper: no money is owed to anyone. */
export const FREE_PROVIDERS: ReadonlySet<string> = new Set(['builtin', 'ollama', 'local']);

/**
 * The shipped table with the user's prices over it.
 * @param overrides by `provider/model`; they replace the shipped price completely
 * @throws AkiosError CONFIG_INVALID for a price that is not an amount
 */
export function createPriceBook(
  overrides: Readonly<Record<string, PriceOverride>> = {},
): PriceBook {
  const prices = new Map<string, ModelPrice>();
  for (const { provider, asOf, source, rows } of PRICE_SOURCES) {
    for (const [model, input, output, cached, copy] of rows) {
      prices.set(`${provider}/${model}`, {
        provider,
        model,
        inputPerMillion: parseUsd(input),
        outputPerMillion: parseUsd(output),
        cachedPerMillion: cached === null ? null : parseUsd(cached),
        asOf,
        source,
        confirmed: copy === undefined ? null : PRICE_COPIES[copy],
      });
    }
  }
  for (const [key, price] of Object.entries(overrides)) prices.set(key, fromOverride(key, price));
  return {
    find: (provider, model) => prices.get(`${provider}/${model}`) ?? freeOrUnknown(provider, model),
    providerOf: (model) => {
      const owners = [...prices.values()].filter((price) => price.model === model);
      return owners.length === 1 ? (owners[0]?.provider ?? null) : null;
    },
    list: () => [...prices.values()],
  };
}

/** What a person should know about a price before money depends on it; null when it is their own. */
export function priceNote(price: ModelPrice): string | null {
  const { provider, model, confirmed, asOf, source } = price;
  if (source === 'settings' || FREE_PROVIDERS.has(provider)) return null;
  const name = `Price of ${provider}/${model} (as of ${asOf})`;
  if (confirmed === null) return `${name}: unconfirmed, compare it with ${source}.`;
  const by =
    confirmed.by === 'provider' ? "a copy of the provider's page" : 'a page that quotes it';
  return `${name}: compared with ${by} (${confirmed.copied}), not with the page of today.`;
}

function fromOverride(key: string, price: PriceOverride): ModelPrice {
  const slash = key.indexOf('/');
  if (slash < 1 || slash === key.length - 1) throw badOverride(key, 'name it provider/model');
  try {
    return {
      provider: key.slice(0, slash),
      model: key.slice(slash + 1),
      inputPerMillion: parseUsd(price.input),
      outputPerMillion: parseUsd(price.output),
      cachedPerMillion: price.cached === undefined ? null : parseUsd(price.cached),
      asOf: price.as_of ?? 'unknown',
      source: 'settings',
      confirmed: { by: 'provider', page: 'settings', copied: price.as_of ?? 'undated' },
    };
  } catch (error) {
    if (error instanceof AkiosError) throw badOverride(key, error.message);
    throw error;
  }
}

function badOverride(key: string, reason: string): AkiosError {
  return new AkiosError('CONFIG_INVALID', `prices.${key}: ${reason}.`, {
    where: `prices.${key}`,
    hint: 'Give US dollars per million tokens, e.g. openai/gpt-4o-mini: {input: 0.15, output: 0.60}.',
  });
}

function freeOrUnknown(provider: string, model: string): ModelPrice {
  if (FREE_PROVIDERS.has(provider)) {
    return {
      provider,
      model,
      inputPerMillion: micros(0),
      outputPerMillion: micros(0),
      cachedPerMillion: micros(0),
      asOf: 'always',
      source: 'runs on this machine',
      confirmed: { by: 'provider', page: 'runs on this machine', copied: 'always' },
    };
  }
  throw new AkiosError('PRICE_UNKNOWN', `No price is known for ${provider}/${model}.`, {
    hint: `Add it to config.yaml: prices: {"${provider}/${model}": {input: USD, output: USD}} per million tokens.`,
    details: { provider, model },
  });
}

/**
 * Cost of a call, rounded up to the next micro-dollar; a count that is not a plain number of
 * tokens is refused, never guessed.
 */
export function estimateCost(price: ModelPrice, tokens: TokenCount): Micros {
  const cached = price.cachedPerMillion === null ? 0 : (tokens.cached ?? 0);
  for (const count of [tokens.input, tokens.output, cached]) {
    if (!Number.isSafeInteger(count) || count < 0) {
      throw new AkiosError('INPUT_INVALID', 'A token count must be a whole number from 0.');
    }
  }
  if (cached > tokens.input) {
    throw new AkiosError('INPUT_INVALID', 'More cached tokens than input tokens.');
  }
  const total =
    BigInt(tokens.input - cached) * BigInt(price.inputPerMillion) +
    BigInt(cached) * BigInt(price.cachedPerMillion ?? 0) +
    BigInt(tokens.output) * BigInt(price.outputPerMillion);
  const rounded = (total + 999_999n) / 1_000_000n;
  if (rounded > BigInt(MAX_MICROS)) {
    throw new AkiosError('BUDGET_EXCEEDED', 'This call would cost more than a billion dollars.');
  }
  return micros(Number(rounded));
}
