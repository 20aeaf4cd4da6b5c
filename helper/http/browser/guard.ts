import type { IncomingMessage } from 'node:http';
import { API_BASE } from '../../../shared/contract/http-form.ts';
import { AkiosError } from '../../../shared/domain/errors.ts';

export interface Site {
  /** `127.0.0.1:PORT` or `[::1]:PORT`, exactly as the browser must send it. */
  host: string;
  /** `http://` + host. */
  origin: string;
  /** Cookies ignore ports, so the name carries ours. */
  cookie: string;
}

/** A refusal with its own HTTP status, decided before anything is parsed. */
export class Refusal extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * Host, Origin, fetch-site, method and header checks of every request. Exact comparisons only:
 * a prefix test on a host name is how others were broken into.
 * @throws Refusal
 */
export function checkRequest(request: IncomingMessage, site: Site): void {
  const { method = '', url = '', headers } = request;
  if (countHeader(request, 'host') !== 1 || headers.host !== site.host || !url.startsWith('/')) {
    throw new Refusal(421, 'This server answers under its own address only.');
  }
  if (method !== 'GET' && method !== 'POST') throw refusedMethod(method);
  const fetchSite = headers['sec-fetch-site'];
  const navigates = headers['sec-fetch-mode'] === 'navigate' && method === 'GET' && !isApi(url);
  if (
    fetchSite !== undefined &&
    fetchSite !== 'same-origin' &&
    fetchSite !== 'none' &&
    !navigates
  ) {
    throw new Refusal(403, 'Other sites may not use this server.');
  }
  if (
    countHeader(request, 'origin') > 1 ||
    (headers.origin !== undefined && headers.origin !== site.origin)
  ) {
    throw new Refusal(403, 'Other origins may not use this server.');
  }
  const events = url.startsWith(`${API_BASE}/events`);
  // EventSource of the same origin sends no Origin for GET; the fetch metadata stands in for it.
  if (events && headers.origin === undefined && fetchSite !== 'same-origin') {
    throw new Refusal(403, 'The event stream is for the console of this server.');
  }
  if (method === 'POST') checkPost(request, site);
}

function checkPost({ headers }: IncomingMessage, site: Site): void {
  if (headers.origin !== site.origin)
    throw new Refusal(403, 'A changing request needs its Origin.');
  if (headers['x-akios'] !== '1')
    throw new Refusal(403, 'A changing request needs the x-akios header.');
  const type = (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json') throw new Refusal(415, 'The body must be application/json.');
}

function refusedMethod(method: string): Refusal {
  return method === 'OPTIONS'
    ? new Refusal(403, 'There is no cross-origin access.')
    : new Refusal(405, 'This method is not allowed.');
}

export function isApi(url: string): boolean {
  return url === API_BASE || url.startsWith(`${API_BASE}/`) || url.startsWith(`${API_BASE}?`);
}

function countHeader(request: IncomingMessage, name: string): number {
  const { rawHeaders } = request;
  let count = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (rawHeaders[i]?.toLowerCase() === name) count += 1;
  }
  return count;
}

/** The value of our cookie; a request that sends it twice is refused. */
export function sessionCookie(request: IncomingMessage, name: string): string | null {
  const values = (request.headers.cookie ?? '')
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part.startsWith(`${name}=`))
    .map((part) => part.slice(name.length + 1));
  if (values.length > 1) throw new AkiosError('UNAUTHENTICATED', 'The session cookie came twice.');
  return values[0] ?? null;
}
