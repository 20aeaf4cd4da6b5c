import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sampleDraft } from '../../../bench/make-ledger.ts';
import { verifyLog } from '../../../shared/node/audit/verify.ts';
import { closeLeftOpen } from '../../engine/left-open.ts';
import { makeLedger } from '../../store/ledger/bulk.ts';
import { type AuditLedger, openLedger } from '../../store/ledger/ledger.ts';
import { importLegacy } from '../../store/ledger/migrate.ts';
import type { IndexLimits } from '../../store/ledger/search.ts';
import { pathsOf } from './forge.ts';

const ROWS = 600;
const OWNER = fileURLToPath(new URL('index-owner.ts', import.meta.url));
const USER = { type: 'user', id: 'u' } as const;
/** Goes on beside the test and is waited for. */
const SLOW = { far: 50, slice: 20, pauseMs: 20 };
/** Rests after its first slice until it is ended: a test may take its time. */
const HELD = { far: 50, slice: 20, pauseMs: 3_600_000 };

let dir: string;
let ledger: AuditLedger | null;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'akios-index-'));
  ledger = null;
  const draft = (seq: number) => sampleDraft('index', seq);
  makeLedger({ paths: pathsOf(dir), events: ROWS, sealEvery: 100, salt: 'index', draft });
});
afterEach(async () => {
  await ledger?.close();
  rmSync(dir, { recursive: true, force: true });
});

async function open(index: IndexLimits): Promise<AuditLedger> {
  ledger = await openLedger(pathsOf(dir), { rotateKeys: false, index });
  return ledger;
}

function thrown(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}

/** What the rows themselves say, without any index. */
function deniedOf(log: AuditLedger): number[] {
  return log
    .records(0, log.size())
    .filter(({ body }) => body?.includes('"decision":"deny"') === true)
    .map(({ seq }) => seq);
}

function answer(log: AuditLedger): number[] {
  return log.list({ q: 'is:denied', after: -1, limit: 1000 }).items.map(({ seq }) => seq);
}

/** Direct children of a process. */
function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return text.split(' ').filter(Boolean).map(Number);
}

