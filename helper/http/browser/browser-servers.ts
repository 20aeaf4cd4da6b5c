import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { AkiosError } from '../../../shared/domain/errors.ts';
import { CONSOLE_HEADERS } from '../../../shared/domain/security-headers.ts';
import type { Caller, Service } from '../../service/service.ts';
import { createApp } from '../app.ts';
import { closeApp } from '../close.ts';
import { envelope } from '../envelope.ts';
import { parseJsonBody } from '../json-body.ts';
import { checkRequest, isApi, Refusal, type Site, sessionCookie } from './guard.ts';
import { Sessions, TOKEN_LIFE_MS } from './sessions.ts';
import { type StaticFile, staticFiles } from './static-files.ts';

export interface BrowserOptions {
  service: Service;
  build: string;
  version: string;
  /** Folder of the built console. */
  files: string;
}

interface Running {
  app: FastifyInstance;
  site: Site;
  sessions: Sessions;
  port: number;
  host: string;
}

interface Started {
  url: string;
  origin: string;
  host: string;
  port: number;
  expiresAt: string;
}

const BODY_LIMIT = 10 * 1024 * 1024;
const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '::1', 'localhost']);
const BROWSER_USER: Caller = { name: 'console', role: 'admin', via: 'browser' };

/** The console on loopback ports: one site per port, each with its own sessions. */
export class BrowserServers {
  readonly #options: BrowserOptions;
  readonly #running = new Map<number, Running>();

  constructor(options: BrowserOptions) {
    this.#options = options;
  }

