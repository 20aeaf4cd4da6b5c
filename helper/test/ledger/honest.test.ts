import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseMakeArguments, sampleDraft } from '../../../bench/make-ledger.ts';
import type { VerifyReport } from '../../../shared/contract/audit.ts';
import { runVerifyCommand } from '../../../shared/node/audit/command.ts';
import { type VerifyMode, verifyLog } from '../../../shared/node/audit/verify.ts';
import { type BulkOptions, makeLedger } from '../../store/ledger/bulk.ts';
import { type AuditLedger, openLedger } from '../../store/ledger/ledger.ts';
import { systemSources } from '../../store/ledger/log-writer.ts';
import {
  body,
  canon,
  fixAll,
  forge,
  noteOf,
  otherKey,
  pathsOf,
  resign,
  setBody,
  stolenKey,
  vkeyOf,
} from './forge.ts';
import { STRANGER_SCRIPT, strangersVerdict, strangerWorks } from './stranger.ts';

const STRANGER = strangerWorks();
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'akios-honest-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function make(events: number, more: Partial<BulkOptions> = {}) {
  const draft = (n: number) => sampleDraft(more.salt ?? 'a', n);
  return makeLedger({ paths: pathsOf(dir), events, sealEvery: 100, salt: 'a', draft, ...more });
}

function verify(mode: VerifyMode = 'strict', anchored = true): VerifyReport {
  const { logDir, trustDir } = pathsOf(dir);
  const anchorFile = anchored ? join(trustDir, 'anchor.note') : null;
  return verifyLog({ logDir, vkeyFile: join(trustDir, 'log.vkey'), anchorFile, mode });
}

function expectClean(exitCode = 0): void {
  for (const mode of ['quick', 'full', 'strict'] as const) {
    const report = verify(mode, exitCode === 0);
    expect([mode, report.exitCode, report.findings]).toEqual([mode, exitCode, []]);
  }
  if (STRANGER && exitCode === 0)
    expect(strangersVerdict(dir)).toEqual({ exitCode: 0, findings: [] });
}

