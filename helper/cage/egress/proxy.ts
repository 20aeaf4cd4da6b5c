import { connect, type Socket } from 'node:net';
import { Transform } from 'node:stream';
import { AkiosError } from '../../../shared/domain/errors.ts';
import { checkHello } from './client-hello.ts';
import { type JudgePorts, judge, type Verdict } from './judge.ts';
import { type Authority, parseAuthority } from './names.ts';
import type { EgressDecision, EgressPolicy } from './port.ts';
import { agreedToTls, isSslRequest, SSL_REQUEST } from './ssl-request.ts';
import type { Usage } from './usage.ts';

const MAX_HEAD = 8 * 1024;

export interface ProxyTimes {
  /** Milliseconds for the request head, the TLS greeting and the dial, each. */
  handshakeMs: number;
  /** Milliseconds without a byte in either direction. */
  idleMs: number;
}

export interface TunnelPorts extends JudgePorts {
  times: ProxyTimes;
  usage: Usage;
  /** Before a connection: resolves when it is recorded. */
  admit(decision: Omit<EgressDecision, 'run' | 'at' | 'kind'>): Promise<void>;
  decide(decision: Omit<EgressDecision, 'run' | 'at' | 'kind'>): void;
}

class Refusal extends Error {
  readonly status: string;
  readonly reason: string;
  constructor(status: string, reason: string) {
    super(reason);
    this.status = status;
    this.reason = reason;
  }
}

/** Next bytes of a paused socket, or null at its end. */
function nextChunk(socket: Socket, ms: number): Promise<Buffer | null> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      done();
      reject(new Refusal('408 Request Timeout', 'the client was too slow'));
    }, ms);
    const done = () => {
      clearTimeout(timer);
      socket.pause();
      socket.off('data', onData);
      socket.off('end', onEnd);
      socket.off('close', onEnd);
    };
    const onData = (chunk: Buffer) => {
      done();
      resolve(chunk);
    };
    const onEnd = () => {
      done();
      resolve(null);
    };
    socket.on('data', onData);
    socket.on('end', onEnd);
    socket.on('close', onEnd);
    socket.resume();
  });
}

/** Reads the request head. Anything but one whole, plain CONNECT is refused with its reason. */
async function readConnect(client: Socket, ms: number): Promise<Authority> {
  let held: Buffer = Buffer.alloc(0);
  let end = -1;
  const deadline = performance.now() + ms;
  while (end < 0) {
    const chunk = await nextChunk(client, Math.max(1, deadline - performance.now()));
    if (chunk === null) throw new Refusal('400 Bad Request', 'the request was cut off');
    held = Buffer.concat([held, chunk]);
    end = held.indexOf('\r\n\r\n');
    if ((end < 0 ? held.length : end) > MAX_HEAD) {
      throw new Refusal('431 Request Header Fields Too Large', 'the request head is too large');
    }
  }
  const lines = held.subarray(0, end).toString('latin1').split('\r\n');
  const authority = parseConnect(lines);
  // Bytes before our answer were written for somebody else: smuggling or a pipelined request.
  if (held.length > end + 4) throw new Refusal('403 Forbidden', 'bytes follow before the answer');
  return authority;
}

function parseConnect(lines: readonly string[]): Authority {
  const line = /^([A-Z]{1,16}) ([^ ]{1,2048}) HTTP\/1\.[01]$/.exec(lines[0] ?? '');
  if (line === null) throw new Refusal('400 Bad Request', 'the request line is malformed');
  if (line[1] !== 'CONNECT') {
    throw new Refusal('403 Forbidden', 'only HTTPS leaves the cage (CONNECT)');
  }
  for (const header of lines.slice(1)) {
    const match = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[\t\x20-\x7e\x80-\xff]*$/.exec(header);
    if (match === null) throw new Refusal('400 Bad Request', 'a header is malformed');
    const name = match[1]!.toLowerCase();
    if (name === 'content-length' || name === 'transfer-encoding' || name === 'upgrade') {
      throw new Refusal('403 Forbidden', `a CONNECT request has no ${name}`);
    }
  }
  const authority = parseAuthority(line[2]!);
  if (authority === null) {
    throw new Refusal('403 Forbidden', 'the target is not a plain name and port');
  }
  return authority;
}

/** Waits for the whole ClientHello and checks its name; returns the bytes held back so far. */
async function readHello(
  client: Socket,
  host: string,
  ms: number,
  first: Buffer = Buffer.alloc(0),
): Promise<Buffer> {
  let held = first;
  const deadline = performance.now() + ms;
  for (let fresh = held.length > 0; ; fresh = false) {
    if (!fresh) {
      const chunk = await nextChunk(client, Math.max(1, deadline - performance.now()));
      if (chunk === null) throw new Refusal('', 'the client left before a TLS greeting');
      held = Buffer.concat([held, chunk]);
    }
    const hello = checkHello(held);
    if (hello.state === 'bad') throw new Refusal('', hello.reason);
    if (hello.state === 'more') continue;
    if (hello.serverName !== host) throw new Refusal('', 'the TLS name is not the allowed host');
    return held;
  }
}

/**
 * Passes the question for TLS on and its answer back; null when the tunnel begins with something
 * else, whose first bytes are then handed back. Nothing but the fixed question has left until the
 * TLS name is checked.
 */
