import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BrowserServers } from '../../http/browser/browser-servers.ts';
import { Sessions } from '../../http/browser/sessions.ts';
import { Service } from '../../service/service.ts';

const HEALTH = {
  status: 'ok',
  product: 'akios',
  version: '0',
  build: 'b',
  contract: 1,
  pid: 1,
  startedAt: '',
  now: '',
};

interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

let files: string;
let servers: BrowserServers;
let url: URL;
let shutdowns = 0;

beforeAll(async () => {
  files = mkdtempSync(join(tmpdir(), 'akios-browser-'));
  writeFileSync(join(files, 'index.html'), '<!doctype html>console');
  writeFileSync(join(files, 'secret.key'), 'not served');
  const service = new Service({
    handlers: {
      health: async () => HEALTH,
      whoami: async (_input, context) => ({ ...context.caller }),
      shutdown: async () => {
        shutdowns += 1;
        return { stopping: true };
      },
    },
    openStream: async (_input, listener) => {
      listener('b:0', 'heartbeat', '{"n":0}');
      return { close: () => undefined };
    },
    attach: async () => ({ run: async () => undefined }),
    fault: () => undefined,
  });
  servers = new BrowserServers({ service, build: 'b', version: '0', files });
  url = new URL((await servers.start({})).url);
});

afterAll(async () => {
  await servers.dispose();
  rmSync(files, { recursive: true, force: true });
});

function ask(
  method: string,
  path: string,
  headers: Record<string, string | string[]> = {},
  body?: string,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host: url.hostname,
        port: url.port,
        method,
        path,
        setHost: false,
        headers: { host: url.host, ...headers },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
          if (response.headers['content-type']?.startsWith('text/event-stream')) response.destroy();
        });
        response.on('close', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
        );
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

const posting = () => ({ origin: url.origin, 'x-akios': '1', 'content-type': 'application/json' });

async function signedIn(): Promise<string> {
  const fresh = new URL((await servers.start({})).url);
  const token = new URLSearchParams(fresh.hash.slice(1)).get('token') ?? '';
  const answer = await ask('POST', '/auth', posting(), JSON.stringify({ token }));
  expect(answer.status).toBe(200);
  return String(answer.headers['set-cookie']).split(';')[0] ?? '';
}

describe('Host', () => {
  it('must be exactly the address of this server', async () => {
    const port = url.port;
    for (const host of [
      'evil.example',
      `evil.example:${port}`,
      `localhost:${port}`,
      '127.0.0.1',
      `127.0.0.1:${Number(port) + 1}`,
      `127.0.0.1.:${port}`,
      `127.0.0.1.evil.example:${port}`,
      `127.0.0.1:${port}@evil.example`,
      '',
    ]) {
      expect([host, (await ask('GET', '/', { host })).status]).toEqual([
        host,
        host === '' ? 421 : 421,
      ]);
    }
    expect((await ask('GET', '/')).status).toBe(200);
  });

  it('must not be given by the request line', async () => {
    expect((await ask('GET', `http://evil.example/`)).status).toBe(421);
    expect((await ask('GET', `${url.origin}/`)).status).toBe(421);
  });
});

describe('Origin and headers of changing requests', () => {
  it('must be ours, exactly and always', async () => {
    const cookie = await signedIn();
    const body = '{}';
    const good = { ...posting(), cookie };
    for (const [name, headers, status] of [
      ['foreign', { ...good, origin: 'https://evil.example' }, 403],
      ['null', { ...good, origin: 'null' }, 403],
      ['prefix', { ...good, origin: `${url.origin}.evil.example` }, 403],
      ['missing', { 'x-akios': '1', 'content-type': 'application/json', cookie }, 403],
      ['no header', { origin: url.origin, 'content-type': 'application/json', cookie }, 403],
      ['form', { ...good, 'content-type': 'application/x-www-form-urlencoded' }, 415],
      ['text', { ...good, 'content-type': 'text/plain' }, 415],
      ['cross-site', { ...good, 'sec-fetch-site': 'cross-site' }, 403],
      ['same-site', { ...good, 'sec-fetch-site': 'same-site' }, 403],
    ] as const) {
      const answer = await ask('POST', '/api/v1/shutdown', headers as Record<string, string>, body);
      expect([name, answer.status]).toEqual([name, status]);
    }
    expect(shutdowns).toBe(0);
    expect((await ask('POST', '/api/v1/shutdown', good, body)).status).toBe(200);
    expect(shutdowns).toBe(1);
  });

  it('has no cross-origin access and no other methods', async () => {
    const preflight = await ask('OPTIONS', '/api/v1/health', {
      origin: 'https://evil.example',
      'access-control-request-method': 'POST',
      'access-control-request-private-network': 'true',
    });
    expect(preflight.status).toBe(403);
    expect(Object.keys(preflight.headers).filter((h) => h.startsWith('access-control'))).toEqual(
      [],
    );
    for (const method of ['PUT', 'DELETE', 'PATCH', 'TRACE']) {
      expect((await ask(method, '/', posting())).status).toBe(405);
    }
  });
});

