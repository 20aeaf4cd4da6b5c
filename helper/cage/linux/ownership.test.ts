import { spawnSync } from 'node:child_process';
import {
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { declareNotRun } from '../../../scripts/not-run.ts';
import { createLinuxCage } from './backend.ts';
import { DEFAULT_LIMITS } from './limits.ts';
import { Lender } from './ownership.ts';

const RUN = 1_879_100_999;
const isRoot = process.getuid?.() === 0;
let root: string;
let work: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'akios-own-'));
  work = join(root, 'work');
  mkdirSync(join(work, 'deep'), { recursive: true });
  writeFileSync(join(root, 'outside'), 'x');
  writeFileSync(join(work, 'deep', 'file'), 'x');
  symlinkSync(join(root, 'outside'), join(work, 'link'));
  linkSync(join(root, 'outside'), join(work, 'hard'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const uid = (name: string): number => lstatSync(join(root, name)).uid;

if (!isRoot) {
  declareNotRun('change of owner where ids cannot be mapped', 'only a helper that is root does it');
} else {
  describe('lending', () => {
    it('changes and restores the owner, and never what a link or another name leads to', () => {
      const lender = new Lender(join(root, 'state'));
      const lease = lender.lend(work, RUN);
      expect(['work', 'work/deep', 'work/deep/file', 'work/link'].map(uid)).toEqual(
        Array.from({ length: 4 }, () => RUN),
      );
      expect([uid('outside'), uid('work/hard')]).toEqual([0, 0]);
      expect(() => lender.lend(join(work, 'deep'), RUN + 1)).toThrow('in use');
      lease.restore();
      expect(['work', 'work/deep/file', 'work/link', 'outside'].map(uid)).toEqual([0, 0, 0, 0]);
      expect(readdirSync(join(root, 'state/cage/lent'))).toEqual([]);
    });

    it('is undone after a crash', () => {
      new Lender(join(root, 'state')).lend(work, RUN);
      expect(uid('work/deep/file')).toBe(RUN);
      new Lender(join(root, 'state')).recover();
      expect(['work', 'work/deep', 'work/deep/file', 'work/link'].map(uid)).toEqual([0, 0, 0, 0]);
    });

    it('lets a program work on a file system without id maps', async () => {
      const place = join(root, 'ramfs');
      mkdirSync(place);
      expect(spawnSync('mount', ['-t', 'ramfs', 'ramfs', place]).status).toBe(0);
      const cage = createLinuxCage({ stateDir: join(root, 'state') });
      try {
        const dir = join(place, 'work');
        mkdirSync(dir, { mode: 0o700 });
        writeFileSync(join(dir, 'in'), 'input', { mode: 0o600 });
        const run = await cage.spawn({
          id: 'x',
          argv: ['/bin/sh', '-c', 'cat in > out; echo ready; cat > /dev/null'],
          workDir: dir,
          limits: { ...DEFAULT_LIMITS, wallMs: 60_000 },
          stdin: 'pipe',
          seccomp: 'kill',
        });
        await new Promise((resolve) => run.stdout.once('data', resolve));
        expect(lstatSync(join(dir, 'in')).uid).toBeGreaterThan(0);
        run.stdin?.end();
        expect((await run.exited).code).toBe(0);
        expect(readFileSync(join(dir, 'out'), 'utf8')).toBe('input');
        for (const name of ['', 'in', 'out']) expect(lstatSync(join(dir, name)).uid).toBe(0);
      } finally {
        await cage.dispose();
        spawnSync('umount', [place]);
      }
    });
  });
}
