import { chmodSync, lstatSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { dirname } from 'node:path';
import { AkiosError } from '../../shared/domain/errors.ts';
import { makePrivateFolder } from '../../shared/node/private-folder.ts';
import type { Caller, Service } from '../service/service.ts';
import { createApp } from './app.ts';
import { handleUpgrade } from './attach.ts';
import { closeApp } from './close.ts';

export interface Peer {
  pid: number;
  uid: number;
  gid: number;
}

export interface UnixServerOptions {
  service: Service;
  socket: string;
  build: string;
  version: string;
  /** What the kernel says about the other end; null when it says nothing, which is a refusal. */
  peerOf(socket: Socket): Peer | null;
  /**
   * True for the system service: members of this process's group may connect as well. The kernel
   * checks that by folder 0750 and socket 0660 at connect(), not we afterwards by process numbers.
   */
  shared?: boolean;
  /** Name shown in the ledger for a user id. */
  userName(uid: number): string;
}

export interface UnixServer {
  close(): Promise<void>;
}

/** 8 MiB of text, its JSON escapes and some room. */
const BODY_LIMIT = 24 * 1024 * 1024;

const HEADERS: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
};

/**
 * Listens on the Unix socket: folder 0700, socket 0600, and only this user and root are heard
 * (of the system service, the members of its group too), by
 * what the kernel says of the peer and before a byte of the request is read. The caller holds the
 * helper lock, so a socket file found here is stale.
 */
export async function listenUnix(options: UnixServerOptions): Promise<UnixServer> {
  const callers = new WeakMap<object, Caller>();
  const authenticate = (request: IncomingMessage): Caller => {
    const caller = callers.get(request.socket);
    if (caller === undefined) {
      throw new AkiosError('UNAUTHENTICATED', 'The kernel did not say who is calling.');
    }
    return caller;
  };
  const app = createApp({
    service: options.service,
    authenticate,
    headers: HEADERS,
    build: options.build,
    version: options.version,
    bodyLimit: BODY_LIMIT,
    server: (handler) => guardedServer(handler as never, options, callers),
  });
  app.server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) =>
    handleUpgrade(
      { service: options.service, build: options.build, authenticate },
      request,
      socket,
      head,
    ),
  );
  await app.ready();
  const shared = options.shared === true;
  prepareFolder(options.socket, shared);
  await bind(app.server, options.socket, shared ? 0o660 : 0o600);
  return { close: () => closeApp(app) };
}

function guardedServer(
  handler: (request: IncomingMessage, response: never) => void,
  options: UnixServerOptions,
  callers: WeakMap<object, Caller>,
): Server {
  const server = createServer(
    {
      maxHeaderSize: 16_384,
      headersTimeout: 10_000,
      requestTimeout: 60_000,
      keepAliveTimeout: 5_000,
    },
    handler as never,
  );
  server.prependListener('connection', (socket: Socket) => {
    const peer = options.peerOf(socket);
    const own = process.getuid?.();
    if (peer !== null && (options.shared === true || peer.uid === own || peer.uid === 0)) {
      callers.set(socket, { name: options.userName(peer.uid), role: 'admin', via: 'socket' });
      return;
    }
    options.service.fault('socket', new Error(`refused a peer: ${JSON.stringify(peer)}`));
    socket.destroy();
  });
  return server;
}

function prepareFolder(socket: string, shared: boolean): void {
  const folder = dirname(socket);
  makePrivateFolder(folder);
  const stat = lstatSync(folder);
  if (!stat.isDirectory() || (process.getuid && stat.uid !== process.getuid())) {
    throw new AkiosError('HELPER_UNREACHABLE', `${folder} is not a folder of this user.`);
  }
  chmodSync(folder, shared ? 0o750 : 0o700);
  const old = lstatSync(socket, { throwIfNoEntry: false });
  if (old === undefined) return;
  if (!old.isSocket()) {
    throw new AkiosError('HELPER_UNREACHABLE', `${socket} exists and is no socket.`, {
      hint: 'Move that file away, or set AKIOS_SOCKET.',
    });
  }
  rmSync(socket);
}

function bind(server: Server, socket: string, mode: number): Promise<void> {
  return new Promise((resolve, reject) => {
    // The mode must be right from the first moment, not after a chmod.
    const mask = process.umask(0o777 & ~mode);
    server.once('error', (cause) => {
      process.umask(mask);
      reject(
        new AkiosError('HELPER_UNREACHABLE', `Cannot listen on ${socket}.`, {
          hint: 'Look for another helper, or set AKIOS_SOCKET.',
          cause,
        }),
      );
    });
    server.listen({ path: socket, backlog: 511 }, () => {
      process.umask(mask);
      chmodSync(socket, mode);
      resolve();
    });
  });
}
