import type * as z from 'zod';
import { AkiosError } from '../../../shared/domain/errors.ts';
import type { JsonObject } from '../../../shared/domain/json.ts';
import { judgeUrl } from '../../cage/egress/judge.ts';
import type { EgressResponse } from '../../cage/egress/port.ts';
import type {
  ActionContext,
  ActionResult,
  Agent,
  AgentAction,
  EffectDescription,
} from '../port.ts';
import { answerOutput } from './answer.ts';
import { anyMethodParams, type HttpParams, httpParams } from './params.ts';
import { type RateLimit, RunRate } from './rate.ts';

const METHODS = ['get', 'post', 'put', 'patch', 'delete', 'head', 'options'] as const;
type Method = (typeof METHODS)[number];
const SAFE: ReadonlySet<Method> = new Set(['get', 'head', 'options']);
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** What a listed host may see of another listed host's login: nothing. */
const CREDENTIALS =
  /^(?:authorization|cookie|proxy-authorization|x-api-key|x-auth-token|api-key)$/i;

export interface HttpAgentOptions {
  /** Per run; default 10 requests in 60 s, redirects included. */
  rate?: RateLimit;
  /** Bytes of one answer; default 5 MiB. */
  maxResponseBytes?: number;
  /** Milliseconds, never going back. */
  now?: () => number;
}

interface Prepared {
  method: Method;
  url: string;
  headers: Record<string, string>;
  body: string | undefined;
}

function methodOf(raw: string): Method {
  const method = METHODS.find((known) => known === raw.toLowerCase());
  if (method !== undefined) return method;
  throw new AkiosError('INPUT_INVALID', `The method ${raw.slice(0, 16)} is not offered.`, {
    hint: `Methods: ${METHODS.join(', ')}.`,
  });
}

function addressOf(params: HttpParams): string {
  const { url } = judgeUrl(params.url);
  for (const [name, value] of Object.entries(params.params ?? {})) {
    url.searchParams.append(name, String(value));
  }
  url.hash = '';
  return url.href;
}

function prepare(method: Method, params: HttpParams): Prepared {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(params.headers ?? {})) {
    headers[name.toLowerCase()] = value;
  }
  const { data } = params;
  if (data === undefined || data === null) {
    return { method, url: addressOf(params), headers, body: undefined };
  }
  if (SAFE.has(method)) {
    throw new AkiosError('INPUT_INVALID', `A ${method} request carries no data.`, {
      hint: 'Use params for the query, or post.',
    });
  }
  const isText = typeof data === 'string';
  headers['content-type'] ??= isText ? 'text/plain; charset=utf-8' : 'application/json';
  const body = isText ? data : JSON.stringify(data);
  return { method, url: addressOf(params), headers, body };
}

/** Adds the login from the secret store; only secrets made for this agent (`HTTP_...`). */
function withLogin(
  prepared: Prepared,
  params: HttpParams,
  context: ActionContext,
): { prepared: Prepared; secrets: string[] } {
  const { auth } = params;
  if (auth === undefined) return { prepared, secrets: [] };
  const secret = context.secret(auth.secret);
  if (secret === undefined || secret === '') {
    throw new AkiosError('INPUT_INVALID', `The secret ${auth.secret} is not set.`, {
      hint: `Put ${auth.secret}=... into .env of the project.`,
    });
  }
  const basic = Buffer.from(`${auth.user ?? ''}:${secret}`).toString('base64');
  const value = auth.type === 'bearer' ? `Bearer ${secret}` : `Basic ${basic}`;
  const headers = { ...prepared.headers, authorization: value };
  // A server that echoes what it was sent must not put the login into the run's data.
  return { prepared: { ...prepared, headers }, secrets: [basic, secret] };
}

/** The next request after a redirect, or null when the answer is no redirect. Judged like a first. */
function redirected(from: Prepared, response: EgressResponse): Prepared | null {
  const location = response.headers['location'];
  if (!REDIRECTS.has(response.status) || location === undefined) return null;
  const here = new URL(from.url);
  if (!URL.canParse(location, here.href)) {
    throw new AkiosError('PROVIDER_FAILED', 'The answer redirects to something that is no URL.');
  }
  const next = new URL(location, here);
  next.hash = '';
  judgeUrl(next.href);
  const becomesGet =
    (response.status === 303 && from.method !== 'head') ||
    (response.status < 303 && from.method === 'post');
  const sameOrigin = next.origin === here.origin;
  const method: Method = becomesGet ? 'get' : from.method;
  if (!sameOrigin && !SAFE.has(method)) {
    throw new AkiosError('NET_DENIED', 'The answer redirects the data to another host.', {
      hint: 'Send the request to that host by name, if it is listed.',
      details: { host: next.hostname, reason: 'redirect with data' },
    });
  }
  const headers = Object.fromEntries(
    Object.entries(from.headers).filter(
      ([name]) =>
        (sameOrigin || !CREDENTIALS.test(name)) && !(becomesGet && /^content-/.test(name)),
    ),
  );
  return { method, url: next.href, headers, body: becomesGet ? undefined : from.body };
}

