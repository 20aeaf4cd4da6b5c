import type { AddressInfo, Server } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import { createTestCa } from './test-ca.ts';

export interface FakePostgres {
  port: number;
  ca: string;
  /** Start-up parameters and statements, in order of arrival. */
  startups: Record<string, string>[];
  statements: { text: string; values: string[] }[];
  /** Answer to the next FETCH or write; null = never answer. */
  rows: string[][] | null;
  /** SQLSTATE to fail with at the next statement, `cut` to break the connection, or null. */
  fail: string | null;
  close(): Promise<void>;
}

/**
 * A server of PostgreSQL's protocol 3.0 behind TLS from the first byte (as PostgreSQL 17 offers),
 * enough for one session: start-up with a password, simple and extended queries, errors.
 */
export async function startFakePostgres(host: string, password: string): Promise<FakePostgres> {
  const ca = createTestCa();
  const { certPem, keyPem } = ca.issue([host]);
  const fake: FakePostgres = {
    port: 0,
    ca: ca.certPem,
    startups: [],
    statements: [],
    rows: [],
    fail: null,
    close: () => Promise.resolve(),
  };
  const sockets = new Set<TLSSocket>();
  const options = { cert: certPem, key: keyPem, ALPNProtocols: ['postgresql'] };
  const server: Server = createServer(options, (socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    new Session(socket, fake, password).start();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  fake.port = (server.address() as AddressInfo).port;
  fake.close = async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  return fake;
}

class Session {
  private readonly socket: TLSSocket;
  private readonly fake: FakePostgres;
  private readonly password: string;
  private held = Buffer.alloc(0);
  private phase: 'startup' | 'password' | 'ready' = 'startup';
  private parsed = '';
  private failed = false;

  constructor(socket: TLSSocket, fake: FakePostgres, password: string) {
    this.socket = socket;
    this.fake = fake;
    this.password = password;
  }

  start(): void {
    this.socket.on('data', (chunk: Buffer) => {
      this.held = Buffer.concat([this.held, chunk]);
      while (this.next());
    });
  }

  private next(): boolean {
    const head = this.phase === 'startup' ? 0 : 1;
    if (this.held.length < head + 4) return false;
    const size = this.held.readInt32BE(head);
    if (this.held.length < head + size) return false;
    const type = head === 0 ? '' : String.fromCharCode(this.held[0] as number);
    const body = this.held.subarray(head + 4, head + size);
    this.held = this.held.subarray(head + size);
    this.take(type, body);
    return true;
  }

  private send(type: string, ...parts: Buffer[]): void {
    const body = Buffer.concat(parts);
    const size = Buffer.alloc(4);
    size.writeInt32BE(body.length + 4);
    this.socket.write(Buffer.concat([Buffer.from(type), size, body]));
  }

  private take(type: string, body: Buffer): void {
    if (this.phase === 'startup') {
      const words = body.subarray(4).toString('utf8').split('\0');
      const pairs = words.flatMap((w, i) => (i % 2 === 0 && w ? [[w, words[i + 1] ?? '']] : []));
      this.fake.startups.push(Object.fromEntries(pairs) as Record<string, string>);
      this.phase = 'password';
      this.send('R', int32(3));
      return;
    }
    if (this.phase === 'password') {
      if (body.toString('utf8') !== `${this.password}\0`) {
        this.error('28P01');
        this.socket.end();
        return;
      }
      this.phase = 'ready';
      this.send('R', int32(0));
      this.send('Z', Buffer.from('I'));
      return;
    }
    this.command(type, body);
  }

  private command(type: string, body: Buffer): void {
    if (type === 'Q') {
      const text = body.subarray(0, -1).toString('utf8');
      this.fake.statements.push({ text, values: [] });
      if (this.answer(text, true)) this.send('Z', Buffer.from('T'));
    } else if (type === 'P') {
      this.parsed = body.toString('utf8').split('\0')[1] ?? '';
      this.send('1');
    } else if (type === 'B') {
      this.fake.statements.push({ text: this.parsed, values: valuesOf(body) });
      this.send('2');
    } else if (type === 'D') {
      if (/^FETCH|RETURNING/.test(this.parsed)) this.describe();
      else this.send('n');
    } else if (type === 'E') {
      if (!this.failed) this.answer(this.parsed, false);
    } else if (type === 'S') {
      this.failed = false;
      this.send('Z', Buffer.from('T'));
    }
  }

  /** False when the server stays silent. */
  private answer(text: string, describe: boolean): boolean {
    const { fail, rows } = this.fake;
    const plain = /^(BEGIN|COMMIT|ROLLBACK)/.test(text);
    if (!plain && fail === 'cut') {
      this.socket.destroy();
      return false;
    }
    if (!plain && fail !== null) {
      this.error(fail);
      this.failed = true;
      return true;
    }
    if (!plain && rows === null) return false;
    if (text.startsWith('FETCH')) {
      if (describe) this.describe();
      const wanted = Number(/\d+/.exec(text)?.[0]);
      for (const row of (rows ?? []).slice(0, wanted)) this.row(row);
    }
    this.send('C', Buffer.from(`${text.startsWith('UPDATE') ? 'UPDATE 3' : 'SELECT 0'}\0`));
    return true;
  }

  private describe(): void {
    const columns = ['id', 'name'].map((name) =>
      Buffer.concat([
        Buffer.from(`${name}\0`),
        int32(0),
        int16(0),
        int32(25),
        int16(-1),
        int32(-1),
        int16(0),
      ]),
    );
    this.send('T', int16(columns.length), ...columns);
  }

  private row(values: string[]): void {
    const cells = values.map((v) => Buffer.concat([int32(Buffer.byteLength(v)), Buffer.from(v)]));
    this.send('D', int16(values.length), ...cells);
  }

  private error(state: string): void {
    const secret = 'server words with data 123-45-6789';
    this.send('E', Buffer.from(`SERROR\0C${state}\0M${secret}\0\0`));
  }
}

function valuesOf(body: Buffer): string[] {
  let at = body.indexOf(0, body.indexOf(0) + 1) + 1;
  at += 2 + 2 * body.readInt16BE(at);
  const count = body.readInt16BE(at);
  at += 2;
  const values: string[] = [];
  for (let i = 0; i < count; i += 1) {
    const size = body.readInt32BE(at);
    at += 4;
    values.push(size < 0 ? '<null>' : body.subarray(at, at + size).toString('utf8'));
    at += Math.max(0, size);
  }
  return values;
}

function int32(n: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeInt32BE(n);
  return buffer;
}

function int16(n: number): Buffer {
  const buffer = Buffer.alloc(2);
  buffer.writeInt16BE(n);
  return buffer;
}
