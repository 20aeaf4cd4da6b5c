import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestCa } from '../providers/test-ca.ts';
import type { InsidePlan } from './public-host-inside.ts';

export interface SeenRequest {
  /** Host header. */
  host: string;
  /** TLS server name, as the client gave it. */
  serverName: string;
  method: string;
  url: string;
  headers: IncomingMessage['headers'];
  body: string;
}

export interface PublicHost {
  /** Requests that arrived, oldest first. */
  readonly requests: SeenRequest[];
  /** TCP connections that arrived: zero proves that a refusal came before the dial. */
  connections(): number;
  /** Changes how requests are answered from now on. */
  answer(handler: Handler): void;
  /** For the helper: lets the real egress know the authority of the test, as an operator would. */
  readonly env: Readonly<Record<'NODE_EXTRA_CA_CERTS', string>>;
  /** PEM of that authority, for programs in a cage (`curl --cacert`). */
  readonly caPem: string;
  /** The words that run `argv` in the namespace; what it starts (a helper) stays there. */
  inside(argv: readonly string[]): [string, ...string[]];
  /** Starts `argv` in the namespace and this folder, with a state folder of its own. */
  start(argv: readonly string[], cwd: string, stateDir: string): ChildProcess;
  /** Closes the servers and lets go of the namespace; stop helpers in it first. */
  close(): Promise<void>;
}

export type Handler = (
  seen: SeenRequest,
  response: ServerResponse,
  request: IncomingMessage,
) => void | Promise<void>;

export interface PublicHostOptions {
  /**
   * Names and the global IPv4 addresses they resolve to, e.g. `{ 'api.openai.com': '93.184.216.34' }`.
   * One address may have several names; each name gets into the server's certificate.
   */
  hosts: Readonly<Record<string, string>>;
  /** Names in the certificate; those of `hosts` when absent. */
  certified?: readonly string[];
  /** How requests are answered; a JSON object that names the host when absent. */
  handler?: Handler;
}

/**
 * A "public" HTTPS server for tests of the REAL way out: real resolver, real address rules, real
 * pinned dial, real certificate check, nothing injected into the helper, and no packet leaves the
 * machine. It lives in a network and mount namespace of its own, where the names of `hosts` stand
 * in the hosts file, their global addresses lead to this server (port 443), and there is no other
 * network. The handler runs in the test's own process.
 *
 *     const host = await openPublicHost({ hosts: { 'api.openai.com': '93.184.216.34' } });
 *     const [program, ...args] = host.inside([process.execPath, 'cli/main.ts', 'http', 'GET', url]);
 *     spawn(program, args, { env: { ...process.env, AKIOS_STATE_DIR: state, ...host.env } });
 *     expect(host.requests[0]?.host).toBe('api.openai.com');
 *
 * The helper must be started through `inside` too (its first client does): it inherits the
 * namespace. As root the namespace is made directly, otherwise below a user namespace, in which
 * programs run under the caller's own ids.
 * @throws Error when this machine makes no such namespace, with the reason
 */
