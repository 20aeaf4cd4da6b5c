import { connect as tlsConnect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Egress } from '../../cage/egress/port.ts';
import {
  CA,
  HOST,
  OTHER,
  policyFor,
  type TestServer,
  talk,
  tcpServer,
  testEgress,
  tlsServer,
  tunnelTo,
} from './fixture.ts';

let server: TestServer;
let plain: TestServer;
const opened: Egress[] = [];

beforeAll(async () => {
  server = await tlsServer((_request, response) => response.end('hello from outside'));
  plain = await tcpServer();
});
afterAll(async () => {
  await Promise.all(opened.map((egress) => egress.dispose()));
  await server.close();
  await plain.close();
});

async function openProxy(table: Record<string, readonly string[]>, over = {}, options = {}) {
  const made = testEgress(table, options);
  opened.push(made.egress);
  const rules = [
    { host: HOST, ports: [server.port], allowPrivate: true },
    { host: OTHER, ports: [server.port], allowPrivate: true },
    { host: 'public.test-host.example', ports: [443, server.port, plain.port] },
    { host: 'plain.test-host.example', ports: [plain.port], allowPrivate: true },
  ];
  const { socket } = await made.egress.open(policyFor(rules, over));
  return { ...made, socket };
}

const TABLE = {
  [HOST]: ['127.0.0.1'],
  [OTHER]: ['127.0.0.1'],
  'plain.test-host.example': ['127.0.0.1'],
};

/** HTTPS through the tunnel with a chosen TLS name; the answer, or how it failed. */
async function https(socketPath: string, target: string, servername: string): Promise<string> {
  const raw = await tunnelTo(socketPath, target);
  if (typeof raw === 'string') return raw;
  return new Promise((resolve) => {
    const options = servername === '' ? {} : { servername };
    const tls = tlsConnect({ socket: raw, ca: CA, rejectUnauthorized: false, ...options });
    const parts: string[] = [];
    tls.on('data', (chunk) => parts.push(String(chunk)));
    tls.on('error', () => resolve('reset'));
    tls.on('close', () => resolve(parts.join('') || 'reset'));
    tls.on('secureConnect', () => {
      tls.write(`GET / HTTP/1.1\r\nHost: ${HOST}\r\nConnection: close\r\n\r\n`);
    });
  });
}

