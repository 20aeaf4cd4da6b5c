import { type CallName, definitionOf } from '../../shared/contract/table.ts';

export const API_BASE = '/api/v1';

export interface HttpRequest {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: string | null;
}

/**
 * The HTTP form of a call, from the contract table alone: `:name` parts of the path from the input,
 * the rest in the query (each value as JSON) for GET, else as a JSON body.
 */
export function httpRequest(name: CallName, input: Readonly<Record<string, unknown>>): HttpRequest {
  const { method, path } = definitionOf(name);
  const rest = { ...input };
  const filled = path.replace(/:([A-Za-z]+)/g, (_whole, field: string) => {
    const value = rest[field];
    delete rest[field];
    return encodeURIComponent(String(value));
  });
  if (method === 'GET') {
    const query = new URLSearchParams();
    for (const [key, value] of Object.entries(rest)) {
      if (value !== undefined) query.set(key, JSON.stringify(value));
    }
    const text = query.toString();
    return {
      method,
      url: `${API_BASE}${filled}${text === '' ? '' : `?${text}`}`,
      headers: { accept: 'application/json' },
      body: null,
    };
  }
  return {
    method,
    url: `${API_BASE}${filled}`,
    headers: { accept: 'application/json', 'content-type': 'application/json', 'x-akios': '1' },
    body: JSON.stringify(rest),
  };
}
