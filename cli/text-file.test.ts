import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { jsonText } from './io.ts';
import { filesOf } from './protect/walk.ts';
import { fileError, readStartOfFile } from './text-file.ts';

const root = mkdtempSync(join(tmpdir(), 'akios-text-file-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('a file that cannot be read', () => {
  test.each([
    ['x'.repeat(300), 'INPUT_INVALID', 'is too long for a file'],
    [`${'y/'.repeat(2100)}z`, 'INPUT_INVALID', 'is too long for a file'],
    [join(root, 'none'), 'FILE_NOT_FOUND', 'There is no file'],
    [root, 'INPUT_INVALID', 'is a folder'],
    ['/dev/zero', 'INPUT_INVALID', 'not a plain file'],
  ])('is told in one line: %.20s', (name, code, said) => {
    expect(() => readStartOfFile(name, 10)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(said) }),
    );
  });

  test('for a fault of the disk names file and fault', () => {
    const fault = Object.assign(new Error('EIO'), { code: 'EIO', path: '/mnt/x' });
    expect(fileError(fault)).toMatchObject({ message: '/mnt/x cannot be read (EIO).' });
    expect(fileError(new Error('x'))).toBeNull();
  });

  test('does not keep the others from being looked at', () => {
    const good = join(root, 'good.txt');
    writeFileSync(good, 'x');
    const found = [...filesOf(['x'.repeat(300), good])];
    expect(found.map((one) => one.kind)).toEqual(['file', 'file']);
  });
});

test('JSON keeps its value and holds nothing that moves a cursor or turns text', () => {
  const value = { a: 'ü\u202e\u009b31m\u2028\u{e0001}\n"\\', b: [1, null] };
  const text = jsonText(value);
  expect(JSON.parse(text)).toEqual(value);
  expect(text).toMatch(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$/u);
  expect(text).toContain('ü');
});

test('output that cannot be written is said, and is no success', () => {
  const full = openSync('/dev/full', 'w');
  const main = join(import.meta.dirname, 'main.ts');
  const ran = spawnSync(process.execPath, [main, '--help'], {
    stdio: ['ignore', full, 'pipe'],
    env: { ...process.env, AKIOS_STATE_DIR: join(root, 'state') },
    encoding: 'utf8',
  });
  closeSync(full);
  expect([ran.status, ran.stderr]).toEqual([
    1,
    'akios: The output could not be written: the disk is full.\n',
  ]);
});
