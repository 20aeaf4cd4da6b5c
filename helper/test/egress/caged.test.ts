import { execFile, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { declareNotRun } from '../../../scripts/not-run.ts';
import { createLinuxCage } from '../../cage/linux/backend.ts';
import type { CageBackend } from '../../cage/port.ts';
import { LIMITS } from '../worker/setup.ts';
import { CA, HOST, policyFor, type TestServer, testEgress, tlsServer } from './fixture.ts';

let server: TestServer;
let state: string;
let cage: CageBackend | null = null;

beforeAll(async () => {
  server = await tlsServer((_request, response) => response.end('hello from outside'));
  state = mkdtempSync(join(tmpdir(), 'akios-cage-'));
  const backend = createLinuxCage({ stateDir: state });
  try {
    const trial = await backend.spawn({
      id: 'trial',
      argv: ['/usr/bin/true'],
      limits: LIMITS,
      stdin: 'none',
      seccomp: 'kill',
    });
    if ((await trial.exited).code === 0) cage = backend;
  } catch (thrown) {
    if (!(thrown instanceof Error)) throw thrown;
  }
});
afterAll(async () => {
  await cage?.dispose();
  await server.close();
  rmSync(state, { recursive: true, force: true });
});

/** Sends one CONNECT from inside the cage by Perl and, where it is accepted, plain bytes. */
const ASK = `
  use IO::Socket::INET;
  my $s = IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => 3128) or do { print "no way out"; exit };
  print $s "CONNECT $ARGV[0] HTTP/1.1\\r\\n\\r\\n";
  $s->flush; my $line = <$s>; print $line;`;

async function askFromInside(
  backend: CageBackend,
  target: string,
  socket?: string,
): Promise<string> {
  const child = await backend.spawn({
    id: `egress-${Math.random().toString(36).slice(2)}`,
    argv: ['/usr/bin/perl', '-e', ASK, target],
    limits: LIMITS,
    stdin: 'none',
    seccomp: 'kill',
    ...(socket === undefined ? {} : { egressSocket: socket }),
  });
  let out = '';
  child.stdout.on('data', (chunk) => {
    out += String(chunk);
  });
  child.stderr.resume();
  await child.exited;
  return out;
}

describe('the way out of a real cage', () => {
  it('leads to listed hosts only, and there is none without a socket', async () => {
    if (cage === null)
      return declareNotRun('egress from inside a cage', 'no cage can be built here');
    const { egress, decisions } = testEgress({ [HOST]: ['127.0.0.1'] });
    const { socket } = await egress.open(
      policyFor([{ host: HOST, ports: [server.port], allowPrivate: true }]),
    );
    try {
      expect(await askFromInside(cage, `${HOST}:${server.port}`, socket)).toMatch(
        /^HTTP\/1\.1 200/,
      );
      expect(await askFromInside(cage, `127.0.0.1:${server.port}`, socket)).toMatch(
        /^HTTP\/1\.1 403/,
      );
      expect(await askFromInside(cage, '169.254.169.254:80', socket)).toMatch(/^HTTP\/1\.1 403/);
      expect(await askFromInside(cage, `${HOST}:${server.port}`)).toBe('no way out');
      expect(server.seen.connections).toBe(0);
      expect(decisions.every((decision) => !decision.allowed)).toBe(true);
    } finally {
      await egress.dispose();
    }
  });

  it('carries HTTPS end to end for a program that uses the proxy variables', async () => {
    if (cage === null)
      return declareNotRun('HTTPS from inside a cage', 'no cage can be built here');
    if (!existsSync('/usr/bin/curl')) return declareNotRun('HTTPS from inside a cage', 'no curl');
    const { egress, decisions } = testEgress({ [HOST]: ['127.0.0.1'] });
    const { socket } = await egress.open(
      policyFor([{ host: HOST, ports: [server.port], allowPrivate: true }]),
    );
    const work = mkdtempSync(join(tmpdir(), 'akios-curl-'));
    writeFileSync(join(work, 'ca.pem'), CA);
    const curl = async (...args: string[]) => {
      const child = await cage!.spawn({
        id: `curl-${Math.random().toString(36).slice(2)}`,
        argv: ['/usr/bin/curl', '-sS', '--cacert', 'ca.pem', ...args],
        workDir: work,
        limits: LIMITS,
        stdin: 'none',
        seccomp: 'kill',
        egressSocket: socket,
      });
      const parts: string[] = [];
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (chunk) => parts.push(String(chunk)));
      await child.exited;
      return parts.join('');
    };
    try {
      expect(await curl(`https://${HOST}:${server.port}/`)).toBe('hello from outside');
      expect(await curl(`https://other.test-host.example:${server.port}/`)).toContain('403');
      expect(await curl(`http://${HOST}:${server.port}/`)).toContain('only HTTPS leaves the cage');
      expect(await curl('--noproxy', '*', `https://127.0.0.1:${server.port}/`)).toContain(
        'connect',
      );
      expect(decisions.filter((decision) => decision.allowed).map(({ host }) => host)).toEqual([
        HOST,
        HOST,
      ]);
    } finally {
      await egress.dispose();
      rmSync(work, { recursive: true, force: true });
    }
  });

  it('takes no descriptors over its socket', async () => {
    if (spawnSync('python3', ['--version']).status !== 0) {
      return declareNotRun('egress: descriptor passing', 'python3 is not installed');
    }
    const { egress } = testEgress({});
    const { socket } = await egress.open(policyFor([]));
    try {
      const before = readdirSync('/proc/self/fd').length;
      const script = `
import array, os, socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
fds = array.array('i', [os.open('/etc/hostname', os.O_RDONLY) for _ in range(20)])
s.sendmsg([b'CONNECT x.example:443 HTTP/1.1\\r\\n\\r\\n'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, fds)])
print(s.recv(100).decode()[:12])`;
      const child = spawnAsync(['-c', script, socket]);
      expect(await child).toContain('HTTP/1.1 403');
      await expect.poll(() => readdirSync('/proc/self/fd').length).toBeLessThanOrEqual(before + 1);
    } finally {
      await egress.dispose();
    }
  });
});

function spawnAsync(args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile('python3', [...args], (error, stdout) => (error ? reject(error) : resolve(stdout)));
  });
}
