import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { Agent, buildConnector, fetch as undiciFetch } from 'undici';
import { AkiosError } from '../../../shared/domain/errors.ts';
import type { Egress, EgressPolicy } from '../../cage/egress/port.ts';
import { createTestCa } from './test-ca.ts';

export interface SeenRequest {
  host: string;
  method: string;
  url: string;
  headers: IncomingMessage['headers'];
  body: string;
}

/** How the server answers one request; the default is a well-formed streamed answer. */
export type Behaviour = (request: SeenRequest, response: ServerResponse) => void | Promise<void>;

export interface ProviderServer {
  requests: SeenRequest[];
  policies: EgressPolicy[];
  /** Answers given in order; the last one stays. */
  behave(...behaviours: Behaviour[]): void;
  egress: Egress;
  /** Dials the same server without knowing its authority. */
  untrusting: Egress;
  close(): Promise<void>;
}

export const PROVIDER_HOSTS = {
  openai: 'api.openai.com',
  anthropic: 'api.anthropic.com',
  grok: 'api.x.ai',
  mistral: 'api.mistral.ai',
  google: 'generativelanguage.googleapis.com',
} as const;
export type RemoteName = keyof typeof PROVIDER_HOSTS;
export const REMOTE_NAMES = Object.keys(PROVIDER_HOSTS) as RemoteName[];
/** The name under which a project keeps the key of each. */
export const KEY_NAMES: Record<RemoteName, string> = {
  openai: 'OPENAI_API_KEY',
  anthropic: 'ANTHROPIC_API_KEY',
  grok: 'GROK_API_KEY',
  mistral: 'MISTRAL_API_KEY',
  google: 'GOOGLE_API_KEY',
};

/**
 * A real HTTPS server on loopback that holds a certificate for the providers' true names, and an
 * egress that dials it for exactly the hosts and ports a policy lists, checking the name.
 */
