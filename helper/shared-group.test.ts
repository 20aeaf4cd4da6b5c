import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { shareProject } from './service/projects/share.ts';
import { accountName, sharedGroup } from './shared-group.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'akios-group-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function list(text: string): string {
  const file = join(dir, 'list');
  writeFileSync(file, text);
  return file;
}

test('without the variable a helper is not shared', () => {
  expect(sharedGroup(undefined)).toBe(false);
  expect(sharedGroup('')).toBe(false);
});

test('a group that is not the one of the process, unknown, or that of root stops the start', () => {
  const own = process.getegid?.() ?? 0;
  const file = list(`root:x:0:\nother:x:${own + 1}:\n`);
  for (const name of ['root', 'other', 'nobody-knows']) {
    expect(() => sharedGroup(name, file)).toThrow(/is not the group it runs as/);
  }
});

test('the ledger gets account names, and numbers where there is none', () => {
  const file = list('root:x:0:0::/:/bin/sh\nann:x:1001:1001::/:/bin/sh\n');
  expect(accountName(1001, file)).toBe('ann');
  expect(accountName(0, file)).toBe('root');
  expect(accountName(4321, file)).toBe('uid-4321');
});

test('a shared project opens what people work on, not the ledger, and follows no link', () => {
  const outside = join(dir, 'outside');
  writeFileSync(outside, '', { mode: 0o600 });
  const project = join(dir, 'p');
  for (const folder of ['workflows', 'data/input', 'data/output', 'audit'])
    mkdirSync(join(project, folder), { recursive: true, mode: 0o750 });
  for (const file of ['config.yaml', 'data/input/a.txt', 'audit/audit.db'])
    writeFileSync(join(project, file), '', { mode: 0o640 });
  symlinkSync(outside, join(project, 'workflows/link'));
  shareProject(project);
  const mode = (path: string): string => (statSync(join(project, path)).mode & 0o7777).toString(8);
  expect(mode('config.yaml')).toBe('660');
  expect(mode('data/input/a.txt')).toBe('660');
  expect(mode('data/input')).toBe('2770');
  expect(mode('audit')).toBe('750');
  expect(mode('audit/audit.db')).toBe('640');
  expect(mode('data/output')).toBe('750');
  expect(statSync(outside).mode & 0o777).toBe(0o600);
});
