import type { LookupFunction } from 'node:net';
import { getCACertificates } from 'node:tls';
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';
import { Agent, buildConnector, request as undiciRequest } from 'undici';
import { AkiosError } from '../../../shared/domain/errors.ts';
import { denied, type JudgePorts, judge, judgeUrl, type Verdict } from './judge.ts';
import type { EgressDecision, EgressPolicy, EgressRequest, EgressResponse } from './port.ts';
import type { Usage } from './usage.ts';

const MAX_HEADER_BYTES = 32 * 1024;
const METHOD = /^(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)$/;
/** Framing and routing belong to the client; a caller that sets them could smuggle a request. */
const OWN_HEADERS =
  /^(?:host|connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|content-length|upgrade|expect|:.*)$/;

export interface RequestPorts extends JudgePorts {
  usage: Usage;
  /** Certificate authorities trusted besides the system's, PEM. */
  extraCa: readonly string[];
  /** Before a connection: resolves when it is recorded. */
  admit(decision: Omit<EgressDecision, 'run' | 'at' | 'kind'>): Promise<void>;
  decide(decision: Omit<EgressDecision, 'run' | 'at' | 'kind'>): void;
}

const noLookup: LookupFunction = (host, _options, done) => {
  done(new Error(`a pinned connection never resolves ${host}`), '', 0);
};

/** A dispatcher that can reach one address only and checks the certificate against the host. */
export function pinned(verdict: Verdict, ports: RequestPorts, connectMs: number): Agent {
  const connector = buildConnector({
    timeout: connectMs,
    allowH2: false,
    maxCachedSessions: 0,
    minVersion: 'TLSv1.2',
    lookup: noLookup,
    ...(ports.extraCa.length === 0
      ? {}
      : { ca: [...getCACertificates('default'), ...ports.extraCa] }),
  });
  return new Agent({
    connections: 1,
    pipelining: 1,
    maxHeaderSize: MAX_HEADER_BYTES,
    connect: (options, done) => {
      if (options.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '') !== verdict.host) {
        done(denied('the connection is for another host', verdict.host, verdict.port), null);
        return;
      }
      connector(
        {
          ...options,
          hostname: verdict.address,
          host: verdict.address,
          port: String(verdict.port),
          servername:
            verdict.host.includes(':') || /^[\d.]+$/.test(verdict.host) ? '' : verdict.host,
        },
        done,
      );
    },
  });
}

export function checkedHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  const out: Record<string, string> = {};
  let bytes = 0;
  for (const [name, value] of Object.entries(headers)) {
    const lower = name.toLowerCase();
    // A line break in a value would add a header of its own.
    if (!/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(lower) || /[^\P{Cc}\t]/u.test(value)) {
      throw new AkiosError('INPUT_INVALID', 'A header holds characters that headers cannot hold.');
    }
    if (OWN_HEADERS.test(lower)) {
      throw new AkiosError('INPUT_INVALID', `The header ${lower} is set by the product itself.`);
    }
    bytes += lower.length + Buffer.byteLength(value) + 4;
    out[lower] = value;
  }
  if (bytes > MAX_HEADER_BYTES) throw new AkiosError('TOO_LARGE', 'The headers are too large.');
  return out;
}

function unpacked(body: Buffer, encoding: string | undefined, cap: number): Buffer {
  const options = { maxOutputLength: cap };
  try {
    switch ((encoding ?? 'identity').trim().toLowerCase()) {
      case 'identity':
      case '':
        return body;
      case 'gzip':
      case 'x-gzip':
        return gunzipSync(body, options);
      case 'br':
        return brotliDecompressSync(body, options);
      case 'deflate':
        return inflateSync(body, options);
      default:
        throw new AkiosError('PROVIDER_FAILED', 'The answer is packed in an unknown way.');
    }
  } catch (thrown) {
    if (thrown instanceof AkiosError) throw thrown;
    if (thrown instanceof RangeError) {
      throw new AkiosError('ANSWER_TOO_LARGE', `The answer unpacks to more than ${cap} bytes.`);
    }
    throw new AkiosError('PROVIDER_FAILED', 'The answer is damaged.', { cause: thrown });
  }
}