export async function startProviderServer(
  extraHosts: readonly string[] = [],
): Promise<ProviderServer> {
  const ca = createTestCa();
  const { certPem, keyPem } = ca.issue([...Object.values(PROVIDER_HOSTS), ...extraHosts]);
  const requests: SeenRequest[] = [];
  const policies: EgressPolicy[] = [];
  let queue: Behaviour[] = [answer()];
  const server = createServer({ cert: certPem, key: keyPem }, (req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      const seen: SeenRequest = {
        host: req.headers.host ?? '',
        method: req.method ?? '',
        url: req.url ?? '',
        headers: req.headers,
        body: Buffer.concat(chunks).toString('utf8'),
      };
      requests.push(seen);
      const behaviour = queue.length > 1 ? (queue.shift() as Behaviour) : (queue[0] as Behaviour);
      Promise.resolve(behaviour(seen, res)).catch(() => res.destroy());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const trusted = dialer(port, { ca: ca.certPem });
  const plain = dialer(port, {});
  const pinned =
    (dispatcher: Agent) =>
    (policy: EgressPolicy): typeof fetch => {
      policies.push(policy);
      return (async (input: string | URL | Request, init?: RequestInit) => {
        const url = new URL(input instanceof Request ? input.url : String(input));
        const wanted = Number(url.port || 443);
        const rule = policy.rules.find((r) => r.host === url.hostname && r.ports.includes(wanted));
        if (!rule || url.protocol !== 'https:') throw new Error(`egress denied ${url.host}`);
        const options = { ...init, dispatcher } as Parameters<typeof undiciFetch>[1];
        return await undiciFetch(url.href, options);
      }) as unknown as typeof fetch;
    };
  const egressOf = (dispatcher: Agent): Egress => ({
    open: () => Promise.reject(new Error('not part of this test')),
    request: async (policy, request) => {
      const url = new URL(request.url);
      const wanted = Number(url.port || 443);
      if (!policy.rules.some((r) => r.host === url.hostname && r.ports.includes(wanted))) {
        throw new AkiosError('NET_DENIED', `${url.host} is not allowed.`);
      }
      const response = await undiciFetch(url.href, {
        method: request.method,
        headers: { ...request.headers },
        body: request.body ?? null,
        redirect: 'manual',
        dispatcher,
      });
      return {
        status: response.status,
        headers: Object.fromEntries(response.headers),
        body: new Uint8Array(await response.arrayBuffer()),
        address: '127.0.0.1',
      };
    },
    fetch: pinned(dispatcher),
    onDecision: () => () => undefined,
    dispose: () => Promise.resolve(),
  });
  return {
    requests,
    policies,
    behave: (...behaviours) => {
      queue = behaviours;
    },
    egress: egressOf(trusted),
    untrusting: egressOf(plain),
    close: async () => {
      await Promise.all([trusted.destroy(), plain.destroy()]);
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** Connects to the test server whatever the host, and checks the certificate for that host. */
function dialer(port: number, tls: { ca?: string }): Agent {
  const connect = buildConnector({ ...tls, timeout: 60_000 });
  return new Agent({
    connect: (options, callback) =>
      connect(
        { ...options, hostname: '127.0.0.1', port: String(port), servername: options.hostname },
        callback,
      ),
  });
}

export interface AnswerOptions {
  pieces?: string[];
  usage?: { input: number; output: number; cached?: number } | null;
  finish?: 'stop' | 'length' | 'filter' | null;
}

/** A streamed answer in the protocol of the host that was asked. */
export function answer(options: AnswerOptions = {}): Behaviour {
  const {
    pieces = ['Hello', ' world.'],
    usage = { input: 12, output: 4 },
    finish = 'stop',
  } = options;
  return (request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const events = eventsFor(request.host, pieces, usage, finish);
    for (const event of events) response.write(event);
    response.end();
  };
}

export function status(code: number, headers: Record<string, string> = {}, body = '{}'): Behaviour {
  return (_request, response) => {
    response.writeHead(code, { 'content-type': 'application/json', ...headers });
    response.end(body);
  };
}

type Usage = NonNullable<AnswerOptions['usage']>;

export function eventsFor(
  host: string,
  pieces: string[],
  usage: Usage | null,
  finish: 'stop' | 'length' | 'filter' | null,
): string[] {
  if (host.startsWith(PROVIDER_HOSTS.anthropic)) return anthropicEvents(pieces, usage, finish);
  if (host.startsWith(PROVIDER_HOSTS.google)) return googleEvents(pieces, usage, finish);
  return openaiEvents(pieces, usage, finish);
}

const data = (value: unknown) => `data: ${JSON.stringify(value)}\n\n`;

function openaiEvents(
  pieces: string[],
  usage: Usage | null,
  finish: AnswerOptions['finish'],
): string[] {
  const base = { id: 'c1', object: 'chat.completion.chunk', created: 1, model: 'm' };
  const choice = (delta: object, reason: string | null = null) => ({
    ...base,
    choices: [{ index: 0, delta, finish_reason: reason }],
  });
  const reasons = { stop: 'stop', length: 'length', filter: 'content_filter' };
  const events = [data(choice({ role: 'assistant', content: '' }))];
  for (const piece of pieces) events.push(data(choice({ content: piece })));
  if (!finish) return events;
  const last = choice({}, reasons[finish]);
  const counted = usage && {
    usage: {
      prompt_tokens: usage.input,
      completion_tokens: usage.output,
      total_tokens: usage.input + usage.output,
      prompt_tokens_details: { cached_tokens: usage.cached ?? 0 },
    },
  };
  events.push(data({ ...last, ...(counted ?? {}) }));
  return [...events, 'data: [DONE]\n\n'];
}

function anthropicEvents(
  pieces: string[],
  usage: Usage | null,
  finish: AnswerOptions['finish'],
): string[] {
  const event = (type: string, value: object) => `event: ${type}\n${data({ type, ...value })}`;
  const start = {
    message: {
      id: 'm1',
      type: 'message',
      role: 'assistant',
      model: 'm',
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: { input_tokens: usage?.input ?? 0, output_tokens: 1 },
    },
  };
  const reasons = { stop: 'end_turn', length: 'max_tokens', filter: 'refusal' };
  const events = [
    event('message_start', start),
    event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
  ];
  for (const text of pieces) {
    events.push(event('content_block_delta', { index: 0, delta: { type: 'text_delta', text } }));
  }
  if (!finish) return events;
  return [
    ...events,
    event('content_block_stop', { index: 0 }),
    event('message_delta', {
      delta: { stop_reason: reasons[finish], stop_sequence: null },
      usage: { output_tokens: usage?.output ?? 0 },
    }),
    event('message_stop', {}),
  ];
}

function googleEvents(
  pieces: string[],
  usage: Usage | null,
  finish: AnswerOptions['finish'],
): string[] {
  const reasons = { stop: 'STOP', length: 'MAX_TOKENS', filter: 'SAFETY' };
  return pieces.map((text, i) => {
    const last = i === pieces.length - 1 && finish;
    return data({
      candidates: [
        {
          index: 0,
          content: { role: 'model', parts: [{ text }] },
          ...(last ? { finishReason: reasons[finish] } : {}),
        },
      ],
      ...(last && usage
        ? {
            usageMetadata: {
              promptTokenCount: usage.input,
              candidatesTokenCount: usage.output,
              totalTokenCount: usage.input + usage.output,
              cachedContentTokenCount: usage.cached ?? 0,
            },
          }
        : {}),
    });
  });
}
