import { AkiosError } from '../../shared/domain/errors.ts';
import type { Json, JsonObject } from '../../shared/domain/json.ts';
import type { Redacted } from '../../shared/redaction/span.ts';
import { typeInfo } from '../../shared/redaction/types.ts';
import type { TextRedactor } from './port.ts';

export interface CleanResult<T extends Json = JsonObject> {
  value: T;
  counts: Record<string, number>;
}

/** Deeper or wider values than any agent has reason to hand over. */
const MAX_DEPTH = 64;
const MAX_STRINGS = 200_000;
/** Fields short enough to be pieces of one value, and how many of them are read together. */
const MAX_PART = 40;
const MAX_PARTS = 64;

/** The name of a stored secret in place of its value; the agent resolves it inside the helper. */
const SECRET_NAME = /^\$\{[A-Z][A-Z0-9_]{0,63}\}$/;

/**
 * Redacts every string of a JSON value, names of keys included.
 * @throws AkiosError REDACTION_FAILED; there is no partial result
 */
export function redactJson<T extends Json>(redactor: TextRedactor, value: T): CleanResult<T> {
  const cleaner = new Cleaner(redactor);
  return { value: cleaner.clean(value, undefined, 0) as T, counts: cleaner.counts };
}

/**
 * `redactJson` with every detector that the settings name.
 * @throws AkiosError REDACTION_FAILED; there is no partial result
 */
export async function redactJsonFully<T extends Json>(
  redactor: TextRedactor,
  value: T,
): Promise<CleanResult<T>> {
  return redactJson(await prepared(redactor, value), value);
}

/** The redactor that has read all texts of a value, names of keys included. */
export async function prepared(redactor: TextRedactor, value: Json): Promise<TextRedactor> {
  const texts: string[] = [];
  collect(value, texts, 0);
  try {
    return await redactor.prepare(texts);
  } catch (error) {
    throw incomplete(error);
  }
}

function collect(value: Json, into: string[], depth: number): void {
  if (depth > MAX_DEPTH) throw failed('The value is nested too deep to be scanned.');
  if (into.length > MAX_STRINGS) throw failed('The value has too many parts to be scanned.');
  if (typeof value === 'string') into.push(value);
  if (value === null || typeof value !== 'object') return;
  for (const [key, inner] of Object.entries(value)) {
    if (!Array.isArray(value)) into.push(key);
    collect(inner, into, depth + 1);
  }
}

/**
 * Redacts what leaves: parameters of an effect. Values under `addressing` keys are never changed;
 * personal data in one of them denies the effect, because a changed address is another effect.
 * @throws AkiosError DENIED (names the key, not the value), REDACTION_FAILED
 */
export async function redactOutbound(
  plain: TextRedactor,
  params: JsonObject,
  addressing: readonly string[],
): Promise<CleanResult> {
  const redactor = await prepared(plain, params);
  const cleaner = new Cleaner(redactor);
  const entries: [string, Json][] = [];
  for (const [key, value] of Object.entries(params)) {
    if (typeof value === 'string' && SECRET_NAME.test(value)) {
      entries.push([key, value]);
      continue;
    }
    if (!addressing.includes(key)) {
      entries.push([key, cleaner.clean(value, key, 0)]);
      continue;
    }
    const found = Object.keys(redactJson(redactor, value).counts);
    if (found.length > 0) {
      throw new AkiosError(
        'DENIED',
        `The parameter "${key}" holds personal data (${found.join(', ')}).`,
        {
          hint: 'It says where the effect goes, so it is not rewritten. Use an address without personal data.',
          where: key,
        },
      );
    }
    entries.push([key, value]);
  }
  return { value: Object.fromEntries(entries), counts: cleaner.counts };
}

/** One text, counts added to `into`. */
export function redactText(
  redactor: TextRedactor,
  text: string,
  into?: Record<string, number>,
): string {
  const redacted = scan(redactor, text, undefined);
  if (into) addCounts(into, redacted.counts);
  return redacted.text;
}

export function addCounts(
  into: Record<string, number>,
  more: Readonly<Record<string, number>>,
): void {
  for (const [type, n] of Object.entries(more)) into[type] = (into[type] ?? 0) + n;
}

export function countTotal(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, n) => sum + n, 0);
}

class Cleaner {
  readonly counts: Record<string, number> = {};
  private readonly redactor: TextRedactor;
  private strings = 0;

  constructor(redactor: TextRedactor) {
    this.redactor = redactor;
  }

