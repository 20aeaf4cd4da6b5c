import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { verifyLog } from '../../../shared/node/audit/verify.ts';
import { type AuditLedger, openLedger } from '../../store/ledger/ledger.ts';
import { systemSources } from '../../store/ledger/log-writer.ts';
import type { EventDraft } from '../../store/ledger/port.ts';
import { pathsOf } from './forge.ts';

/** Files of a log that are taken away or exchanged while its helper writes. */
const DRAFT: EventDraft = { type: 'run.start', actor: { type: 'user', id: 'u' } };
let dir: string;
let ledger: AuditLedger;
const file = (end = ''): string => join(dir, `log/audit.db${end}`);

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'akios-live-'));
  ledger = await openLedger(pathsOf(dir), { sources: systemSources('b') });
  for (let i = 0; i < 3; i++) await ledger.append(DRAFT);
});
afterEach(async () => {
  await ledger.close();
  rmSync(dir, { recursive: true, force: true });
});

function verdict() {
  const { logDir, trustDir } = pathsOf(dir);
  const anchorFile = join(trustDir, 'anchor.note');
  const report = verifyLog({ logDir, vkeyFile: join(trustDir, 'log.vkey'), anchorFile });
  return { exit: report.exitCode, codes: report.findings.map((f) => f.code) };
}

/** The event is refused, and so is every later one, for whatever reason comes first. */
async function refused(): Promise<void> {
  const size = ledger.size();
  for (let i = 0; i < 3; i++) {
    await expect(ledger.append(DRAFT)).rejects.toMatchObject({ code: 'LEDGER_BROKEN' });
  }
  expect(ledger.broken()?.message).toMatch(/removed or exchanged/);
  expect(ledger.size()).toBe(size);
}

describe('while the writer runs', () => {
  it('a removed database stops it, and it makes no new one', async () => {
    unlinkSync(file());
    await refused();
    expect(existsSync(file())).toBe(false);
    await ledger.close();
    expect(existsSync(file())).toBe(false);
    expect(verdict()).toEqual({ exit: 1, codes: ['LOG_MISSING'] });
    const again = openLedger(pathsOf(dir), { sources: systemSources('b') });
    await expect(again).rejects.toMatchObject({ code: 'LEDGER_BROKEN' });
    expect(existsSync(file())).toBe(false);
  });

  it.each([
    '-wal',
    '-shm',
  ])('a removed %s stops it, and what was acknowledged is kept', async (end) => {
    unlinkSync(file(end));
    await refused();
    await ledger.close();
    expect(verdict()).toEqual({ exit: 0, codes: [] });
    ledger = await openLedger(pathsOf(dir), { sources: systemSources('b') });
    for (let seq = 1; seq <= 3; seq++) expect(ledger.record(seq).type).toBe('run.start');
    await ledger.append(DRAFT);
    expect(verdict()).toEqual({ exit: 0, codes: [] });
  });

  it('a copy in its place is not written to', async () => {
    copyFileSync(file(), join(dir, 'copy'));
    renameSync(join(dir, 'copy'), file());
    const before = readFileSync(file());
    await refused();
    expect(readFileSync(file()).equals(before)).toBe(true);
  });

  it('a link to the moved file is not followed', async () => {
    renameSync(file(), join(dir, 'moved.db'));
    symlinkSync(join(dir, 'moved.db'), file());
    await refused();
    await ledger.close();
    expect(verdict().codes).toContain('SYMLINK');
  });

  it('a hard link to another database in its place is not written to', async () => {
    copyFileSync(file(), join(dir, 'other.db'));
    const before = readFileSync(join(dir, 'other.db'));
    unlinkSync(file());
    linkSync(join(dir, 'other.db'), file());
    await refused();
    expect(readFileSync(join(dir, 'other.db')).equals(before)).toBe(true);
  });

  it('a whole folder moved away, and another one put there', async () => {
    renameSync(join(dir, 'log'), join(dir, 'away'));
    await refused();
    expect(existsSync(join(dir, 'log'))).toBe(false);
    await ledger.close();
    // Put back, it is the log it was.
    renameSync(join(dir, 'away'), join(dir, 'log'));
    ledger = await openLedger(pathsOf(dir), { sources: systemSources('b') });
    await ledger.append(DRAFT);
    expect(verdict()).toEqual({ exit: 0, codes: [] });
  });

  it('a removed lock file lets a second writer in, but never two histories', async () => {
    unlinkSync(join(dir, 'log/audit.lock'));
    const second = await openLedger(pathsOf(dir), { sources: systemSources('b') });
    try {
      const mine = await second.append(DRAFT);
      await expect(ledger.append(DRAFT)).rejects.toMatchObject({ code: 'LEDGER_BROKEN' });
      await expect(ledger.append(DRAFT)).rejects.toMatchObject({ code: 'LEDGER_BROKEN' });
      const next = await second.append(DRAFT);
      expect(next.seq).toBe(mine.seq + 1);
    } finally {
      await second.close();
    }
    expect(verdict()).toEqual({ exit: 0, codes: [] });
  });
});
