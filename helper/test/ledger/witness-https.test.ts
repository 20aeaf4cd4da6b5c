import { createHash, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Egress } from '../../cage/egress/port.ts';
import { upkeepPorts } from '../../service/upkeep.ts';
import { type AuditLedger, openLedger } from '../../store/ledger/ledger.ts';
import type { Upkeep, UpkeepSettings } from '../../store/ledger/upkeep.ts';
import { HOST, type TestServer, testEgress, tlsServer } from '../egress/fixture.ts';
import { nodeOf, pathsOf } from './forge.ts';

/**
 * A witness as the protocol text describes it, over real TLS on loopback, reached through the real
 * egress. It shares no code with the client: note, proof and cosignature are read and made here.
 */
class WitnessServer {
  readonly #pair = generateKeyPairSync('ed25519');
  readonly name = 'witness.example/w1';
  /** origin -> newest checkpoint cosigned. */
  readonly seen = new Map<string, { size: number; root: Buffer }>();
  readonly trusted = new Map<string, Buffer>();
  statuses: number[] = [];
  sabotage: ((response: ServerResponse, honest: string) => boolean) | null = null;

  get vkey(): string {
    const blob = Buffer.concat([Buffer.of(4), rawKey(this.#pair.publicKey)]);
    return `${this.name}+${keyId(this.name, blob).toString('hex')}+${blob.toString('base64')}`;
  }

  trust(vkey: string): void {
    const [name = '', , ...key] = vkey.trim().split('+');
    this.trusted.set(name, Buffer.from(key.join('+'), 'base64'));
  }

  answer(method: string, url: string, body: string, response: ServerResponse): void {
    const [status, type, text] = this.#judge(method, url, body);
    this.statuses.push(status);
    if (status === 200 && this.sabotage?.(response, text) === true) return;
    response.writeHead(status, { 'content-type': type });
    response.end(text);
  }

  #judge(method: string, url: string, body: string): [number, string, string] {
    const plain = 'text/plain';
    if (method !== 'POST' || url !== '/w/add-checkpoint') return [405, plain, ''];
    const split = body.indexOf('\n\n');
    const [head = '', ...proof] = body.slice(0, split).split('\n');
    const old = /^old (0|[1-9]\d*)$/.exec(head)?.[1];
    const note = body.slice(split + 2);
    const match = /^([^\n]+)\n(0|[1-9]\d*)\n([A-Za-z0-9+/=]{44})\n\n((?:\u2014 .+\n)+)$/.exec(note);
    if (old === undefined || match === null || proof.length > 63) return [400, plain, ''];
    const [, origin = '', sizeText = '', rootText = '', lines = ''] = match;
    const key = this.trusted.get(origin);
    if (key === undefined) return [404, plain, ''];
    const text = `${origin}\n${sizeText}\n${rootText}\n`;
    if (!signedBy(key, origin, text, lines)) return [403, plain, ''];
    const [size, root] = [Number(sizeText), Buffer.from(rootText, 'base64')];
    if (Number(old) > size) return [400, plain, ''];
    const known = this.seen.get(origin) ?? { size: 0, root: Buffer.alloc(0) };
    const conflict =
      Number(old) !== known.size || (size === known.size && !root.equals(known.root));
    if (conflict) return [409, 'text/x.tlog.size', `${known.size}\n`];
    const hashes = proof.map((line) => Buffer.from(line, 'base64'));
    if (!extended(known, { size, root }, hashes)) return [422, plain, ''];
    this.seen.set(origin, { size, root });
    return [200, plain, this.cosign(text)];
  }

  cosign(text: string, time = 1_800_000_000): string {
    const blob = Buffer.concat([Buffer.of(4), rawKey(this.#pair.publicKey)]);
    const stamp = Buffer.alloc(8);
    stamp.writeBigUInt64BE(BigInt(time));
    const message = Buffer.from(`cosignature/v1\ntime ${time}\n${text}`);
    const signature = sign(null, message, this.#pair.privateKey);
    const line = Buffer.concat([keyId(this.name, blob), stamp, signature]).toString('base64');
    return `\u2014 ${this.name} ${line}\n`;
  }
}

function rawKey(key: ReturnType<typeof createPublicKey>): Buffer {
  return Buffer.from(key.export({ format: 'jwk' }).x!, 'base64url');
}

function keyId(name: string, blob: Buffer): Buffer {
  return createHash('sha256').update(`${name}\n`).update(blob).digest().subarray(0, 4);
}

function signedBy(blob: Buffer, name: string, text: string, lines: string): boolean {
  const x = blob.subarray(1).toString('base64url');
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  return lines.split('\n').some((line) => {
    const [, who, data = ''] = line.split(' ');
    const bytes = Buffer.from(data, 'base64');
    const mine = who === name && bytes.subarray(0, 4).equals(keyId(name, blob));
    return mine && verify(null, Buffer.from(text), key, bytes.subarray(4));
  });
}

interface Head {
  size: number;
  root: Buffer;
}

/** RFC 6962 2.1.2, by recursion over the definition: the roots that the proof leads to. */
function extended(old: Head, now: Head, proof: Buffer[]): boolean {
  if (old.size === 0 || old.size === now.size) return proof.length === 0;
  const rest = [...proof].reverse();
  const walk = (m: number, n: number, whole: boolean): [Uint8Array, Uint8Array] => {
    if (m === n) {
      const hash = whole ? old.root : rest.shift()!;
      return [hash, hash];
    }
    let k = 1;
    while (k * 2 < n) k *= 2;
    const other = rest.shift();
    if (other === undefined) throw new RangeError('short');
    if (m <= k) {
      const [a, b] = walk(m, k, whole);
      return [a, nodeOf(b, other)];
    }
    const [a, b] = walk(m - k, n - k, false);
    return [nodeOf(other, a), nodeOf(other, b)];
  };
  try {
    const [a, b] = walk(old.size, now.size, true);
    return rest.length === 0 && old.root.equals(a) && now.root.equals(b);
  } catch (error) {
    if (error instanceof RangeError || error instanceof TypeError) return false;
    throw error;
  }
}

let witness: WitnessServer;
let server: TestServer;
let egress: Egress;
let dir: string;
let ledger: AuditLedger;
let upkeep: Upkeep;
let settings: UpkeepSettings;
let faults: string[];
let near: boolean;
/** How long an answer is waited for. */
let patienceMs: number;

beforeAll(async () => {
  server = await tlsServer((request, response, body) =>
    witness.answer(request.method ?? '', request.url ?? '', body, response),
  );
  egress = testEgress({ [HOST]: ['127.0.0.1'] }).egress;
});
afterAll(async () => {
  await egress.dispose();
  await server.close();
});

beforeEach(async () => {
  witness = new WitnessServer();
  dir = mkdtempSync(join(tmpdir(), 'akios-witness-'));
  ledger = await openLedger(pathsOf(dir));
  witness.trust(readFileSync(join(dir, 'trust', 'log.vkey'), 'utf8'));
  settings = {
    rotationEvents: 50_000,
    retentionDays: 0,
    archiveDays: 0,
    legalHold: false,
    syslog: false,
    files: [],
    witness: { url: `https://${HOST}:${server.port}/w/add-checkpoint`, key: witness.vkey },
  };
  faults = [];
  near = true;
  patienceMs = 60_000;
  upkeep = keep();
});
afterEach(async () => {
  await upkeep.stop();
  await ledger.close();
  rmSync(dir, { recursive: true });
});

/** The ports of the product; `near` lets the loopback server of this test through, and only that. */
function keep(): Upkeep {
  const close: Egress = {
    ...egress,
    request: (policy, request) =>
      egress.request(
        { ...policy, rules: policy.rules.map((rule) => ({ ...rule, allowPrivate: near })) },
        { ...request, timeoutMs: patienceMs },
      ),
  };
  const ports = upkeepPorts(
    () => settings,
    close,
    (_where, error) => faults.push(error instanceof Error ? error.message : String(error)),
  );
  return ledger.keep({ ...ports, syslog: null });
}

async function grow(count: number): Promise<void> {
  const draft = { type: 'x.y', actor: { type: 'user', id: 'u' } } as const;
  await Promise.all(Array.from({ length: count }, () => ledger.append(draft)));
}

/** For answers that replace the honest one. */
const sent = (response: ServerResponse): boolean => response.writable || true;
const kept = (): string => join(dir, 'trust', 'witness.note');
const state = () => upkeep.anchors().find(({ kind }) => kind === 'witness');

describe('a witness over TLS', () => {
  it('follows the log with consistency proofs, and its line is kept', async () => {
    for (const count of [3, 1, 60, 7]) {
      await grow(count);
      await upkeep.tick();
      expect([faults, state()?.error, state()?.size]).toEqual([[], null, ledger.size()]);
      expect([...witness.seen.values()][0]?.size).toBe(ledger.size());
      const note = readFileSync(kept(), 'utf8');
      expect(note.split('\n')[1]).toBe(String(ledger.size()));
      expect(note).toContain(witness.cosign(`${note.split('\n').slice(0, 3).join('\n')}\n`));
    }
    expect(witness.statuses).toEqual([200, 200, 200, 200]);
  });

  it('that is ahead of what was remembered is asked again at its own size', async () => {
    await grow(5);
    await upkeep.tick();
    rmSync(kept());
    await grow(5);
    await upkeep.tick();
    expect(witness.statuses).toEqual([200, 409, 200]);
    expect(state()).toMatchObject({ error: null, size: ledger.size() });
  });

  it('that knows neither log nor key says so, in words that help', async () => {
    await grow(1);
    witness.trusted.clear();
    await upkeep.tick();
    expect(state()?.error).toBe('The witness does not know this log (404).');
    witness.trusted.set(
      ledger.vkey().split('+')[0]!,
      Buffer.concat([Buffer.of(1), Buffer.alloc(32, 7)]),
    );
    await grow(1);
    await upkeep.tick();
    expect(state()?.error).toBe('The witness does not know the key of this log (403).');
    expect(existsSync(kept())).toBe(false);
    expect(faults).toHaveLength(2);
  });

  it('that saw more, or other records, is evidence against the log', async () => {
    await grow(4);
    await upkeep.tick();
    const [origin, head] = [...witness.seen][0]!;
    witness.seen.set(origin, { ...head, root: Buffer.alloc(32, 1) });
    await grow(4);
    await upkeep.tick();
    expect(state()?.error).toBe(
      `The witness saw other records than this log holds among its first ${head.size}.`,
    );
    witness.seen.set(origin, { ...head, size: 9000 });
    await grow(1);
    await upkeep.tick();
    expect(state()?.error).toMatch(/^The witness has seen 9000 records, this log has \d+\.$/);
    witness.seen.set(origin, { size: ledger.size() + 1, root: Buffer.alloc(32, 1) });
    await grow(1);
    await upkeep.tick();
    expect(state()?.error).toContain('saw other records');
  });

  it('whose answer is no cosignature of its key leaves nothing behind', async () => {
    const other = new WitnessServer();
    const flood = `\u2014 ${witness.name} ${'A'.repeat(200_000)}\n`;
    const end = (text: string) => (response: ServerResponse) => response.end(text) !== undefined;
    const cases: [string, WitnessServer['sabotage'], RegExp][] = [
      ['nothing', end(''), /not its cosignature/],
      ['garbage', end('\u0000\ufffd<html>'), /not its cosignature/],
      ['another key', (r, text) => sent(r.end(other.cosign(`${text}`))), /not its cosignature/],
      ['another text', (r) => sent(r.end(witness.cosign('x\n1\ny\n'))), /not its cosignature/],
      [
        'a flipped bit',
        (r, text) => sent(r.end(`${text.slice(0, -6)}AAA=\n`)),
        /not its cosignature/,
      ],
      ['too much', end(flood), /answer|large|bytes/i],
      ['no answer in time', () => true, /did not answer/],
      ['a broken connection', (r) => sent(r.destroy()), /./],
    ];
    for (const [name, sabotage, message] of cases) {
      witness.sabotage = sabotage;
      patienceMs = name === 'no answer in time' ? 500 : 60_000;
      await grow(1);
      await upkeep.tick();
      expect([name, state()?.error]).toEqual([name, expect.stringMatching(message)]);
      expect([name, existsSync(kept())]).toEqual([name, false]);
    }
    // None of it harmed the log, and the next honest answer is taken.
    witness.sabotage = null;
    patienceMs = 60_000;
    await grow(1);
    await upkeep.tick();
    expect(state()).toMatchObject({ error: null, size: ledger.size() });
  });

  it('that adds lines of strangers has only its own line kept', async () => {
    const other = `\u2014 stranger.example ${Buffer.alloc(76, 3).toString('base64')}\n`;
    witness.sabotage = (response, text) => sent(response.end(other + text + other));
    await grow(2);
    await upkeep.tick();
    expect(state()?.error).toBeNull();
    expect(readFileSync(kept(), 'utf8')).not.toContain('stranger');
  });

  it('at a private address is refused before a packet leaves', async () => {
    near = false;
    const before = server.seen.connections;
    await grow(1);
    await upkeep.tick();
    expect(state()?.error).not.toBeNull();
    expect(server.seen.connections).toBe(before);
  });
});
