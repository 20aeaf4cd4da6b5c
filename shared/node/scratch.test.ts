import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeScratch, sweepScratch } from './scratch.ts';

let base: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'akios-scratch-test-'));
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

test('removes what a dead process left, and nothing else', () => {
  const dead = spawnSync(process.execPath, ['-e', '0']).pid;
  const outside = join(base, 'outside');
  mkdirSync(outside);
  writeFileSync(join(outside, 'kept'), 'x');
  const parent = join(base, 'parent');
  const mine = makeScratch(parent, 'work');
  mkdirSync(join(parent, `work-${dead}-abcdef`, 'deep'), { recursive: true });
  symlinkSync(outside, join(parent, `work-${dead}-abcdef`, 'link'));
  symlinkSync(outside, join(parent, `work-${dead}-ghijkl`));
  mkdirSync(join(parent, `other-${dead}-abcdef`));
  mkdirSync(join(parent, `work-${dead}`));
  sweepScratch(parent, 'work');
  expect(existsSync(mine)).toBe(true);
  expect(statSync(mine).mode & 0o777).toBe(0o700);
  expect(existsSync(join(parent, `work-${dead}-abcdef`))).toBe(false);
  expect(readdirSync(parent)).toHaveLength(4);
  expect(existsSync(join(outside, 'kept'))).toBe(true);
});