  /**
   * Opens a port, or makes a new sign-in address for one that is open.
   * @throws AkiosError USAGE for a host that is not loopback, CONFLICT for a port in use
   */
  async start(wanted: { host?: string; port?: number; project?: string }): Promise<Started> {
    const host =
      wanted.host === undefined || wanted.host === 'localhost' ? '127.0.0.1' : wanted.host;
    if (!LOOPBACK.has(host)) {
      throw new AkiosError('USAGE', `The console is served on loopback only, not on ${host}.`, {
        hint: 'Other addresses need TLS, which this build does not offer. Use an SSH tunnel.',
      });
    }
    const files = staticFiles(this.#options.files);
    if (!files.has('/')) {
      throw new AkiosError('NOT_FOUND', 'The console is not built.', {
        hint: 'Run npm run build.',
      });
    }
    const known =
      wanted.port === undefined || wanted.port === 0
        ? [...this.#running.values()].find((one) => one.host === host)
        : this.#running.get(wanted.port);
    const site = known ?? (await this.#listen(host, wanted.port ?? 0, files));
    return this.#address(site, wanted.project);
  }

  async stop(port?: number): Promise<number[]> {
    const chosen = [...this.#running.values()].filter(
      (one) => port === undefined || one.port === port,
    );
    for (const one of chosen) {
      this.#running.delete(one.port);
      one.sessions.clear();
      await closeApp(one.app);
    }
    return chosen.map((one) => one.port);
  }

  async dispose(): Promise<void> {
    await this.stop();
  }

  #address({ site, sessions, port, host }: Running, project: string | undefined): Started {
    const fragment = new URLSearchParams({ token: sessions.newToken() });
    if (project !== undefined) fragment.set('project', project);
    return {
      url: `${site.origin}/#${fragment.toString()}`,
      origin: site.origin,
      host,
      port,
      expiresAt: new Date(Date.now() + TOKEN_LIFE_MS).toISOString(),
    };
  }

  async #listen(
    host: string,
    port: number,
    files: ReadonlyMap<string, StaticFile>,
  ): Promise<Running> {
    const sessions = new Sessions();
    // Set once the port is known; until then no request can arrive.
    const site: Site = { host: '', origin: '', cookie: '' };
    const app = createApp({
      service: this.#options.service,
      authenticate: (request) => authenticate(request, site, sessions),
      headers: CONSOLE_HEADERS,
      build: this.#options.build,
      version: this.#options.version,
      bodyLimit: BODY_LIMIT,
      server: (handler) =>
        guardedServer({
          api: handler as never,
          site,
          sessions,
          files,
          service: this.#options.service,
        }),
    });
    await app.ready();
    await bind(app.server, host, port);
    const { port: real } = app.server.address() as AddressInfo;
    site.host = host === '::1' ? `[::1]:${real}` : `${host}:${real}`;
    site.origin = `http://${site.host}`;
    site.cookie = `akios-${real}-${randomUUID().slice(0, 8)}`;
    const running = { app, site, sessions, port: real, host };
    this.#running.set(real, running);
    return running;
  }
}

function authenticate(request: IncomingMessage, site: Site, sessions: Sessions): Caller {
  const secret = sessionCookie(request, site.cookie);
  if (secret === null || !sessions.check(secret)) {
    throw new AkiosError('UNAUTHENTICATED', 'There is no session; open the console anew.', {
      hint: 'Get an address: akios serve.',
    });
  }
  return BROWSER_USER;
}

interface GuardParts {
  api(request: IncomingMessage, response: ServerResponse): void;
  site: Site;
  sessions: Sessions;
  files: ReadonlyMap<string, StaticFile>;
  service: Service;
}

/** Every request passes the guard first; only then the console's files, sign-in or the API. */
function guardedServer(parts: GuardParts): Server {
  const server = createServer(
    {
      maxHeaderSize: 16_384,
      headersTimeout: 10_000,
      requestTimeout: 30_000,
      insecureHTTPParser: false,
    },
    (request, response) => {
      try {
        checkRequest(request, parts.site);
        route(parts, request, response);
      } catch (error) {
        refuse(parts.service, response, error);
      }
    },
  );
  server.maxConnections = 128;
  // No protocol switch exists here: attaching a program is for the Unix socket alone.
  server.on('upgrade', (_request, socket) => socket.destroy());
  return server;
}

function route(parts: GuardParts, request: IncomingMessage, response: ServerResponse): void {
  const url = request.url ?? '/';
  if (isApi(url)) {
    parts.api(request, response);
    return;
  }
  if (url === '/auth' || url === '/auth/logout') {
    signIn(parts, url, request, response);
    return;
  }
  const file = request.method === 'GET' ? parts.files.get(url.split('?')[0] ?? '') : undefined;
  if (file === undefined)
    throw new Refusal(request.method === 'GET' ? 404 : 405, 'There is nothing here.');
  response.writeHead(200, { ...CONSOLE_HEADERS, 'content-type': file.type });
  response.end(file.content);
}

function signIn(
  parts: GuardParts,
  url: string,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  if (request.method !== 'POST') throw new Refusal(405, 'Sign-in is a POST.');
  readSmall(request)
    .then((text) => {
      const { site, sessions } = parts;
      if (url === '/auth/logout') {
        const secret = sessionCookie(request, site.cookie);
        if (secret !== null) sessions.end(secret);
        answer(response, `${site.cookie}=; HttpOnly; SameSite=Strict; Path=/; Max-Age=0`);
        return;
      }
      const { token } = parseJsonBody(text);
      if (typeof token !== 'string') throw new AkiosError('INPUT_INVALID', 'The token is missing.');
      const secret = sessions.exchange(token);
      answer(response, `${site.cookie}=${secret}; HttpOnly; SameSite=Strict; Path=/`);
    })
    .catch((error: unknown) => refuse(parts.service, response, error));
}

function answer(response: ServerResponse, cookie: string): void {
  response.writeHead(200, {
    ...CONSOLE_HEADERS,
    'content-type': 'application/json',
    'set-cookie': cookie,
  });
  response.end('{"ok":true}');
}

async function readSmall(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let held = 0;
  for await (const part of request) {
    held += (part as Buffer).byteLength;
    if (held > 4096) throw new AkiosError('TOO_LARGE', 'The sign-in body is too large.');
    parts.push(part as Buffer);
  }
  return Buffer.concat(parts).toString('utf8');
}

function refuse(service: Service, response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const requestId = randomUUID();
  if (!(error instanceof Refusal) && !(error instanceof AkiosError))
    service.fault('browser', error);
  const typed = error instanceof Refusal ? new AkiosError('FORBIDDEN', error.message) : error;
  const { status, body } = envelope(typed, requestId);
  response.writeHead(error instanceof Refusal ? error.status : status, {
    ...CONSOLE_HEADERS,
    'content-type': 'application/json',
    connection: 'close',
  });
  response.end(JSON.stringify(body));
}

function bind(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) =>
      reject(
        new AkiosError('CONFLICT', `Port ${port} of ${host} cannot be opened.`, {
          hint: 'Give another --port, or none.',
          cause,
        }),
      ),
    );
    server.listen({ host, port }, resolve);
  });
}
