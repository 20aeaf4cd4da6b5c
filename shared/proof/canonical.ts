/** RFC 8785 (JCS). Strings and numbers are written as ECMAScript writes them, keys in UTF-16 order. */

/** Deeper than this, nothing is done by recursion: a hostile body must not exhaust the stack. */
const MAX_RECURSION = 200;

/** Canonical text. Throws TypeError for what JSON cannot carry: NaN, infinities, lone surrogates. */
export function canonicalize(value: unknown): string {
  return write(value, 0);
}

function write(value: unknown, depth: number): string {
  if (typeof value !== 'object' || value === null) return scalar(value);
  if (depth > MAX_RECURSION) return writeDeep(value);
  if (Array.isArray(value)) return `[${value.map((item) => write(item, depth + 1)).join(',')}]`;
  const record = value as Record<string, unknown>;
  const parts: string[] = [];
  for (const key of Object.keys(record).sort()) {
    if (record[key] !== undefined) parts.push(`${quote(key)}:${write(record[key], depth + 1)}`);
  }
  return `{${parts.join(',')}}`;
}

function scalar(value: unknown): string {
  if (value === null || value === true || value === false) return String(value);
  if (typeof value === 'string') return quote(value);
  if (typeof value !== 'number') throw new TypeError(`A ${typeof value} has no JSON form.`);
  if (!Number.isFinite(value)) throw new TypeError('A number without JSON form.');
  return JSON.stringify(value);
}

/** A text that is ready, or a value still to be written. */
type Pending = string | { value: unknown };

/** The same with a stack of its own, in which what comes first lies on top. */
function writeDeep(value: unknown): string {
  const out: string[] = [];
  const pending: Pending[] = [{ value }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (typeof next === 'string') out.push(next);
    else if (typeof next.value !== 'object' || next.value === null) out.push(scalar(next.value));
    else for (const part of partsOf(next.value).reverse()) pending.push(part);
  }
  return out.join('');
}

/** What a container is written as, in order. */
function partsOf(container: object): Pending[] {
  const isList = Array.isArray(container);
  const keys = Object.keys(container).filter(
    (key) => isList || container[key as never] !== undefined,
  );
  const items = (isList ? keys : keys.sort()).flatMap((key, i): Pending[] => {
    const name = isList ? '' : `${quote(key)}:`;
    return [`${i > 0 ? ',' : ''}${name}`, { value: container[key as never] }];
  });
  return [isList ? '[' : '{', ...items, isList ? ']' : '}'];
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
    return isFastForm(text, parsed) || canonicalize(parsed) === text;
  } catch (error) {
    // A lone surrogate.
    if (error instanceof TypeError) return false;
    throw error;
  }
}

/**
 * JSON.stringify keeps key order, so for sorted keys it is the canonical writer and much faster. It
 * escapes lone surrogates, which canonical JSON refuses, and it cannot nest deep: false for both.
 */
function isFastForm(text: string, parsed: unknown): boolean {
  if (text.includes('\\ud') || !text.isWellFormed()) return false;
  try {
    return JSON.stringify(parsed) === text && keysSorted(parsed);
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
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