describe('the proxy of a cage', () => {
  it('lets a listed host through, pinned, with its decisions told (control)', async () => {
    const { socket, decisions } = await openProxy(TABLE);
    expect(await https(socket, `${HOST}:${server.port}`, HOST)).toContain('hello from outside');
    expect(decisions[0]).toMatchObject({
      allowed: true,
      host: HOST,
      address: '127.0.0.1',
      bytesIn: 0,
    });
    await expect.poll(() => decisions.length).toBe(2);
    expect(decisions[1]!.bytesIn).toBeGreaterThan(100);
    expect(decisions[1]!.bytesOut).toBeGreaterThan(100);
  });

  it('accepts any case and one trailing dot of a listed name', async () => {
    const { socket } = await openProxy(TABLE);
    expect(await https(socket, `API.Test-Host.example.:${server.port}`, HOST)).toContain('hello');
  });

  it('resets when the TLS name is another listed host, is absent, or is not TLS at all', async () => {
    const { socket, decisions } = await openProxy(TABLE);
    const before = server.seen.connections;
    expect(await https(socket, `${HOST}:${server.port}`, OTHER)).toBe('reset');
    expect(await https(socket, `${HOST}:${server.port}`, '')).toBe('reset');
    const bytes = await talk(
      socket,
      `CONNECT plain.test-host.example:${plain.port} HTTP/1.1\r\n\r\n`,
      'GET / HTTP/1.1\r\nHost: x\r\n\r\n',
    );
    expect(bytes).not.toContain('SECRET');
    expect(server.seen.connections).toBe(before);
    expect(plain.seen.connections).toBe(0);
    expect(decisions.filter((decision) => decision.allowed)).toEqual([]);
    expect(decisions.map((decision) => decision.reason)).toEqual([
      'the TLS name is not the allowed host',
      'the TLS greeting names no server',
      'the tunnel does not begin with TLS',
    ]);
  });

  it('passes the question of a PostgreSQL client on for the helper alone, and nothing in the clear', async () => {
    const question = Buffer.from('0000000804d2162f', 'hex');
    const target = `CONNECT plain.test-host.example:${plain.port} HTTP/1.1\r\n\r\n`;
    const caged = await openProxy(TABLE);
    expect(await talk(caged.socket, target, question)).not.toContain('SECRET');
    expect(caged.decisions.map((decision) => decision.reason)).toEqual([
      'the tunnel does not begin with TLS',
    ]);
    expect(plain.seen.connections).toBe(0);
    // With leave to ask: what follows the question at once, or instead of it, goes nowhere.
    for (const said of [
      Buffer.concat([question, Buffer.from('SELECT')]),
      'SELECT 1',
      '\0\0\0\x2c\0\x03\0\0user\0ann\0',
    ]) {
      const helper = await openProxy(TABLE, { preamble: 'postgresql' });
      expect(await talk(helper.socket, target, said)).not.toContain('SECRET');
      expect(helper.decisions.filter((decision) => decision.allowed)).toEqual([]);
      expect(plain.seen.connections).toBe(0);
    }
  });

  const refusedTargets = (): string[] => {
    const port = server.port;
    return [
      `127.0.0.1:${port}`,
      `127.1:${port}`,
      `2130706433:${port}`,
      `0x7f000001:${port}`,
      `0x7f.1:${port}`,
      `0177.0.0.1:${port}`,
      `017700000001:${port}`,
      `0.0.0.0:${port}`,
      `0:${port}`,
      `[::1]:${port}`,
      `[::ffff:127.0.0.1]:${port}`,
      `[::ffff:7f00:1]:${port}`,
      `[::]:${port}`,
      `localhost:${port}`,
      `localhost.:${port}`,
      `LOCALHOST:${port}`,
      `１２７.０.０.１:${port}`,
      `ⓛocalhost.example:${port}`,
      '169.254.169.254:80',
      'metadata.google.internal:80',
      `${HOST}@127.0.0.1:${port}`,
      `user:pw@${HOST}:${port}`,
      `${HOST}%00.evil.example:${port}`,
      `${HOST}\\@evil.example:${port}`,
      `${HOST}#@evil.example:${port}`,
      `evil-${HOST}:${port}`,
      `${HOST}.evil.example:${port}`,
      `sub.${HOST}:${port}`,
      `test-host.example:${port}`,
      `.${HOST}:${port}`,
      `${HOST}..:${port}`,
      `api..test-host.example:${port}`,
      `${HOST}:22`,
      `${HOST}:0`,
      `${HOST}:65536`,
      `${HOST}:0${port}`,
      `${HOST}:+${port}`,
      `${HOST}:${port}/`,
      HOST,
      `${HOST}:`,
      `:${port}`,
      `http://${HOST}:${port}`,
      `https://${HOST}:${port}`,
    ];
  };

  it('refuses every other spelling of a target before any connection', async () => {
    const { socket, decisions } = await openProxy(TABLE);
    const before = server.seen.connections;
    for (const target of refusedTargets()) {
      const bytes = Buffer.from(`CONNECT ${target} HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
      const reply = await talk(socket, bytes);
      expect(reply, target).toMatch(/^HTTP\/1\.1 (?:403|400)/);
    }
    expect(server.seen.connections).toBe(before);
    expect(decisions.every((decision) => !decision.allowed)).toBe(true);
    expect(decisions).toHaveLength(refusedTargets().length);
  });

  it('asks no resolver about names that are not listed (no DNS channel)', async () => {
    const { socket, asked } = await openProxy(TABLE);
    await talk(socket, 'CONNECT c2VjcmV0.evil.example:443 HTTP/1.1\r\n\r\n');
    expect(asked).toEqual([]);
  });

  it('refuses a listed name that resolves to anything private, mixed answers included', async () => {
    const answers = [
      ['127.0.0.1'],
      ['10.1.2.3'],
      ['172.31.0.1'],
      ['192.168.1.1'],
      ['100.64.0.1'],
      ['169.254.169.254'],
      ['168.63.129.16'],
      ['0.0.0.0'],
      ['255.255.255.255'],
      ['224.0.0.1'],
      ['::1'],
      ['::'],
      ['::ffff:127.0.0.1'],
      ['::ffff:8.8.8.8'],
      ['64:ff9b::7f00:1'],
      ['2002:7f00:1::'],
      ['fd00::1'],
      ['fe80::1'],
      ['fe80::1%eth0'],
      ['ff02::1'],
      ['8.8.8.8', '127.0.0.1'],
      ['8.8.8.8', '::1'],
      ['not-an-address'],
      [],
    ];
    for (const list of answers) {
      const { socket } = await openProxy({ 'public.test-host.example': list });
      const reply = await talk(socket, 'CONNECT public.test-host.example:443 HTTP/1.1\r\n\r\n');
      expect(reply, list.join()).toMatch(/^HTTP\/1\.1 403/);
    }
  });

  it('refuses the addresses of this machine itself, public or not', async () => {
    const table = { 'public.test-host.example': ['198.41.0.4'] };
    const own = { ownAddresses: () => ['198.41.0.4'] };
    const { socket } = await openProxy(table, {}, own);
    const reply = await talk(socket, 'CONNECT public.test-host.example:443 HTTP/1.1\r\n\r\n');
    expect(reply).toMatch(/^HTTP\/1\.1 403/);
  });

  it('refuses metadata addresses even where private ones are allowed', async () => {
    const { socket } = await openProxy({ [HOST]: ['169.254.169.254'] });
    expect(await talk(socket, `CONNECT ${HOST}:${server.port} HTTP/1.1\r\n\r\n`)).toMatch(/403/);
  });

  it('resolves once: a name that changes its answer later gains nothing (rebinding)', async () => {
    let turn = 0;
    const { socket, decisions } = await openProxy(
      TABLE,
      {},
      {
        resolve: async () => {
          turn += 1;
          return [{ address: turn === 1 ? '127.0.0.1' : '127.0.0.2', family: 4 }];
        },
      },
    );
    expect(await https(socket, `${HOST}:${server.port}`, HOST)).toContain('hello');
    expect(turn).toBe(1);
    expect(decisions[0]!.address).toBe('127.0.0.1');
  });

  it('refuses smuggled, pipelined and malformed requests', async () => {
    const { socket } = await openProxy(TABLE);
    const target = `${HOST}:${server.port}`;
    const before = server.seen.connections;
    const attacks = [
      `GET http://${target}/ HTTP/1.1\r\nHost: ${target}\r\n\r\n`,
      `GET https://${target}/ HTTP/1.1\r\nHost: ${target}\r\n\r\n`,
      'GET / HTTP/1.1\r\nHost: x\r\n\r\n',
      'GET file:///etc/passwd HTTP/1.1\r\n\r\n',
      'GET unix:/run/docker.sock HTTP/1.1\r\n\r\n',
      `GET ws://${target}/ HTTP/1.1\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n`,
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
      `CONNECT ${target} HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello`,
      `CONNECT ${target} HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n`,
      `CONNECT ${target} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      `CONNECT ${target} HTTP/1.1\r\n\r\nCONNECT ${target} HTTP/1.1\r\n\r\n`,
      `CONNECT ${target} HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n`,
      `CONNECT ${target} HTTP/1.1\r\nBad Header: a\r\n\r\n`,
      `CONNECT ${target} HTTP/1.1\nHost: a\n\n\r\n\r\n`,
      `CONNECT  ${target} HTTP/1.1\r\n\r\n`,
      `CONNECT ${target} HTTP/3\r\n\r\n`,
      `CONNECT ${target}\r\n\r\n`,
      `connect ${target} HTTP/1.1\r\n\r\n`,
      `CONNECT ${target} HTTP/1.1\r\nX: ${'a'.repeat(9000)}\r\n\r\n`,
      `${'A'.repeat(20_000)}\r\n\r\n`,
    ];
    for (const attack of attacks) {
      const reply = await talk(socket, attack);
      expect(reply, attack.slice(0, 60)).toMatch(/^HTTP\/1\.1 4\d\d/);
    }
    expect(server.seen.connections).toBe(before);
  });

  it('drops a client that is too slow to ask', async () => {
    const within = (handshakeMs: number) =>
      openProxy(TABLE, {}, { times: { handshakeMs, idleMs: 60_000 } });
    const hasty = await within(100);
    expect(await talk(hasty.socket, 'CONNECT ')).toMatch(/^HTTP\/1\.1 408/);
    // One that asks and then says nothing: the asking itself must not be late on a busy machine.
    const patient = await within(4000);
    expect(await talk(patient.socket, `CONNECT ${HOST}:${server.port} HTTP/1.1\r\n\r\n`)).toBe(
      'HTTP/1.1 200 Connection established\r\n\r\n',
    );
  });

  it('ends at the connection quota and at the byte quota', async () => {
    const few = await openProxy(TABLE, { run: 'run_few', maxConnections: 1 });
    expect(await https(few.socket, `${HOST}:${server.port}`, HOST)).toContain('hello');
    expect(await https(few.socket, `${HOST}:${server.port}`, HOST)).toMatch(/^HTTP\/1\.1 429/);
    const small = await openProxy(TABLE, { run: 'run_small', maxBytes: 900 });
    expect(await https(small.socket, `${HOST}:${server.port}`, HOST)).toBe('reset');
    await expect.poll(() => small.decisions.at(-1)?.reason).toMatch(/byte quota/);
  });

  it('forgets its socket file on close and on dispose', async () => {
    const { existsSync, statSync } = await import('node:fs');
    const { dirname } = await import('node:path');
    const { egress, socket } = await openProxy(TABLE);
    expect(statSync(dirname(socket)).mode & 0o777).toBe(0o700);
    await egress.dispose();
    expect(existsSync(socket)).toBe(false);
    expect(existsSync(dirname(socket))).toBe(false);
    await expect(egress.open(policyFor([]))).rejects.toMatchObject({ code: 'NET_DENIED' });
  });

  it('makes no connection when a decision cannot be recorded', async () => {
    const { socket, egress } = await openProxy(TABLE);
    egress.onDecision(() => {
      throw new Error('the ledger is gone');
    });
    const before = server.seen.connections;
    expect(await https(socket, `${HOST}:${server.port}`, HOST)).toBe('reset');
    expect(server.seen.connections).toBe(before);
  });

  it('makes no connection before its decision is recorded, or when that fails later', async () => {
    for (const fails of [true, false]) {
      const { socket, egress, decisions } = await openProxy(TABLE);
      const before = server.seen.connections;
      const kept = Promise.withResolvers<void>();
      egress.onDecision(({ allowed }) => (allowed ? kept.promise : undefined));
      const answer = https(socket, `${HOST}:${server.port}`, HOST);
      await expect.poll(() => decisions.filter((one) => one.allowed).length).toBe(1);
      expect(server.seen.connections).toBe(before);
      if (fails) kept.reject(new Error('the ledger is gone'));
      else kept.resolve();
      expect(await answer).toContain(fails ? 'reset' : 'hello from outside');
      expect(server.seen.connections).toBe(before + (fails ? 0 : 1));
    }
  });
});