async function exchange(
  method: Method,
  params: HttpParams,
  context: ActionContext,
  rate: RunRate,
  maxResponseBytes: number,
): Promise<ActionResult> {
  const { prepared, secrets } = withLogin(prepare(method, params), params, context);
  const maxRedirects = params.max_redirects ?? 5;
  const deadline = performance.now() + (params.timeout ?? 30) * 1000;
  let current = prepared;
  for (let redirects = 0; ; redirects += 1) {
    rate.take(context.run);
    const response = await context.egress.request(context.egressPolicy, {
      method: current.method,
      url: current.url,
      headers: current.headers,
      ...(current.body === undefined ? {} : { body: current.body }),
      timeoutMs: Math.max(1, Math.round(deadline - performance.now())),
      maxResponseBytes,
      signal: context.signal,
    });
    const next = maxRedirects === 0 ? null : redirected(current, response);
    if (next === null) return finished(response, current, redirects, secrets, params);
    if (redirects >= maxRedirects) {
      throw new AkiosError('PROVIDER_FAILED', `More than ${maxRedirects} redirects in a row.`);
    }
    current = next;
  }
}

function finished(
  response: EgressResponse,
  request: Prepared,
  redirects: number,
  secrets: readonly string[],
  params: HttpParams,
): ActionResult {
  if (response.status >= 400 && params.raise_for_status !== false) {
    throw new AkiosError('REMOTE_STATUS', `The server answered ${response.status}.`, {
      hint: 'Set raise_for_status: false to get the answer as the output of the step.',
      details: { status: response.status, host: new URL(request.url).host },
    });
  }
  return { output: answerOutput(response, request.url, redirects, secrets) };
}

function describe(method: Method, params: HttpParams): EffectDescription {
  const { host, port } = judgeUrl(addressOf(params));
  const shown = host.includes(':') ? `[${host}]` : host;
  const isSafe = SAFE.has(method);
  return {
    gate: 'net',
    action: method,
    target: `${shown}:${port}`,
    reversibility: isSafe ? 'full' : 'none',
    idempotent: isSafe || method === 'put' || method === 'delete',
    sideEffects: isSafe
      ? `Asks ${shown}; the redacted address and headers leave this machine.`
      : `Sends redacted data to ${shown}; what it does there cannot be undone from here.`,
  };
}

/**
 * The http agent: HTTPS requests through the egress of the run. Every redirect is judged like a
 * first request and counts against the rate. Throws NET_DENIED, RATE_LIMITED, TIMEOUT, ANSWER_TOO_LARGE,
 * REMOTE_STATUS, PROVIDER_FAILED, INPUT_INVALID.
 */
export function createHttpAgent(options: HttpAgentOptions = {}): Agent {
  const rate = new RunRate(
    options.rate ?? { requests: 10, windowMs: 60_000 },
    options.now ?? (() => performance.now()),
  );
  const maxBytes = options.maxResponseBytes ?? 5 * 1024 * 1024;
  const perform = (method: Method, params: HttpParams, context: ActionContext) =>
    exchange(method, params, context, rate, maxBytes);
  const actions: AgentAction[] = METHODS.map((method) => ({
    name: method,
    aliases: [method.toUpperCase()],
    params: httpParams as unknown as z.ZodType<JsonObject>,
    addressing: ['auth'],
    describe: (given) => describe(method, httpParams.parse(given)),
    perform: (given, context) => perform(method, httpParams.parse(given), context),
  }));
  actions.push({
    name: 'request',
    aliases: [],
    params: anyMethodParams as unknown as z.ZodType<JsonObject>,
    addressing: ['auth', 'method'],
    describe: (given) => {
      const { method, ...params } = anyMethodParams.parse(given);
      return describe(methodOf(method), params);
    },
    perform: (given, context) => {
      const { method, ...params } = anyMethodParams.parse(given);
      return perform(methodOf(method), params, context);
    },
  });
  return { name: 'http', actions };
}
