import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sampleDraft } from '../../../bench/make-ledger.ts';
import { AkiosError } from '../../../shared/domain/errors.ts';
import { type BrokenLedger, openBrokenLedger } from '../../store/ledger/broken.ts';
import { makeLedger } from '../../store/ledger/bulk.ts';
import { openLedger } from '../../store/ledger/ledger.ts';
import { type Forgery, forge, pathsOf } from './forge.ts';

const EVENTS = 300;
let dir: string;
let ledger: BrokenLedger | null = null;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'akios-broken-test-'));
  const draft = (n: number) => sampleDraft('a', n);
  makeLedger({ paths: pathsOf(dir), events: EVENTS, sealEvery: 100, salt: 'a', draft });
});
afterEach(async () => {
  await ledger?.close();
  ledger = null;
  rmSync(dir, { recursive: true, force: true });
});

function tamper(work: (f: Forgery) => void): void {
  const f = forge(dir);
  work(f);
  f.db.pragma('wal_checkpoint(TRUNCATE)');
  f.db.close();
}

async function open(): Promise<BrokenLedger> {
  const error = await openLedger(pathsOf(dir)).then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof AkiosError)) throw new Error('The log was opened for writing.');
  expect(error.code).toBe('LEDGER_BROKEN');
  ledger = openBrokenLedger(pathsOf(dir), error);
  return ledger;
}

/** Every file of the log with its content; the shared memory of SQLite is no content. */
function contents(): Record<string, string> {
  const { logDir } = pathsOf(dir);
  return Object.fromEntries(
    (readdirSync(logDir, { recursive: true }) as string[])
      .filter((name) => !name.endsWith('-shm') && statSync(join(logDir, name)).isFile())
      .sort()
      .map((name) => [
        name,
        createHash('sha256')
          .update(readFileSync(join(logDir, name)))
          .digest('hex'),
      ]),
  );
}

function readEverything(log: BrokenLedger): void {
  log.stats();
  log.size();
  log.checkpoint();
  log.openIntents();
  for (const work of [
    () => log.vkey(),
    () => log.list({ limit: 50 }),
    () => log.list({ limit: 50, q: 'type:fs.read' }),
    () => log.list({ limit: 50, after: 3 }),
    () => log.records(0, EVENTS),
    () => log.record(EVENTS - 1),
    () => log.inclusion(0),
    () => log.consistency(10),
  ]) {
    try {
      work();
    } catch (error) {
      expect(error).toBeInstanceOf(AkiosError);
      expect(['LEDGER_BROKEN', 'RECORD_NOT_FOUND', 'TOO_LARGE', 'INPUT_INVALID']).toContain(
        (error as AkiosError).code,
      );
    }
  }
}

const changeBody = (f: Forgery, idx: number) =>
  f.db
    .prepare('UPDATE events SET body = replace(body, \'"type":\', \'"tYpe":\') WHERE idx = ?')
    .run(idx);

describe('a log with one changed body', () => {
  beforeEach(() => tamper((f) => changeBody(f, 290)));

  it('is read as it is: rows, filters, records, checkpoints, proofs', async () => {
    const log = await open();
    expect(log.broken().message).toContain('Record 290');
    const size = log.size();
    expect(size).toBeGreaterThanOrEqual(EVENTS);
    const newest = log.list({ limit: 20 });
    expect(newest).toMatchObject({ total: size, size });
    expect(newest.items.map((row) => row.seq)).toEqual(
      Array.from({ length: 20 }, (_, i) => size - 1 - i),
    );
    expect(log.list({ limit: 2, after: 4 }).items.map((row) => row.seq)).toEqual([5, 6]);
    expect(log.list({ limit: 2, before: 4 }).items.map((row) => row.seq)).toEqual([3, 2]);
    expect(log.record(290).body).toContain('tYpe');
    expect(log.records(288, 5).map((r) => r.seq)).toEqual([288, 289, 290, 291, 292]);
    const { type } = log.record(5);
    const found = log.list({ limit: 1000, q: `type:${type}` });
    expect(found.items).toHaveLength(found.total);
    expect(found.items.map((row) => row.seq)).toContain(5);
    expect(found.items.every((row) => row.type === type)).toBe(true);
    expect(log.checkpoint()?.size).toBe(log.inclusion(5).size);
    expect(log.inclusion(5).root).toBe(log.checkpoint()?.root);
    expect(log.consistency(100).secondRoot).toBe(log.checkpoint()?.root);
    expect(log.vkey()).toBe(readFileSync(join(dir, 'trust/log.vkey'), 'utf8').trimEnd());
    expect(log.stats()).toMatchObject({ events: size, pruned: 0, lastVerify: null });
    expect(() => log.record(size)).toThrow(expect.objectContaining({ code: 'RECORD_NOT_FOUND' }));
    expect(() => log.list({ limit: 5, q: 'cost:>x' })).toThrow(
      expect.objectContaining({ code: 'INPUT_INVALID' }),
    );
  });

  it('takes nothing: every writing call ends in the first error', async () => {
    const log = await open();
    const error = log.broken();
    await expect(log.append()).rejects.toBe(error);
    await expect(log.exportTo()).rejects.toBe(error);
    await expect(log.anchorNow()).rejects.toBe(error);
    for (const work of [
      () => log.rotate(),
      () => log.prune(),
      () => log.signReceipt(),
      () => log.rotateKey(),
    ])
      expect(work).toThrow(error);
  });

  it('stays byte for byte what it was, and its copy is dropped when it is closed', async () => {
    const before = contents();
    const log = await open();
    readEverything(log);
    expect(contents()).toEqual(before);
    expect(existsSync(join(dir, 'trust/evidence'))).toBe(true);
    await log.close();
    expect(contents()).toEqual(before);
  });

  it('shows a file that was put back, and still takes nothing', async () => {
    const log = await open();
    expect(log.record(290).body).toContain('tYpe');
    tamper((f) =>
      f.db.prepare("UPDATE events SET body = replace(body, 'tYpe', 'type') WHERE idx = 290").run(),
    );
    expect(log.record(290).body).not.toContain('tYpe');
    await expect(log.append()).rejects.toMatchObject({ code: 'LEDGER_BROKEN' });
  });
});

