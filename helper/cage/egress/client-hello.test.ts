import { Duplex } from 'node:stream';
import { connect as tlsConnect } from 'node:tls';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkHello } from './client-hello.ts';

/** The real greeting of this machine's TLS library. */
function realHello(servername: string | undefined): Promise<Buffer> {
  return new Promise((resolve) => {
    const wire = new Duplex({
      read: () => undefined,
      write: (chunk: Buffer, _encoding, done) => {
        resolve(chunk);
        done();
      },
    });
    tlsConnect({ socket: wire, ...(servername === undefined ? {} : { servername }) }).on(
      'error',
      () => undefined,
    );
  });
}

interface Extension {
  type: number;
  body: Buffer;
}

const sni = (name: string): Extension => {
  const bytes = Buffer.from(name, 'latin1');
  const head = Buffer.alloc(5);
  head.writeUInt16BE(bytes.length + 3, 0);
  head.writeUInt16BE(bytes.length, 3);
  return { type: 0, body: Buffer.concat([head, bytes]) };
};

function hello(extensions: readonly Extension[]): Buffer {
  const parts = extensions.map(({ type, body }) => {
    const head = Buffer.alloc(4);
    head.writeUInt16BE(type, 0);
    head.writeUInt16BE(body.length, 2);
    return Buffer.concat([head, body]);
  });
  const all = Buffer.concat(parts);
  const size = Buffer.alloc(2);
  size.writeUInt16BE(all.length);
  const fixed = Buffer.from(`0303${'11'.repeat(32)}00000213010100`, 'hex');
  const body = Buffer.concat([fixed, size, all]);
  const head = Buffer.from([1, 0, body.length >> 8, body.length & 255]);
  return Buffer.concat([head, body]);
}

/** Cuts a handshake into TLS records of at most `size` bytes. */
function records(handshake: Buffer, size = 16_000): Buffer {
  const out: Buffer[] = [];
  for (let at = 0; at < handshake.length; at += size) {
    const part = handshake.subarray(at, at + size);
    out.push(Buffer.from([0x16, 3, 1, part.length >> 8, part.length & 255]), part);
  }
  return Buffer.concat(out);
}

describe('the first bytes of a tunnel', () => {
  it('gives the server name of a real greeting (control)', async () => {
    expect(checkHello(await realHello('api.example.com'))).toEqual({
      state: 'hello',
      serverName: 'api.example.com',
    });
    expect(checkHello(await realHello(undefined))).toMatchObject({ state: 'bad' });
  });

  it('waits for the whole greeting, however it is cut into records and packets', () => {
    for (const size of [1, 5, 50, 16_000]) {
      const bytes = records(hello([sni('API.example.com')]), size);
      for (let length = 0; length < bytes.length; length += 1) {
        expect(checkHello(bytes.subarray(0, length)).state).toBe('more');
      }
      expect(checkHello(bytes)).toEqual({ state: 'hello', serverName: 'api.example.com' });
    }
  });

  it.each([
    ['an encrypted greeting', [sni('a.example'), { type: 0xfe0d, body: Buffer.alloc(40) }]],
    [
      'an encrypted greeting before the name',
      [{ type: 0xfe0d, body: Buffer.alloc(4) }, sni('a.example')],
    ],
    ['two names', [sni('a.example'), sni('b.example')]],
    ['no name', [{ type: 10, body: Buffer.alloc(4) }]],
    ['no extensions', []],
    ['an empty name', [sni('')]],
    [
      'two names in one extension',
      [
        {
          type: 0,
          body: Buffer.concat([
            Buffer.from([0, 10]),
            sni('a').body.subarray(2),
            sni('b').body.subarray(2),
          ]),
        },
      ],
    ],
    ['a name of another kind', [{ type: 0, body: Buffer.from([0, 4, 1, 0, 1, 97]) }]],
    ['a name longer than its list', [{ type: 0, body: Buffer.from([0, 4, 0, 0, 9, 97]) }]],
  ] as [string, Extension[]][])('refuses %s', (_what, extensions) => {
    expect(checkHello(records(hello(extensions)))).toMatchObject({ state: 'bad' });
  });

  it('refuses bytes that are no TLS', () => {
    for (const text of [
      'GET / HTTP/1.1\r\n\r\n',
      'PRI * HTTP/2.0\r\n\r\nSM',
      'SSH-2.0-x\r\n',
      '\u0080\u002e\u0001\u0003\u0001',
    ]) {
      expect(checkHello(Buffer.from(text, 'latin1'))).toMatchObject({ state: 'bad' });
    }
    expect(checkHello(Buffer.from([0x16, 3, 1, 0, 0]))).toMatchObject({ state: 'bad' });
    expect(checkHello(Buffer.from([0x16, 3, 1, 0, 4, 2, 0, 0, 1]))).toMatchObject({ state: 'bad' });
    expect(checkHello(Buffer.from([0x16, 3, 1, 0, 4, 1, 255, 255, 255]))).toMatchObject({
      state: 'bad',
    });
  });

  it('never throws and never invents a name (property)', () => {
    const good = records(
      hello([
        { type: 10, body: Buffer.alloc(6) },
        sni('a.example'),
        { type: 43, body: Buffer.alloc(3) },
      ]),
    );
    void fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 6 }),
        (changes) => {
          const bytes = Buffer.from(good);
          for (const [at, value] of changes) bytes[at] = value;
          const result = checkHello(bytes);
          if (result.state === 'hello')
            expect(bytes.toString('latin1').toLowerCase()).toContain(result.serverName);
        },
      ),
    );
  });
});
