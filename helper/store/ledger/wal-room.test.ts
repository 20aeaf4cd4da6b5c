import { copyFileSync, linkSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { verifyLog } from '../../../shared/node/audit/verify.ts';
import { type AuditLedger, openLedger } from './ledger.ts';
import { systemSources } from './log-writer.ts';
import { WAL_FRAMES, WalRoom } from './wal-room.ts';

const FRAMES = WAL_FRAMES * 4120;

let root: string;
let ledger: AuditLedger | null = null;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'akios-room-'));
});
afterEach(async () => {
  await ledger?.close();
  ledger = null;
  rmSync(root, { recursive: true });
});

const pathsIn = (dir: string) => ({
  logDir: join(dir, 'log'),
  trustDir: join(dir, 'trust'),
  secretDir: join(dir, 'secret'),
});
const wal = (): string => join(root, 'log/audit.db-wal');
const walSize = (): number => statSync(wal()).size;
const append = (text: string) =>
  ledger!.append({ type: 'tool.call', actor: { type: 'agent', id: 'a' }, data: { text } });

async function open(): Promise<void> {
  ledger = await openLedger(pathsIn(root), { sources: systemSources('b'), rotateKeys: false });
}

async function filled(): Promise<void> {
  await vi.waitFor(() => expect(walSize()).toBeGreaterThan(FRAMES), { timeout: 20_000 });
}

/** What the disk holds when the process dies now, opened by the next one. */
async function afterDeath(): Promise<string> {
  const dir = join(root, 'found');
  rmSync(dir, { recursive: true, force: true });
  for (const folder of ['log', 'trust', 'secret']) {
    mkdirSync(join(dir, folder), { recursive: true, mode: 0o700 });
  }
  for (const file of ['log/audit.db', 'log/audit.db-wal', 'trust/log.vkey', 'trust/anchor.note'])
    copyFileSync(join(root, file), join(dir, file));
  for (const file of ['secret/key.pem', 'secret/hmac.key'])
    copyFileSync(join(root, file), join(dir, file));
  return dir;
}

const verdict = (dir: string) => {
  const { logDir, trustDir } = pathsIn(dir);
  const anchorFile = join(trustDir, 'anchor.note');
  const report = verifyLog({ logDir, vkeyFile: join(trustDir, 'log.vkey'), anchorFile });
  return [report.exitCode, report.findings, report.size];
};

describe('room in the write-ahead file', { timeout: 60_000 }, () => {
  it('is there before it is needed, so that commits do not make the file grow', async () => {
    await open();
    await append('before');
    await filled();
    const size = walSize();
    for (let i = 0; i < 60; i++) await append(`n${i}`);
    expect(walSize()).toBe(size);
    expect(verdict(root)).toEqual([0, [], ledger!.size()]);
    // The room is not told as size of the log.
    expect(ledger!.stats().bytes).toBeGreaterThan(60 * 300);
    expect(ledger!.stats().bytes).toBeLessThan(1_000_000);
  });

  it('is taken while events are written, and harms none of them', async () => {
    await open();
    const sizes = new Set<number>();
    let count = 0;
    while (walSize() < FRAMES || count < 50) {
      expect((await append(`n${count}`)).seq).toBe(++count);
      sizes.add(walSize());
      if (count % 5 === 0) await new Promise((wake) => setTimeout(wake, 4));
    }
    expect(sizes.size).toBeGreaterThan(4);
    for (let i = 1; i <= count; i++) expect(ledger!.record(i).body).toContain(`"n${i - 1}"`);
    expect(verdict(root)).toEqual([0, [], count + 1]);
  });

  it('is nothing to whoever finds it after a death of the writer', async () => {
    await open();
    for (let i = 0; i < 5; i++) await append(`n${i}`);
    await filled();
    await append('last');
    const dir = await afterDeath();
    expect(verdict(dir)).toEqual([0, [], 7]);
    const next = await openLedger(pathsIn(dir), { rotateKeys: false });
    expect(next.record(6).body).toContain('"last"');
    await next.append({ type: 'run.start', actor: { type: 'user', id: 'u' } });
    await next.close();
    // The file is gone with its last writer, and the room with it.
    expect(statSync(join(dir, 'log/audit.db-wal'), { throwIfNoEntry: false })).toBeUndefined();
    expect(verdict(dir)).toEqual([0, [], 8]);
  });

  it('is taken again after the file was cut', async () => {
    await open();
    for (let i = 0; i < 9; i++) await append(`n${i}`);
    await filled();
    expect(ledger!.rotate({ type: 'user', id: 'u' }).rotated).toBe(true);
    expect(walSize()).toBe(0);
    await filled();
    await append('after');
    expect(verdict(root)).toEqual([0, [], ledger!.size()]);
  });

  it('is not taken from a disk that may fill up, nor from a file with another name', async () => {
    const dir = join(root, 'log');
    mkdirSync(dir);
    const db = new Database(join(dir, 'audit.db'));
    db.pragma('journal_mode = WAL');
    db.exec('CREATE TABLE t(x)');
    const size = walSize();
    const scarce = new WalRoom(dir, Number.MAX_SAFE_INTEGER);
    const second = join(root, 'second');
    linkSync(wal(), second);
    const linked = new WalRoom(dir, 0);
    await new Promise((wake) => setTimeout(wake, 300));
    expect(walSize()).toBe(size);
    rmSync(second);
    linked.refill();
    await filled();
    for (const room of [scarce, linked]) room.close();
    db.close();
  });
});
