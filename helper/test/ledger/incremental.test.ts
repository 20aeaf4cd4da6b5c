import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { VerifyMode } from '../../../shared/contract/audit.ts';
import { verifyLog } from '../../../shared/node/audit/verify.ts';
import { openLedger } from '../../store/ledger/ledger.ts';
import { systemSources } from '../../store/ledger/log-writer.ts';
import {
  body,
  canon,
  fixAll,
  forge,
  pathsOf,
  resign,
  setBody,
  settle,
  stolenKey,
} from './forge.ts';

let root: string;
let dir: string;

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'akios-incremental-'));
  dir = join(root, 'log');
  await grow('boot-1', 300);
});
afterEach(() => rmSync(root, { recursive: true }));

async function grow(boot: string, events: number, rotate = false): Promise<void> {
  const ledger = await openLedger(pathsOf(dir), { sources: systemSources(boot) });
  const draft = (n: number) => ({
    type: 'fs.read',
    actor: { type: 'user' as const, id: 'u' },
    subject: `f${n}`,
  });
  await Promise.all(Array.from({ length: events }, (_, n) => ledger.append(draft(n))));
  if (rotate) ledger.rotate({ type: 'user', id: 'u' });
  await ledger.anchorNow();
  await ledger.close();
}

function verify(mode: VerifyMode = 'incremental', anchorFile?: string) {
  const { logDir, trustDir } = pathsOf(dir);
  return verifyLog({
    logDir,
    vkeyFile: join(trustDir, 'log.vkey'),
    anchorFile: anchorFile ?? join(trustDir, 'anchor.note'),
    stateFile: join(root, 'verified.json'),
    mode,
  });
}

const edit = (idx: number): void => {
  const f = forge(dir);
  setBody(f, idx, canon({ ...body(f, idx), subject: 'x' }), true);
  fixAll(f);
  resign(f, stolenKey(f));
  settle(f);
};

describe('verification of what is new', () => {
  it('goes on from the last verified size, over changes of key and segments', async () => {
    const first = verify();
    expect([first.exitCode, first.from]).toEqual([0, 0]);
    let last = first.size!;
    for (const [boot, rotate] of [
      ['boot-1', false],
      ['boot-2', false],
      ['boot-2', true],
      ['boot-3', false],
      ['boot-3', false],
    ] as const) {
      await grow(boot, 270, rotate);
      const next = verify();
      expect([next.exitCode, next.findings, next.from]).toEqual([0, [], last]);
      expect(verify('strict')).toMatchObject({ exitCode: 0, size: next.size, root: next.root });
      last = next.size!;
    }
    expect(verify()).toMatchObject({ exitCode: 0, from: last, size: last });
  });

  it('an anchor older than the verified size is proved to be part of it', async () => {
    const old = join(root, 'old.note');
    cpSync(join(dir, 'trust/anchor.note'), old);
    await grow('boot-1', 100);
    verify('strict');
    expect(verify('incremental', old)).toMatchObject({ exitCode: 0, anchored: true });
  });

  it('finds changes among the new rows', async () => {
    const { size } = verify();
    await grow('boot-1', 100);
    const f = forge(dir);
    setBody(f, size! + 5, canon({ ...body(f, size! + 5), subject: 'x' }), false);
    settle(f);
    const report = verify();
    expect(report.findings).toEqual([{ code: 'LEAF_MISMATCH', index: size! + 5 }]);
    // A bad verdict is not built on: the next look begins at the same place.
    expect(verify().from).toBe(size);
  });

  it('a past written anew, even with the stolen key, contradicts what was verified', async () => {
    verify();
    await grow('boot-1', 100);
    edit(7);
    const report = verify();
    expect(report.exitCode).toBe(1);
    expect(report.findings.map((f) => f.code)).toContain('ROOT_MISMATCH');
  });

  it('a log cut behind the verified size was rolled back', async () => {
    const early = join(root, 'early');
    cpSync(dir, early, { recursive: true });
    await grow('boot-1', 100);
    verify('strict');
    rmSync(dir, { recursive: true });
    cpSync(early, dir, { recursive: true });
    const report = verify();
    expect(report.exitCode).toBe(1);
    expect(report.findings.map((f) => f.code)).toContain('ROLLBACK');
  });

  it('a damaged state is no state, and is said', () => {
    verify();
    const file = join(root, 'verified.json');
    const text = readFileSync(file, 'utf8');
    for (const forged of ['', '{', text.replace(/"range":"../, '"range":"00'), '[]']) {
      writeFileSync(file, forged);
      expect(verify().exitCode).toBe(2);
    }
    rmSync(file);
    expect(verify().exitCode).toBe(0);
    expect(existsSync(file)).toBe(true);
  });
});