async function askForTls(
  client: Socket,
  verdict: Verdict,
  ms: number,
): Promise<{ server: Socket } | { held: Buffer }> {
  let held: Buffer = Buffer.alloc(0);
  const deadline = performance.now() + ms;
  for (let state = isSslRequest(held); state !== 'yes'; state = isSslRequest(held)) {
    if (state === 'no') return { held };
    const chunk = await nextChunk(client, Math.max(1, deadline - performance.now()));
    if (chunk === null) throw new Refusal('', 'the client left before a TLS greeting');
    held = Buffer.concat([held, chunk]);
  }
  const server = await dial(verdict, ms);
  try {
    server.write(SSL_REQUEST);
    const answered = await nextChunk(server, Math.max(1, deadline - performance.now()));
    if (answered === null || !agreedToTls(answered)) {
      throw new Refusal('', 'the database server does not take TLS');
    }
  } catch (thrown) {
    server.destroy();
    throw thrown;
  }
  client.write('S');
  return { server };
}

function dial(verdict: Verdict, ms: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: verdict.address, port: verdict.port, allowHalfOpen: true });
    const timer = setTimeout(() => socket.destroy(new Error('dial timed out')), ms);
    socket.once('connect', () => {
      clearTimeout(timer);
      resolve(socket);
    });
    socket.once('error', (cause) => {
      clearTimeout(timer);
      reject(new AkiosError('NET_DENIED', 'The host did not answer.', { cause }));
    });
  });
}

/** Passes bytes on while the quota lasts. */
function metered(usage: Usage, count: (bytes: number) => void): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      count(chunk.length);
      if (usage.add(chunk.length)) done(null, chunk);
      else done(new Refusal('', 'the byte quota of the run is used up'));
    },
  });
}

/** Joins both ends until either closes, fails, idles or passes the quota. Never rejects. */
function tunnel(
  client: Socket,
  server: Socket,
  first: Buffer,
  ports: TunnelPorts,
): Promise<{ bytesOut: number; bytesIn: number; reason: string }> {
  return new Promise((resolve) => {
    let bytesOut = 0;
    let bytesIn = 0;
    let over = false;
    const finish = (reason: string) => {
      if (over) return;
      over = true;
      client.destroy();
      server.destroy();
      resolve({ bytesOut, bytesIn, reason });
    };
    const out = metered(ports.usage, (bytes) => {
      bytesOut += bytes;
    });
    const back = metered(ports.usage, (bytes) => {
      bytesIn += bytes;
    });
    for (const end of [client, server]) {
      end.setTimeout(ports.times.idleMs, () => finish('closed: idle for too long'));
      end.on('error', () => finish('closed'));
      end.on('close', () => finish('closed'));
    }
    for (const meter of [out, back]) {
      meter.on('error', (error) => finish(error instanceof Refusal ? error.reason : 'closed'));
    }
    if (client.destroyed) return finish('closed: the client left');
    out.write(first);
    client.pipe(out).pipe(server);
    server.pipe(back).pipe(client);
    // Whatever arrived between the checks is still to be read.
    client.resume();
  });
}

function answer(client: Socket, status: string, reason: string): void {
  if (status === '' || !client.writable) {
    client.destroy();
    return;
  }
  const body = `${reason}\n`;
  client.end(
    `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

/** Serves one connection from a cage from first byte to last. Never rejects. */
export async function serveTunnel(
  client: Socket,
  policy: EgressPolicy,
  ports: TunnelPorts,
): Promise<void> {
  let host = '';
  let port = 0;
  let address: string | null = null;
  let established = false;
  let asked: Socket | null = null;
  const report = (allowed: boolean, reason: string, bytesOut = 0, bytesIn = 0) =>
    ports.decide({ host, port, address, allowed, reason, bytesOut, bytesIn });
  client.on('error', () => client.destroy());
  try {
    const target = await readConnect(client, ports.times.handshakeMs);
    ({ host, port } = target);
    const verdict = await judge(policy, host, port, ports);
    address = verdict.address;
    if (!ports.usage.connect()) {
      throw new Refusal('429 Too Many Requests', 'the quota of the run is used up');
    }
    established = true;
    client.write('HTTP/1.1 200 Connection established\r\n\r\n');
    let first: Buffer | undefined;
    if (policy.preamble === 'postgresql') {
      const begun = await askForTls(client, verdict, ports.times.handshakeMs);
      if ('held' in begun) first = begun.held;
      else asked = begun.server;
    }
    const hello = await readHello(client, host, ports.times.handshakeMs, first);
    const reason = 'listed host, TLS name checked';
    await ports.admit({ host, port, address, allowed: true, reason, bytesOut: 0, bytesIn: 0 });
    const server = asked ?? (await dial(verdict, ports.times.handshakeMs));
    const end = await tunnel(client, server, hello, ports);
    report(true, end.reason, end.bytesOut, end.bytesIn);
  } catch (thrown) {
    asked?.destroy();
    const known = thrown instanceof Refusal || thrown instanceof AkiosError;
    const reason = !known
      ? 'fault'
      : thrown instanceof Refusal
        ? thrown.reason
        : String(thrown.details?.['reason'] ?? thrown.message);
    report(false, reason);
    const status = thrown instanceof Refusal ? thrown.status : '403 Forbidden';
    // Inside a tunnel our words would pass for the server's: the connection is cut instead.
    answer(client, established ? '' : status, reason);
  }
}
