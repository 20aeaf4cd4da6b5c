import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ended, type Ran } from '../agent-run/support.ts';
import { openPublicHost, type PublicHost } from '../support/public-host.ts';

/** The real helper with its real egress; the only thing made for the test is the world around it. */
const MAIN = join(import.meta.dirname, '..', '..', '..', 'cli', 'main.ts');
const API = 'api.test-host.example';
const OTHER = 'other.test-host.example';
const REBOUND = 'rebound.test-host.example';

let root: string;
let project: string;
let host: PublicHost;

const start = (args: readonly string[], cwd: string) => host.start(args, cwd, join(root, 'state'));

const akios = (...args: string[]): Promise<Ran> =>
  ended(start([process.execPath, MAIN, ...args], project));

/** A program in the cage, under a policy that lists these endpoints. */
function agent(listed: readonly string[], argv: readonly string[]): Promise<Ran> {
  const policy = join(root, 'policy.yml');
  const egress = JSON.stringify(listed.map((name) => `https://${name}`));
  writeFileSync(policy, `capabilities: { network: { allow_egress: ${egress} } }\n`);
  return akios('agent', 'run', '--work', join(root, 'work'), '--policy', policy, '--', ...argv);
}

const ASK = String.raw`
import os, socket, ssl, sys
name, sni = sys.argv[1], sys.argv[2]
s = socket.create_connection(('127.0.0.1', 3128), 10)
s.sendall(f'CONNECT {name}:443 HTTP/1.1\r\nHost: {name}:443\r\n\r\n'.encode())
head = s.recv(4096).decode()
print(head.split('\r\n')[0])
if ' 200 ' in head:
    tls = ssl.create_default_context(cafile='ca.pem').wrap_socket(s, server_hostname=sni)
    tls.sendall(f'GET /hello HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n'.encode())
    text = b''
    while chunk := tls.recv(4096): text += chunk
    print(text.decode().split('\r\n\r\n')[1])
`;
const ask = (name: string, sni = name): string[] => ['/usr/bin/python3', '-c', ASK, name, sni];

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'akios-way-'));
  project = join(root, 'project');
  mkdirSync(project);
  mkdirSync(join(root, 'work'));
  host = await openPublicHost({
    hosts: { [API]: '93.184.216.34', [OTHER]: '93.184.216.35', [REBOUND]: '10.20.30.40' },
  });
  writeFileSync(join(root, 'work', 'ca.pem'), host.caPem);
  expect((await akios('init', '--json')).code).toBe(0);
  const config = join(project, 'config.yaml');
  const text = readFileSync(config, 'utf8').replace(
    /^(network_access_allowed|allowed_domains):.*\n/gm,
    '',
  );
  writeFileSync(
    config,
    `${text}\nnetwork_access_allowed: true\nallowed_domains: [${API}, ${REBOUND}]\n`,
  );
});
afterAll(async () => {
  await akios('helper', 'stop');
  await host.close();
  rmSync(root, { recursive: true, force: true });
});
beforeEach(() => {
  host.requests.length = 0;
});

describe('the real way out, with a public server at its end', () => {
  it('has a control: outside the cage every one of these servers answers', async () => {
    for (const name of [API, OTHER, REBOUND]) {
      const direct = ASK.replace("('127.0.0.1', 3128)", '(name, 443)')
        .replace(/^s\.sendall.*$/m, '')
        .replace('head = s.recv(4096).decode()', "head = ' 200 '");
      const ran = await ended(
        start(['/usr/bin/python3', '-c', direct, name, name], join(root, 'work')),
      );
      expect(ran.err).toBe('');
      expect(ran.out.toString()).toContain(`"host":"${name}"`);
    }
  });

  it('lets a program in the cage reach a listed host, and no other', async () => {
    const listed = await agent([API], ask(API));
    expect(listed.err).toBe('');
    expect(listed.out.toString()).toBe(
      `HTTP/1.1 200 Connection established\n{"host":"${API}","method":"GET","url":"/hello"}\n`,
    );
    expect(host.requests.map((r) => [r.host, r.serverName])).toEqual([[API, API]]);
    const before = host.connections();
    expect((await agent([API], ask(OTHER))).out.toString()).toMatch(/^HTTP\/1\.1 403/);
    expect((await agent([API], ask('93.184.216.34'))).out.toString()).toMatch(/^HTTP\/1\.1 403/);
    expect((await agent([API, REBOUND], ask(REBOUND))).out.toString()).toMatch(/^HTTP\/1\.1 403/);
    expect(host.connections()).toBe(before);
    // The tunnel is open, but not for another name inside it.
    expect((await agent([API, OTHER], ask(API, OTHER))).code).not.toBe(0);
    expect((await agent([], ask(API))).err).toContain('Connection refused');
    expect(host.requests).toHaveLength(1);
  });

  it('carries `akios http` to a listed host, and no further', async () => {
    const up = await akios('cage', 'up');
    expect(up.err).toBe('');
    expect(up.code).toBe(0);
    const got = await akios(
      'http',
      'GET',
      `https://${API}/status?who=jane.doe@example.com`,
      '--json',
    );
    expect(got.err).toBe('');
    expect(JSON.parse(got.out.toString())).toMatchObject({ status: 200 });
    expect(host.requests[0]).toMatchObject({ host: API, serverName: API, method: 'GET' });
    expect(host.requests[0]?.url).not.toContain('jane.doe');
    const before = host.connections();
    for (const url of [`https://${OTHER}/`, `https://${REBOUND}/`, 'https://93.184.216.34/']) {
      const refused = await akios('http', 'GET', url);
      expect([url, refused.code]).toEqual([url, 3]);
    }
    expect(host.connections()).toBe(before);
  });

  it('carries the http agent of a workflow there', async () => {
    writeFileSync(
      join(project, 'workflows', 'ask.yml'),
      `name: ask\ndescription: asks a host\nsteps:\n  - step: 1\n    agent: http\n    action: get\n    parameters: { url: "https://${API}/from-a-workflow" }\n`,
    );
    const ran = await akios('run', 'workflows/ask.yml', '--json');
    expect(ran.err).toBe('');
    expect(ran.code).toBe(0);
    expect(host.requests.map((r) => r.url)).toEqual(['/from-a-workflow']);
  });
});
