/** Fail-closed behaviour of workers and backends, with real processes and a real local service. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import type { Detection } from '../../../shared/redaction/span.ts';
import { type BackendPolicy, createServiceBackend, type PIIDetectorProtocol } from './backend.ts';
import { askPlugged } from './plugged.ts';
import { createDetectorPool } from './pool.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

/** What one plugged-in detector finds in a text. */
async function findings(text: string, backend: BackendPolicy, skipped: string[] = []) {
  const onSkipped = (name: string): void => void skipped.push(name);
  return (await askPlugged([text], { backends: [backend], onSkipped })).get(text) ?? [];
}

async function entryOf(source: string): Promise<URL> {
  const folder = await mkdtemp(join(tmpdir(), 'akios-pii-'));
  cleanups.push(() => rm(folder, { recursive: true }));
  const file = join(folder, 'worker.mjs');
  // The first message is the policy; the jobs follow.
  await writeFile(file, `process.once('message', () => {\n${source}\n});`);
  return pathToFileURL(file);
}

const BLOCKED = expect.objectContaining({ code: 'REDACTION_FAILED' });
const name: Detection['spans'][number] = {
  start: 0,
  end: 4,
  type: 'PERSON_NAME',
  score: 0.9,
  source: 'x',
};

describe('workers', () => {
  it('find the same as the detector in process', async () => {
    const pool = createDetectorPool();
    cleanups.push(() => pool.dispose());
    const found = await pool.detect('SSN 123-45-6789');
    expect(found.spans.map((s) => s.type)).toEqual(['US_SSN']);
  });

  it.each([
    ['a crash', "process.on('message', () => process.exit(1));"],
    ['an exception', "process.on('message', () => { throw new Error('x'); });"],
    [
      'a wrong offset',
      "process.on('message', (m) => process.send({ id: m.id, answer: [{ spans: [{ start: 0, end: 999, type: 'EMAIL', score: 1 }], complete: true }] }));",
    ],
    [
      'a missing complete',
      "process.on('message', (m) => process.send({ id: m.id, answer: [{ spans: [] }] }));",
    ],
    [
      'a reported failure',
      "process.on('message', (m) => process.send({ id: m.id, failed: 'RangeError' }));",
    ],
    [
      'fewer answers than texts',
      "process.on('message', (m) => process.send({ id: m.id, answer: [] }));",
    ],
    ['silence', "process.on('message', () => { for (;;); });"],
  ])('block the text on %s', async (_what, source) => {
    const pool = createDetectorPool(
      {},
      { entry: await entryOf(source), deadlineMs: 400, startMs: 400, size: 1 },
    );
    cleanups.push(() => pool.dispose());
    await expect(pool.detect('Jane')).rejects.toEqual(BLOCKED);
  });

  it('end when idle, and come back', async () => {
    const pool = createDetectorPool({}, { size: 1, idleMs: 1 });
    cleanups.push(() => pool.dispose());
    for (let turn = 0; turn < 3; turn += 1) {
      expect((await pool.detect('SSN 123-45-6789')).spans).toHaveLength(1);
      await new Promise((wake) => setTimeout(wake, 20));
    }
  });

  it('have nothing of our environment', async () => {
    process.env['AKIOS_CANARY'] = 'secret';
    const pool = createDetectorPool(
      {},
      {
        size: 1,
        entry: await entryOf(
          "process.on('message', (m) => process.send({ id: m.id, answer: [{ spans: [], complete: Object.keys(process.env).every((k) => k.startsWith('NODE_CHANNEL')) }] }));",
        ),
      },
    );
    cleanups.push(() => pool.dispose());
    expect(await pool.detect('x')).toEqual({ spans: [], complete: true });
  });

  it('block a part that claims more or less than it was given', async () => {
    const state = { header: '', context: '' };
    const part = { text: 'abc', state: null, last: true, redact: true };
    for (const answer of [
      { taken: 2, spans: [], state, redacted: '', counts: {} },
      { taken: 4, spans: [], state, redacted: '', counts: {} },
      { taken: 3, spans: [], state, redacted: null, counts: {} },
      { taken: 3, spans: [], state: {}, redacted: '', counts: {} },
      { taken: 3, state, redacted: '', counts: {} },
    ]) {
      const entry = await entryOf(
        `process.on('message', (m) => process.send({ id: m.id, answer: ${JSON.stringify(answer)} }));`,
      );
      const pool = createDetectorPool({}, { size: 1, entry });
      cleanups.push(() => pool.dispose());
      await expect(pool.part(part, {})).rejects.toEqual(BLOCKED);
    }
  });

  it('take a text in parts with the same findings, whatever the parts', async () => {
    const pool = createDetectorPool({}, { size: 1 });
    cleanups.push(() => pool.dispose());
    const rows = Array.from({ length: 9000 }, (_, i) =>
      i % 7 === 0
        ? `row ${i} mail jane.roe${i}@example.org and more`
        : `row ${i} of plain words 😀`,
    );
    const text = `${rows.join('\n')}\n`;
    const scanBy = async (size: number): Promise<{ places: string[]; redacted: string }> => {
      let state = null;
      let held = '';
      let offset = 0;
      let redacted = '';
      const places: string[] = [];
      for (let at = 0; at <= text.length; at += size) {
        held += text.slice(at, at + size);
        const last = at + size > text.length;
        const got = await pool.part({ text: held, state, last, redact: true }, {});
        for (const s of got.spans) places.push(`${s.start + offset}-${s.end + offset} ${s.type}`);
        redacted += got.redacted;
        held = held.slice(got.taken);
        offset += got.taken;
        state = got.state;
      }
      return { places, redacted };
    };
    const whole = await scanBy(text.length);
    expect(whole.places).toHaveLength(Math.ceil(9000 / 7));
    expect(await scanBy(100_000)).toEqual(whole);
    expect(await scanBy(33_333)).toEqual(whole);
    expect(whole.redacted).not.toContain('@');
    expect(whole.redacted).toContain('row 6 of plain words 😀\n');
  });

  it('run custom patterns', async () => {
    const pool = createDetectorPool({
      customPatterns: [{ type: 'CASE_ID', pattern: 'CASE-\\d{4,8}' }],
    });
    cleanups.push(() => pool.dispose());
    const redacted = await pool.redact('file CASE-12345 of jane@example.com', {});
    expect(redacted.text).toBe('file «CASE_ID» of «EMAIL»');
  });
});

