import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eraseTree, surveyTree } from '../../store/erasure/erase.ts';

let base: string;
let root: string;
let outside: string;

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'akios-erase-'));
  root = join(base, 'project');
  outside = join(base, 'outside');
  for (const folder of ['audit', 'data/input', 'data/output']) {
    mkdirSync(join(root, folder), { recursive: true });
  }
  mkdirSync(outside);
  writeFileSync(join(outside, 'precious.txt'), 'precious');
  writeFileSync(join(root, 'data/input/letter.txt'), 'letter');
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

const sha = (text: string | Buffer) => createHash('sha256').update(text).digest('hex');
const plan = (over = {}) => ({
  root,
  targets: ['audit', 'data/output'],
  mode: 'overwrite' as const,
  ...over,
});

function expectOutsideUntouched(): void {
  expect(readFileSync(join(outside, 'precious.txt'), 'utf8')).toBe('precious');
  expect(readFileSync(join(root, 'data/input/letter.txt'), 'utf8')).toBe('letter');
}

describe('where names are found by path', () => {
  it('erases the same and follows no link either', async () => {
    mkdirSync(join(root, 'data/output/run_1/deep'), { recursive: true });
    writeFileSync(join(root, 'data/output/run_1/deep/out.txt'), 'result', { mode: 0o000 });
    symlinkSync(outside, join(root, 'data/output/run_1/link'));
    symlinkSync(join(outside, 'precious.txt'), join(root, 'data/output/file-link'));
    linkSync(join(outside, 'precious.txt'), join(root, 'data/output/hard'));
    const result = await eraseTree(plan({ lookup: 'path' }));
    expect(result).toMatchObject({ erasedFiles: 1, erasedBytes: 6, removedOthers: 2 });
    expect(result.files[0]!.sha256).toBe(sha('result'));
    expect(result.exceptions.map((entry) => entry.path)).toEqual(['data/output/hard']);
    expect(result.method).toContain('by path');
    expect(readdirSync(join(root, 'data/output'))).toEqual([]);
    expectOutsideUntouched();
    rmSync(join(root, 'audit'), { recursive: true });
    symlinkSync(outside, join(root, 'audit'));
    const linked = await eraseTree(plan({ lookup: 'path' }));
    expect(linked.exceptions[0]!.why).toContain('link');
    expectOutsideUntouched();
  });
});

