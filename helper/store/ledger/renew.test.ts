import { cpSync, existsSync, mkdtempSync, renameSync, rmSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AkiosError } from '../../../shared/domain/errors.ts';
import { listReceipts } from '../../../shared/node/audit/receipts.ts';
import { verifyLog } from '../../../shared/node/audit/verify.ts';
import { forge, pathsOf } from '../../test/ledger/forge.ts';
import { openLedger } from './ledger.ts';
import { systemSources } from './log-writer.ts';
import type { LedgerPaths } from './port.ts';
import { type SetAside, setLogAside } from './renew.ts';

const WHO = { type: 'user', id: 'u' } as const;
const ABOUT = { actor: WHO, reason: 'the disk was exchanged' };
let root: string;
let paths: LedgerPaths;

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'akios-renew-'));
  paths = pathsOf(join(root, 'a'));
  const ledger = await open(paths);
  for (let i = 0; i < 5; i++) await ledger.append({ type: 'run.start', actor: WHO });
  await ledger.close();
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const open = (where: LedgerPaths) => openLedger(where, { sources: systemSources('b') });

async function fault(where: LedgerPaths): Promise<AkiosError> {
  const error = await open(where).then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof AkiosError)) throw new Error('The log was opened for writing.');
  expect(error.code).toBe('LEDGER_BROKEN');
  expect(error.hint).toContain('akios audit renew');
  return error;
}

function verdict(logDir: string, trust: string) {
  const report = verifyLog({
    logDir,
    vkeyFile: join(trust, 'log.vkey'),
    anchorFile: join(trust, 'anchor.note'),
  });
  return { exit: report.exitCode, codes: report.findings.map((f) => f.code) };
}

/** A new log under another key, whose own row names the one before. */
async function goesOn(where: LedgerPaths, aside: SetAside): Promise<void> {
  const ledger = await open(where);
  const { previous, movedFrom, receipt } = aside;
  ledger.followsOn(WHO, { previous, movedFrom, receipt, reason: ABOUT.reason });
  expect(ledger.vkey()).not.toBe(previous.vkey);
  expect(ledger.record(1).type).toBe('log.renew');
  expect(ledger.record(1).body).toContain(JSON.stringify(previous.vkey));
  await ledger.append({ type: 'run.start', actor: WHO });
  await ledger.close();
  expect(verdict(where.logDir, where.trustDir)).toEqual({ exit: 0, codes: [] });
  // Whoever holds the older key or anchor is not told that this is the older log.
  expect(verdict(where.logDir, aside.retired).exit).not.toBe(0);
}

describe('a log that is set aside', () => {
  it('whose files are gone: the anchor, its key and a receipt of that key stay', async () => {
    rmSync(paths.logDir, { recursive: true });
    const aside = setLogAside(paths, await fault(paths), ABOUT);
    expect(aside.previous.size).toBe(6);
    expect(verdict(join(aside.retired, 'log'), aside.retired)).toEqual({
      exit: 1,
      codes: ['LOG_MISSING'],
    });
    const [receipt, ...more] = listReceipts(paths.trustDir);
    expect(more).toEqual([]);
    expect(receipt).toMatchObject({
      file: aside.receipt,
      state: 'valid',
      body: { kind: 'log.set_aside', reason: ABOUT.reason, size: 6, root: aside.previous.root },
    });
    expect(existsSync(join(paths.secretDir, 'key.pem'))).toBe(false);
    await goesOn(paths, aside);
  });

  it('that was changed: what is left is kept as it was found', async () => {
    const f = forge(join(root, 'a'));
    f.db.exec("UPDATE events SET body = replace(body, 'run', 'ran') WHERE idx = 4");
    f.db.close();
    const aside = setLogAside(paths, await fault(paths), ABOUT);
    expect(verdict(join(aside.retired, 'log'), aside.retired)).toMatchObject({ exit: 1 });
    expect(verdict(join(aside.retired, 'log'), aside.retired).codes).toContain('LEAF_MISMATCH');
    await goesOn(paths, aside);
  });

  it('of a moved project: verifies with the key it was begun with', async () => {
    const moved = pathsOf(join(root, 'b'));
    cpSync(paths.logDir, moved.logDir, { recursive: true });
    rmSync(paths.logDir, { recursive: true });
    const found = await fault(moved);
    expect(found.message).toContain('moved or copied');
    const stranger = pathsOf(join(root, 'c'));
    await (await open(stranger)).close();
    const others = [
      { project: '/elsewhere', trustDir: stranger.trustDir },
      { project: '/old/place', trustDir: paths.trustDir },
    ];
    const aside = setLogAside(moved, found, ABOUT, others);
    expect(aside).toMatchObject({ movedFrom: '/old/place', receipt: null });
    expect(verdict(join(aside.retired, 'log'), aside.retired)).toEqual({ exit: 0, codes: [] });
    await goesOn(moved, aside);
    // The key of the older place is untouched: put back, its log goes on.
    expect(existsSync(join(paths.secretDir, 'key.pem'))).toBe(true);
    renameSync(join(aside.retired, 'log'), paths.logDir);
    const back = await open(paths);
    expect(back.size()).toBe(6);
    await back.close();
  });

  it('again and again: each has its own folder', async () => {
    const dirs: string[] = [];
    for (let i = 0; i < 3; i++) {
      unlinkSync(join(paths.logDir, 'audit.db'));
      const aside = setLogAside(paths, await fault(paths), ABOUT);
      dirs.push(aside.retired);
      await goesOn(paths, aside);
    }
    expect(new Set(dirs).size).toBe(3);
    expect(listReceipts(paths.trustDir).map((r) => r.state)).toEqual(Array(3).fill('valid'));
  });

  it('is never one that another helper writes, or that is whole', async () => {
    const writer = await open(paths);
    const broken = new AkiosError('LEDGER_BROKEN', 'x');
    expect(() => setLogAside(paths, broken, ABOUT)).toThrow(
      expect.objectContaining({ code: 'LEDGER_LOCKED' }),
    );
    expect(() => setLogAside(paths, new AkiosError('DISK_FULL', 'x'), ABOUT)).toThrow('not broken');
    await writer.append({ type: 'run.start', actor: WHO });
    await writer.close();
    expect(verdict(paths.logDir, paths.trustDir)).toEqual({ exit: 0, codes: [] });
  });
});
