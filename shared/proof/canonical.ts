/** RFC 8785 (JCS). Strings and numbers are written as ECMAScript writes them, keys in UTF-16 order. */

/** Canonical text. Throws TypeError for what JSON cannot carry: NaN, infinities, lone surrogates. */
export function canonicalize(value: unknown): string {
  if (value === null || value === true || value === false) return String(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError('A number without JSON form.');
    return JSON.stringify(value);
  }
  if (typeof value === 'string') return quote(value);
  if (Array.isArray(value)) return `[${value.map(canonicalize).join(',')}]`;
  if (typeof value === 'object') {
    const record = value as Record<string, unknown>;
    const parts: string[] = [];
    for (const key of Object.keys(record).sort()) {
      if (record[key] !== undefined) parts.push(`${quote(key)}:${canonicalize(record[key])}`);
    }
    return `{${parts.join(',')}}`;
  }
  throw new TypeError(`A ${typeof value} has no JSON form.`);
}

function quote(text: string): string {
  if (!text.isWellFormed()) throw new TypeError('A lone surrogate has no UTF-8 form.');
  return JSON.stringify(text);
}

/**
 * Whether `text` is the canonical form of `parsed` (= JSON.parse(text)). Duplicate keys, white
 * space, other number spellings and other key orders all fail.
 */
export function isCanonical(text: string, parsed: unknown): boolean {
  try {
    return isWritten(text, parsed);
  } catch (error) {
    // TypeError: a lone surrogate. RangeError: nested so deep that no stack holds it.
    if (error instanceof TypeError || error instanceof RangeError) return false;
    throw error;
  }
}

function isWritten(text: string, parsed: unknown): boolean {
  // JSON.stringify keeps key order, so for sorted keys it is the canonical writer and much faster.
  // It escapes lone surrogates, which canonical JSON refuses: those take the exact way below.
  if (!text.includes('\\ud') && text.isWellFormed()) {
    if (JSON.stringify(parsed) === text && keysSorted(parsed)) return true;
  }
  return canonicalize(parsed) === text;
}

function keysSorted(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) return value.every(keysSorted);
  let last: string | undefined;
  for (const key in value) {
    if (last !== undefined && last >= key) return false;
    last = key;
    const item = (value as Record<string, unknown>)[key];
    if (typeof item === 'object' && item !== null && !keysSorted(item)) return false;
  }
  return true;
}
