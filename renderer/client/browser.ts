import { errorEnvelope } from '../../shared/contract/common.ts';
import type { CallInput, CallName, CallOutput } from '../../shared/contract/table.ts';
import type { Result } from '../../shared/domain/errors.ts';
import { type ConsoleApi, readEvent, readOutput, type StreamMessage, unreachable } from './api.ts';
import { API_BASE, httpRequest } from './http-request.ts';

const EVENT_KINDS = [
  'snapshot',
  'cage',
  'run',
  'step',
  'log',
  'budget',
  'ledger',
  'heartbeat',
] as const;

async function call<N extends CallName>(
  name: N,
  input: CallInput<N>,
  signal?: AbortSignal,
): Promise<Result<CallOutput<N>>> {
  const request = httpRequest(name, input as Record<string, unknown>);
  let response: Response;
  let body: unknown;
  try {
    response = await fetch(request.url, {
      method: request.method,
      headers: request.headers,
      body: request.body,
      credentials: 'same-origin',
      cache: 'no-store',
      redirect: 'error',
      signal: signal ?? null,
    });
    body = await response.json();
  } catch (cause) {
    if (signal?.aborted === true) {
      return { ok: false, error: { code: 'CANCELLED', message: 'The call was cancelled.' } };
    }
    if (cause instanceof SyntaxError) {
      return {
        ok: false,
        error: unreachable('The helper answered with something that is not JSON.'),
      };
    }
    return { ok: false, error: unreachable('The helper does not answer.') };
  }
  if (response.ok) return readOutput(name, body);
  const envelope = errorEnvelope.safeParse(body);
  if (!envelope.success) {
    return { ok: false, error: unreachable(`The helper answered with status ${response.status}.`) };
  }
  const { requestId: _requestId, ...error } = envelope.data.error;
  return { ok: false, error };
}

function subscribe(
  project: string,
  listener: (message: StreamMessage) => void,
  options: { lastEventId?: string } = {},
): () => void {
  const query = new URLSearchParams({ project: JSON.stringify(project) });
  if (options.lastEventId !== undefined) {
    query.set('lastEventId', JSON.stringify(options.lastEventId));
  }
  const source = new EventSource(`${API_BASE}/events?${query.toString()}`, {
    withCredentials: true,
  });
  const onMessage = (message: MessageEvent<string>): void => {
    let value: unknown;
    try {
      value = JSON.parse(message.data);
    } catch (cause) {
      if (!(cause instanceof SyntaxError)) throw cause;
      value = null;
    }
    listener(readEvent(value));
  };
  source.addEventListener('message', onMessage);
  for (const kind of EVENT_KINDS) source.addEventListener(kind, onMessage);
  source.addEventListener('error', () => {
    source.close();
    listener({ kind: 'lost', error: unreachable('The event stream of the helper was closed.') });
  });
  return () => source.close();
}

export const browserApi: ConsoleApi = Object.freeze({ via: 'browser', call, subscribe });

export type SignIn = 'none' | 'signed in' | 'refused';

/**
 * Exchanges the one-time token of the address fragment for a session cookie, and removes it from
 * the address before anything else can read it.
 */
export async function signInFromAddress(): Promise<{ result: SignIn; project: string | null }> {
  const fragment = new URLSearchParams(location.hash.replace(/^#/, ''));
  const token = fragment.get('token');
  if (token === null) return { result: 'none', project: null };
  const project = fragment.get('project');
  history.replaceState(null, '', `${location.pathname}${location.search}#/`);
  try {
    const response = await fetch('/auth', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-akios': '1' },
      body: JSON.stringify({ token }),
      credentials: 'same-origin',
      cache: 'no-store',
      redirect: 'error',
    });
    return { result: response.ok ? 'signed in' : 'refused', project };
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    return { result: 'refused', project };
  }
}
