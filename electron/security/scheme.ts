import { CONSOLE_HEADERS } from '../../shared/domain/security-headers.ts';
import { isAppUrl } from './origin.ts';

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  png: 'image/png',
  woff2: 'font/woff2',
  json: 'application/json',
};

/** What the bundle holds: names relative to its root, listed once at start. */
export interface BundleFiles {
  names: ReadonlySet<string>;
  read(name: string): Promise<Uint8Array<ArrayBuffer>>;
}

/**
 * Answers a request of our scheme from a fixed list of names. A path is looked up, never joined,
 * so `..`, encodings, absolute paths and links cannot leave the bundle.
 */
export async function serveBundle(
  url: string,
  method: string,
  files: BundleFiles,
): Promise<Response> {
  if (method !== 'GET' && method !== 'HEAD') return answer(405, 'method not allowed');
  if (!isAppUrl(url)) return answer(404, 'not found');
  const name = new URL(url).pathname.slice(1);
  if (!files.names.has(name)) return answer(404, 'not found');
  const type = TYPES[name.slice(name.lastIndexOf('.') + 1)];
  if (type === undefined) return answer(404, 'not found');
  const body = await files.read(name);
  return new Response(method === 'HEAD' ? null : body, {
    status: 200,
    headers: { ...CONSOLE_HEADERS, 'content-type': type },
  });
}

function answer(status: number, text: string): Response {
  return new Response(text, {
    status,
    headers: { ...CONSOLE_HEADERS, 'content-type': 'text/plain; charset=utf-8' },
  });
}
