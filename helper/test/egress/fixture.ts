import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createHttps, type Server as HttpsServer } from 'node:https';
import { type AddressInfo, connect, createServer as createTcp, type Socket } from 'node:net';
import { createEgress, type EgressOptions } from '../../cage/egress/egress.ts';
import type { EgressDecision, EgressPolicy, EgressRule } from '../../cage/egress/port.ts';

const here = (name: string) => readFileSync(new URL(`./fixtures/${name}`, import.meta.url), 'utf8');

export const CA = here('ca.pem');
export const HOST = 'api.test-host.example';
export const OTHER = 'other.test-host.example';

export interface TestServer {
  port: number;
  /** Connections that reached it: zero proves that a refusal happened before the dial. */
  seen: {
    connections: number;
    requests: { method: string; url: string; headers: IncomingMessage['headers']; body: string }[];
  };
  close(): Promise<void>;
}

type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void;

/** A real TLS server on loopback with a certificate for HOST and OTHER. */
export async function tlsServer(handler: Handler): Promise<TestServer> {
  const seen: TestServer['seen'] = { connections: 0, requests: [] };
  const server: HttpsServer = createHttps(
    { key: here('server.key'), cert: here('server.pem') },
    (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body = Buffer.concat(chunks).toString();
        const { method = '', url = '', headers } = request;
        seen.requests.push({ method, url, headers, body });
        handler(request, response, body);
      });
    },
  );
  server.on('connection', () => {
    seen.connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    seen,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** A bare TCP server that counts who comes. */
export async function tcpServer(): Promise<TestServer> {
  const seen: TestServer['seen'] = { connections: 0, requests: [] };
  const sockets = new Set<Socket>();
  const server = createTcp((socket) => {
    seen.connections += 1;
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.end('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nSECRET');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    seen,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

export function policyFor(
  rules: readonly EgressRule[],
  over: Partial<EgressPolicy> = {},
): EgressPolicy {
  return { run: 'run_test', rules, maxConnections: 1000, maxBytes: 50_000_000, ...over };
}

/** An egress whose names all resolve to what `table` says, and that trusts the test authority. */
export function testEgress(table: Record<string, readonly string[]>, options: EgressOptions = {}) {
  const decisions: EgressDecision[] = [];
  const asked: string[] = [];
  const egress = createEgress({
    extraCa: [CA],
    resolve: async (host) => {
      asked.push(host);
      const answers = table[host];
      if (answers === undefined) throw new Error('ENOTFOUND');
      return answers.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    },
    times: { handshakeMs: 60_000, idleMs: 60_000 },
    ...options,
  });
  egress.onDecision((decision) => decisions.push(decision));
  return { egress, decisions, asked };
}

/** Writes bytes to a Unix socket and returns all that comes back until it closes. */
export function talk(
  path: string,
  bytes: string | Buffer,
  after?: string | Buffer,
): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ path, allowHalfOpen: true });
    const parts: Buffer[] = [];
    socket.on('data', (chunk) => {
      parts.push(chunk);
      if (after !== undefined && Buffer.concat(parts).includes('\r\n\r\n')) {
        socket.write(after);
        after = undefined;
      }
    });
    socket.on('error', () => undefined);
    socket.on('end', () => socket.end());
    socket.on('close', () => resolve(Buffer.concat(parts).toString('latin1')));
    socket.write(bytes);
  });
}

/** Opens a tunnel and returns the raw socket after "200", or the refusal's text. */
export function tunnelTo(path: string, target: string): Promise<Socket | string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path });
    socket.once('error', reject);
    socket.once('data', (chunk) => {
      const text = chunk.toString('latin1');
      resolve(text.startsWith('HTTP/1.1 200') ? socket : text);
    });
    socket.once('close', () => resolve(''));
    socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`);
  });
}
