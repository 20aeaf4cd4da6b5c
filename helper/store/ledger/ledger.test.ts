import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AkiosError } from '../../../shared/domain/errors.ts';
import { verifyLog } from '../../../shared/node/audit/verify.ts';
import { fromHex } from '../../../shared/proof/bytes.ts';
import { verifyConsistency, verifyInclusion } from '../../../shared/proof/proofs.ts';
import { sha256 } from '../../../shared/proof/sha256.ts';
import { treeHasher } from '../../../shared/proof/tree.ts';
import { type AuditLedger, openLedger } from './ledger.ts';
import { systemSources } from './log-writer.ts';
import type { EventDraft, LedgerPaths } from './port.ts';

let dir: string;
let paths: LedgerPaths;
let open: AuditLedger[];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'akios-ledger-'));
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

async function start(sources = systemSources('test-boot')): Promise<AuditLedger> {
  const ledger = await openLedger(paths, { sources });
  open.push(ledger);
  return ledger;
}

function draft(n: number, more: Partial<EventDraft> = {}): EventDraft {
  return { type: 'fs.read', actor: { type: 'agent', id: 'a1' }, subject: `file-${n}.txt`, ...more };
}

const code = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
    return 'none';
  } catch (error) {
    return error instanceof AkiosError ? error.code : String(error);
  }
};

