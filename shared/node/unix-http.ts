import { lstatSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { dirname } from 'node:path';
import { AkiosError, ERROR_EXIT, type ErrorCode, type ErrorValue } from '../domain/errors.ts';
import { SERVICE } from './system-service.ts';

/** Sent with every request; a helper of another build refuses with HELPER_VERSION. */
export const BUILD_HEADER = 'x-akios-build';
/** Bytes of a Unix socket path the kernel allows, without the closing zero. */
export const MAX_SOCKET_PATH = 107;

export interface UnixTarget {
  socket: string;
  build: string;
}

export interface UnixRequest {
  method: string;
  url: string;
  body?: string | null;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/** Name of this machine's end of the channel: nothing but the helper's owner may answer on it. */
export function assertOwnSocket(socket: string): void {
  if (Buffer.byteLength(socket) > MAX_SOCKET_PATH) {
    throw new AkiosError('USAGE', `The helper's socket path is too long: ${socket}`, {
      hint: `Set AKIOS_SOCKET to a path of at most ${MAX_SOCKET_PATH} bytes.`,
    });
  }
  // Below /run only root makes folders: who owns this one is the service's own user.
  if (socket === SERVICE.socket) return;
  const own = process.getuid?.();
  for (const path of [socket, dirname(socket)]) {
    const stat = lstatSync(path);
    if (own === undefined || stat.uid === own || stat.uid === 0) continue;
    throw new AkiosError('HELPER_UNREACHABLE', `Another user owns ${path}; it is not trusted.`, {
      hint: 'Remove it or set AKIOS_STATE_DIR to a folder of your own.',
    });
  }
}

/** A call may take minutes; the helper says that it is there at once. */
const PATIENCE_MS = 3_000;
/** A starved machine may leave a healthy helper without its turn for many seconds. */
const HEALTH_LIMIT_MS = 20_000;

/**
 * Sends one request; resolves with status and headers once they are there. When the answer is late,
 * the other end must prove with its health that it is a living helper.
 */
export async function unixRequest(target: UnixTarget, what: UnixRequest): Promise<IncomingMessage> {
  const silent = new AbortController();
  let answered = false;
  const late = setTimeout(() => {
    askHealth(target).catch((error: unknown) => {
      if (!answered) silent.abort(error);
    });
  }, PATIENCE_MS);
  late.unref();
  try {
    const signal =
      what.signal === undefined ? silent.signal : AbortSignal.any([what.signal, silent.signal]);
    const response = await send(target, { ...what, signal });
    answered = true;
    return response;
  } catch (error) {
    throw silent.signal.aborted ? silent.signal.reason : error;
  } finally {
    clearTimeout(late);
  }
}

/** @throws AkiosError HELPER_UNREACHABLE: nothing that speaks our language answers in time */
async function askHealth(target: UnixTarget): Promise<void> {
  const signal = AbortSignal.timeout(HEALTH_LIMIT_MS);
  try {
    const url = '/api/v1/health';
    await readBody(await send({ ...target, build: '' }, { method: 'GET', url, signal }));
  } catch (cause) {
    if (signal.aborted) throw notTheHelper(target.socket, 'does not answer', cause);
    throw cause;
  }
}

function notTheHelper(socket: string, what: string, cause: unknown): AkiosError {
  return new AkiosError('HELPER_UNREACHABLE', `What listens on ${socket} ${what}.`, {
    hint: 'Either the helper is stuck or another program uses its socket. `ss -xlp` names the process: end it, or set AKIOS_SOCKET to another path.',
    cause,
    details: { reason: 'not-the-helper' },
  });
}

function send(target: UnixTarget, what: UnixRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    try {
      assertOwnSocket(target.socket);
    } catch (error) {
      reject(error instanceof AkiosError ? error : unreachable(target.socket, error));
      return;
    }
    const body = what.body ?? null;
    const outgoing = request({
      socketPath: target.socket,
      method: what.method,
      path: what.url,
      agent: false,
      ...(what.signal === undefined ? {} : { signal: what.signal }),
      headers: {
        host: 'helper',
        [BUILD_HEADER]: target.build,
        ...(body === null
          ? {}
          : {
              'content-type': 'application/json',
              'content-length': String(Buffer.byteLength(body)),
              'x-akios': '1',
            }),
        ...what.headers,
      },
    });
    outgoing.on('response', resolve);
    outgoing.on('error', (error) => reject(unreachable(target.socket, error)));
    outgoing.end(body ?? undefined);
  });
}

export async function readBody(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}

/** The error of an answer that is not 2xx. */
export function errorOfBody(status: number, body: string): ErrorValue {
  try {
    const { error } = JSON.parse(body) as { error?: Partial<ErrorValue> };
    if (error && typeof error.message === 'string' && isErrorCode(error.code)) {
      const { code, message, hint, where, details } = error;
      return {
        code,
        message,
        ...(typeof hint === 'string' ? { hint } : {}),
        ...(typeof where === 'string' ? { where } : {}),
        ...(typeof details === 'object' && details !== null ? { details } : {}),
      };
    }
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
  }
  return {
    code: 'HELPER_UNREACHABLE',
    message: `What listens on the helper's socket answered with status ${status} and no readable reason.`,
    hint: 'Is it the helper? `ss -xlp` names the process; AKIOS_SOCKET sets another path.',
  };
}

function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(ERROR_EXIT, code);
}

export function unreachable(socket: string, cause: unknown): AkiosError {
  const code = (cause as { code?: unknown } | null)?.code;
  if (cause instanceof Error && cause.name === 'AbortError') {
    return new AkiosError('CANCELLED', 'The call was cancelled.', { cause });
  }
  if (typeof code === 'string' && code.startsWith('HPE_')) {
    return notTheHelper(socket, 'does not speak HTTP', cause);
  }
  const why =
    code === 'ENOENT' || code === 'ENOTDIR' || code === 'ECONNREFUSED'
      ? 'The helper is not running'
      : code === 'EACCES' || code === 'EPERM'
        ? 'The helper belongs to another user'
        : 'The connection to the helper broke';
  return new AkiosError('HELPER_UNREACHABLE', `${why} (socket ${socket}).`, {
    hint: 'Start it with `akios helper start`; `akios doctor` says what is wrong.',
    cause,
    details: { reason: typeof code === 'string' ? code : 'unknown' },
  });
}

/** True when nothing listens: the only case in which a client may start the helper. */
export function isAbsent(error: unknown): boolean {
  if (!(error instanceof AkiosError)) return false;
  const reason = error.details?.['reason'];
  return reason === 'ENOENT' || reason === 'ENOTDIR' || reason === 'ECONNREFUSED';
}

/** True when the helper went away during a request that had no answer yet. */
export function isBroken(error: unknown): boolean {
  if (!(error instanceof AkiosError)) return false;
  // It went away before (EPIPE) or after (ECONNRESET) all of the request was written.
  return ['ECONNRESET', 'EPIPE'].includes(String(error.details?.['reason']));
}