function alive(pid: number): boolean {
  try {
    // A zombie is dead, whoever has to collect it.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

async function until(done: () => boolean): Promise<void> {
  while (!done()) await new Promise((wake) => setTimeout(wake, 5));
}

describe('a search index that is missing', () => {
  it('refuses what needs it, says how far it is, and everything else works at once', async () => {
    const log = await open(HELD);
    const refusal = thrown(() => log.list({ q: 'is:denied', limit: 5 }));
    expect(refusal).toMatchObject({ code: 'INDEX_BUILDING', details: { of: ROWS } });
    expect(String(refusal)).toMatch(/being built: \d+ of 600 records/);
    expect(log.list({ limit: 3 })).toMatchObject({
      total: ROWS,
      items: [{ seq: 599 }, { seq: 598 }, { seq: 597 }],
    });
    expect(log.list({ after: 9, limit: 2 }).items.map((row) => row.seq)).toEqual([10, 11]);
    expect(log.list({ before: 2, limit: 5 }).items.map((row) => row.seq)).toEqual([1, 0]);
    const added = await log.append({ type: 'gate.denied', actor: USER });
    expect(added.seq).toBe(ROWS);
    expect(log.inclusion(7).seq).toBe(7);
    const { logDir, trustDir } = pathsOf(dir);
    const vkeyFile = join(trustDir, 'log.vkey');
    expect(verifyLog({ logDir, vkeyFile, mode: 'strict' }).findings).toEqual([]);
    expect(log.stats()).toMatchObject({ pruned: null, events: ROWS + 1, index: { of: ROWS + 1 } });
    expect(thrown(() => log.openIntents())).toMatchObject({ code: 'INDEX_BUILDING' });
    expect(
      thrown(() => log.prune({ days: 0, actor: USER, dryRun: true, trustClock: true })),
    ).toMatchObject({
      code: 'INDEX_BUILDING',
    });
    await expect(importLegacy(log, pathsOf(dir), Buffer.from('{}\n'), USER)).rejects.toMatchObject({
      code: 'INDEX_BUILDING',
    });
    expect(log.size()).toBe(ROWS + 1);
  });

  it('answers exactly when it is complete, with the rows that came meanwhile', async () => {
    const held = await open(HELD);
    await until(() => (held.indexing()?.indexed ?? 0) > 0);
    for (let n = 0; n < 9; n++) await held.append({ ...sampleDraft('held', n), policy: DENIED });
    expect(held.indexing()).toMatchObject({ of: ROWS + 9 });
    await held.close();
    const log = await open(SLOW);
    const seen: number[] = [];
    for (let n = 0; log.indexing() !== null && n < 200; n++) {
      await log.append({ ...sampleDraft('later', n), policy: DENIED });
      seen.push(log.indexing()?.indexed ?? log.size());
      await new Promise((wake) => setTimeout(wake, 5));
    }
    await log.indexed();
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(answer(log)).toEqual(deniedOf(log));
    expect(answer(log).length).toBeGreaterThanOrEqual(9 + seen.length);
    expect(log.stats()).toMatchObject({ pruned: 0, index: null });
  });

  it('an export without a filter is written; one with a filter leaves no row of a beginning', async () => {
    const log = await open(HELD);
    const file = join(dir, 'all.jsonl');
    const done = await log.exportTo({ format: 'jsonl', file, actor: USER });
    expect(done.rows).toBe(ROWS + 1);
    const size = log.size();
    const filtered = { format: 'jsonl', file: join(dir, 'f.jsonl'), actor: USER } as const;
    await expect(log.exportTo({ ...filtered, q: 'is:denied' })).rejects.toMatchObject({
      code: 'INDEX_BUILDING',
    });
    expect(log.size()).toBe(size);
  });

  it('goes on where it was killed, and its process does not outlive the helper', async () => {
    const words = [OWNER, dir, '50', '200', String(HELD.pauseMs)];
    const owner = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });
    let reached = 0;
    owner.stdout.on('data', (chunk: Buffer) => {
      for (const [, indexed] of chunk.toString().matchAll(/"indexed":(\d+)/g))
        reached = Number(indexed);
    });
    await until(() => reached >= 200);
    const [builder] = childrenOf(owner.pid!);
    const gone = new Promise((resolve) => owner.once('close', resolve));
    owner.kill('SIGKILL');
    await gone;
    await until(() => !alive(builder!));
    const log = await open(SLOW);
    const at = log.indexing()!;
    expect(at.indexed).toBeGreaterThanOrEqual(reached);
    expect(at.indexed).toBeLessThan(ROWS);
    await log.indexed();
    expect(answer(log)).toEqual(deniedOf(log));
  });

  it('a builder that is killed is told, and the next question starts another', async () => {
    const warned: string[] = [];
    const onWarning = (warning: Error): void => void warned.push(warning.message);
    process.on('warning', onWarning);
    const before = new Set(childrenOf(process.pid));
    // Some seconds in all: it is still at work when it is killed.
    const log = await open({ far: 50, slice: 100, pauseMs: 700, retryMs: 50 });
    expect(thrown(() => answer(log))).toMatchObject({ code: 'INDEX_BUILDING' });
    await until(() => (log.indexing()?.indexed ?? 0) > 0);
    const builder = childrenOf(process.pid).find((pid) => !before.has(pid));
    process.kill(builder!, 'SIGKILL');
    await log.indexed();
    process.off('warning', onWarning);
    expect(warned.join()).toContain('ended with SIGKILL');
    expect(answer(log)).toEqual(deniedOf(log));
  });

  it('closing ends the process that builds', async () => {
    const before = new Set(childrenOf(process.pid));
    const log = await open(HELD);
    const waiting = log.indexed();
    await until(() => childrenOf(process.pid).some((pid) => !before.has(pid)));
    const mine = childrenOf(process.pid).filter((pid) => !before.has(pid));
    await log.close();
    expect(await waiting).toBe(false);
    expect(mine.filter(alive)).toEqual([]);
  });

  it('loses no row to rotations meanwhile', async () => {
    const held = await open(HELD);
    await until(() => (held.indexing()?.indexed ?? 0) > 0);
    for (let n = 0; n < 3; n++) {
      await held.append({ ...sampleDraft('held', n), policy: DENIED });
      expect(held.rotate(USER).rotated).toBe(true);
    }
    expect(held.indexing()).not.toBeNull();
    await held.close();
    const log = await open(SLOW);
    for (let n = 0; log.indexing() !== null && n < 200; n++) {
      await log.append({ ...sampleDraft('rotated', n), policy: DENIED });
      if (n % 7 === 0) log.rotate(USER);
      await new Promise((wake) => setTimeout(wake, 5));
    }
    await log.indexed();
    expect(answer(log)).toEqual(deniedOf(log));
  });

  it('a file of another kind in its place is replaced', async () => {
    writeFileSync(join(pathsOf(dir).logDir, 'search.db'), 'rubbish'.repeat(5000));
    const log = await open(SLOW);
    await log.indexed();
    expect(answer(log)).toEqual(deniedOf(log));
  });
});

describe('open intents and an index that is missing', () => {
  it('are closed as soon as they can be found; what began meanwhile stays open', async () => {
    const first = await open({});
    const intent = { type: 'llm.call', actor: USER, expects: 'outcome' } as const;
    const old = await first.append({ ...intent, run: 'r-old' });
    await first.close();
    rmSync(join(pathsOf(dir).logDir, 'search.db'), { force: true });
    const log = await open(SLOW);
    const faults: unknown[] = [];
    expect(await closeLeftOpen(log, (error) => faults.push(error))).toBe(0);
    const young = await log.append({ ...intent, run: 'r-new' });
    await log.indexed();
    await until(() => log.openIntents().length === 1);
    expect(log.openIntents()).toMatchObject([{ seq: young.seq, run: 'r-new' }]);
    const closing = log.list({ q: 'type:outcome.unknown', limit: 5 }).items;
    expect(closing).toMatchObject([{ run: 'r-old', status: 'unknown' }]);
    expect(JSON.parse(log.record(closing[0]!.seq).body!)).toMatchObject({ intent: old.seq });
    expect(faults).toEqual([]);
  });
});

const DENIED = {
  id: 'default',
  version: '1',
  digest: '0'.repeat(32),
  decision: 'deny',
  rule: 'rule-1',
} as const;
