import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
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
  const ledger = await openLedger(paths, { sources: { ...systemSources(boot), now, uptime: now } });
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

/** Files of the log that still hold a word of the pruned bodies. */
function leftIn(logDir: string): string[] {
  const files = readdirSync(logDir, { recursive: true, withFileTypes: true });
  return files
    .filter((file) => file.isFile())
    .map((file) => join(file.parentPath, file.name))
    .filter((file) => readFileSync(file).includes('secretword7'));
}

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

  it('makes the index anew when the process ended between removing bodies and forgetting them', async () => {
    const ghosts = async (prepare: (ledger: AuditLedger) => void): Promise<number> => {
      const ledger = await start();
      await write(ledger, 5);
      expect(ledger.list({ q: 'secretword1', limit: 1 }).total).toBeGreaterThan(0);
      prepare(ledger);
      await ledger.close();
      const index = new Database(join(paths.logDir, 'search.db'));
      index.exec("INSERT INTO words(rowid, text) VALUES(2, 'ghostword')");
      index.close();
      const next = await start();
      const { total } = next.list({ q: 'ghostword', limit: 1 });
      await next.close();
      return total;
    };
    expect(await ghosts(() => undefined)).toBe(1);
    expect(await ghosts((ledger) => ledger.search.willForget())).toBe(0);
    expect(await ghosts((ledger) => ledger.search.willForget()())).toBe(1);
  });

  it('does not prune an open intent', async () => {
    const now = Date.UTC(2026, 0, 1);
    const ledger = await start('boot-1', () => now);
    await write(ledger, 10);
    await write(ledger, 1, { type: 'llm.call', expects: 'outcome' });
    await write(ledger, 10);
    expect(ledger.prune({ days: 1, actor: WHO, now: now + 1e9, trustClock: true })).toMatchObject({
      bodies: 10,
    });
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
    const from = name!.slice(21, 33);
    const planted = 'segment-000000000000-000000000010.db';
    for (const copy of [`segment-${from}-000000000099.db`, planted]) {
      writeFileSync(join(archive, copy), readFileSync(join(archive, name!)));
    }
    const db = new Database(join(archive, planted));
    db.exec("UPDATE events SET body = '{}'");
    db.close();
    expect(verdict()).toEqual(CLEAN);
    ledger = await start();
    // The unfinished one goes; a stray one is neither removed nor read.
    expect(readdirSync(archive).sort()).toEqual([planted, name]);
    expect(ledger.records(0, 20).every((row) => row.body !== '{}')).toBe(true);
    expect(ledger.records(0, 20)).toHaveLength(20);
  });

  it('says so when a reader keeps pruned bodies alive, and finishes when it has ended', async () => {
    const ledger = await start();
    await write(ledger, 50);
    ledger.rotate(WHO);
    await write(ledger, 50);
    const reader = new Database(join(paths.logDir, 'audit.db'), { readonly: true });
    reader.exec('BEGIN');
    reader.prepare('SELECT count(*) FROM events').get();
    const options = { days: 0, actor: WHO, now: Date.now() + 1000 };
    expect(() => ledger.prune(options)).toThrow(expect.objectContaining({ code: 'CONFLICT' }));
    expect(ledger.record(3).body).toBeNull();
    expect(ledger.list({ q: 'secretword7', limit: 5 }).total).toBe(0);
    expect(verdict()).toEqual(CLEAN);
    expect(leftIn(paths.logDir)).not.toEqual([]);
    reader.exec('COMMIT');
    reader.close();
    expect(ledger.prune(options)).toMatchObject({ bodies: 0 });
    expect(leftIn(paths.logDir)).toEqual([]);
    expect(verdict()).toEqual(CLEAN);
  });

  it('a copy with its segments verifies elsewhere, with key and anchor alone', async () => {
    const ledger = await start();
    for (let i = 0; i < 4; i++) {
      await write(ledger, 30);
      expect(ledger.rotate(WHO).rotated).toBe(true);
      expect(ledger.rotate(WHO).rotated).toBe(false);
    }
    ledger.prune({ days: 0, actor: WHO, now: Date.now() + 1000 });
    await write(ledger, 5);
    await ledger.close();
    const copy = join(dir, 'usb');
    cpSync(paths.logDir, join(copy, 'log'), { recursive: true });
    for (const name of ['log.vkey', 'anchor.note']) {
      cpSync(join(paths.trustDir, name), join(copy, name));
    }
    rmSync(paths.logDir, { recursive: true });
    const check = () => {
      const files = { vkeyFile: join(copy, 'log.vkey'), anchorFile: join(copy, 'anchor.note') };
      const report = verifyLog({ logDir: join(copy, 'log'), ...files });
      return [report.exitCode, report.findings.map((f) => f.code)];
    };
    expect(check()).toEqual([0, []]);
    const archive = join(copy, 'log/archive');
    const names = readdirSync(archive).sort();
    expect(names).toHaveLength(4);
    // Two segments exchanged under each other's names.
    renameSync(join(archive, names[1]!), join(archive, 'x'));
    renameSync(join(archive, names[2]!), join(archive, names[1]!));
    renameSync(join(archive, 'x'), join(archive, names[2]!));
    expect(check()[0]).toBe(1);
  });

  it('rotates during an export without losing or doubling a row', async () => {
    const ledger = await start();
    await write(ledger, 2500);
    const file = join(dir, 'out.jsonl');
    const size = ledger.size();
    let rotated = 0;
    const done = await ledger.exportTo({
      format: 'jsonl',
      file,
      actor: WHO,
      progress: () => {
        if (rotated++ < 2) ledger.rotate(WHO);
      },
    });
    expect(rotated).toBeGreaterThan(1);
    const seqs = readFileSync(file, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { seq: number }).seq);
    expect(seqs).toEqual(Array.from({ length: done.rows }, (_, i) => i));
    expect(done.rows).toBeGreaterThanOrEqual(size);
    await ledger.close();
    expect(verdict()).toEqual(CLEAN);
  });

  it('signs receipts outside the project, shows forged ones, and lets a new log begin after it', async () => {
    const ledger = await start();
    await write(ledger, 3);
    const { file } = ledger.signReceipt({ kind: 'erasure', files: 12, bytes: 3456 });
    ledger.signReceipt({ kind: 'erasure-outcome', files: 12, bytes: 3456 });
    await ledger.close();
    const facts = { state: 'valid', body: { files: 12 } };
    expect(listReceipts(paths.trustDir)).toMatchObject([facts, facts]);
    const report = verifyLog({ logDir: paths.logDir, vkeyFile: join(paths.trustDir, 'log.vkey') });
    keepVerifyReport(paths, report);
    rmSync(paths.logDir, { recursive: true });
    retireLog(paths);
    const fresh = await start();
    await write(fresh, 3);
    // The verdict was over the log that ended.
    expect(fresh.stats().lastVerify).toBeNull();
    await fresh.close();
    expect(verdict()).toEqual(CLEAN);
    expect(listReceipts(paths.trustDir)).toMatchObject([facts, facts]);
    const forged = readFileSync(file, 'utf8').replace('"files":12', '"files":11');
    rmSync(file);
    writeFileSync(file, forged);
    expect(listReceipts(paths.trustDir)).toMatchObject([{ state: 'invalid' }, facts]);
  });

  it('keeps the last report and writes the newest checkpoint to further anchors', async () => {
    const ledger = await start();
    await write(ledger, 10);
    await ledger.anchorNow();
    const vkeyFile = join(paths.trustDir, 'log.vkey');
    const anchorFile = join(paths.trustDir, 'anchor.note');
    keepVerifyReport(paths, verifyLog({ logDir: paths.logDir, vkeyFile, anchorFile }));
    expect(ledger.stats()).toMatchObject({ lastVerify: { exitCode: 0 }, events: 11 });
    keepVerifyReport(paths, verifyLog({ logDir: paths.logDir, vkeyFile: join(dir, 'none') }));
    expect(ledger.stats()).toMatchObject({ lastVerify: { exitCode: 0 } });
    const copy = join(dir, 'elsewhere.note');
    const view = await ledger.anchorNow({ files: [copy] });
    expect(readFileSync(copy, 'utf8')).toBe(view.note);
    await expect(ledger.anchorNow({ files: [join(dir, 'no/such/folder')] })).rejects.toMatchObject({
      code: 'LEDGER_UNAVAILABLE',
    });
  });
});
