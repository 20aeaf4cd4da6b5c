import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { Agent, type IncomingMessage, request } from 'node:http';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  encodeFrame,
  FRAME,
  FrameDecoder,
  UPGRADE_TOKEN,
} from '../../../shared/contract/attach.ts';
import { AkiosError } from '../../../shared/domain/errors.ts';
import { SseParser } from '../../../shared/node/sse.ts';
import { listenUnix, type Peer, type UnixServer } from '../../http/unix-server.ts';
import { pumpOut, readFrames, sendFrame, stdinSink } from '../../service/agents/frames.ts';
import { EventHub, type SnapshotState } from '../../service/events/hub.ts';
import { type CallContext, Service } from '../../service/service.ts';

const OWN = process.getuid?.() ?? 0;

let folder: string;
let socket: string;
let service: Service;
let server: UnixServer;
let hub: EventHub;
let peer: Peer | null;
let ends: string[];
let signals: AbortSignal[];
let holding: boolean;
const faults: string[] = [];

/** Echoes stdin to stdout through real streams; ends with the exit frame at stdin's end. */
function echoSession(connection: import('node:stream').Duplex, head: Buffer): Promise<void> {
  const pipe = new PassThrough();
  const take = stdinSink(pipe, connection);
  readFrames(connection, head, {
    onFrame: take,
    onEnd: (reason) => {
      ends.push(reason);
      pipe.end();
    },
  });
  return pumpOut(pipe, connection, FRAME.stdout).then(() => {
    sendFrame(connection, FRAME.exit, Buffer.from('{"status":0}'));
    connection.end();
  });
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'akios-unix-'));
  socket = join(folder, 'run', 'h.sock');
  hub = new EventHub('b00');
  ends = [];
  signals = [];
  holding = false;
  peer = { pid: process.pid, uid: OWN, gid: 0 };
  service = new Service({
    handlers: {
      'run.get': async () => {
        throw new AkiosError('RUN_NOT_FOUND', 'No such run.', { hint: 'Look at akios logs.' });
      },
      'project.list': async () => {
        throw new Error('secret detail of a bug');
      },
      'audit.exports': async (_input: { project: string }, context: CallContext) => {
        signals.push(context.signal);
        if (holding)
          await new Promise((resolve) => context.signal.addEventListener('abort', resolve));
        return { items: [] };
      },
      'cage.status': async (input: { project: string }) => {
        throw new AkiosError('PROJECT_NOT_FOUND', `got ${input.project}`);
      },
    },
    openStream: (input, sink) =>
      hub.open(input.project, input.lastEventId, async () => ({}) as SnapshotState, sink),
    attach: async () => ({ run: echoSession }),
    fault: (where) => faults.push(where),
  });
  server = await listenUnix({
    service,
    socket,
    build: 'b',
    version: '0',
    peerOf: () => peer,
    userName: (uid) => `uid-${uid}`,
  });
});

afterEach(async () => {
  await server.close();
  hub.dispose();
  rmSync(folder, { recursive: true, force: true });
});

interface Answer {
  status: number;
  body: string;
}

