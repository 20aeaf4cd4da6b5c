import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import * as z from 'zod';
import { API_BASE, type FieldType, fromQueryValue } from '../../shared/contract/http-form.ts';
import { type CallName, contract, definitionOf } from '../../shared/contract/table.ts';
import { AkiosError } from '../../shared/domain/errors.ts';
import type { Caller, Service } from '../service/service.ts';
import { docsPage } from './docs-page.ts';
import { envelope, httpFault } from './envelope.ts';
import { parseJsonBody } from './json-body.ts';
import { openApiDocument } from './openapi.ts';
import { serveEvents } from './sse.ts';

export interface AppOptions {
  service: Service;
  /** Proves who calls, or throws UNAUTHENTICATED / FORBIDDEN. Runs before anything is parsed. */
  authenticate(request: IncomingMessage): Caller;
  /** Sent with every answer. */
  headers: Readonly<Record<string, string>>;
  /** Build of this helper; a client that names another one is refused with HELPER_VERSION. */
  build: string;
  version: string;
  bodyLimit: number;
  server(handler: (request: IncomingMessage, response: never) => void): Server;
}

/** Routes of every contract call on one HTTP server. The server is not listening yet. */
export function createApp(options: AppOptions): FastifyInstance {
  const app = fastify({
    serverFactory: (handler) => options.server(handler as never),
    bodyLimit: options.bodyLimit,
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: 256, ignoreTrailingSlash: false, caseSensitive: true },
    genReqId: () => randomUUID(),
    logger: false,
    forceCloseConnections: true,
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, parseJsonBody(body as string));
    } catch (error) {
      done(error as Error);
    }
  });
  const callers = new WeakMap<IncomingMessage, Caller>();
  const callerOf: CallerOf = (request) => {
    const caller = callers.get(request.raw);
    if (caller === undefined) throw new AkiosError('UNAUTHENTICATED', 'The caller is not known.');
    return caller;
  };
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(options.headers);
    reply.header('x-request-id', request.id);
    checkBuild(request, options.build);
    callers.set(request.raw, options.authenticate(request.raw));
  });
  app.setErrorHandler((error, request, reply) => {
    const typed = httpFault(error);
    if (!(typed instanceof AkiosError)) options.service.fault(request.url, typed);
    const { status, body } = envelope(typed, request.id);
    return reply.code(status).type('application/json').send(JSON.stringify(body));
  });
  app.setNotFoundHandler((request, reply) => {
    const error = new AkiosError('NOT_FOUND', 'There is nothing at this address.');
    const { status, body } = envelope(error, request.id);
    return reply.code(status).type('application/json').send(JSON.stringify(body));
  });
  for (const name of Object.keys(contract) as CallName[]) {
    addRoute(app, name, options.service, callerOf);
  }
  addDocs(app, options);
  return app;
}

type CallerOf = (request: FastifyRequest) => Caller;

function checkBuild(request: FastifyRequest, build: string): void {
  const wanted = request.headers['x-akios-build'];
  if (wanted === undefined || wanted === '' || wanted === build) return;
  throw new AkiosError('HELPER_VERSION', 'The helper that runs comes from another build.', {
    hint: '`akios helper stop` stops it; the next command starts this build.',
  });
}

function addRoute(
  app: FastifyInstance,
  name: CallName,
  service: Service,
  callerOf: CallerOf,
): void {
  const { kind, method, path } = definitionOf(name);
  const url = `${API_BASE}${path}`;
  if (kind === 'attach') {
    app.route({
      method,
      url,
      handler: () => {
        throw new AkiosError('INPUT_INVALID', `${name} needs Connection: Upgrade.`);
      },
    });
    return;
  }
  const types = fieldTypes(name);
  app.route({
    method,
    url,
    handler: async (request, reply) => {
      const input = inputOf(request, method, types);
      const context = {
        caller: callerOf(request),
        requestId: request.id,
        signal: signalOf(reply),
      };
      if (kind === 'stream') {
        await serveEvents(service, input, context, request, reply);
        return reply;
      }
      const value = await service.call(name, input, context);
      return reply.type('application/json').send(JSON.stringify(value));
    },
  });
}

/** Aborts when the connection ends before the answer was sent. */
function signalOf({ raw }: FastifyReply): AbortSignal {
  const abort = new AbortController();
  // Of the answer, not of its connection, which may carry thousands more.
  raw.once('close', () => {
    if (!raw.writableFinished) abort.abort();
  });
  return abort.signal;
}

function inputOf(
  request: FastifyRequest,
  method: string,
  types: Readonly<Record<string, FieldType>>,
): Record<string, unknown> {
  const params = request.params as Record<string, string>;
  const given: Record<string, unknown> =
    method === 'GET'
      ? decodeQuery(request.query, types)
      : ((request.body ?? {}) as object as never);
  const input: Record<string, unknown> = { ...given };
  for (const [key, text] of Object.entries(params)) {
    if (Object.hasOwn(given, key)) {
      throw new AkiosError('INPUT_INVALID', `${key} is part of the path and may not be repeated.`, {
        where: key,
      });
    }
    input[key] = fromQueryValue(text, types[key] ?? 'string');
  }
  return input;
}

function decodeQuery(
  query: unknown,
  types: Readonly<Record<string, FieldType>>,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(query as Record<string, unknown>).map(([key, value]) => [
      key,
      typeof value === 'string' ? fromQueryValue(value, types[key] ?? 'string') : value,
    ]),
  );
}

function fieldTypes(name: CallName): Record<string, FieldType> {
  const schema = z.toJSONSchema(definitionOf(name).input, { io: 'input', unrepresentable: 'any' });
  return Object.fromEntries(
    Object.entries(schema.properties ?? {}).map(([key, property]) => {
      const type = typeof property === 'object' ? property.type : undefined;
      const known = ['string', 'number', 'integer', 'boolean'].includes(String(type));
      return [key, known ? (type as FieldType) : 'other'];
    }),
  );
}

function addDocs(app: FastifyInstance, { version }: AppOptions): void {
  const document = JSON.stringify(openApiDocument(version));
  app.get(`${API_BASE}/openapi.json`, (_request, reply: FastifyReply) =>
    reply.type('application/json').send(document),
  );
  const page = docsPage(version);
  app.get(`${API_BASE}/docs`, (_request, reply: FastifyReply) =>
    reply.type('text/html; charset=utf-8').send(page),
  );
}
