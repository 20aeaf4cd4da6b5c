import type { IncomingMessage } from 'node:http';
import type { Transport } from '../client/client.ts';
import { toHttpForm } from '../contract/http-form.ts';
import type { CallName } from '../contract/table.ts';
import { AkiosError, type ErrorValue, type Result } from '../domain/errors.ts';
import { SseParser } from './sse.ts';
import { errorOfBody, readBody, type UnixTarget, unixRequest, unreachable } from './unix-http.ts';

const asValue = (target: UnixTarget, thrown: unknown): ErrorValue =>
  (thrown instanceof AkiosError ? thrown : unreachable(target.socket, thrown)).toValue();

/** Speaks the documented API over the helper's Unix socket. */
export function unixTransport(target: UnixTarget): Transport {
  return {
    async call(name, input, cancel): Promise<Result<unknown>> {
      const abort = new AbortController();
      const onAbort = (): void => abort.abort();
      if (cancel?.aborted) abort.abort();
      cancel?.addEventListener('abort', onAbort);
      try {
        return await callOnce(target, name, input, abort.signal);
      } catch (error) {
        return { ok: false, error: asValue(target, error) };
      } finally {
        cancel?.removeEventListener('abort', onAbort);
      }
    },
    stream(input, onEvent, onLost) {
      const abort = new AbortController();
      let ended = false;
      const lost = (error: ErrorValue): void => {
        if (!ended) onLost(error);
        ended = true;
      };
      readStream(target, input, abort.signal, (event) => {
        if (!ended) onEvent(event);
      }).then(
        (error) => lost(error),
        (error: unknown) => lost(asValue(target, error)),
      );
      return () => {
        ended = true;
        abort.abort();
      };
    },
  };
}

async function callOnce(
  target: UnixTarget,
  name: CallName,
  input: unknown,
  signal: AbortSignal,
): Promise<Result<unknown>> {
  const form = toHttpForm(name, input as Record<string, unknown>);
  const response = await unixRequest(target, { ...form, signal });
  const body = await readBody(response);
  const status = response.statusCode ?? 0;
  if (status < 200 || status > 299) return { ok: false, error: errorOfBody(status, body) };
  try {
    return { ok: true, value: JSON.parse(body) as unknown };
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    const message = 'The helper answered with something that is not JSON.';
    return { ok: false, error: { code: 'HELPER_VERSION', message } };
  }
}

async function readStream(
  target: UnixTarget,
  input: unknown,
  signal: AbortSignal,
  onEvent: (event: unknown) => void,
): Promise<ErrorValue> {
  const form = toHttpForm('events.stream', input as Record<string, unknown>);
  const response: IncomingMessage = await unixRequest(target, {
    ...form,
    signal,
    headers: { accept: 'text/event-stream' },
  });
  const status = response.statusCode ?? 0;
  if (status !== 200) return errorOfBody(status, await readBody(response));
  const parser = new SseParser();
  response.setEncoding('utf8');
  for await (const chunk of response) {
    for (const message of parser.push(chunk as string)) onEvent(JSON.parse(message.data));
  }
  return { code: 'HELPER_UNREACHABLE', message: 'The event stream of the helper ended.' };
}