describe('an honest log never alarms', () => {
  it.each([1, 2, 99, 100, 101, 255, 256, 257, 512, 601])('made with %i events', (n) => {
    make(n);
    expectClean();
    expect(verify()).toMatchObject({ size: n, sealed: n, anchored: true });
  });

  it('with a checkpoint for each of 300 events, and none of them can be changed', () => {
    make(300, { sealEvery: 1 });
    expectClean();
    const f = forge(dir);
    const note = f.db.prepare('SELECT note FROM checkpoints WHERE size = ?').pluck();
    const put = f.db.prepare('UPDATE checkpoints SET note = ? WHERE size = ?');
    const other = (size: number): string => String(note.get(size)).split(' ').at(-1)!;
    put.run(String(note.get(150)).replace(other(150), other(151)), 150);
    put.run(`${note.get(160)}${String(note.get(160)).split('\n').at(-2)}\n`, 160);
    f.db.close();
    const findings = ['SIG_INVALID', 'CHECKPOINT_MISSING'].map((code) => ({ code, index: 150 }));
    expect(verify().findings).toEqual(findings);
    if (STRANGER) expect(strangersVerdict(dir)).toEqual({ exitCode: 1, findings });
  });

  it('with numbers of every size, and nested as deep as a body can be', () => {
    make(300);
    const f = forge(dir);
    const numbers = '[0,-1,123456789012345680000,1e+21,1e-7,0.000001,5e-324,9007199254740992]';
    const extra = `{"0":${numbers},"1":${'['.repeat(8000)}${']'.repeat(8000)},`;
    setBody(f, 201, canon(body(f, 201)).replace('{', extra), true);
    fixAll(f);
    resign(f, stolenKey(f));
    const newest = f.db.prepare('SELECT note FROM checkpoints WHERE size = 300').pluck().get();
    writeFileSync(join(dir, 'trust/anchor.note'), String(newest));
    f.db.close();
    expectClean();
  });

  it('without an anchor it is consistent but unanchored', () => {
    make(50);
    expectClean(3);
  });

  it('rewritten by VACUUM, copied alone, and after the anchor was taken', () => {
    make(600);
    const anchor = readFileSync(join(dir, 'trust/anchor.note'));
    const db = new Database(join(dir, 'log/audit.db'));
    db.exec('VACUUM');
    db.close();
    expectClean();
    make(900, { more: true, salt: 'b' });
    writeFileSync(join(dir, 'trust/anchor.note'), anchor);
    expectClean();
    expect(verify().anchor).toMatchObject({ size: 600 });
    const db2 = readFileSync(join(dir, 'log/audit.db'));
    rmSync(join(dir, 'log'), { recursive: true });
    cpSync(join(dir, 'trust'), join(dir, 'log'), { recursive: true });
    writeFileSync(join(dir, 'log/audit.db'), db2, { mode: 0o640 });
    expectClean();
  });

  it('pruned with authority, also in a grown log, and bodies that stayed are still checked', () => {
    make(600, { prune: [20, 310] });
    const pruned = new Database(join(dir, 'log/audit.db'));
    expect(pruned.prepare('SELECT count(*) FROM events WHERE body IS NULL').pluck().get()).toBe(
      287,
    );
    pruned.close();
    expectClean();
    make(750, { more: true });
    expectClean();
    make(900, { more: true, prune: [0, 20] });
    expectClean();
    const f = forge(dir);
    f.db.exec("UPDATE events SET body = replace(body, 'agent', 'Agent') WHERE idx = 505");
    f.db.close();
    expect(verify().findings.map((x) => x.code)).toEqual(['LEAF_MISMATCH']);
  });

  it('while it is written, from another thread, with rows only in the write-ahead file', async () => {
    const ledger: AuditLedger = await openLedger(pathsOf(dir), { sources: systemSources('b') });
    const write = (n: number) =>
      Promise.all(Array.from({ length: n }, (_, i) => ledger.append(sampleDraft('x', i))));
    await write(300);
    const { logDir, trustDir } = pathsOf(dir);
    const workerData = {
      logDir,
      vkeyFile: join(trustDir, 'log.vkey'),
      anchorFile: join(trustDir, 'anchor.note'),
    };
    for (let round = 0; round < 5; round++) {
      const worker = new Worker(new URL('../../verify-worker.ts', import.meta.url), { workerData });
      const answer = new Promise<VerifyReport>((resolve, reject) => {
        worker.once('message', resolve);
        worker.once('error', reject);
      });
      for (let i = 0; i < 20; i++) await write(5);
      const report = await answer;
      expect([report.exitCode, report.findings]).toEqual([0, []]);
    }
    await ledger.anchorNow();
    expectClean();
    await ledger.close();
    expectClean();
  });

  it('while a writer comes in the middle of a check that took no lock', () => {
    make(300);
    for (const end of ['-wal', '-shm']) rmSync(join(dir, `log/audit.db${end}`), { force: true });
    // The independent verifier, with a writer that empties every table once it has begun to read.
    const script = `
import runpy, sqlite3, sys
passes = []
module = runpy.run_path(sys.argv[1])
genuine = module['read_rows']
def read_rows(db, directory, *rest):
    passes.append(directory)
    if len(passes) == 1:
        writer = sqlite3.connect(directory + '/audit.db', isolation_level=None)
        backup = writer.execute('SELECT * FROM events').fetchall()
        for rows in ([], backup):
            writer.execute('BEGIN')
            writer.execute('DELETE FROM events')
            writer.executemany('INSERT INTO events VALUES(?,?,?,?,?)', rows)
            writer.execute('COMMIT')
            writer.execute('PRAGMA wal_checkpoint(TRUNCATE)')
        writer.close()
    genuine(db, directory, *rest)
module['verify_content'].__globals__['read_rows'] = read_rows
out, sys.argv = [], sys.argv[1:]
module['main'](out)
print(len(passes), out[0])
`;
    const { logDir, trustDir } = pathsOf(dir);
    const files = ['--vkey', join(trustDir, 'log.vkey'), '--anchor', join(trustDir, 'anchor.note')];
    const words = ['-c', script, STRANGER_SCRIPT, '--log', logDir, ...files];
    if (!STRANGER) return;
    const run = spawnSync('python3', words, { encoding: 'utf8' });
    expect([run.stderr, run.stdout.trimEnd().split('\n').at(-1)]).toEqual(['', '2 0']);
  });

  it('with the same salt it is the same but for the key, with another it differs', () => {
    make(50);
    const root = (): string | undefined => verify('quick').root;
    const body = (): string => {
      const db = new Database(join(dir, 'log/audit.db'));
      const text = db.prepare('SELECT body FROM events WHERE idx = 7').pluck().get() as string;
      db.close();
      return text;
    };
    const [first, text] = [root(), body()];
    rmSync(dir, { recursive: true });
    make(50);
    expect([body(), root() === first]).toEqual([text, false]);
    rmSync(dir, { recursive: true });
    make(50, { salt: 'b' });
    expect(body()).not.toBe(text);
  });

  it('no verdict (2) when the inputs of the verifier are at fault', () => {
    make(50);
    const vkey = join(dir, 'trust/log.vkey');
    const anchor = join(dir, 'trust/anchor.note');
    const [key, note] = [readFileSync(vkey, 'utf8'), readFileSync(anchor, 'utf8')];
    const name = key.split('+')[0]!;
    const bad: [string, string, string][] = [
      ['vkey', vkey, 'garbage'],
      ['vkey id', vkey, key.replace(/\+[0-9a-f]{8}\+/, '+00000000+')],
      ['two keys', vkey, `${key}${key}`],
      ['anchor', anchor, 'garbage'],
      ['anchor of another key', anchor, noteOf(otherKey(), name, 50, Buffer.alloc(32))],
      [
        'anchor with a changed root',
        anchor,
        note.replace(/\n[^\n]+\n\n/, `\n${Buffer.alloc(32).toString('base64')}\n\n`),
      ],
      ['vkey of another key', vkey, vkeyOf(otherKey(), name)],
      ['vkey of another name', vkey, vkeyOf(otherKey(), 'x')],
    ];
    for (const [what, file, text] of bad) {
      writeFileSync(vkey, key);
      writeFileSync(anchor, note);
      writeFileSync(file, text);
      expect([what, verify().exitCode, verify().ok]).toEqual([what, 2, false]);
      if (STRANGER) expect([what, strangersVerdict(dir).exitCode]).toEqual([what, 2]);
    }
    rmSync(vkey);
    expect(verify().exitCode).toBe(2);
    writeFileSync(join(dir, 'log/log.vkey'), key);
    const { logDir } = pathsOf(dir);
    expect(verifyLog({ logDir, vkeyFile: join(logDir, 'log.vkey') }).exitCode).toBe(2);
  });

  it('a log held by another program gives no verdict, not an alarm', () => {
    make(50);
    const db = new Database(join(dir, 'log/audit.db'));
    db.pragma('journal_mode = DELETE');
    db.exec('BEGIN EXCLUSIVE');
    expect(verify().exitCode).toBe(2);
    db.exec('ROLLBACK');
    db.close();
    expectClean();
  });

  it('the command ends with one JSON line, whatever happens', async () => {
    make(50);
    const run = async (argv: string[]) => {
      const out: string[] = [];
      const code = await runVerifyCommand(argv, { out: (l) => out.push(l), err: () => undefined });
      return { code, lines: out, json: JSON.parse(out.at(-1)!) as VerifyReport };
    };
    const files = ['--log', join(dir, 'log'), '--vkey', join(dir, 'trust/log.vkey')];
    const anchor = ['--anchor', join(dir, 'trust/anchor.note')];
    expect(await run([...files, ...anchor])).toMatchObject({
      code: 0,
      json: { ok: true, size: 50 },
    });
    expect((await run([...files, ...anchor, '--json'])).lines).toHaveLength(1);
    const { json } = await run([...files, ...anchor]);
    const times = new Database(join(dir, 'log/audit.db'), { readonly: true });
    const [first, last] = times
      .prepare('SELECT min(ts), max(ts) FROM events')
      .raw()
      .get() as string[];
    times.close();
    expect(json).toMatchObject({
      integrity: 'verified',
      events: 50,
      merkle_root: json.root,
      stored_root: json.root,
      roots_match: true,
      first_event: first,
      last_event: last,
      ledger_file: join(dir, 'log/audit.db'),
      verified_at: json.at,
      first_bad_index: null,
    });
    expect((await run([...files, '--quick'])).json).toMatchObject({ first_event: first });
    expect(await run([...files, '--quick'])).toMatchObject({ code: 3, json: { anchored: false } });
    expect(await run(['--log', join(dir, 'none'), ...files.slice(2)])).toMatchObject({
      code: 1,
      json: { ok: false, findings: [{ code: 'LOG_MISSING', index: 0 }] },
    });
    for (const argv of [[], ['--log'], [...files, '--nonsense'], [...files, '--quick', '--full']]) {
      expect(await run(argv)).toMatchObject({ code: 2, json: { ok: false } });
    }
  });

  it('make-ledger refuses a wrong command line', () => {
    const good = ['--out', 'd', '--events', '5', '--seal-every', '2', '--salt', 's'];
    expect(parseMakeArguments([...good, '--prune', '1:3', '--continue'])).toMatchObject({
      prune: [1, 3],
      more: true,
    });
    for (const bad of [
      [],
      good.slice(2),
      [...good, '--prune', 'x'],
      [...good, '--events', '0'],
      [...good, 'x'],
    ]) {
      expect(() => parseMakeArguments(bad)).toThrow();
    }
    expect(() => make(50, { prune: [10, 60] })).toThrow(/cannot be pruned/);
  });
});
