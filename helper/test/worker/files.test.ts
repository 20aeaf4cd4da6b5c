import { execFileSync, spawn } from 'node:child_process';
import { existsSync, linkSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AkiosError } from '../../../shared/domain/errors.ts';
import type { CagedWorker } from '../../cage/worker/port.ts';
import { type Bench, openBench } from './setup.ts';

let bench: Bench;
let worker: CagedWorker;
let secret: string;

beforeAll(async () => {
  bench = await openBench();
  worker = await bench.worker();
  secret = join(bench.base, 'secret.txt');
  writeFileSync(secret, 'SECRET');
  mkdirSync(join(bench.base, 'elsewhere'));
  writeFileSync(join(bench.base, 'elsewhere/secret.txt'), 'SECRET');
});
afterAll(() => bench.dispose());

const read = (path: string) => worker.call('fs.read', { path, maxBytes: 1_000_000 });

describe('file operations of the worker', () => {
  it('reads, writes, appends, copies, moves, lists and deletes (control)', async () => {
    bench.file('data/input/a.txt', 'Grüße');
    expect(await read('./data//input/a.txt')).toEqual({ text: 'Grüße', bytes: 7 });
    const out = 'data/output/run_1/sub/b.txt';
    expect(await worker.call('fs.write', { path: out, text: 'one' })).toEqual({ bytes: 3 });
    await worker.call('fs.write', { path: out, text: ' two', append: true });
    expect((await read(out)).text).toBe('one two');
    await worker.call('fs.write', { path: out, text: 'new' });
    expect(readFileSync(join(bench.project, out), 'utf8')).toBe('new');
    await worker.call('fs.copy', { from: out, to: 'data/output/run_1/c.txt' });
    await worker.call('fs.move', { from: out, to: 'data/output/run_1/d.txt' });
    const { entries } = await worker.call('fs.list', {
      path: 'data/output/run_1',
      recursive: true,
    });
    expect(entries.map((entry) => [entry.path, entry.kind, entry.bytes])).toEqual([
      ['data/output/run_1/c.txt', 'file', 3],
      ['data/output/run_1/d.txt', 'file', 3],
      ['data/output/run_1/sub', 'directory', expect.any(Number) as number],
    ]);
    await worker.call('fs.delete', { path: 'data/output/run_1/sub' });
    await worker.call('fs.delete', { path: 'data/output/run_1/d.txt' });
    expect(await worker.call('fs.exists', { path: 'data/output/run_1/d.txt' })).toEqual({
      exists: false,
    });
    expect(await worker.call('fs.exists', { path: 'data/output/run_1/c.txt' })).toEqual({
      exists: true,
    });
    const { entry } = await worker.call('fs.stat', { path: 'data/output/run_1/c.txt' });
    expect(entry).toMatchObject({ kind: 'file', bytes: 3 });
  });

  it('reads UTF-16 and older 8-bit text, and refuses binary', async () => {
    bench.file(
      'data/input/u16.txt',
      Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('Zoë', 'utf16le')]),
    );
    bench.file(
      'data/input/latin.txt',
      Buffer.from([0x4d, 0xfc, 0x6c, 0x6c, 0x65, 0x72, 0x20, 0x80]),
    );
    bench.file('data/input/binary.txt', Buffer.from([1, 2, 0, 3]));
    expect((await read('data/input/u16.txt')).text).toBe('Zoë');
    expect((await read('data/input/latin.txt')).text).toBe('Müller €');
    await expect(read('data/input/binary.txt')).rejects.toMatchObject({ code: 'INPUT_INVALID' });
  });

  it.each([
    '/etc/passwd',
    '../secret.txt',
    'data/../../secret.txt',
    'data/input/../../../secret.txt',
    'data/input/..',
    '..',
    '~/secret',
    'C:/secret',
    'data\\..\\..\\secret.txt',
    'data/input/a\0.txt',
    'data/input/a\n.txt',
    'data/input/\u202egnp.txt',
    'data/input/a\u200b.txt',
    '.',
    '',
    'a/'.repeat(600),
    `data/input/${'x'.repeat(256)}`,
  ])('refuses the path %j', async (path) => {
    await expect(read(path)).rejects.toMatchObject({ code: 'INPUT_INVALID' });
    await expect(worker.call('fs.write', { path, text: 'x' })).rejects.toMatchObject({
      code: 'INPUT_INVALID',
    });
  });

  it('treats look-alike spellings as plain names', async () => {
    for (const path of [
      'data/input/%2e%2e/secret',
      'data/input/．．/secret',
      'data/input/…/secret',
    ]) {
      await expect(read(path)).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
    }
  });

  it('follows no link: to a file, to a folder, in the middle, chained, or to itself', async () => {
    const at = (name: string) => join(bench.project, 'data/input', name);
    symlinkSync(secret, at('file-link'));
    symlinkSync(join(bench.base, 'elsewhere'), at('folder-link'));
    symlinkSync('file-link', at('chain'));
    symlinkSync('loop', at('loop'));
    symlinkSync('a.txt', at('inside-link'));
    symlinkSync('/proc/self/environ', at('proc-link'));
    expect(readFileSync(at('file-link'), 'utf8')).toBe('SECRET');
    for (const name of [
      'file-link',
      'folder-link',
      'folder-link/secret.txt',
      'chain',
      'loop',
      'inside-link',
      'proc-link',
    ]) {
      await expect(read(`data/input/${name}`), name).rejects.toMatchObject({ code: 'DENIED' });
      await expect(
        worker.call('doc.parse', { path: `data/input/${name}`, maxChars: 100 }),
      ).rejects.toMatchObject({ code: 'DENIED' });
    }
    await expect(worker.call('fs.list', { path: 'data/input/folder-link' })).rejects.toMatchObject({
      code: 'DENIED',
    });
    const { entry } = await worker.call('fs.stat', { path: 'data/input/file-link' });
    expect(entry).toMatchObject({ kind: 'link' });
    expect(entry.bytes).not.toBe(6);
  });

  it('writes through no link and leaves what it points at alone', async () => {
    const out = join(bench.project, 'data/output/run_1');
    symlinkSync(secret, join(out, 'link'));
    symlinkSync(join(bench.base, 'elsewhere'), join(out, 'dir'));
    for (const path of ['link', 'dir/secret.txt', 'dir/new.txt', 'dir/new/file.txt']) {
      for (const append of [false, true]) {
        const call = worker.call('fs.write', {
          path: `data/output/run_1/${path}`,
          text: 'OVERWRITTEN',
          append,
        });
        await expect(call, path).rejects.toMatchObject({ code: 'DENIED' });
      }
    }
    await expect(
      worker.call('fs.move', { from: 'data/output/run_1/link', to: 'data/output/run_1/x' }),
    ).rejects.toMatchObject({ code: 'DENIED' });
    await expect(
      worker.call('fs.copy', { from: 'data/output/run_1/link', to: 'data/output/run_1/x' }),
    ).rejects.toMatchObject({ code: 'DENIED' });
    expect(readFileSync(secret, 'utf8')).toBe('SECRET');
    expect(existsSync(join(bench.base, 'elsewhere/new.txt'))).toBe(false);
    await worker.call('fs.delete', { path: 'data/output/run_1/link' });
    expect(existsSync(secret)).toBe(true);
  });

  it('refuses hard links, pipes and devices, without hanging', async () => {
    linkSync(secret, join(bench.project, 'data/input/hard'));
    linkSync(secret, join(bench.project, 'data/output/run_1/hard'));
    execFileSync('mkfifo', [join(bench.project, 'data/input/pipe')]);
    await expect(read('data/input/hard')).rejects.toMatchObject({ code: 'DENIED' });
    await expect(read('data/input/pipe')).rejects.toMatchObject({ code: 'DENIED' });
    await expect(
      worker.call('fs.write', { path: 'data/output/run_1/hard', text: 'x' }),
    ).rejects.toMatchObject({ code: 'DENIED' });
    await expect(
      worker.call('fs.write', { path: 'data/output/run_1/hard', text: 'x', append: true }),
    ).rejects.toMatchObject({ code: 'DENIED' });
    expect(readFileSync(secret, 'utf8')).toBe('SECRET');
    await expect(read('data/input')).rejects.toMatchObject({
      code: expect.stringMatching(/INPUT_INVALID|DENIED/) as string,
    });
  });

  it('never reads through a folder that is swapped for a link while it works', async () => {
    bench.file('data/input/swap/secret.txt', 'HONEST');
    const script = `
      const fs = require('node:fs');
      const dir = ${JSON.stringify(join(bench.project, 'data/input'))};
      fs.symlinkSync(${JSON.stringify(join(bench.base, 'elsewhere'))}, dir + '/swap-link');
      console.log('ready');
      for (;;) {
        fs.renameSync(dir + '/swap', dir + '/swap-real');
        fs.renameSync(dir + '/swap-link', dir + '/swap');
        fs.renameSync(dir + '/swap', dir + '/swap-link');
        fs.renameSync(dir + '/swap-real', dir + '/swap');
      }`;
    const racer = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    await new Promise((resolve) => racer.stdout.once('data', resolve));
    const seen = { honest: 0, refused: 0 };
    try {
      for (let turn = 0; turn < 1500; turn += 1) {
        const answer = await read('data/input/swap/secret.txt').catch((error: unknown) => {
          // A worker that broke would look like a refusal.
          expect(['DENIED', 'FILE_NOT_FOUND', 'INPUT_INVALID']).toContain(
            (error as AkiosError).code,
          );
          return null;
        });
        expect(answer?.text).not.toBe('SECRET');
        if (answer === null) seen.refused += 1;
        else seen.honest += 1;
      }
    } finally {
      racer.kill('SIGKILL');
    }
    expect(seen.honest).toBeGreaterThan(0);
    expect(seen.refused).toBeGreaterThan(0);
  });

  it('caps reads and writes, and a failed write leaves the old file whole', async () => {
    bench.file('data/input/big.txt', 'x'.repeat(2000));
    await expect(
      worker.call('fs.read', { path: 'data/input/big.txt', maxBytes: 1999 }),
    ).rejects.toMatchObject({ code: 'TOO_LARGE' });
    expect(
      (await worker.call('fs.read', { path: 'data/input/big.txt', maxBytes: 2000 })).bytes,
    ).toBe(2000);
    const path = 'data/output/run_1/whole.txt';
    await worker.call('fs.write', { path, text: 'old' });
    await expect(
      worker.call('fs.write', { path, text: 'x'.repeat(11 * 1024 * 1024) }),
    ).rejects.toMatchObject({ code: 'TOO_LARGE' });
    expect((await read(path)).text).toBe('old');
  });

  it('escapes names that would fool a reader or a terminal', async () => {
    bench.file('data/input/odd/evil\u202etxt.exe', 'x');
    bench.file('data/input/odd/a\u001b[31mb\n', 'x');
    const { entries } = await worker.call('fs.list', { path: 'data/input/odd' });
    expect(entries.map((entry) => entry.path).sort()).toEqual([
      'data/input/odd/a\\u{1b}[31mb\\u{a}',
      'data/input/odd/evil\\u{202e}txt.exe',
    ]);
  });
});

describe('grants', () => {
  it('refuses a granted folder that is a link, or lies behind one', async () => {
    symlinkSync(join(bench.base, 'elsewhere'), join(bench.project, 'data/granted'));
    await expect(bench.worker({ read: ['data/granted'] })).rejects.toMatchObject({
      code: 'DENIED',
    });
    await expect(bench.worker({ write: ['data/granted/new'] })).rejects.toMatchObject({
      code: 'DENIED',
    });
    await expect(bench.worker({ read: ['../elsewhere'] })).rejects.toMatchObject({
      code: 'INPUT_INVALID',
    });
    expect(existsSync(join(bench.base, 'elsewhere/new'))).toBe(false);
  });
});