describe('what is erased', () => {
  it('destroys the targets, keeps the rest, and reports files, bytes and hashes', async () => {
    writeFileSync(join(root, 'audit/audit.db'), 'ledger');
    mkdirSync(join(root, 'data/output/run_1/deep'), { recursive: true });
    writeFileSync(join(root, 'data/output/run_1/deep/out.txt'), 'result');
    const steps: [number, number][] = [];
    const result = await eraseTree(plan(), (done, total) => steps.push([done, total]));
    expect(result).toMatchObject({
      erasedFiles: 2,
      erasedBytes: 12,
      removedFolders: 2,
      complete: true,
    });
    expect(result.files.map(({ path, sha256, how }) => [path, sha256, how]).sort()).toEqual([
      ['audit/audit.db', sha('ledger'), 'overwritten'],
      ['data/output/run_1/deep/out.txt', sha('result'), 'overwritten'],
    ]);
    expect(steps).toEqual([
      [1, 2],
      [2, 2],
    ]);
    expect(readdirSync(join(root, 'audit'))).toEqual([]);
    expect(readdirSync(join(root, 'data/output'))).toEqual([]);
    expectOutsideUntouched();
  });

  it('removes the target folders too when asked, and takes a missing one calmly', async () => {
    rmSync(join(root, 'audit'), { recursive: true });
    const result = await eraseTree(plan({ keepFolders: false }));
    expect(result.complete).toBe(true);
    expect(existsSync(join(root, 'data/output'))).toBe(false);
    expect(existsSync(join(root, 'data/input'))).toBe(true);
  });

  // A descriptor opened before sees the same inode after: the content itself must be gone.
  it.each([
    ['overwrite', 1],
    ['overwrite', 3],
    ['fast', 1],
  ] as const)('mode %s with %i passes leaves nothing readable in the file', async (mode, passes) => {
    const file = join(root, 'data/output/secret.bin');
    writeFileSync(file, 'CANARY'.repeat(400_000));
    const fd = openSync(file, 'r');
    const survey = await surveyTree(plan());
    expect(survey.files[0]).toMatchObject({ path: 'data/output/secret.bin', bytes: 2_400_000 });
    const result = await eraseTree(plan({ mode, passes, survey }));
    expect(result.files[0]!.sha256).toBe(sha('CANARY'.repeat(400_000)));
    const buffer = Buffer.alloc(100);
    expect(readSync(fd, buffer, 0, 100, 0)).toBe(0);
    closeSync(fd);
  });

  it('writes random bytes and zeros over the blocks themselves, flushed each time', async () => {
    writeFileSync(join(root, 'data/output/secret.bin'), 'CANARY'.repeat(1000));
    const tracer = spawnSync('strace', ['-V']).status === 0;
    if (!tracer) {
      const { declareNotRun } = await import('../../../scripts/not-run.ts');
      declareNotRun('erasure: order of write and fsync', 'strace is not installed');
      return;
    }
    const program = join(base, 'run.ts');
    const door = new URL('../../store/erasure/erase.ts', import.meta.url).pathname;
    writeFileSync(
      program,
      `import { eraseTree } from ${JSON.stringify(door)};\n` +
        `await eraseTree({ root: ${JSON.stringify(root)}, targets: ['data/output'], mode: 'overwrite', passes: 2 });\n`,
    );
    const trace = join(base, 'trace');
    execFileSync('strace', [
      '-f',
      '-e',
      'pwrite64,fsync,ftruncate',
      '-o',
      trace,
      process.execPath,
      program,
    ]);
    const calls = readFileSync(trace, 'utf8')
      .split('\n')
      .filter((line) => /pwrite64\(.*, 6000, 0|fsync|ftruncate/.test(line))
      .map((line) =>
        line.includes('pwrite64')
          ? /"\\0\\0\\0/.test(line)
            ? 'zeros'
            : 'random'
          : /fsync/.test(line)
            ? 'fsync'
            : 'truncate',
      );
    expect(calls.join(' ')).toContain(
      'random fsync zeros fsync random fsync zeros fsync truncate fsync',
    );
  });
});

describe('links and strange files', () => {
  it('removes symbolic links and never what they point at (control: they did point there)', async () => {
    symlinkSync(join(outside, 'precious.txt'), join(root, 'data/output/file-link'));
    symlinkSync(outside, join(root, 'data/output/folder-link'));
    symlinkSync('../input', join(root, 'data/output/input-link'));
    symlinkSync('/does/not/exist', join(root, 'data/output/dangling'));
    expect(readFileSync(join(root, 'data/output/file-link'), 'utf8')).toBe('precious');
    const result = await eraseTree(plan());
    expect(result).toMatchObject({ removedOthers: 4, erasedFiles: 0, complete: true });
    expectOutsideUntouched();
  });

  it.each([
    'audit',
    'data',
    'data/output',
  ])('touches nothing behind a target that is a link: %s', async (target) => {
    rmSync(join(root, target), { recursive: true });
    mkdirSync(join(outside, 'output'), { recursive: true });
    writeFileSync(join(outside, 'output/more.txt'), 'more');
    symlinkSync(outside, join(root, target));
    const result = await eraseTree(plan());
    expect(result.complete).toBe(false);
    expect(result.exceptions[0]!.why).toContain('link');
    expect(readFileSync(join(outside, 'output/more.txt'), 'utf8')).toBe('more');
    expect(readFileSync(join(outside, 'precious.txt'), 'utf8')).toBe('precious');
  });

  it('does not overwrite a file that has another name outside, and says so', async () => {
    linkSync(join(outside, 'precious.txt'), join(root, 'data/output/hard'));
    linkSync(join(root, 'data/input/letter.txt'), join(root, 'data/output/hard2'));
    const result = await eraseTree(plan());
    expect(result).toMatchObject({ erasedFiles: 0, erasedBytes: 0, complete: false });
    expect(result.exceptions).toHaveLength(2);
    expect(readdirSync(join(root, 'data/output'))).toEqual([]);
    expectOutsideUntouched();
  });

  it('overwrites a file whose names all lie inside, once', async () => {
    writeFileSync(join(root, 'data/output/one'), 'twice named');
    linkSync(join(root, 'data/output/one'), join(root, 'audit/two'));
    const result = await eraseTree(plan());
    expect(result).toMatchObject({ erasedFiles: 1, erasedBytes: 11, complete: true });
    expect(readdirSync(join(root, 'audit'))).toEqual([]);
  });

  it('removes pipes, sockets and devices without opening them', async () => {
    execFileSync('mkfifo', [join(root, 'data/output/pipe')]);
    const server = createServer();
    const path = join(root, 'data/output/sock');
    await new Promise<void>((resolve) => server.listen(path, resolve));
    const result = await eraseTree(plan());
    expect(result).toMatchObject({ removedOthers: 2, complete: true });
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });

  it('erases names with line breaks, direction marks and bytes that are no text', async () => {
    const folder = join(root, 'data/output');
    writeFileSync(join(folder, 'a\nb'), '1');
    writeFileSync(join(folder, 'evil\u202etxt.exe'), '2');
    writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff, 0xfe, 0x41])]), '3');
    const result = await eraseTree(plan());
    expect(result).toMatchObject({ erasedFiles: 3, complete: true });
    const paths = result.files.map((file) => file.path).join(' ');
    expect(paths).toContain('a\\u{a}b');
    expect(paths).toContain('evil\\u{202e}txt.exe');
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('hard cases', () => {
  it('erases trees deeper than any path can be written', async () => {
    const script = `
      import os
      os.chdir(${JSON.stringify(join(root, 'data/output'))})
      for i in range(1500):
          os.mkdir('d' * 40); os.chdir('d' * 40)
      open('bottom', 'w').write('bottom')
    `.replaceAll('\n      ', '\n');
    execFileSync('python3', ['-c', script]);
    const result = await eraseTree(plan());
    expect(result.exceptions).toEqual([]);
    expect(result.erasedFiles).toBe(1);
    expect(readdirSync(join(root, 'data/output'))).toEqual([]);
  });

  it('gets through files and folders that lock their owner out', async () => {
    mkdirSync(join(root, 'data/output/locked'));
    writeFileSync(join(root, 'data/output/locked/file'), 'locked', { mode: 0o000 });
    chmodSync(join(root, 'data/output/locked'), 0o000);
    const result = await eraseTree(plan());
    expect(result).toMatchObject({ erasedFiles: 1, complete: true });
  });

  it('neither reads nor fills the holes of a sparse file', async () => {
    const file = join(root, 'data/output/sparse');
    writeFileSync(file, 'head');
    truncateSync(file, 256 * 1024 * 1024);
    const huge = join(root, 'data/output/huge');
    writeFileSync(huge, 'head');
    truncateSync(huge, 1024 ** 4);
    const before = lstatSync(file).blocks;
    const fd = openSync(file, 'r');
    const result = await eraseTree(plan());
    expect(before).toBeLessThan(100);
    expect(result.files.map((entry) => entry.path)).toEqual(['data/output/sparse']);
    expect(result.exceptions).toEqual([
      { path: 'data/output/huge', why: expect.stringContaining('not overwritten') as string },
    ]);
    closeSync(fd);
  });

  it('reports what cannot be destroyed and does not count it', async () => {
    writeFileSync(join(root, 'data/output/fixed'), 'immutable');
    writeFileSync(join(root, 'data/output/plain'), 'plain');
    if (spawnSync('chattr', ['+i', join(root, 'data/output/fixed')]).status !== 0) {
      const { declareNotRun } = await import('../../../scripts/not-run.ts');
      declareNotRun('erasure: immutable file', 'chattr +i is not possible here');
      return;
    }
    try {
      const result = await eraseTree(plan());
      expect(result).toMatchObject({ erasedFiles: 1, erasedBytes: 5, complete: false });
      expect(result.exceptions[0]).toMatchObject({ path: 'data/output/fixed' });
      expect(readFileSync(join(root, 'data/output/fixed'), 'utf8')).toBe('immutable');
    } finally {
      spawnSync('chattr', ['-i', join(root, 'data/output/fixed')]);
    }
  });

  it('leaves other mounts alone, bind mounts of the same disk included', async () => {
    mkdirSync(join(root, 'data/output/mounted'));
    const mounted = spawnSync('mount', ['--bind', outside, join(root, 'data/output/mounted')]);
    if (mounted.status !== 0) {
      const { declareNotRun } = await import('../../../scripts/not-run.ts');
      declareNotRun('erasure: bind mount inside a target', 'this user may not mount');
      return;
    }
    try {
      expect(existsSync(join(root, 'data/output/mounted/precious.txt'))).toBe(true);
      const result = await eraseTree(plan());
      expect(result.complete).toBe(false);
      expect(result.exceptions[0]!.why).toContain('mounted');
      expectOutsideUntouched();
    } finally {
      execFileSync('umount', [join(root, 'data/output/mounted')]);
    }
  });

  it('stops when told to and says what is left', async () => {
    for (let index = 0; index < 20; index += 1) {
      writeFileSync(join(root, `data/output/f${index}`), 'x'.repeat(1000));
    }
    const stop = new AbortController();
    const result = await eraseTree(plan(), (done) => done === 5 && stop.abort(), stop.signal);
    expect(result).toMatchObject({ erasedFiles: 5, cancelled: true, complete: false });
    expect(readdirSync(join(root, 'data/output'))).toHaveLength(15);
  });

  it.each([
    '..',
    '../outside',
    'data/../../outside',
    '/etc',
    '',
    'data//output',
    '.',
  ])('refuses the target %j', async (target) => {
    const result = await eraseTree(plan({ targets: [target] }));
    expect(result.complete).toBe(false);
    expect(result.erasedFiles).toBe(0);
    expectOutsideUntouched();
  });

  it('counts exactly what stood there (property)', async () => {
    const name = fc
      .string({ minLength: 1, maxLength: 8 })
      .filter((text) => !/[/\0]|^\.{1,2}$/.test(text) && Buffer.byteLength(text) < 200);
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.tuple(name, fc.uint8Array({ maxLength: 5000 })), {
          selector: ([key]) => key.toLowerCase(),
          maxLength: 12,
        }),
        async (files) => {
          for (const [key, bytes] of files) writeFileSync(join(root, 'data/output', key), bytes);
          const result = await eraseTree(plan());
          expect(result.erasedFiles).toBe(files.length);
          expect(result.erasedBytes).toBe(files.reduce((sum, [, bytes]) => sum + bytes.length, 0));
          expect(result.files.map((file) => file.sha256).sort()).toEqual(
            files.map(([, bytes]) => sha(Buffer.from(bytes))).sort(),
          );
          expect(readdirSync(join(root, 'data/output'))).toEqual([]);
        },
      ),
      { numRuns: 25 },
    );
  });
});
