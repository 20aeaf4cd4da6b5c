import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bench, openBench } from './setup.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench.dispose());

/** A worker that reads frames and answers each with what `answer` (source text) makes of it. */
const program = (answer: string, start = '') => `
  import { Buffer } from 'node:buffer';
  const frame = (value) => {
    const body = Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
    const head = Buffer.alloc(4);
    head.writeUInt32BE(body.length);
    process.stdout.write(Buffer.concat([head, body]));
  };
  ${start}
  let held = Buffer.alloc(0);
  process.stdin.on('data', (chunk) => {
    held = Buffer.concat([held, chunk]);
    while (held.length >= 4 && held.length >= 4 + held.readUInt32BE()) {
      const size = held.readUInt32BE();
      const request = JSON.parse(held.subarray(4, 4 + size));
      held = held.subarray(4 + size);
      ${answer}
    }
  });`;

const ok = 'frame({ id: request.id, ok: true, value: { exists: true } });';
const parsed =
  'frame({ id: request.id, ok: true, value: { kind: "txt", text: "x", sections: [], units: [], truncated: false, warnings: [] } });';

describe('a worker that was taken over', () => {
  it('is believed when it keeps to the protocol (control)', async () => {
    const worker = await bench.hostile(program(ok));
    expect(await worker.call('fs.exists', { path: 'x' })).toEqual({ exists: true });
  });

  it.each([
    ['speaks no JSON', 'frame("not json");'],
    ['announces a huge frame', 'process.stdout.write(Buffer.from([255, 255, 255, 255]));'],
    ['prints text', 'process.stdout.write("hello world, this is a log line\\n");'],
    [
      'answers another question',
      'frame({ id: request.id + 1, ok: true, value: { exists: true } });',
    ],
    [
      'answers with extra fields',
      'frame({ id: request.id, ok: true, value: { exists: true, also: 1 } });',
    ],
    [
      'answers with the wrong type',
      'frame({ id: request.id, ok: true, value: { exists: "yes" } });',
    ],
    [
      'answers with an unknown envelope',
      'frame({ id: request.id, ok: true, value: { exists: true }, run: "rm" });',
    ],
    [
      'answers with an unknown error code',
      'frame({ id: request.id, ok: false, error: { code: "ALLOWED", message: "" } });',
    ],
    [
      'answers with a prototype',
      'frame(\'{"id":\' + request.id + \',"ok":true,"value":{"exists":true,"__proto__":{"a":1}}}\');',
    ],
    [
      'answers with broken UTF-8',
      'const b = Buffer.from([0, 0, 0, 2, 0xff, 0xfe]); process.stdout.write(b);',
    ],
    [
      'answers with an error text of a megabyte',
      'frame({ id: request.id, ok: false, error: { code: "DENIED", message: "x".repeat(1e6) } });',
    ],
    ['dies', 'process.exit(3);'],
  ])('is ended when it %s', async (_what, answer) => {
    const worker = await bench.hostile(program(answer));
    await expect(worker.call('fs.exists', { path: 'x' })).rejects.toMatchObject({
      code: 'STEP_FAILED',
    });
  });

  it('is ended when it speaks unasked', async () => {
    const start = 'frame({ id: 1, ok: true, value: { exists: true } });';
    const worker = await bench.hostile(program(ok, start));
    await new Promise((resolve) => setTimeout(resolve, 300));
    // The first process was ended for it; the next one does the same and is ended as well.
    const answers = await Promise.allSettled(
      [1, 2, 3].map(() => worker.call('fs.exists', { path: 'x' })),
    );
    expect(answers.some((answer) => answer.status === 'rejected')).toBe(true);
  });

  it('is ended when it never answers, and the next call gets a new one', async () => {
    const worker = await bench.hostile(program(`if (request.op === 'doc.parse') ${parsed}`), {
      timeouts: { fs: 400, doc: 120_000 },
    });
    await expect(worker.call('fs.exists', { path: 'silent' })).rejects.toMatchObject({
      code: 'TIMEOUT',
    });
    // The new one has to start first: that is given more time than an answer.
    expect(await worker.call('doc.parse', { path: 'x', maxChars: 9 })).toMatchObject({ text: 'x' });
  });

  it('is not started again and again without end', async () => {
    const worker = await bench.hostile(program('process.exit(1);'));
    for (let turn = 0; turn < 4; turn += 1) {
      await expect(worker.call('fs.exists', { path: 'x' })).rejects.toMatchObject({
        code: 'STEP_FAILED',
      });
    }
    await expect(worker.call('fs.exists', { path: 'x' })).rejects.toThrow(/too often/);
  });

  it('cannot put control or direction characters on a screen', async () => {
    const worker = await bench.hostile(
      program(`
        const evil = 'a\\u001b]0;title\\u0007\\u202eb\\n';
        if (request.op === 'fs.list') frame({ id: request.id, ok: true, value: { entries: [{ path: evil, kind: 'file', bytes: 1, modifiedAt: new Date().toISOString() }] } });
        else frame({ id: request.id, ok: false, error: { code: 'DENIED', message: evil, hint: evil } });`),
    );
    const { entries } = await worker.call('fs.list', { path: 'x' });
    expect(entries[0]!.path).toBe('a\\u{1b}]0;title\\u{7}\\u{202e}b\\u{a}');
    const error = await worker.call('fs.exists', { path: 'x' }).catch((thrown: Error) => thrown);
    expect(String((error as Error).message)).toBe('a\\u{1b}]0;title\\u{7}\\u{202e}b\\u{a}');
  });

  it('takes no more work after its run has ended', async () => {
    const stop = new AbortController();
    const worker = await bench.hostile(program('/* waits */'), { signal: stop.signal });
    const waiting = worker.call('fs.exists', { path: 'x' });
    setTimeout(() => stop.abort(), 100);
    await expect(waiting).rejects.toMatchObject({ code: 'CANCELLED' });
    await expect(worker.call('fs.exists', { path: 'x' })).rejects.toMatchObject({
      code: 'CANCELLED',
    });
  });
});
