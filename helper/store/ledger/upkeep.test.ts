import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CheckpointView } from '../../../shared/contract/audit.ts';
import { verifyLog } from '../../../shared/node/audit/verify.ts';
import { checkSeen } from './check-seen.ts';
import { type AuditLedger, openLedger } from './ledger.ts';
import { systemSources } from './log-writer.ts';
import type { Actor } from './port.ts';
import type { Upkeep, UpkeepPorts, UpkeepSettings } from './upkeep.ts';

const WHO: Actor = { type: 'user', id: 'u' };
const DAY = 86_400_000;
let dir: string;
let ledger: AuditLedger;
let settings: UpkeepSettings;
let lines: CheckpointView[];
let faults: string[];
/** Time that really passed, and by how much the clock is ahead of it. */
let now: number;
let jump = 0;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'akios-upkeep-'));
  const at = (name: string): string => join(dir, name);
  now = Date.now();
  const start = now;
  const paths = { logDir: at('log'), trustDir: at('trust'), secretDir: at('secret') };
  const sources = { ...systemSources('boot'), uptime: () => now - start };
  ledger = await openLedger(paths, { sources, rotateKeys: false });
  settings = {
    rotationEvents: 50,
    retentionDays: 0,
    archiveDays: 0,
    legalHold: false,
    syslog: true,
    files: [],
    witness: null,
  };
  lines = [];
  faults = [];
});
afterEach(async () => {
  await ledger.close();
  rmSync(dir, { recursive: true });
});

function keep(ports: Partial<UpkeepPorts> = {}): Upkeep {
  return ledger.keep({
    settings: () => settings,
    syslog: async (view) => lines.push(view),
    post: async () => ({ status: 500, text: '' }),
    fault: (where) => faults.push(where),
    now: () => now + jump,
    ...ports,
  });
}

async function grow(count: number): Promise<void> {
  const draft = (n: number) => ({ type: 'fs.read', actor: WHO, subject: `f${n}` });
  await Promise.all(Array.from({ length: count }, (_, n) => ledger.append(draft(n))));
  await new Promise((resolve) => setImmediate(resolve));
}

function verdict(): number {
  const trust = join(dir, 'trust');
  const files = { vkeyFile: join(trust, 'log.vkey'), anchorFile: join(trust, 'anchor.note') };
  return verifyLog({ logDir: join(dir, 'log'), ...files }).exitCode;
}

describe('upkeep', () => {
  it('closes a segment at the size set, as one continuous tree', async () => {
    keep();
    await grow(30);
    expect(ledger.stats().segments).toBe(1);
    await grow(30);
    await grow(30);
    await grow(30);
    const { archive, current, segments, rotationEvents } = ledger.stats();
    expect([segments, rotationEvents]).toEqual([3, 50]);
    expect(archive!.events + current!.events).toBe(ledger.size());
    expect(archive!.segments).toBe(2);
    expect(ledger.record(3).body).toContain('fs.read');
    await ledger.anchorNow();
    expect(verdict()).toBe(0);
  });

  it('prunes by retention once a day, and never under a hold', async () => {
    settings.retentionDays = 30;
    settings.legalHold = true;
    const upkeep = keep();
    await grow(10);
    now += 31 * DAY;
    await upkeep.tick();
    expect(ledger.stats().pruned).toBe(0);
    settings.legalHold = false;
    await upkeep.tick();
    expect(ledger.stats().pruned).toBe(0);
    now += DAY;
    await upkeep.tick();
    expect(ledger.stats().pruned).toBe(10);
    expect(ledger.list({ q: 'type:log.prune', limit: 5 }).total).toBe(1);
    expect(faults).toEqual([]);
    await ledger.anchorNow();
    expect(verdict()).toBe(0);
  });

  it('prunes nothing by a clock that jumped, says so, and goes on when it is right', async () => {
    settings.retentionDays = 30;
    const upkeep = keep();
    await grow(10);
    const right = now;
    jump = 4000 * DAY;
    await upkeep.tick();
    await upkeep.tick();
    expect(faults).toEqual(['audit retention']);
    expect(ledger.stats().pruned).toBe(0);
    jump = 0;
    now = right + 31 * DAY;
    await upkeep.tick();
    expect(ledger.stats().pruned).toBe(10);
  });

  it('closes a segment by age', async () => {
    settings.archiveDays = 7;
    const upkeep = keep();
    await grow(10);
    await upkeep.tick();
    expect(ledger.stats().segments).toBe(1);
    now += 8 * DAY;
    await upkeep.tick();
    expect(ledger.stats().segments).toBe(2);
  });

  it('anchors only while rows arrive; a failure shows and does not stop the writer', async () => {
    const copy = join(dir, 'copy.note');
    settings.files = [copy, join(dir, 'absent', 'copy.note')];
    const upkeep = keep();
    await upkeep.tick();
    expect(lines).toEqual([]);
    await grow(5);
    await upkeep.tick();
    await upkeep.tick();
    expect(lines.map((view) => view.size)).toEqual([ledger.checkpoint()!.size]);
    expect(readFileSync(copy, 'utf8')).toBe(ledger.checkpoint()!.note);
    const states = ledger.stats().anchors!;
    expect(states.map((s) => [s.kind, s.size, s.error === null])).toEqual([
      ['syslog', ledger.size(), true],
      ['file', ledger.size(), true],
      ['file', null, false],
    ]);
    expect(faults).toEqual(['audit anchor file']);
    await grow(5);
    await upkeep.tick();
    expect(faults).toEqual(['audit anchor file']);
    expect(lines).toHaveLength(2);
  });

  it('tells a witness that cannot be reached', async () => {
    settings.witness = { url: 'https://witness.example/add-checkpoint', key: 'x' };
    const upkeep = keep();
    await grow(2);
    await upkeep.tick();
    expect(ledger.stats().anchors!.find((s) => s.kind === 'witness')!.error).toContain('malformed');
  });
});

describe("an auditor's last-seen checkpoint", () => {
  it('is consistent with the log that grew from it, and with no other', async () => {
    await grow(10);
    const seen = ledger.checkpoint()!.note;
    await grow(10);
    const found = checkSeen(ledger, seen);
    expect([found.verdict, found.seen.size, found.now.size]).toEqual([
      'consistent',
      found.seen.size,
      ledger.size(),
    ]);
    expect(found.hashes.length).toBeGreaterThan(0);
    const forged = seen.replace(/\n(\d+)\n/, '\n7\n');
    expect(() => checkSeen(ledger, 'x')).toThrow('not a signed checkpoint');
    expect(() => checkSeen(ledger, forged.replace(/^[^\n]+/, 'other'))).toThrow('another log');
    // A signature over other text is no checkpoint of this log at all.
    expect(checkSeen(ledger, forged).verdict).toBe('unsigned');
  });

  it('tells a log that was rolled back behind it', async () => {
    await grow(10);
    const seen = ledger.checkpoint()!.note;
    const short = { size: 4, root: '00', note: '', at: null };
    const view = { paths: ledger.paths, vkey: () => ledger.vkey(), checkpoint: () => short };
    expect(checkSeen(view as never, seen).verdict).toBe('rolled_back');
  });
});