  clean(value: Json, label: string | undefined, depth: number): Json {
    if (depth > MAX_DEPTH) throw failed('The value is nested too deep to be scanned.');
    if (typeof value === 'string') return this.text(value, label);
    if (typeof value === 'number') return this.number(value, label);
    if (Array.isArray(value)) {
      const spread = this.spread(value);
      return value.map((item, i) => spread.get(i) ?? this.clean(item, label, depth + 1));
    }
    if (value === null || typeof value !== 'object') return value;
    const seen = new Set<string>();
    const entries: [string, Json][] = [];
    const spread = this.spread(Object.values(value));
    for (const [i, [key, inner]] of Object.entries(value).entries()) {
      let name = this.text(key, undefined);
      for (let n = 2; seen.has(name); n += 1) name = `${this.text(key, undefined)} (${n})`;
      seen.add(name);
      entries.push([name, spread.get(i) ?? this.clean(inner, key, depth + 1)]);
    }
    return Object.fromEntries(entries);
  }

  /**
   * A value cut into neighbouring fields is still that value. Short neighbours are also read as
   * one text, with and without a space between; each that holds a part of a finding that crosses
   * fields becomes its marker. Only types settled by their own shape: lists of words would
   * otherwise read as names and addresses.
   */
  private spread(values: readonly Json[]): Map<number, string> {
    const found = new Map<number, string>();
    const parts = values.map((v) => (typeof v === 'number' ? String(v) : v));
    const short = (v: Json | undefined): v is string =>
      typeof v === 'string' && v.length <= MAX_PART;
    for (let from = 0; from < parts.length; from += 1) {
      if (!short(parts[from])) continue;
      let to = from;
      while (to + 1 < parts.length && to - from < MAX_PARTS && short(parts[to + 1])) to += 1;
      if (to > from) {
        for (const glue of ['', ' ']) this.crossing(parts as string[], from, to, glue, found);
      }
      from = to;
    }
    return found;
  }

  private crossing(
    parts: readonly string[],
    from: number,
    to: number,
    glue: string,
    found: Map<number, string>,
  ): void {
    const starts: number[] = [];
    let text = '';
    for (let i = from; i <= to; i += 1) {
      starts.push(text.length);
      text += (parts[i] ?? '') + (i < to ? glue : '');
    }
    for (const { span, start, end, marker } of scan(this.redactor, text, undefined).replacements) {
      if (typeInfo(span.type)?.decidedBy !== 'format') continue;
      const touched = starts
        .map((at, i) => ({ i: from + i, at, end: at + (parts[from + i] ?? '').length }))
        .filter((part) => part.at < end && start < part.end);
      if (touched.length < 2) continue;
      for (const part of touched) found.set(part.i, marker);
      addCounts(this.counts, { [span.type]: 1 });
    }
  }

  private text(text: string, label: string | undefined): string {
    this.strings += 1;
    if (this.strings > MAX_STRINGS) throw failed('The value has too many parts to be scanned.');
    const redacted = scan(this.redactor, text, label);
    addCounts(this.counts, redacted.counts);
    return redacted.text;
  }

  /** A card or social-security number does not stop being one because it is a JSON number. */
  private number(value: number, label: string | undefined): Json {
    if (!Number.isSafeInteger(value) || Math.abs(value) < 100_000) return value;
    const digits = String(value);
    const redacted = scan(this.redactor, digits, label);
    if (redacted.text === digits) return value;
    addCounts(this.counts, redacted.counts);
    return redacted.text;
  }
}

function scan(redactor: TextRedactor, text: string, label: string | undefined): Redacted {
  if (text === '') return { text, counts: {}, replacements: [] };
  try {
    return redactor.redact(text, label);
  } catch (error) {
    throw incomplete(error);
  }
}

/** The detector that failed is named; no message of an error that could quote the text is. */
function incomplete(error: unknown): AkiosError {
  const source = error instanceof AkiosError ? error.details?.['source'] : undefined;
  const by = typeof source === 'string' ? ` by the detector "${source}"` : '';
  return failed(
    `The scan for personal data${by} did not complete, so the text is withheld.`,
    error,
  );
}

function failed(message: string, cause?: unknown): AkiosError {
  return new AkiosError('REDACTION_FAILED', message, {
    hint: 'Nothing left the cage. Run `akios doctor` to test the detector.',
    ...(cause === undefined ? {} : { cause }),
  });
}

/** Half of a surrogate pair has no UTF-8 form, so nothing downstream could store or sign it. */
export function wellFormed<T extends Json>(value: T): T {
  return wellFormedJson(value) as T;
}

function wellFormedJson(value: Json): Json {
  if (typeof value === 'string') return value.toWellFormed();
  if (Array.isArray(value)) return value.map(wellFormedJson);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key.toWellFormed(), wellFormedJson(inner)]),
  );
}

/** Characters that move the cursor, hide text or turn its direction, shown as \u{...}. */
export function escapeControl(text: string): string {
  return text.replace(
    /[\p{Cc}\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/gu,
    (c) => (c === '\t' ? c : `\\u{${(c.codePointAt(0) ?? 0).toString(16)}}`),
  );
}
