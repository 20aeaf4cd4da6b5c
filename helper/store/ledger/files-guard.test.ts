import { spawnSync } from 'node:child_process';
import {
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fileGuard } from './files-guard.ts';

let root: string;
let dir: string;
const at = (end: string): string => join(dir, `audit.db${end}`);
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'akios-guard-'));
  dir = join(root, 'log');
  mkdirSync(dir);
  for (const end of ['', '-wal', '-shm']) writeFileSync(at(end), 'x');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Waits until the file system would give the folder another change time. */
async function tick(): Promise<void> {
  const probe = join(root, 'probe');
  const time = (): bigint => {
    writeFileSync(probe, '');
    return lstatSync(probe, { bigint: true }).ctimeNs;
  };
  const before = time();
  while (time() - before < 20_000_000n) await new Promise((wake) => setTimeout(wake, 2));
}

const CHANGES: [string, () => void][] = [
  ['the database removed', () => unlinkSync(at(''))],
  ['the write-ahead file removed', () => unlinkSync(at('-wal'))],
  ['the shared memory removed', () => unlinkSync(at('-shm'))],
  ['another file in its place', () => renameSync(at('-wal'), at(''))],
  [
    'a link to itself',
    () => {
      renameSync(at(''), join(root, 'moved'));
      symlinkSync(join(root, 'moved'), at(''));
    },
  ],
  [
    'another folder in its place',
    () => {
      renameSync(dir, join(root, 'away'));
      mkdirSync(dir);
      for (const end of ['', '-wal', '-shm']) writeFileSync(at(end), 'x');
    },
  ],
  [
    'the times of the folder put back',
    () => {
      unlinkSync(at(''));
      expect(spawnSync('touch', ['-d', '2001-01-01', dir]).status).toBe(0);
    },
  ],
  ['the folder gone', () => rmSync(dir, { recursive: true })],
];

describe('the guard of the open files', () => {
  // Early: the folder has just changed, every name is looked at. Later: one look at the folder.
  for (const [when, ahead] of [
    ['early', 0],
    ['later', 60_000],
  ] as const) {
    it.each(CHANGES)(`${when}: %s`, async (_name, change) => {
      const guard = fileGuard(dir, () => Date.now() + ahead);
      await tick();
      for (let i = 0; i < 3; i++) guard();
      change();
      expect(guard).toThrow(expect.objectContaining({ code: 'LEDGER_BROKEN' }));
      expect(guard).toThrow(expect.objectContaining({ code: 'LEDGER_BROKEN' }));
    });

    it(`${when}: other files come and go, and a second name changes nothing`, async () => {
      const guard = fileGuard(dir, () => Date.now() + ahead);
      await tick();
      guard();
      writeFileSync(join(dir, 'search.db'), 'x');
      guard();
      rmSync(join(dir, 'search.db'));
      linkSync(at(''), join(root, 'second'));
      guard();
      guard();
    });
  }
});