function transportError(thrown: unknown, request: EgressRequest, host: string): unknown {
  if (thrown instanceof AkiosError) return thrown;
  if (request.signal?.aborted) {
    return new AkiosError('CANCELLED', 'The request was stopped.', { cause: thrown });
  }
  const name = thrown instanceof Error ? thrown.name : '';
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
  if (name === 'TimeoutError' || /TIMEOUT/.test(code)) {
    return new AkiosError('TIMEOUT', `${host} did not answer within ${request.timeoutMs} ms.`);
  }
  if (/CERT|TLS|SELF_SIGNED|ALTNAME|UNABLE_TO|SSL/.test(code)) {
    return denied('its certificate could not be verified', host, 0, 'TLS cannot be switched off.');
  }
  return new AkiosError('PROVIDER_FAILED', `The connection to ${host} failed.`, {
    details: { host, code },
    cause: thrown,
  });
}

/**
 * One request of the helper itself: judged, pinned, verified, capped. Redirects come back as they
 * are. Throws NET_DENIED, TIMEOUT, TOO_LARGE, ANSWER_TOO_LARGE, CANCELLED, INPUT_INVALID, PROVIDER_FAILED.
 */
export async function egressRequest(
  policy: EgressPolicy,
  request: EgressRequest,
  ports: RequestPorts,
): Promise<EgressResponse> {
  const method = request.method.toUpperCase();
  if (!METHOD.test(method)) throw new AkiosError('INPUT_INVALID', 'That method is not offered.');
  const headers = checkedHeaders(request.headers);
  const { url, verdict } = await admitted(policy, request.url, ports);
  const body = typeof request.body === 'string' ? Buffer.from(request.body) : request.body;
  const bytesOut = (body?.length ?? 0) + url.href.length;
  const timeout = AbortSignal.timeout(request.timeoutMs);
  const signal = request.signal ? AbortSignal.any([timeout, request.signal]) : timeout;
  const dispatcher = pinned(verdict, ports, request.timeoutMs);
  let bytesIn = 0;
  try {
    if (!ports.usage.add(bytesOut)) throw quota(verdict);
    const response = await undiciRequest(url, {
      method: method as 'GET',
      headers: { 'accept-encoding': 'identity', 'user-agent': 'akios', ...headers },
      body: body === undefined || method === 'HEAD' ? null : body,
      dispatcher,
      signal,
      headersTimeout: request.timeoutMs,
      bodyTimeout: request.timeoutMs,
    });
    const chunks: Buffer[] = [];
    for await (const chunk of response.body) {
      const bytes = chunk as Buffer;
      bytesIn += bytes.length;
      if (bytesIn > request.maxResponseBytes) {
        throw new AkiosError(
          'ANSWER_TOO_LARGE',
          `The answer of ${verdict.host} is over the size limit.`,
        );
      }
      if (!ports.usage.add(bytes.length)) throw quota(verdict);
      chunks.push(bytes);
    }
    const flat = flatHeaders(response.headers);
    const packed = Buffer.concat(chunks);
    const plain =
      method === 'HEAD'
        ? packed
        : unpacked(packed, flat['content-encoding'], request.maxResponseBytes);
    ports.decide({ ...verdict, allowed: true, reason: 'answered', bytesOut, bytesIn });
    return { status: response.statusCode, headers: flat, body: plain, address: verdict.address };
  } catch (thrown) {
    const error = transportError(thrown, request, verdict.host);
    const reason = error instanceof AkiosError ? error.code.toLowerCase() : 'fault';
    ports.decide({ ...verdict, allowed: true, reason: `failed: ${reason}`, bytesOut, bytesIn });
    throw error;
  } finally {
    await dispatcher.destroy();
  }
}

const quota = (verdict: Verdict) =>
  denied('the byte quota of the run is used up', verdict.host, verdict.port);

/** URL and verdict, with the decision told to the listeners before anything is dialled. */
export async function admitted(
  policy: EgressPolicy,
  raw: string,
  ports: RequestPorts,
): Promise<{ url: URL; verdict: Verdict }> {
  let host = '';
  let port = 0;
  try {
    const parsed = judgeUrl(raw);
    ({ host, port } = parsed);
    const verdict = await judge(policy, host, port, ports);
    if (!ports.usage.connect()) throw denied('the quota of the run is used up', host, port);
    await ports.admit({
      ...verdict,
      allowed: true,
      reason: 'listed host',
      bytesOut: 0,
      bytesIn: 0,
    });
    return { url: parsed.url, verdict };
  } catch (thrown) {
    const reason =
      thrown instanceof AkiosError ? String(thrown.details?.['reason'] ?? thrown.code) : 'fault';
    ports.decide({ host, port, address: null, allowed: false, reason, bytesOut: 0, bytesIn: 0 });
    throw thrown;
  }
}

function flatHeaders(headers: Record<string, string | string[] | undefined>) {
  const out: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) out[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return out;
}
