import { AkiosError } from '../domain/errors.ts';
import { parseUsd } from '../domain/money.ts';
import type { Bound } from './ast.ts';
import { queryError } from './query-error.ts';

const COMPARE = /^(>=|<=|>|<)(.*)$/s;
const SPAN_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const MINUTE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?Z?$/;

/** `5`, `>5`, `>=5`, `<5`, `<=5`, `5..9`, `5..`, `..9`; money in dollars, kept as micro-dollars. */
export function parseNumber(text: string, at: number, type: 'integer' | 'money'): Bound<number> {
  const one = (part: string): number => {
    if (type === 'integer' && /^\d{1,15}$/.test(part)) return Number(part);
    if (type === 'money') {
      try {
        return parseUsd(part);
      } catch (error) {
        if (!(error instanceof AkiosError)) throw error;
      }
    }
    const example = type === 'money' ? 'cost:>0.05' : 'seq:10..20';
    throw queryError(`Not a number: ${part}.`, at, `Write for example ${example}.`);
  };
  return parseBound(text, at, one, (value) => ({ from: value, to: value }));
}

function parseBound<T>(
  text: string,
  at: number,
  one: (part: string, end: boolean) => T,
  exact: (value: T) => Bound<T>,
): Bound<T> {
  const compare = COMPARE.exec(text);
  if (compare !== null) {
    const value = one(compare[2]!, false);
    const open = compare[1]!.length === 1;
    return compare[1]!.startsWith('>')
      ? { from: value, fromOpen: open }
      : { to: value, toOpen: open };
  }
  const dots = text.indexOf('..');
  if (dots < 0) return exact(one(text, false));
  const [low, high] = [text.slice(0, dots), text.slice(dots + 2)];
  if (low === '' && high === '') {
    throw queryError('A range needs at least one end.', at, 'Write low..high.');
  }
  return {
    ...(low === '' ? {} : { from: one(low, false) }),
    ...(high === '' ? {} : { to: one(high, true) }),
  };
}

/**
 * `24h` (the last 24 hours; s, m, h, d, w), a day, an instant, `>instant`, `a..b` or the ISO
 * interval `a/b` (end exclusive). Bounds are `YYYY-MM-DDTHH:MM:SS.sssZ`, so text order is time order.
 */
export function parseTime(text: string, at: number, now: number): Bound<string> {
  const span = /^(\d{1,6})([smhdw])$/.exec(text);
  if (span !== null) {
    const ms = Number(span[1]) * SPAN_MS[span[2] as keyof typeof SPAN_MS];
    return { from: new Date(Math.max(0, now - ms)).toISOString() };
  }
  const slash = text.indexOf('/');
  if (slash >= 0) {
    const from = instant(text.slice(0, slash), at);
    return {
      from: from.start,
      to: instant(text.slice(slash + 1), at + slash + 1).start,
      toOpen: true,
    };
  }
  if (DAY.test(text)) {
    const day = instant(text, at);
    return { from: day.start, to: day.end };
  }
  return parseBound<string>(
    text,
    at,
    (part, end) => (end ? instant(part, at).end : instant(part, at).start),
    (value) => ({ from: value, to: value }),
  );
}

function instant(text: string, at: number): { start: string; end: string } {
  const zoned = MINUTE.test(text) && !text.endsWith('Z') ? `${text}Z` : text;
  const ms = DAY.test(text) || MINUTE.test(text) ? Date.parse(zoned) : Number.NaN;
  // Date.parse rolls 30 February over into March: a date that does not come back is no date.
  if (Number.isNaN(ms) || !new Date(ms).toISOString().startsWith(text.slice(0, 10))) {
    throw queryError(
      `Not a time: ${text}.`,
      at,
      'Write 24h, 2026-01-31, 2026-01-31T10:00Z or a/b.',
    );
  }
  const start = new Date(ms).toISOString();
  return { start, end: DAY.test(text) ? new Date(ms + SPAN_MS.d - 1).toISOString() : start };
}