describe('ledger writer', () => {
  it('acknowledges in order, survives reopening, and proves every record', async () => {
    let ledger = await start();
    const done = await Promise.all(Array.from({ length: 700 }, (_, n) => ledger.append(draft(n))));
    expect(new Set(done.map((d) => d.seq)).size).toBe(700);
    const before = ledger.checkpoint()!;
    await ledger.close();
    ledger = await start();
    await ledger.append(draft(701));
    const hasher = treeHasher(sha256);
    const now = ledger.checkpoint()!;
    expect(now.size).toBe(ledger.size());
    const c = ledger.consistency(before.size, now.size);
    expect(
      verifyConsistency(hasher, {
        first: BigInt(before.size),
        second: BigInt(now.size),
        firstRoot: fromHex(before.root)!,
        secondRoot: fromHex(now.root)!,
        proof: c.hashes.map((h) => fromHex(h)!),
      }),
    ).toBe(true);
    for (const seq of [0, 1, 255, 256, 511, now.size - 1]) {
      const p = ledger.inclusion(seq);
      const body = ledger.record(seq).body!;
      const leafHash = hasher.leaf(Buffer.from(body));
      const proof = p.hashes.map((h) => fromHex(h)!);
      const root = fromHex(now.root)!;
      expect(
        verifyInclusion(hasher, {
          index: BigInt(seq),
          size: BigInt(p.size),
          leafHash,
          root,
          proof,
        }),
      ).toBe(true);
    }
  });

  it('keeps keys apart from the log, with their modes', async () => {
    await start();
    expect(statSync(join(paths.secretDir, 'key.pem')).mode & 0o777).toBe(0o400);
    expect(statSync(paths.secretDir).mode & 0o777).toBe(0o700);
    expect(statSync(join(paths.logDir, 'audit.db')).mode & 0o777).toBe(0o640);
    expect(readFileSync(join(paths.trustDir, 'log.vkey'), 'utf8').split('\n')).toHaveLength(2);
    expect(existsSync(join(paths.trustDir, 'anchor.note'))).toBe(true);
  });

  it('writes an event id once, across reopening too, and refuses its reuse for something else', async () => {
    const id = '0190a000-0000-7000-8000-000000000001';
    let ledger = await start();
    const [a, b] = await Promise.all([
      ledger.append(draft(1, { id })),
      ledger.append(draft(1, { id })),
    ]);
    expect([a.duplicate, b.duplicate, a.seq === b.seq]).toEqual([false, true, true]);
    await ledger.close();
    ledger = await start();
    expect(await ledger.append(draft(1, { id }))).toMatchObject({ seq: a.seq, duplicate: true });
    expect(await code(ledger.append(draft(1, { id, type: 'fs.write' })))).toBe('CONFLICT');
  });

  it('an invalid draft harms no other, and log events cannot be forged by a caller', async () => {
    const ledger = await start();
    const good = ledger.append(draft(1));
    const bad = ledger.append(draft(2, { subject: '\ud800' }));
    const big = ledger.append(draft(3, { data: { text: 'x'.repeat(9000) } }));
    const float = ledger.append(draft(4, { data: { cost: 0.5 } }));
    expect(await Promise.all([bad, big, float].map(code))).toEqual(Array(3).fill('INPUT_INVALID'));
    expect((await good).duplicate).toBe(false);
    expect(await code(ledger.append(draft(5, { type: 'log.prune' })))).toBe('INPUT_INVALID');
    expect((await ledger.append(draft(6))).seq).toBe((await good).seq + 1);
  });

  it('holds the time when the clock steps back', async () => {
    const real = systemSources('test-boot');
    let now = Date.UTC(2026, 0, 2);
    const ledger = await start({ ...real, now: () => now });
    const first = await ledger.append(draft(1));
    now -= 3_600_000;
    const second = await ledger.append(draft(2));
    expect(second.ts).toBe(first.ts);
    await ledger.close();
    // Years back, over a new start, through a rotation and a change of key.
    now = Date.UTC(2020, 0, 1);
    const later = await start({ ...real, now: () => now });
    expect((await later.append(draft(3))).ts).toBe(first.ts);
    later.rotateKey('test');
    later.rotate({ type: 'user', id: 'u' });
    now = 1;
    expect((await later.append(draft(4))).ts).toBe(first.ts);
    now = Date.UTC(2026, 0, 2, 0, 0, 1);
    expect((await later.append(draft(5))).ts).toBe('2026-01-02T00:00:01.000Z');
    await later.close();
    const files = { vkeyFile: join(paths.trustDir, 'log.vkey') };
    const anchorFile = join(paths.trustDir, 'anchor.note');
    const report = verifyLog({ logDir: paths.logDir, ...files, anchorFile });
    expect([report.exitCode, report.findings]).toEqual([0, []]);
  });

  it('callers that come back at once share flushes, and leave the event loop its turns', async () => {
    const ledger = await start();
    let commits = 0;
    ledger.onCommit(() => {
      commits += 1;
    });
    let turns = 0;
    let done = false;
    const turn = (): void => {
      turns += 1;
      if (!done) setImmediate(turn);
    };
    setImmediate(turn);
    const layered = async (n: number) => (await Promise.resolve(ledger.append(draft(n)))).seq;
    const caller = async (): Promise<void> => {
      for (let i = 0; i < 100; i++) await layered(i);
    };
    await Promise.all(Array.from({ length: 20 }, caller));
    done = true;
    // 2,000 events of 20 callers: about a hundred commits, and other work in between.
    expect(commits).toBeLessThan(150);
    expect(turns).toBeGreaterThan(5);
    expect(ledger.list({ limit: 1 }).total).toBeGreaterThanOrEqual(2000);
  });

  it('says of a log what it lacks: its checkpoints, or its trusted key', async () => {
    await (await start()).close();
    const file = join(paths.logDir, 'audit.db');
    const vkey = join(paths.trustDir, 'log.vkey');
    const kept = readFileSync(vkey);
    rmSync(vkey);
    await expect(openLedger(paths)).rejects.toThrow(/begun at another place/);
    writeFileSync(vkey, kept);
    const db = new Database(file);
    db.exec('DELETE FROM checkpoints');
    db.close();
    await expect(openLedger(paths)).rejects.toThrow(/Every checkpoint was removed/);
  });

  it('a second writer is refused while the first lives', async () => {
    await start();
    expect(await code(openLedger(paths))).toBe('LEDGER_LOCKED');
  });

  it('fails closed when the database is unlinked or exchanged under it', async () => {
    const ledger = await start();
    await ledger.append(draft(1));
    const file = join(paths.logDir, 'audit.db');
    renameSync(file, join(dir, 'moved.db'));
    expect(await code(ledger.append(draft(2)))).toBe('LEDGER_BROKEN');
    writeFileSync(file, readFileSync(join(dir, 'moved.db')));
    expect(await code(ledger.append(draft(3)))).toBe('LEDGER_BROKEN');
  });

  it('does not go on with a removed, emptied, rolled back or exposed log', async () => {
    let ledger = await start();
    await ledger.append(draft(1));
    await ledger.close();
    const file = join(paths.logDir, 'audit.db');
    const old = readFileSync(file);
    ledger = await start();
    await ledger.append(draft(2));
    await ledger.close();
    writeFileSync(file, old);
    expect(await code(openLedger(paths))).toBe('LEDGER_BROKEN');
    rmSync(file);
    expect(await code(openLedger(paths))).toBe('LEDGER_BROKEN');
    writeFileSync(file, '');
    expect(await code(openLedger(paths))).toBe('LEDGER_BROKEN');
    writeFileSync(file, old);
    chmodSync(file, 0o666);
    expect(await code(openLedger(paths))).toBe('LEDGER_BROKEN');
  });

  it('lists by filter, counts, pages by sequence, and knows open intents', async () => {
    const ledger = await start();
    for (let n = 0; n < 30; n++) {
      await ledger.append(
        draft(
          n,
          n % 3 === 0
            ? { policy: { id: 'p', version: '1', digest: 'd', decision: 'deny', rule: `r${n}` } }
            : {},
        ),
      );
    }
    const intent = await ledger.append(
      draft(99, { type: 'llm.call', expects: 'outcome', run: 'r-1' }),
    );
    expect(ledger.openIntents()).toMatchObject([{ seq: intent.seq, type: 'llm.call', run: 'r-1' }]);
    await ledger.append(draft(99, { type: 'llm.outcome', intent: intent.seq }));
    expect(ledger.openIntents()).toEqual([]);
    const denied = ledger.list({ q: 'is:denied', limit: 4 });
    expect([denied.items.length, denied.total]).toEqual([4, 10]);
    const next = ledger.list({ q: 'is:denied', limit: 100, before: denied.items.at(-1)!.seq });
    expect(next.items).toHaveLength(6);
    expect(ledger.list({ q: '-is:denied type:fs.*', limit: 100 }).total).toBe(20);
    expect(ledger.list({ q: '"file-7" OR subject:file-8.txt', limit: 100 }).total).toBe(2);
    expect(ledger.list({ q: 'time:1h', limit: 1 }).total).toBe(ledger.size());
    expect(ledger.list({ after: 2, limit: 2 }).items.map((r) => r.seq)).toEqual([3, 4]);
    expect(() => ledger.list({ q: 'nope:1', limit: 1 })).toThrow(AkiosError);
  });
});