function ask(
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: string,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { socketPath: socket, method, path, headers, agent: false },
      (response) => {
        let text = '';
        response.on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

describe('the socket', () => {
  it('hears only its own user and root, by what the kernel says', async () => {
    for (const other of [null, { pid: 1, uid: OWN + 1, gid: 0 }]) {
      peer = other;
      await expect(ask('GET', '/api/v1/runs/r')).rejects.toMatchObject({
        code: expect.stringMatching(/ECONNRESET|EPIPE/),
      });
    }
    peer = { pid: 1, uid: 0, gid: 0 };
    expect((await ask('GET', '/api/v1/runs/r')).status).toBe(404);
    expect(faults).toContain('socket');
  });

  it('is open to its group alone when shared, and the caller is the account that connected', async () => {
    const place = join(folder, 'shared', 'h.sock');
    const seen: number[] = [];
    const shared = await listenUnix({
      service,
      socket: place,
      build: 'b',
      version: '0',
      shared: true,
      peerOf: () => ({ pid: 1, uid: OWN + 7, gid: 0 }),
      userName: (uid) => {
        seen.push(uid);
        return `uid-${uid}`;
      },
    });
    try {
      expect(statSync(place).mode & 0o777).toBe(0o660);
      expect(statSync(join(folder, 'shared')).mode & 0o777).toBe(0o750);
      const own = socket;
      socket = place;
      expect((await ask('GET', '/api/v1/runs/r')).status).toBe(404);
      socket = own;
      expect(seen).toEqual([OWN + 7]);
    } finally {
      await shared.close();
    }
  });

  it('answers every failure with the one envelope, and never with the words of a bug', async () => {
    const missing = await ask('GET', '/api/v1/runs/r');
    expect(JSON.parse(missing.body)).toEqual({
      error: {
        code: 'RUN_NOT_FOUND',
        message: 'No such run.',
        hint: 'Look at akios logs.',
        requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      },
    });
    const bug = await ask('GET', '/api/v1/projects');
    expect(bug.status).toBe(500);
    expect(bug.body).not.toContain('secret detail');
    expect(JSON.parse(bug.body)).toMatchObject({ error: { code: 'INTERNAL' } });
  });

  it('ends a call whose caller went away, and lets a connection carry any number of them', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const sockets = new Set<Socket>();
    const ask = () =>
      new Promise<number>((resolve, reject) => {
        const outgoing = request({
          socketPath: socket,
          path: '/api/v1/audit/exports?project=p',
          headers: { host: 'akios' },
          agent,
        });
        outgoing.on('socket', (used: Socket) => sockets.add(used));
        outgoing.on('response', (answer) => {
          answer.resume();
          answer.on('end', () => resolve(answer.statusCode ?? 0));
        });
        outgoing.on('error', reject);
        outgoing.end();
      });
    const warnings: string[] = [];
    const warned = (warning: Error): void => void warnings.push(warning.name);
    process.on('warning', warned);
    for (let n = 0; n < 30; n += 1) expect(await ask()).toBe(200);
    expect(sockets.size).toBe(1);
    expect(signals.map(({ aborted }) => aborted)).not.toContain(true);
    holding = true;
    const left = ask();
    await expect.poll(() => signals.length).toBe(31);
    for (const used of sockets) used.destroy();
    await expect(left).rejects.toThrow();
    await expect.poll(() => signals[30]?.aborted).toBe(true);
    process.off('warning', warned);
    expect(warnings).toEqual([]);
    agent.destroy();
  });

  it('refuses unknown, repeated and misplaced fields', async () => {
    for (const path of [
      '/api/v1/runs/r?extra=1',
      '/api/v1/runs/r?run=x',
      '/api/v1/cage/status?project=a&project=b',
      '/api/v1/cage/status',
      '/api/v1/audit/events?project=p&limit=1e3',
      '/api/v1/audit/events?project=p&limit=-1',
    ]) {
      const answer = await ask('GET', path);
      expect([path, answer.status]).toEqual([path, 400]);
      expect(JSON.parse(answer.body)).toMatchObject({ error: { code: 'INPUT_INVALID' } });
    }
    const quoted = await ask('GET', '/api/v1/cage/status?project=%22/a%22');
    expect(quoted.body).toContain('got /a');
  });
});

/** Reads events until `count` came; then closes the connection. */
function events(path: string, count: number): Promise<{ id: string; event: string }[]> {
  return new Promise((resolve, reject) => {
    const parser = new SseParser();
    const got: { id: string; event: string }[] = [];
    const outgoing = request(
      { socketPath: socket, path, agent: false },
      (response: IncomingMessage) => {
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          for (const { id, event } of parser.push(chunk)) got.push({ id, event });
          if (got.length < count) return;
          outgoing.destroy();
          resolve(got.slice(0, count));
        });
      },
    );
    outgoing.on('error', (error) => {
      if (got.length < count) reject(error);
    });
    outgoing.end();
  });
}

