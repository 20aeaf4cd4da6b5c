import { randomUUID } from 'node:crypto';
import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { UPGRADE_TOKEN } from '../../shared/contract/attach.ts';
import { API_BASE } from '../../shared/contract/http-form.ts';
import { definitionOf } from '../../shared/contract/table.ts';
import { AkiosError } from '../../shared/domain/errors.ts';
import type { Caller, Service } from '../service/service.ts';
import { envelope } from './envelope.ts';
import { parseJsonBody } from './json-body.ts';

const MAX_INPUT = 4 * 1024 * 1024;
const INPUT_LIMIT_MS = 10_000;

export interface AttachOptions {
  service: Service;
  build: string;
  authenticate(request: IncomingMessage): Caller;
}

/** Answers `POST /agents/run` with Upgrade: an error in plain HTTP, or 101 and frames. */
export function handleUpgrade(
  options: AttachOptions,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): void {
  const requestId = randomUUID();
  // The other end may vanish at any moment; the session sees that as its end.
  socket.on('error', () => socket.destroy());
  accept(options, request, socket, head, requestId).catch((error: unknown) => {
    if (!(error instanceof AkiosError)) options.service.fault('attach', error);
    refuse(socket, error, requestId);
  });
}

async function accept(
  { service, build, authenticate }: AttachOptions,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  requestId: string,
): Promise<void> {
  const caller = authenticate(request);
  const wanted = request.headers['x-akios-build'];
  if (wanted !== undefined && wanted !== '' && wanted !== build) {
    throw new AkiosError('HELPER_VERSION', 'The helper that runs comes from another build.');
  }
  const { method, path } = definitionOf('agent.run');
  if (request.url !== `${API_BASE}${path}` || request.method !== method) {
    throw new AkiosError('NOT_FOUND', 'There is nothing to attach to at this address.');
  }
  if (String(request.headers.upgrade).toLowerCase() !== UPGRADE_TOKEN) {
    throw new AkiosError('INPUT_INVALID', `The upgrade must be to ${UPGRADE_TOKEN}.`);
  }
  const { body, rest } = await readInput(request, socket, head);
  const abort = new AbortController();
  socket.once('close', () => abort.abort());
  const session = await service.attach(parseJsonBody(body), {
    caller,
    requestId,
    signal: abort.signal,
  });
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${UPGRADE_TOKEN}\r\nx-request-id: ${requestId}\r\n\r\n`,
  );
  await session.run(socket, rest);
}

/** The JSON input has an exact length, so that the first frame may follow at once. */
async function readInput(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): Promise<{ body: string; rest: Buffer }> {
  const length = Number(request.headers['content-length'] ?? '-1');
  if (!Number.isSafeInteger(length) || length < 0 || request.headers['transfer-encoding']) {
    throw new AkiosError('INPUT_INVALID', 'An attach needs Content-Length and a JSON body.');
  }
  if (length > MAX_INPUT)
    throw new AkiosError('TOO_LARGE', 'The input of the attach is too large.');
  let held = head;
  if (held.byteLength < length) held = await readAtLeast(socket, held, length);
  return { body: held.toString('utf8', 0, length), rest: held.subarray(length) };
}

function readAtLeast(socket: Duplex, head: Buffer, length: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const parts = [head];
    let held = head.byteLength;
    const finish = (error?: AkiosError): void => {
      clearTimeout(timer);
      socket.off('data', onData);
      socket.off('close', onClose);
      socket.pause();
      if (error === undefined) resolve(Buffer.concat(parts));
      else reject(error);
    };
    const onClose = (): void => finish(new AkiosError('CANCELLED', 'The caller went away.'));
    const onData = (chunk: Buffer): void => {
      parts.push(chunk);
      held += chunk.byteLength;
      if (held >= length) finish();
    };
    const timer = setTimeout(
      () => finish(new AkiosError('TIMEOUT', 'The input of the attach did not arrive.')),
      INPUT_LIMIT_MS,
    );
    socket.on('close', onClose);
    socket.on('data', onData);
  });
}

function refuse(socket: Duplex, error: unknown, requestId: string): void {
  if (socket.destroyed) return;
  const { status, body } = envelope(error, requestId);
  const text = JSON.stringify(body);
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Error'}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}\r\nConnection: close\r\n\r\n${text}`,
  );
}
