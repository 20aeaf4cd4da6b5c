import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listReceipts } from '../../../shared/node/audit/receipts.ts';
import { verifyLog } from '../../../shared/node/audit/verify.ts';
import { type AuditLedger, openLedger } from './ledger.ts';
import { systemSources } from './log-writer.ts';
import type { Actor, EventDraft, LedgerPaths } from './port.ts';
import { retireLog } from './receipts.ts';
import { keepVerifyReport } from './stats.ts';

const WHO: Actor = { type: 'user', id: 'auditor' };
let dir: string;
let paths: LedgerPaths;
let open: AuditLedger[];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'akios-life-'));
  paths = {
    logDir: join(dir, 'audit'),
    trustDir: join(dir, 'trust'),
    secretDir: join(dir, 'secret'),
  };
  open = [];
});
afterEach(async () => {
  for (const ledger of open) await ledger.close();
  rmSync(dir, { recursive: true });
});

async function start(boot = 'boot-1', now: () => number = Date.now): Promise<AuditLedger> {
  const ledger = await openLedger(paths, { sources: { ...systemSources(boot), now } });
  open.push(ledger);
  return ledger;
}

async function write(
  ledger: AuditLedger,
  count: number,
  more: Partial<EventDraft> = {},
): Promise<void> {
  const draft = (n: number): EventDraft => ({
    type: 'fs.read',
    actor: WHO,
    subject: `secretword${n}`,
    ...more,
  });
  await Promise.all(Array.from({ length: count }, (_, n) => ledger.append(draft(n))));
}

function verdict() {
  const { trustDir, logDir } = paths;
  const vkeyFile = join(trustDir, 'log.vkey');
  const report = verifyLog({ logDir, vkeyFile, anchorFile: join(trustDir, 'anchor.note') });
  return [report.exitCode, report.findings];
}

const CLEAN = [0, []];