describe('the event stream', () => {
  it('resumes over a new connection exactly where the old one ended', async () => {
    const first = await events('/api/v1/events?project=p', 2);
    expect(first.map((e) => e.event)).toEqual(['snapshot', 'heartbeat']);
    const line = { n: 0, at: '', stream: 'run', text: 'x' } as const;
    hub.publish('p', { kind: 'log', run: 'r', step: null, line });
    hub.publish('p', { kind: 'log', run: 'r', step: null, line });
    const again = await events(`/api/v1/events?project=p&lastEventId=${first[1]?.id}`, 2);
    expect(again).toEqual([
      { id: 'b00:2', event: 'log' },
      { id: 'b00:3', event: 'log' },
    ]);
  });
});

function attach(
  body: string,
  headers: Record<string, string> = {},
): Promise<{ connection: Socket; head: Buffer } | Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request({
      socketPath: socket,
      method: 'POST',
      path: '/api/v1/agents/run',
      agent: false,
      headers: {
        connection: 'Upgrade',
        upgrade: UPGRADE_TOKEN,
        'content-length': String(Buffer.byteLength(body)),
        ...headers,
      },
    });
    outgoing.on('upgrade', (_response, connection, head) =>
      resolve({ connection: connection as Socket, head }),
    );
    outgoing.on('response', (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

describe('an attached program', () => {
  it('gets and gives every byte in order, however slowly the caller reads', async () => {
    const opened = await attach('{"argv":["x"]}');
    if (!('connection' in opened)) throw new Error(`refused: ${opened.body}`);
    const { connection, head } = opened;
    const decoder = new FrameDecoder();
    const parts: Buffer[] = [];
    let exit = '';
    const ended = new Promise<void>((resolve) => connection.on('close', () => resolve()));
    const take = (chunk: Buffer): void => {
      for (const { type, payload } of decoder.push(chunk)) {
        if (type === FRAME.stdout) parts.push(Buffer.from(payload));
        if (type === FRAME.exit) exit = Buffer.from(payload).toString();
      }
      connection.pause();
      setImmediate(() => connection.resume());
    };
    take(head);
    connection.on('data', take);
    const sent: Buffer[] = [];
    for (let i = 0; i < 200; i += 1) {
      const block = Buffer.alloc(20_000, i);
      sent.push(block);
      if (!connection.write(encodeFrame(FRAME.stdin, block))) {
        await new Promise<void>((resolve) => connection.once('drain', () => resolve()));
      }
    }
    connection.write(encodeFrame(FRAME.stdinEof, new Uint8Array()));
    await ended;
    expect(Buffer.concat(parts).equals(Buffer.concat(sent))).toBe(true);
    expect(exit).toBe('{"status":0}');
  });

  it('is told when its caller goes away or breaks the protocol', async () => {
    const first = await attach('{"argv":["x"]}');
    if (!('connection' in first)) throw new Error('refused');
    first.connection.destroy();
    await expect.poll(() => ends).toContain('the caller went away');
    const second = await attach('{"argv":["x"]}');
    if (!('connection' in second)) throw new Error('refused');
    second.connection.write(Buffer.from([99, 0, 0, 0, 1, 0]));
    await expect.poll(() => ends).toContain('broken frames: unknown frame type');
    second.connection.destroy();
  });

  it('is refused in plain HTTP when the input is wrong', async () => {
    for (const [body, headers] of [
      ['{"argv":[]}', {}],
      ['{"argv":["x"],"extra":1}', {}],
      ['not json', {}],
      ['{"argv":["x"]}', { upgrade: 'websocket' }],
    ] as const) {
      const answer = await attach(body, headers);
      expect(answer).toMatchObject({ status: 400 });
    }
    const build = await attach('{"argv":["x"]}', { 'x-akios-build': 'another' });
    expect(build).toMatchObject({ status: 426 });
  });
});
