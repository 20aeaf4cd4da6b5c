import { AkiosError } from './errors.ts';

/** Integer micro-dollars (1 USD = 1,000,000). Never a float, never negative where it is a price. */
export type Micros = number & { readonly __unit: 'micro-dollars' };

/** Largest amount handled: one billion dollars, far inside exact integer range. */
export const MAX_MICROS = 1_000_000_000_000_000;

/** Throws INPUT_INVALID unless `n` is an integer in 0..MAX_MICROS. */
export function micros(n: number): Micros {
  if (!Number.isSafeInteger(n) || n < 0 || n > MAX_MICROS) {
    throw new AkiosError('INPUT_INVALID', `Not an amount in micro-dollars: ${String(n)}.`, {
      hint: 'Amounts are whole micro-dollars from 0 to one billion dollars.',
    });
  }
  return n as Micros;
}

/**
 * Parses a decimal dollar amount ("1", "0.25", "$1.000001") exactly.
 * More than six decimals, signs, exponents, NaN and infinities are refused.
 */
export function parseUsd(input: string | number): Micros {
  const text = typeof input === 'number' ? plainNumber(input) : input.trim();
  const match = /^\$?(\d{1,10})(?:\.(\d{1,6}))?$/.exec(text);
  if (!match) {
    throw new AkiosError('INPUT_INVALID', `Not a dollar amount: ${JSON.stringify(text)}.`, {
      hint: 'Write it as 0.25 or $1.00, at most six decimals.',
    });
  }
  return micros(Number(match[1]) * 1_000_000 + Number((match[2] ?? '').padEnd(6, '0')));
}

/** A float that is an exact decimal of at most six places, else text that `parseUsd` refuses. */
function plainNumber(n: number): string {
  if (!Number.isFinite(n)) return String(n);
  const fixed = n.toFixed(6);
  return Number(fixed) === n ? fixed : String(n);
}

/** `$0.12`-style with `decimals` places (2 for limits, 6 where calls add up); rounds half up. */
export function formatUsd(amount: Micros | number, decimals: 2 | 6 = 2): string {
  const sign = amount < 0 ? '-' : '';
  const abs = Math.abs(amount);
  if (decimals === 6) {
    return `${sign}$${Math.floor(abs / 1_000_000)}.${String(abs % 1_000_000).padStart(6, '0')}`;
  }
  const cents = Math.floor((abs + 5_000) / 10_000);
  return `${sign}$${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`;
}

export function addMicros(...amounts: readonly Micros[]): Micros {
  return micros(amounts.reduce((sum: number, n) => sum + n, 0));
}
