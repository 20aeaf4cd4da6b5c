import { createHash } from 'node:crypto';
import type { Json, JsonObject } from '../../../shared/domain/json.ts';
import type { EgressResponse } from '../../cage/egress/port.ts';

/** Headers worth keeping; the rest (cookies, tokens, traces) stays out of the run's data. */
const KEPT = new Set([
  'content-type',
  'content-length',
  'content-language',
  'etag',
  'last-modified',
  'location',
  'retry-after',
  'date',
  'allow',
  'link',
]);
const TEXT =
  /^(?:text\/|application\/(?:[\w.+-]*\+)?(?:json|xml)\b|application\/(?:javascript|x-www-form-urlencoded|yaml|x-ndjson))/i;

function decoded(response: EgressResponse): string | null {
  const type = response.headers['content-type'] ?? 'text/plain';
  if (!TEXT.test(type)) return null;
  const charset = /charset\s*=\s*"?([\w-]{1,40})/i.exec(type)?.[1] ?? 'utf-8';
  try {
    return new TextDecoder(charset).decode(response.body);
  } catch (thrown) {
    // A charset nobody knows: not text we could scan.
    if (thrown instanceof RangeError) return null;
    throw thrown;
  }
}

function parsedJson(type: string | undefined, text: string): Json | undefined {
  if (type === undefined || !/\bjson\b/i.test(type)) return undefined;
  try {
    return JSON.parse(text) as Json;
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return undefined;
    throw thrown;
  }
}

/** What a step gets of an answer. A binary body is named by size and hash: it cannot be scanned. */
export function answerOutput(
  response: EgressResponse,
  url: string,
  redirects: number,
  secrets: readonly string[],
): JsonObject {
  const hide = (text: string) =>
    secrets.reduce((shown, secret) => shown.replaceAll(secret, '«API_KEY»'), text);
  const text = decoded(response);
  const shown = text === null ? '' : hide(text);
  const data = parsedJson(response.headers['content-type'], shown);
  const headers: JsonObject = {};
  for (const [name, value] of Object.entries(response.headers)) {
    if (KEPT.has(name)) headers[name] = hide(value);
  }
  return {
    text: shown,
    status: response.status,
    ok: response.status < 400,
    url: hide(url),
    redirects,
    headers,
    bytes: response.body.length,
    ...(data === undefined ? {} : { data }),
    ...(text === null
      ? { binary: true, sha256: createHash('sha256').update(response.body).digest('hex') }
      : {}),
  };
}