describe('backends', () => {
  const backend = (detect: PIIDetectorProtocol['detect']): PIIDetectorProtocol => ({
    name: 'ner',
    detect,
  });

  it('add what the built-in detector cannot see', async () => {
    const ner = backend(async () => ({ spans: [name], complete: true }));
    expect(await findings('Xoli wrote', { backend: ner, required: true })).toMatchObject([
      { start: 0, end: 4, source: 'ner' },
    ]);
    expect(await findings('Xoli wrote', { backend: ner, required: true, threshold: 1 })).toEqual(
      [],
    );
  });

  it('block when required and failing, and are named when optional', async () => {
    const broken = backend(async () => {
      throw new Error('down');
    });
    await expect(findings('x', { backend: broken, required: true })).rejects.toEqual(BLOCKED);
    const skipped: string[] = [];
    expect(await findings('x', { backend: broken, required: false }, skipped)).toEqual([]);
    expect(skipped).toEqual(['ner']);
  });

  it('block when they overrun or answer nonsense', async () => {
    const slow = backend(() => new Promise(() => undefined));
    await expect(findings('x', { backend: slow, required: true, deadlineMs: 50 })).rejects.toEqual(
      BLOCKED,
    );
    const odd = backend(async () => ({ spans: [{ ...name, end: 400 }], complete: true }));
    await expect(findings('x', { backend: odd, required: true })).rejects.toEqual(BLOCKED);
  });

  it('speak to a local service and count its code points', async () => {
    const server: Server = createServer((_request, reply) => {
      reply.end(JSON.stringify([{ start: 2, end: 6, entity_type: 'PERSON', score: 0.85 }]));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    cleanups.push(() => new Promise((resolve) => server.close(resolve)));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const service = createServiceBackend({
      name: 'presidio',
      url: `http://127.0.0.1:${port}/analyze`,
    });
    const found = await service.detect('😀 Xoli', new AbortController().signal);
    expect(found.spans).toMatchObject([
      { start: 3, end: 7, type: 'PERSON_NAME', source: 'presidio' },
    ]);
  });

  it('refuse a service on another machine', () => {
    expect(() => createServiceBackend({ name: 'far', url: 'http://example.com/analyze' })).toThrow(
      expect.objectContaining({ code: 'POLICY_INVALID' }),
    );
  });
});
