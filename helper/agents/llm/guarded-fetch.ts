import { AkiosError } from '../../../shared/domain/errors.ts';

/** Bytes of one answer on the wire, headers of the stream format included. */
export const MAX_RESPONSE_BYTES = 8 * 1024 * 1024;
/** Longest wait between two pieces of an answer. */
export const IDLE_MS = 30_000;

export interface FetchLimits {
  maxBytes: number;
  idleMs: number;
}

/**
 * Wraps the egress fetch for one call of a provider SDK: no redirects, a cap on the bytes read and
 * on the silence between them. The SDK reads bodies without a bound of its own.
 */
export function guardedFetch(
  inner: typeof fetch,
  provider: string,
  limits: FetchLimits,
): typeof fetch {
  return async (input, init) => {
    const response = await inner(input, { ...init, redirect: 'manual' });
    if (response.status >= 300 && response.status < 400) {
      await response.body?.cancel();
      throw new AkiosError(
        'PROVIDER_FAILED',
        `${provider} answered with a redirect, which is refused.`,
        {
          hint: 'A provider is reached at its own host only; check the base URL of a local server.',
          details: { provider, status: response.status },
        },
      );
    }
    if (!response.body) return response;
    return new Response(bounded(response.body, provider, limits), {
      status: response.status,
      statusText: response.statusText,
      headers: response.headers,
    });
  };
}

function bounded(
  body: ReadableStream<Uint8Array>,
  provider: string,
  limits: FetchLimits,
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  let seen = 0;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const timer = Promise.withResolvers<'idle'>();
      const handle = setTimeout(() => timer.resolve('idle'), limits.idleMs);
      try {
        const next = await Promise.race([reader.read(), timer.promise]);
        if (next === 'idle') {
          throw new AkiosError('TIMEOUT', `${provider} stopped answering.`, {
            details: { provider, idleMs: limits.idleMs },
          });
        }
        if (next.done) return controller.close();
        seen += next.value.byteLength;
        if (seen > limits.maxBytes) {
          throw new AkiosError(
            'ANSWER_TOO_LARGE',
            `${provider} sent more than ${limits.maxBytes} bytes.`,
            {
              details: { provider },
            },
          );
        }
        controller.enqueue(next.value);
      } catch (error) {
        controller.error(error);
        // A body that broke cannot be cancelled; the reason is on its way to the reader already.
        await reader.cancel(error).catch(() => undefined);
      } finally {
        clearTimeout(handle);
      }
    },
    cancel: (reason) => reader.cancel(reason),
  });
}
