import type { Transport } from '../../shared/client/client.ts';
import { errorEnvelope } from '../../shared/contract/common.ts';
import { toHttpForm } from '../../shared/contract/http-form.ts';
import type { CallName } from '../../shared/contract/table.ts';
import type { Result } from '../../shared/domain/errors.ts';
import { apiOver, unreachable } from './api.ts';

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

/** fetch and server-sent events of the page's own origin; the session cookie says who calls. */
export const browserTransport: Transport = {
  call: (name, input, signal) => call(name, input, signal as AbortSignal | undefined),
  stream: (input, onEvent, onLost) => {
    const { url } = toHttpForm('events.stream', input as Record<string, unknown>);
    const source = new EventSource(url, { withCredentials: true });
    const onMessage = (message: MessageEvent<string>): void => onEvent(parsed(message.data));
    source.addEventListener('message', onMessage);
    for (const kind of EVENT_KINDS) source.addEventListener(kind, onMessage);
    source.addEventListener('error', () => {
      source.close();
      onLost(unreachable('The event stream of the helper was closed.'));
    });
    return () => source.close();
  },
};

export const browserApi = apiOver('browser', browserTransport);

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    if (cause instanceof SyntaxError) return null;
    throw cause;
  }
}

async function call(
  name: CallName,
  input: unknown,
  signal: AbortSignal | undefined,
): Promise<Result<unknown>> {
  const form = toHttpForm(name, input as Record<string, unknown>);
  let response: Response;
  let body: unknown;
  try {
    response = await fetch(form.url, {
      method: form.method,
      headers: {
        accept: 'application/json',
        'x-akios': '1',
        ...(form.body === null ? {} : { 'content-type': 'application/json' }),
      },
      body: form.body,
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
    const message =
      cause instanceof SyntaxError
        ? 'The helper answered with something that is not JSON.'
        : 'The helper does not answer.';
    return { ok: false, error: unreachable(message) };
  }
  if (response.ok) return { ok: true, value: body };
  const envelope = errorEnvelope.safeParse(body);
  if (!envelope.success) {
    return { ok: false, error: unreachable(`The helper answered with status ${response.status}.`) };
  }
  const { requestId: _requestId, ...error } = envelope.data.error;
  return { ok: false, error };
}

const PLACE = 'akios.place';

/** A token never looks like a place, so it is never kept. */
function keep(hash: string): void {
  if (hash.startsWith('#/')) sessionStorage.setItem(PLACE, hash);
}

/**
 * Notes where this window is, so that a new one-time address leads back there. Such an address of
 * the same origin, typed over the old one, changes only the fragment: the page starts anew for it.
 */
export function keepPlace(): void {
  addEventListener('pagehide', () => keep(location.hash));
  addEventListener('hashchange', (event) => {
    if (!location.hash.startsWith('#token=')) return;
    keep(new URL(event.oldURL).hash);
    location.reload();
  });
}

function lastPlace(): string {
  const place = sessionStorage.getItem(PLACE);
  return place?.startsWith('#/') === true ? place : '#/';
}

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
  history.replaceState(null, '', `${location.pathname}${location.search}${lastPlace()}`);
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
