import { lstatSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { dirname } from 'node:path';
import { AkiosError, ERROR_EXIT, type ErrorCode, type ErrorValue } from '../domain/errors.ts';

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
  const own = process.getuid?.();
  for (const path of [socket, dirname(socket)]) {
    const stat = lstatSync(path);
    if (own === undefined || stat.uid === own || stat.uid === 0) continue;
    throw new AkiosError('HELPER_UNREACHABLE', `Another user owns ${path}; it is not trusted.`, {
      hint: 'Remove it or set AKIOS_STATE_DIR to a folder of your own.',
    });
  }
}

/** Sends one request; resolves with status and headers once they are there. */
export function unixRequest(target: UnixTarget, what: UnixRequest): Promise<IncomingMessage> {
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
    message: `The helper answered with status ${status} and no readable reason.`,
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
  const why =
    code === 'ENOENT' || code === 'ECONNREFUSED'
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
  return reason === 'ENOENT' || reason === 'ECONNREFUSED';
}

/** True when the helper went away during a request that had no answer yet. */
export function isBroken(error: unknown): boolean {
  return error instanceof AkiosError && error.details?.['reason'] === 'ECONNRESET';
}