describe('sign-in', () => {
  it('needs a token that works once and gives a strict cookie bound to this port', async () => {
    const fresh = new URL((await servers.start({})).url);
    const token = new URLSearchParams(fresh.hash.slice(1)).get('token') ?? '';
    expect(Buffer.from(token, 'base64url')).toHaveLength(32);
    const first = await ask('POST', '/auth', posting(), JSON.stringify({ token }));
    expect(first.status).toBe(200);
    const cookie = String(first.headers['set-cookie']);
    expect(cookie).toContain(`akios-${url.port}-`);
    expect(cookie).toContain('HttpOnly');
    expect(cookie).toContain('SameSite=Strict');
    expect(cookie).not.toMatch(/Domain=/i);
    expect((await ask('POST', '/auth', posting(), JSON.stringify({ token }))).status).toBe(401);
  });

  it('is needed for every call of the API, documents included', async () => {
    const paths = ['/api/v1/health', '/api/v1/openapi.json', '/api/v1/docs', '/api/v1/nothing'];
    for (const path of paths) {
      expect([path, (await ask('GET', path)).status]).toEqual([path, 401]);
      const wrong = { cookie: `akios-${url.port}-x=AAAA` };
      expect([path, (await ask('GET', path, wrong)).status]).toEqual([path, 401]);
    }
    const cookie = await signedIn();
    expect((await ask('GET', '/api/v1/health', { cookie })).status).toBe(200);
    expect((await ask('GET', '/api/v1/health', { cookie: `${cookie}; ${cookie}` })).status).toBe(
      401,
    );
  });

  it('ends with a logout', async () => {
    const cookie = await signedIn();
    expect((await ask('POST', '/auth/logout', { ...posting(), cookie }, '{}')).status).toBe(200);
    expect((await ask('GET', '/api/v1/health', { cookie })).status).toBe(401);
  });

  it('expires a token after a minute and slows guessing down', () => {
    let now = 0;
    const sessions = new Sessions({ now: () => now });
    const late = sessions.newToken();
    now = 60_001;
    expect(() => sessions.exchange(late)).toThrow(
      expect.objectContaining({ code: 'UNAUTHENTICATED' }),
    );
    const token = sessions.newToken();
    for (let i = 0; i < 4; i += 1) expect(() => sessions.exchange('guess')).toThrow();
    expect(() => sessions.exchange(token)).toThrow(
      expect.objectContaining({ code: 'RATE_LIMITED' }),
    );
    now += 5_000;
    expect(sessions.check(sessions.exchange(token))).toBe(true);
    expect(sessions.check('guess')).toBe(false);
  });
});

describe('events', () => {
  it('need session, and Origin or the browser saying same-origin', async () => {
    const path = '/api/v1/events?project=%2Fp';
    const cookie = await signedIn();
    const same = { 'sec-fetch-site': 'same-origin' };
    expect((await ask('GET', path, same)).status).toBe(401);
    expect((await ask('GET', path, { cookie })).status).toBe(403);
    expect((await ask('GET', path, { cookie, origin: 'https://evil.example' })).status).toBe(403);
    const answer = await ask('GET', path, { cookie, ...same });
    expect(answer.status).toBe(200);
    expect(answer.body).toBe('id: b:0\nevent: heartbeat\ndata: {"n":0}\n\n');
  });
});

describe('files', () => {
  it('come from a fixed table with the strict headers', async () => {
    const page = await ask('GET', '/');
    expect(page.body).toContain('console');
    expect(page.headers['content-security-policy']).toContain("default-src 'none'");
    expect(page.headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(page.headers['x-content-type-options']).toBe('nosniff');
    expect(page.headers['cache-control']).toBe('no-store');
    for (const path of [
      '/secret.key',
      '/../secret.key',
      '/%2e%2e/etc/passwd',
      '/..%2f..%2fetc/passwd',
      '//etc/passwd',
      '/index.html/',
      '/.',
    ]) {
      expect([path, (await ask('GET', path)).status]).toEqual([path, 404]);
    }
  });

  it('are served on loopback only', async () => {
    for (const host of ['0.0.0.0', '::', '192.168.1.1', 'example.org', '127.0.0.2']) {
      await expect(servers.start({ host })).rejects.toMatchObject({ code: 'USAGE' });
    }
  });
});

describe('bodies', () => {
  it('are bounded in size and depth, and keep no prototype keys', async () => {
    const good = { ...posting(), cookie: await signedIn() };
    const deep = `${'{"a":'.repeat(100)}1${'}'.repeat(100)}`;
    expect((await ask('POST', '/api/v1/shutdown', good, deep)).status).toBe(400);
    expect((await ask('POST', '/api/v1/shutdown', good, '{"__proto__":{}}')).status).toBe(400);
    expect((await ask('POST', '/api/v1/shutdown', good, '[]')).status).toBe(400);
    expect((await ask('POST', '/api/v1/shutdown', good, '{broken')).status).toBe(400);
    const answer = await ask('POST', '/api/v1/shutdown', good, '{"extra":1}');
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).toMatchObject({ error: { code: 'INPUT_INVALID' } });
  });
});
