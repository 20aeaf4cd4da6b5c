import { fetch as undiciFetch } from 'undici';
import { AkiosError } from '../../../shared/domain/errors.ts';
import { denied, type Verdict } from './judge.ts';
import type { EgressPolicy } from './port.ts';
import { admitted, checkedHeaders, pinned, type RequestPorts } from './request.ts';

const NO_BODY = new Set([101, 204, 205, 304]);
const CONNECT_MS = 30_000;

interface PlainRequest {
  method: string;
  headers: Record<string, string>;
  body: Uint8Array | undefined;
  signal: AbortSignal | undefined;
}

async function plainRequest(
  input: string | URL | Request,
  init: RequestInit | undefined,
): Promise<PlainRequest> {
  // The platform's own Request settles every form of headers and body there is.
  const request = new Request(input, { ...init, redirect: 'manual' });
  const hasBody = request.body !== null;
  const headers = Object.fromEntries(request.headers);
  delete headers['content-length'];
  return {
    method: request.method.toUpperCase(),
    headers: checkedHeaders(headers),
    body: hasBody ? new Uint8Array(await request.arrayBuffer()) : undefined,
    signal: init?.signal ?? (input instanceof Request ? input.signal : undefined),
  };
}

/** Passes a body on piece by piece, counts it against the quota and closes the connection after it. */
function metered(
  body: ReadableStream<Uint8Array>,
  verdict: Verdict,
  ports: RequestPorts,
  done: (bytesIn: number, reason: string) => void,
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  let bytesIn = 0;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const next = await reader.read();
        if (next.done) {
          controller.close();
          done(bytesIn, 'answered');
          return;
        }
        bytesIn += next.value.length;
        if (!ports.usage.add(next.value.length)) {
          throw denied('the byte quota of the run is used up', verdict.host, verdict.port);
        }
        controller.enqueue(next.value);
      } catch (thrown) {
        done(bytesIn, 'failed');
        controller.error(thrown);
      }
    },
    async cancel(reason) {
      done(bytesIn, 'cancelled');
      await reader.cancel(reason);
    },
  });
}

/**
 * A WHATWG fetch under a policy: https only, judged and pinned like every request, never a
 * redirect followed (a 3xx comes back as it is, as with `redirect: 'manual'`).
 */
export function egressFetch(policy: EgressPolicy, ports: RequestPorts): typeof fetch {
  return async (input, init) => {
    const raw = typeof input === 'string' ? input : 'href' in input ? input.href : input.url;
    const { url, verdict } = await admitted(policy, raw, ports);
    const request = await plainRequest(input as string | URL | Request, init);
    const bytesOut = (request.body?.length ?? 0) + url.href.length;
    if (!ports.usage.add(bytesOut)) {
      throw denied('the byte quota of the run is used up', verdict.host, verdict.port);
    }
    const dispatcher = pinned(verdict, ports, CONNECT_MS);
    let told = false;
    const done = (bytesIn: number, reason: string) => {
      if (told) return;
      told = true;
      ports.decide({ ...verdict, allowed: true, reason, bytesOut, bytesIn });
      void dispatcher.destroy();
    };
    try {
      const response = await undiciFetch(url, {
        method: request.method,
        headers: request.headers,
        body: request.body ?? null,
        redirect: 'manual',
        dispatcher,
        ...(request.signal ? { signal: request.signal } : {}),
      });
      const headers = new Headers([...response.headers]);
      const { status, statusText } = response;
      const stream = response.body as ReadableStream<Uint8Array> | null;
      if (stream === null || NO_BODY.has(status)) {
        done(0, 'answered');
        return new Response(null, { status, statusText, headers });
      }
      return new Response(metered(stream, verdict, ports, done), { status, statusText, headers });
    } catch (thrown) {
      done(0, 'failed');
      const cause = thrown instanceof Error ? thrown.cause : undefined;
      if (cause instanceof AkiosError) throw cause;
      throw thrown;
    }
  };
}