describe('ledger life-cycle', () => {
  it('rotates keys at a new boot; the first trusted key still verifies everything', async () => {
    const old: Buffer[] = [];
    for (let boot = 1; boot <= 4; boot++) {
      const ledger = await start(`boot-${boot}`);
      await write(ledger, 30);
      await ledger.close();
      old.push(readFileSync(join(paths.secretDir, 'key.pem')));
      expect(verdict()).toEqual(CLEAN);
    }
    expect(new Set(old.map(String)).size).toBe(4);
    expect(existsSync(join(paths.secretDir, 'key.next.pem'))).toBe(false);
    const ledger = await start('boot-4');
    expect(ledger.list({ q: 'type:log.key_rotate', limit: 9 }).total).toBe(3);
    await write(ledger, 600);
    await ledger.close();
    expect(verdict()).toEqual(CLEAN);
  });

  it('finishes or undoes a key rotation that was interrupted', async () => {
    let ledger = await start('boot-1');
    await write(ledger, 3);
    ledger.rotateKey('test');
    await ledger.close();
    const current = readFileSync(join(paths.secretDir, 'key.pem'));
    writeFileSync(join(paths.secretDir, 'key.next.pem'), current, { mode: 0o400 });
    rmSync(join(paths.secretDir, 'key.pem'));
    ledger = await start('boot-1');
    await write(ledger, 3);
    await ledger.close();
    expect(verdict()).toEqual(CLEAN);
  });

  it('prunes under a sealed event: bodies gone from every file, proofs and verdict stay', async () => {
    const day = 86_400_000;
    const base = Date.UTC(2026, 0, 1);
    let now = base;
    const ledger = await start('boot-1', () => now);
    await write(ledger, 300);
    now = base + 40 * day;
    await write(ledger, 20, { subject: 'recent' });
    const proof = ledger.inclusion(5);
    const options = { days: 30, actor: WHO, now };
    const dry = ledger.prune({ ...options, dryRun: true });
    expect(dry).toMatchObject({ bodies: 300, dryRun: true });
    expect(() => ledger.prune({ ...options, legalHold: true })).toThrow(/hold/);
    expect(() => ledger.prune({ ...options, minimumDays: 60 })).toThrow(/60 days/);
    expect(ledger.prune(options)).toMatchObject({ bodies: 300, dryRun: false });
    expect(ledger.record(5).body).toBeNull();
    expect(ledger.inclusion(5, proof.size).hashes).toEqual(proof.hashes);
    expect(ledger.list({ q: 'secretword7', limit: 5 }).total).toBe(0);
    expect(ledger.list({ q: 'is:pruned', limit: 5 }).total).toBe(300);
    expect(ledger.stats()).toMatchObject({ pruned: 300, segments: 1 });
    await ledger.close();
    for (const name of readdirSync(paths.logDir)) {
      expect(readFileSync(join(paths.logDir, name)).includes('secretword7')).toBe(false);
    }
    expect(verdict()).toEqual(CLEAN);
  });

  it('does not prune an open intent', async () => {
    const now = Date.UTC(2026, 0, 1);
    const ledger = await start('boot-1', () => now);
    await write(ledger, 10);
    await write(ledger, 1, { type: 'llm.call', expects: 'outcome' });
    await write(ledger, 10);
    expect(ledger.prune({ days: 1, actor: WHO, now: now + 1e9 })).toMatchObject({ bodies: 10 });
    expect(ledger.openIntents()).toHaveLength(1);
  });

  it('rotates into segments of one tree; reads, proofs, prune and verifier span them', async () => {
    let ledger = await start();
    await write(ledger, 300);
    expect(ledger.rotate(WHO)).toMatchObject({ rotated: true, archived_events: 302 });
    expect(ledger.rotate(WHO)).toMatchObject({ rotated: false });
    await write(ledger, 300);
    const second = ledger.rotate(WHO);
    expect(second.archived_merkle_root).toBe(ledger.consistency(1, ledger.size() - 2).secondRoot);
    await write(ledger, 10);
    expect(ledger.records(0, 10_000)).toHaveLength(ledger.size());
    expect(ledger.inclusion(7).hashes.length).toBeGreaterThan(5);
    await ledger.close();
    expect(verdict()).toEqual(CLEAN);
    ledger = await start();
    await write(ledger, 5);
    expect(ledger.prune({ days: 0, actor: WHO, now: Date.now() + 1000 }).bodies).toBeGreaterThan(
      600,
    );
    await ledger.close();
    expect(verdict()).toEqual(CLEAN);
    const archive = join(paths.logDir, 'archive');
    const [first] = readdirSync(archive).sort();
    rmSync(join(archive, first!));
    expect(verdict()[0]).toBe(1);
  });

  it('an interrupted rotation leaves a stale segment that harms nothing', async () => {
    let ledger = await start();
    await write(ledger, 50);
    ledger.rotate(WHO);
    await write(ledger, 50);
    await ledger.close();
    const archive = join(paths.logDir, 'archive');
    const [name] = readdirSync(archive);
    writeFileSync(
      join(archive, 'segment-000000000051-000000000099.db'),
      readFileSync(join(archive, name!)),
    );
    expect(verdict()).toEqual(CLEAN);
    ledger = await start();
    expect(readdirSync(archive)).toEqual([name]);
  });

  it('signs receipts outside the project, shows forged ones, and lets a new log begin after it', async () => {
    const ledger = await start();
    await write(ledger, 3);
    const { file } = ledger.signReceipt({ kind: 'erasure', files: 12, bytes: 3456 });
    await ledger.close();
    expect(listReceipts(paths.trustDir)).toMatchObject([{ state: 'valid', body: { files: 12 } }]);
    rmSync(paths.logDir, { recursive: true });
    retireLog(paths);
    const fresh = await start();
    await write(fresh, 3);
    await fresh.close();
    expect(verdict()).toEqual(CLEAN);
    expect(listReceipts(paths.trustDir)).toMatchObject([{ state: 'valid' }]);
    const forged = readFileSync(file, 'utf8').replace('"files":12', '"files":11');
    rmSync(file);
    writeFileSync(file, forged);
    expect(listReceipts(paths.trustDir)).toMatchObject([{ state: 'invalid' }]);
  });

  it('keeps the last report and writes the newest checkpoint to further anchors', async () => {
    const ledger = await start();
    await write(ledger, 10);
    await ledger.anchorNow();
    const vkeyFile = join(paths.trustDir, 'log.vkey');
    const anchorFile = join(paths.trustDir, 'anchor.note');
    keepVerifyReport(paths, verifyLog({ logDir: paths.logDir, vkeyFile, anchorFile }));
    expect(ledger.stats()).toMatchObject({ lastVerify: { exitCode: 0 }, events: 11 });
    const copy = join(dir, 'elsewhere.note');
    const view = await ledger.anchorNow({ files: [copy] });
    expect(readFileSync(copy, 'utf8')).toBe(view.note);
    await expect(ledger.anchorNow({ files: [join(dir, 'no/such/folder')] })).rejects.toMatchObject({
      code: 'LEDGER_UNAVAILABLE',
    });
  });
});
