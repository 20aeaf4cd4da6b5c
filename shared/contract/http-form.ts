import { type CallName, definitionOf } from './table.ts';

export const API_BASE = '/api/v1';

/** The HTTP form of a call. `body` is null for GET. */
export interface HttpForm {
  method: string;
  /** Path and query, below the origin. */
  url: string;
  body: string | null;
}

/**
 * Derives the HTTP form from the table alone: `:name` parts of the path are taken from the input,
 * the rest goes to the query for GET (each value as JSON) and to a JSON body otherwise.
 */
export function toHttpForm(name: CallName, input: Readonly<Record<string, unknown>>): HttpForm {
  const { method, path } = definitionOf(name);
  const rest: Record<string, unknown> = { ...input };
  const filled = path.replace(/:([A-Za-z]+)/g, (_whole, field: string) => {
    const value = rest[field];
    delete rest[field];
    return encodeURIComponent(String(value));
  });
  if (method !== 'GET') return { method, url: `${API_BASE}${filled}`, body: JSON.stringify(rest) };
  const query = Object.entries(rest)
    .filter(([, value]) => value !== undefined)
    .map(
      ([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(JSON.stringify(value))}`,
    )
    .join('&');
  return { method, url: `${API_BASE}${filled}${query === '' ? '' : `?${query}`}`, body: null };
}

/** JSON type of an input field, as its schema states it. */
export type FieldType = 'string' | 'number' | 'integer' | 'boolean' | 'other';

/**
 * Reads one query or path value. Text may come plain (`?q=a`) or as a JSON string (`?q="a"`), so
 * that a person can type an address and a program need not guess. What does not fit is handed on as
 * text, and the schema refuses it.
 */
export function fromQueryValue(text: string, type: FieldType): unknown {
  if (type === 'string') {
    return text.length >= 2 && text.startsWith('"') && text.endsWith('"') ? parsed(text) : text;
  }
  if (type === 'boolean') return text === 'true' ? true : text === 'false' ? false : text;
  if (type === 'other') return parsed(text);
  return /^-?\d{1,16}(?:\.\d{1,16})?$/.test(text) ? Number(text) : text;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    if (cause instanceof SyntaxError) return text;
    throw cause;
  }
}
