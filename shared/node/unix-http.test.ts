import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readBody, unixRequest } from './unix-http.ts';

let folder: string;
let server: Server | null = null;
const open = new Set<Socket>();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'akios-unix-http-'));
});
afterEach(async () => {
  for (const socket of open) socket.destroy();
  open.clear();
  await new Promise((resolve) => (server === null ? resolve(null) : server.close(resolve)));
  server = null;
  rmSync(folder, { recursive: true, force: true });
});

/** A program on the helper's socket that is given each connection. */
async function listen(onConnection: (socket: Socket) => void): Promise<string> {
  const socket = join(folder, 's');
  server = createServer((connection) => {
    open.add(connection);
    connection.on('error', () => open.delete(connection));
    onConnection(connection);
  });
  await new Promise<void>((resolve) => server?.listen(socket, resolve));
  return socket;
}

const get = { method: 'GET', url: '/api/v1/cage' };

test('a program that never answers on the socket is named instead of waited for', async () => {
  const socket = await listen(() => undefined);
  await expect(unixRequest({ socket, build: 'b' }, get)).rejects.toMatchObject({
    code: 'HELPER_UNREACHABLE',
    message: expect.stringContaining('does not answer'),
    hint: expect.stringContaining('AKIOS_SOCKET'),
  });
}, 60_000);

test('a program that speaks something else is named', async () => {
  const socket = await listen((connection) => connection.end('SSH-2.0-x\r\n'));
  await expect(unixRequest({ socket, build: 'b' }, get)).rejects.toMatchObject({
    code: 'HELPER_UNREACHABLE',
    message: expect.stringContaining('does not speak HTTP'),
  });
});

test('a slow call is waited for while the helper shows its health', async () => {
  const reply = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}';
  let slow: Socket | null = null;
  const socket = await listen((connection) => {
    connection.once('data', (bytes) => {
      if (!String(bytes).startsWith('GET /api/v1/health ')) {
        slow = connection;
        return;
      }
      connection.write(reply);
      slow?.write(reply);
    });
  });
  const response = await unixRequest({ socket, build: 'b' }, get);
  expect(await readBody(response)).toBe('{}');
}, 60_000);