export async function openPublicHost(options: PublicHostOptions): Promise<PublicHost> {
  const folder = mkdtempSync(join(tmpdir(), 'akios-public-'));
  // Programs under other ids read the authority and the hosts file there.
  chmodSync(folder, 0o755);
  const ca = createTestCa();
  const caFile = join(folder, 'ca.pem');
  writeFileSync(caFile, ca.certPem, { mode: 0o644 });
  const server = new Recorder(
    ca.issue(options.certified ?? Object.keys(options.hosts)),
    options.handler ?? plainAnswer,
  );
  const plan: InsidePlan = { folder, hosts: options.hosts, port: 443 };
  try {
    const first = await startInside(plan, (listener) => server.take(listener));
    const inside: PublicHost['inside'] = (argv) => enter(first.pid ?? 0, argv);
    const env = { NODE_EXTRA_CA_CERTS: caFile };
    return {
      requests: server.requests,
      connections: () => server.connections,
      answer: (handler) => server.answer(handler),
      env,
      caPem: ca.certPem,
      inside,
      start: (argv, cwd, stateDir) => {
        // The namespace is entered with its own view of the folders: the current one is named anew.
        const [program, ...args] = inside(['/bin/sh', '-c', 'cd "$0" && exec "$@"', cwd, ...argv]);
        return spawn(program, args, {
          env: { ...process.env, ...env, AKIOS_STATE_DIR: stateDir, NO_COLOR: '1' },
          stdio: ['ignore', 'pipe', 'pipe'],
        });
      },
      close: async () => {
        await server.close();
        await ended(first);
        rmSync(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

const isRoot = (): boolean => process.getuid?.() === 0;

function startInside(plan: InsidePlan, take: (listener: Server) => void): Promise<ChildProcess> {
  const script = join(import.meta.dirname, 'public-host-inside.ts');
  const spaces = ['--net', '--mount', ...(isRoot() ? [] : ['--user', '--map-root-user'])];
  const child = spawn('unshare', [...spaces, process.execPath, script], {
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
  });
  return new Promise((resolve, reject) => {
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`no namespace could be made: ${said.trim()}`)));
    child.on('message', (message: { ready?: number; failed?: string }, handle: unknown) => {
      if (handle !== undefined) take(handle as Server);
      if (message.failed !== undefined) reject(new Error(message.failed));
      if (message.ready !== undefined) resolve(child);
    });
    child.send(plan);
  });
}

/** Root joins; others become root of the namespace's owner and then themselves again. */
function enter(pid: number, argv: readonly string[]): [string, ...string[]] {
  const into = ['--target', String(pid), '--net', '--mount', `--wdns=${process.cwd()}`];
  if (isRoot()) return ['nsenter', ...into, '--', ...argv];
  const own = [`--map-user=${process.getuid?.()}`, `--map-group=${process.getgid?.()}`];
  const as = ['unshare', '--user', ...own, '--', ...argv];
  return ['nsenter', ...into, '--user', '--preserve-credentials', '--', ...as];
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.disconnect();
  await gone;
}

const plainAnswer: Handler = (seen, response) => {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ host: seen.host, method: seen.method, url: seen.url }));
};

/** One HTTPS server on the listening sockets that come out of the namespace. */
class Recorder {
  readonly requests: SeenRequest[] = [];
  connections = 0;
  readonly #listeners: Server[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #https;
  #handler: Handler;

  constructor(identity: { certPem: string; keyPem: string }, handler: Handler) {
    this.#handler = handler;
    this.#https = createServer(
      { cert: identity.certPem, key: identity.keyPem },
      (request, response) => {
        const chunks: Buffer[] = [];
        request.on('data', (chunk: Buffer) => chunks.push(chunk));
        request.on('end', () => this.#serve(request, response, Buffer.concat(chunks).toString()));
      },
    );
  }

  answer(handler: Handler): void {
    this.#handler = handler;
  }

  take(listener: Server): void {
    this.#listeners.push(listener);
    listener.on('connection', (socket: Socket) => {
      this.connections += 1;
      this.#sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.once('close', () => this.#sockets.delete(socket));
      this.#https.emit('connection', socket);
    });
  }

  #serve(request: IncomingMessage, response: ServerResponse, body: string): void {
    const { method = '', url = '', headers } = request;
    const { servername } = request.socket as { servername?: string | false };
    const serverName = typeof servername === 'string' ? servername : '';
    const seen = { host: headers.host ?? '', serverName, method, url, headers, body };
    this.requests.push(seen);
    void Promise.resolve(this.#handler(seen, response, request)).catch(() => response.destroy());
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#https.closeAllConnections();
    await Promise.all(
      this.#listeners.map((one) => new Promise<void>((done) => one.close(() => done()))),
    );
  }
}
