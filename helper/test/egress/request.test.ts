import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Egress, EgressPolicy, EgressRequest } from '../../cage/egress/port.ts';
import {
  HOST,
  OTHER,
  policyFor,
  type TestServer,
  tcpServer,
  testEgress,
  tlsServer,
} from './fixture.ts';

let server: TestServer;
let plain: TestServer;
const opened: Egress[] = [];

beforeAll(async () => {
  plain = await tcpServer();
  server = await tlsServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'https://x');
    if (pathname === '/big') return response.end(Buffer.alloc(200_000, 65));
    if (pathname === '/bomb') {
      response.setHeader('content-encoding', 'gzip');
      return response.end(gzipSync(Buffer.alloc(50_000_000)));
    }
    if (pathname === '/gzip') {
      response.setHeader('content-encoding', 'gzip');
      return response.end(gzipSync('unpacked'));
    }
    if (pathname === '/redirect') {
      response.writeHead(302, { location: `https://${OTHER}:${server.port}/there` });
      return response.end();
    }
    if (pathname === '/slow') return undefined;
    if (pathname === '/drip') {
      response.write('a');
      return undefined;
    }
    if (pathname === '/headers') {
      response.setHeader('x-big', 'a'.repeat(60_000));
      return response.end('x');
    }
    return response.end(`hello ${request.method}`);
  });
});
afterAll(async () => {
  await Promise.all(opened.map((egress) => egress.dispose()));
  await server.close();
  await plain.close();
});

const TABLE = {
  [HOST]: ['127.0.0.1'],
  [OTHER]: ['127.0.0.1'],
  'unknown-cert.test-host.example': ['127.0.0.1'],
};

function setUp(over: Partial<EgressPolicy> = {}, table: Record<string, readonly string[]> = TABLE) {
  const made = testEgress(table);
  opened.push(made.egress);
  const rules = [
    { host: HOST, ports: [server.port], allowPrivate: true },
    { host: 'unknown-cert.test-host.example', ports: [server.port], allowPrivate: true },
    { host: 'public.test-host.example', ports: [server.port] },
    { host: '127.0.0.1', ports: [plain.port], allowPrivate: true },
    { host: '127.0.0.2', ports: [plain.port] },
  ];
  const policy = policyFor(rules, over);
  const get = (url: string, more: Partial<EgressRequest> = {}) =>
    made.egress.request(policy, {
      method: 'GET',
      url,
      headers: {},
      timeoutMs: 60_000,
      maxResponseBytes: 100_000,
      ...more,
    });
  return { ...made, policy, get, at: (path: string) => `https://${HOST}:${server.port}${path}` };
}

