import { join } from 'node:path';
import { expect, test } from 'vitest';
import { lockfileProblems, readLockfile } from './lockfile-gate.ts';

const lock = readLockfile(join(import.meta.dirname, '..'));

test('our lockfile holds the native packages of Linux, macOS and Windows', () => {
  expect(lockfileProblems(lock)).toEqual([]);
});

test('a dropped platform and a recorded download address are found', () => {
  const packages = { ...lock.packages };
  delete packages['node_modules/@rolldown/binding-darwin-arm64'];
  packages['node_modules/zod'] = { resolved: 'https://registry.example/zod.tgz' };
  const problems = lockfileProblems({ packages });
  expect(problems).toHaveLength(2);
  expect(problems.join()).toContain('binding-darwin-arm64');
  expect(problems.join()).toContain('download address');
});