describe('a proof over changed hashes', () => {
  it('is refused where the leaf does not lead to the root, and given where it does', async () => {
    tamper((f) => {
      f.db.prepare('UPDATE events SET leaf = zeroblob(32) WHERE idx = 290').run();
    });
    const log = await open();
    expect(() => log.inclusion(290)).toThrow(expect.objectContaining({ code: 'LEDGER_BROKEN' }));
    expect(log.inclusion(5).root).toBe(log.checkpoint()?.root);
  });

  it('is a typed error when the tiles are gone', async () => {
    tamper((f) => f.db.exec('DELETE FROM tiles'));
    const log = await open();
    expect(() => log.inclusion(5)).toThrow(expect.objectContaining({ code: 'LEDGER_BROKEN' }));
    expect(log.records(0, 3)).toHaveLength(3);
    expect(log.list({ limit: 3 }).items).toHaveLength(3);
    expect(log.stats().events).toBeGreaterThanOrEqual(EVENTS);
  });
});

describe('whatever was done to the files, reading is an answer or a typed error', () => {
  const damages: [string, (f: Forgery) => void][] = [
    [
      'a row of nonsense',
      (f) => {
        f.db.exec(
          "UPDATE events SET leaf = x'00', ts = 'x', type = '', body = 'no json' WHERE idx = 299",
        );
      },
    ],
    ['a huge head', (f) => f.db.exec('UPDATE head SET size = 9007199254740991')],
    ['no head', (f) => f.db.exec('DELETE FROM head')],
    [
      'rows removed from the middle',
      (f) =>
        f.db.exec(
          "DELETE FROM events WHERE idx BETWEEN 20 AND 290; UPDATE events SET body = 'x' WHERE idx = 295",
        ),
    ],
    ['all rows removed', (f) => f.db.exec('DELETE FROM events')],
    ['a malformed checkpoint', (f) => f.db.exec("UPDATE checkpoints SET note = 'x'")],
    [
      'a row far away',
      (f) => {
        f.db.exec('UPDATE events SET idx = 4000000000 WHERE idx = 299');
        f.db.exec('UPDATE head SET size = 4000000001');
      },
    ],
    [
      'a view in place of a table',
      (f) => {
        f.db.exec('ALTER TABLE events RENAME TO kept; CREATE VIEW events AS SELECT * FROM kept');
      },
    ],
  ];
  it.each(damages)('%s', async (_name, damage) => {
    tamper(damage);
    const before = contents();
    readEverything(await open());
    expect(contents()).toEqual(before);
  });

  it('no database at all, or a removed one', async () => {
    const file = join(pathsOf(dir).logDir, 'audit.db');
    tamper((f) => changeBody(f, 290));
    const log = await open();
    writeFileSync(file, 'this is no database, whatever its name says '.repeat(100));
    readEverything(log);
    rmSync(file);
    readEverything(log);
    expect(log.size()).toBe(0);
    expect(log.list.bind(log, { limit: 1 })).toThrow(log.broken());
  });

  it('a malformed anchor', async () => {
    writeFileSync(join(dir, 'trust/anchor.note'), 'not a note');
    const log = await open();
    readEverything(log);
    expect(log.stats()).toMatchObject({ anchor: null });
  });
});

it('a write-ahead log that was left behind stays where it was', async () => {
  const { logDir } = pathsOf(dir);
  const file = join(logDir, 'audit.db');
  const f = forge(dir);
  f.db.pragma('wal_autocheckpoint = 0');
  changeBody(f, 290);
  const parts = ['', '-wal'].map((end) => [end, readFileSync(`${file}${end}`)] as const);
  f.db.close();
  for (const end of ['', '-wal', '-shm']) rmSync(`${file}${end}`, { force: true });
  for (const [end, bytes] of parts) writeFileSync(`${file}${end}`, bytes, { mode: 0o640 });
  const before = contents();
  expect(Object.keys(before)).toContain('audit.db-wal');
  const log = await open();
  expect(log.record(290).body).toContain('tYpe');
  readEverything(log);
  expect(contents()).toEqual(before);
  const [evidence] = readdirSync(join(dir, 'trust/evidence'));
  const kept = new Database(join(dir, 'trust/evidence', evidence ?? '', 'audit.db'));
  const body = kept.prepare('SELECT body FROM events WHERE idx = 290').pluck().get() as string;
  kept.close();
  expect(body).toContain('tYpe');
});