describe('requests of the helper itself', () => {
  it('reaches a listed host with its certificate checked (control)', async () => {
    const { get, at, decisions } = setUp();
    const answer = await get(at('/'));
    expect(Buffer.from(answer.body).toString()).toBe('hello GET');
    expect(answer.address).toBe('127.0.0.1');
    expect(server.seen.requests.at(-1)!.headers.host).toBe(`${HOST}:${server.port}`);
    expect(decisions.map((decision) => decision.reason)).toEqual(['listed host', 'answered']);
    expect(Buffer.from((await get(at('/gzip'))).body).toString()).toBe('unpacked');
  });

  it('refuses a host whose certificate is for somebody else', async () => {
    const { get } = setUp();
    const before = server.seen.requests.length;
    await expect(
      get(`https://unknown-cert.test-host.example:${server.port}/`),
    ).rejects.toMatchObject({ code: 'NET_DENIED' });
    expect(server.seen.requests).toHaveLength(before);
  });

  it('refuses every confusing or unlisted URL before any connection', async () => {
    const { get, decisions } = setUp({}, { ...TABLE, 'public.test-host.example': ['127.0.0.1'] });
    const before = server.seen.connections + plain.seen.connections;
    const port = server.port;
    const urls = [
      `http://${HOST}:${port}/`,
      `http://127.0.0.2:${plain.port}/`,
      `http://localhost:${plain.port}/`,
      `http://127.1:${plain.port}/`,
      `http://2130706433:${plain.port}/`,
      `http://0x7f000001:${plain.port}/`,
      `http://[::ffff:127.0.0.1]:${plain.port}/`,
      `https://127.0.0.1:${port}/`,
      `https://[::1]:${port}/`,
      `https://0/`,
      `https://user:pw@${HOST}:${port}/`,
      `https://${HOST}@evil.example/`,
      `https://${HOST}:${port}\\@evil.example/`,
      `https://${HOST}:${port}/a\r\nHost: evil`,
      `https://${HOST}:${port}/a%0d%0aHost:%20evil`,
      `https://${HOST}:${port}/a%00b`,
      `https://${HOST}:${port}/a b`,
      ` https://${HOST}:${port}/`,
      `https:/${HOST}:${port}/`,
      `https:${HOST}:${port}/`,
      `https://ＡＰＩ.test-host.example:${port}/`,
      `https://api。test-host.example:${port}/`,
      `https://ap%69.test-host.example:${port}/`,
      `https://${HOST}.evil.example:${port}/`,
      `https://evil${HOST}:${port}/`,
      `https://sub.${HOST}:${port}/`,
      `https://${OTHER}:${port}/`,
      `https://${HOST}/`,
      `https://${HOST}:22/`,
      `https://public.test-host.example:${port}/`,
      'https://169.254.169.254/latest/meta-data/',
      'https://metadata.google.internal/',
      'file:///etc/passwd',
      'unix:///run/docker.sock',
      'data:text/plain,hello',
      'ftp://host.example/',
      '//host.example/',
      '/etc/passwd',
      '',
    ];
    for (const url of urls) {
      await expect(get(url), url).rejects.toMatchObject({ code: 'NET_DENIED' });
    }
    expect(server.seen.connections + plain.seen.connections).toBe(before);
    expect(decisions).toHaveLength(urls.length);
    expect(decisions.every((decision) => !decision.allowed)).toBe(true);
  });

  it('speaks plain http to a literal loopback address that is listed, and to nothing else', async () => {
    const { get } = setUp();
    const answer = await get(`http://127.0.0.1:${plain.port}/`);
    expect(Buffer.from(answer.body).toString()).toBe('SECRET');
  });

  it('hands redirects back and follows none', async () => {
    const { get, at, egress, policy } = setUp();
    const before = server.seen.requests.length;
    expect(await get(at('/redirect'))).toMatchObject({ status: 302 });
    const response = await egress.fetch(policy)(at('/redirect'));
    expect(response.status).toBe(302);
    expect(server.seen.requests).toHaveLength(before + 2);
  });

  it('caps size, unpacked size, headers, time and the bytes of a run', async () => {
    const { get, at } = setUp();
    await expect(get(at('/big'))).rejects.toMatchObject({ code: 'ANSWER_TOO_LARGE' });
    await expect(get(at('/bomb'))).rejects.toMatchObject({ code: 'ANSWER_TOO_LARGE' });
    await expect(get(at('/headers'))).rejects.toMatchObject({ code: 'PROVIDER_FAILED' });
    await expect(get(at('/slow'), { timeoutMs: 100 })).rejects.toMatchObject({ code: 'TIMEOUT' });
    await expect(get(at('/drip'), { timeoutMs: 200 })).rejects.toMatchObject({ code: 'TIMEOUT' });
    const small = setUp({ run: 'run_bytes', maxBytes: 1000 });
    await expect(small.get(at('/big'))).rejects.toMatchObject({ code: 'NET_DENIED' });
    await expect(small.get(at('/'))).rejects.toMatchObject({ code: 'NET_DENIED' });
    const few = setUp({ run: 'run_connections', maxConnections: 1 });
    await few.get(at('/'));
    await expect(few.get(at('/'))).rejects.toMatchObject({ code: 'NET_DENIED' });
  });

  it('lets no caller set the framing of a request', async () => {
    const { get, at } = setUp();
    const before = server.seen.requests.length;
    const headers: Record<string, string>[] = [
      { Host: 'evil.example' },
      { 'Content-Length': '0' },
      { 'transfer-encoding': 'chunked' },
      { Connection: 'upgrade' },
      { Upgrade: 'websocket' },
      { 'proxy-authorization': 'x' },
      { 'x-a': 'a\r\nhost: evil' },
      { 'x a': 'b' },
      { 'x-a\r\nb': 'c' },
      { 'x-big': 'a'.repeat(40_000) },
    ];
    for (const set of headers) {
      await expect(get(at('/'), { headers: set })).rejects.toMatchObject({
        code: expect.stringMatching(/INPUT_INVALID|TOO_LARGE/) as string,
      });
    }
    await expect(get(at('/'), { method: 'CONNECT' })).rejects.toMatchObject({
      code: 'INPUT_INVALID',
    });
    await expect(get(at('/'), { method: 'TRACE' })).rejects.toMatchObject({
      code: 'INPUT_INVALID',
    });
    expect(server.seen.requests).toHaveLength(before);
  });

  it('stops when told to', async () => {
    const { get, at } = setUp();
    const stop = new AbortController();
    const waiting = get(at('/slow'), { signal: stop.signal });
    setTimeout(() => stop.abort(), 50);
    await expect(waiting).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});

describe('the fetch of provider SDKs', () => {
  it('streams under the same rules', async () => {
    const { egress, policy, at, decisions } = setUp();
    const fetcher = egress.fetch(policy);
    const response = await fetcher(at('/'), { method: 'POST', body: 'prompt' });
    expect(response).toBeInstanceOf(Response);
    expect(await response.text()).toBe('hello POST');
    expect(server.seen.requests.at(-1)!.body).toBe('prompt');
    expect(decisions.at(-1)).toMatchObject({ allowed: true, reason: 'answered', bytesIn: 10 });
    await expect(fetcher(`https://${OTHER}:${server.port}/`)).rejects.toMatchObject({
      code: 'NET_DENIED',
    });
    await expect(fetcher(new URL(`http://${HOST}:${server.port}/`))).rejects.toMatchObject({
      code: 'NET_DENIED',
    });
  });

  it('ends a stream that passes the byte quota of the run', async () => {
    const { egress, policy, at } = setUp({ run: 'run_stream', maxBytes: 50_000 });
    const response = await egress.fetch(policy)(at('/big'));
    await expect(response.text()).rejects.toMatchObject({ code: 'NET_DENIED' });
  });
});
