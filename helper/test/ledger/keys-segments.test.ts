import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sampleDraft } from '../../../bench/make-ledger.ts';
import { verifyLog } from '../../../shared/node/audit/verify.ts';
import { openLedger } from '../../store/ledger/ledger.ts';
import { systemSources } from '../../store/ledger/log-writer.ts';
import {
  appendForged,
  body,
  canon,
  fixAll,
  forge,
  mth,
  noteOf,
  otherKey,
  pathsOf,
  resign,
  setBody,
  settle,
  signatureLine,
  stolenKey,
  vkeyName,
  vkeyOf,
} from './forge.ts';
import { strangersVerdict, strangerWorks } from './stranger.ts';

const STRANGER = strangerWorks();
const ROTATED = 300;
let root: string;
let keys: string;
let young: string;
let parts: string;

async function grow(dir: string, boot: string, events: number, rotate = false): Promise<void> {
  const ledger = await openLedger(pathsOf(dir), { sources: systemSources(boot) });
  await Promise.all(Array.from({ length: events }, (_, n) => ledger.append(sampleDraft(boot, n))));
  if (rotate) ledger.rotate({ type: 'user', id: 'u' });
  await ledger.close();
}

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'akios-keys-'));
  keys = join(root, 'keys');
  young = join(root, 'young');
  parts = join(root, 'parts');
  await grow(keys, 'boot-1', 50);
  cpSync(keys, young, { recursive: true });
  await grow(keys, 'boot-2', 50);
  await grow(keys, 'boot-3', 50);
  await grow(keys, 'boot-4', 50);
  for (let n = 0; n < 3; n++) await grow(parts, 'boot-1', ROTATED, n < 2);
});
afterAll(() => rmSync(root, { recursive: true }));

function copy(from: string): string {
  const dir = join(root, 'case');
  rmSync(dir, { recursive: true, force: true });
  cpSync(from, dir, { recursive: true });
  return dir;
}

/** Codes of our verifier, which the independent one must share. */
function codes(dir: string): [number, Set<string>] {
  const { logDir, trustDir } = pathsOf(dir);
  const files = { vkeyFile: join(trustDir, 'log.vkey'), anchorFile: join(trustDir, 'anchor.note') };
  const report = verifyLog({ logDir, ...files });
  const mine = new Set(report.findings.map((f) => `${f.code} ${f.index ?? ''}`.trim()));
  if (STRANGER) {
    const theirs = strangersVerdict(dir);
    expect(theirs.exitCode).toBe(report.exitCode);
    expect(new Set(theirs.findings.map((f) => `${f.code} ${f.index ?? ''}`.trim()))).toEqual(mine);
  }
  return [report.exitCode, mine];
}

const segmentsOf = (dir: string): string[] => {
  const archive = join(dir, 'log/archive');
  return readdirSync(archive)
    .sort()
    .map((name) => join(archive, name));
};

describe('changes of key', () => {
  it('the untouched chain of three changes verifies from its first key, in every mode', () => {
    const dir = copy(keys);
    expect(codes(dir)).toEqual([0, new Set()]);
    const { logDir, trustDir } = pathsOf(dir);
    expect(readFileSync(join(trustDir, 'log.keys'), 'utf8').trim().split('\n')).toHaveLength(3);
    const files = {
      vkeyFile: join(trustDir, 'log.vkey'),
      anchorFile: join(trustDir, 'anchor.note'),
    };
    for (const mode of ['quick', 'incremental', 'full', 'strict'] as const) {
      expect([mode, verifyLog({ logDir, ...files, mode }).exitCode]).toEqual([mode, 0]);
    }
    // The list of later keys is a convenience: without it the chain in the log is enough.
    rmSync(join(trustDir, 'log.keys'));
    expect(codes(dir)).toEqual([0, new Set()]);
  });

  it('an old key, stolen, signs nothing that is accepted after its change', () => {
    const dir = copy(keys);
    const f = forge(dir);
    const old = stolenKey(forge(young));
    appendForged(f);
    fixAll(f);
    const all = f.db.prepare('SELECT leaf FROM events ORDER BY idx').pluck().all() as Buffer[];
    const note = noteOf(old, vkeyName(f), all.length, mth(all));
    f.db.prepare('INSERT INTO checkpoints VALUES(?, ?)').run(all.length, note);
    settle(f);
    const [exit, found] = codes(dir);
    expect(exit).toBe(1);
    expect(found).toContain(`SIG_UNTRUSTED_KEY ${all.length}`);
    expect([...found].some((code) => code.startsWith('UNSEALED_TAIL'))).toBe(true);
  });

  it('an old key, stolen, that leads the chain to a key of its own is told from the anchor', () => {
    const dir = copy(keys);
    const f = forge(dir);
    const [old, own] = [stolenKey(forge(young)), otherKey()];
    const at = (f.db
      .prepare("SELECT idx FROM events WHERE type = 'log.key_rotate'")
      .pluck()
      .get() ?? 0) as number;
    setBody(f, at, canon({ ...body(f, at), rotate: vkeyOf(own, vkeyName(f)) }), true);
    fixAll(f);
    const all = f.db.prepare('SELECT leaf FROM events ORDER BY idx').pluck().all() as Buffer[];
    const put = f.db.prepare('UPDATE checkpoints SET note = ? WHERE size = ?');
    const sizes = f.db.prepare('SELECT size FROM checkpoints').pluck().all() as number[];
    for (const size of sizes) {
      const key = size <= at + 1 ? old : own;
      let note = noteOf(key, vkeyName(f), size, mth(all.slice(0, size)));
      const text = note.slice(0, note.indexOf('\n\n') + 1);
      if (size === at + 1) note += signatureLine(own, vkeyName(f), text);
      put.run(note, size);
    }
    settle(f);
    const [exit, found] = codes(dir);
    expect(exit).toBe(1);
    expect([...found].some((code) => code.startsWith('FORK'))).toBe(true);
    rmSync(join(dir, 'trust/anchor.note'));
    const files = { vkeyFile: join(dir, 'trust/log.vkey'), anchorFile: null };
    expect(verifyLog({ logDir: join(dir, 'log'), ...files }).exitCode).not.toBe(0);
  });

  it('rolled back to before a change of key: a rollback, not a doubt', () => {
    const dir = copy(keys);
    rmSync(join(dir, 'log'), { recursive: true });
    cpSync(join(young, 'log'), join(dir, 'log'), { recursive: true });
    const [exit, found] = codes(dir);
    expect(exit).toBe(1);
    expect([...found].some((f) => f.startsWith('ROLLBACK'))).toBe(true);
    rmSync(join(dir, 'trust/log.keys'));
    expect(codes(dir)[0]).toBe(2);
  });

  it('the current key, stolen, cannot sign the past again', () => {
    const dir = copy(keys);
    const f = forge(dir);
    setBody(f, 12, canon({ ...body(f, 12), subject: 'x' }), true);
    fixAll(f);
    resign(f, stolenKey(f));
    settle(f);
    const [exit, found] = codes(dir);
    expect(exit).toBe(1);
    expect([...found].some((x) => x.startsWith('SIG_UNTRUSTED_KEY'))).toBe(true);
  });

  it('a damaged tile says nothing about the keys', () => {
    const dir = copy(keys);
    run(join(dir, 'log/audit.db'), 'UPDATE tiles SET data = zeroblob(length(data))');
    expect(codes(dir)).toEqual([1, new Set(['TILE_MISMATCH 0'])]);
  });

  it('a checkpoint of a rotation without the old signature changes nothing', () => {
    const dir = copy(keys);
    const f = forge(dir);
    const rows = f.db.prepare('SELECT size, note FROM checkpoints').all() as {
      size: number;
      note: string;
    }[];
    const double = rows.find((row) => row.note.split('\u2014').length === 3)!;
    const [text, , second] = double.note.split('\u2014');
    f.db
      .prepare('UPDATE checkpoints SET note = ? WHERE size = ?')
      .run(`${text}\u2014${second}`, double.size);
    settle(f);
    const [exit, found] = codes(dir);
    expect(exit).toBe(1);
    expect(found).toContain(`SIG_UNTRUSTED_KEY ${double.size}`);
    expect(found).toContain(`CHECKPOINT_MISSING ${double.size}`);
  });
});

describe('segments', () => {
  it('an untouched rotated log verifies', () => {
    expect(segmentsOf(parts)).toHaveLength(2);
    expect(codes(copy(parts))).toEqual([0, new Set()]);
  });

  it(
    'a segment removed, exchanged, linked, widened or edited is found',
    { timeout: 120_000 },
    () => {
      const [first, second] = [0, 1];
      const edits: [string, (files: string[]) => void, RegExp][] = [
        ['first removed', (s) => rmSync(s[first]!), /^INDEX_GAP 0$/],
        ['second removed', (s) => rmSync(s[second]!), /^INDEX_GAP \d{3}$/],
        ['exchanged', exchange, /^SEQ_MISMATCH|^INDEX_GAP/],
        ['linked', (s) => relink(s[first]!), /^SYMLINK$/],
        ['widened', (s) => run(s[first]!, 'CREATE TABLE x(y)'), /^SCHEMA_MISMATCH$/],
        [
          'edited',
          (s) =>
            run(
              s[first]!,
              "UPDATE events SET body = replace(body, 'agent', 'Agent') WHERE idx = 5",
            ),
          /^LEAF_MISMATCH 5$/,
        ],
        [
          'pruned',
          (s) => run(s[first]!, 'UPDATE events SET body = NULL WHERE idx = 5'),
          /^UNAUTHORISED_PRUNE 5$/,
        ],
        [
          'row removed',
          (s) => run(s[second]!, 'DELETE FROM events WHERE idx = 400'),
          /^INDEX_GAP 400$/,
        ],
        ['emptied', (s) => run(s[first]!, 'DELETE FROM events'), /^INDEX_GAP 0$/],
        [
          'more in it than rows',
          (s) => run(s[first]!, "INSERT INTO checkpoints VALUES(5, 'x')"),
          /^DB_CORRUPT$/,
        ],
      ];
      for (const [name, change, want] of edits) {
        const dir = copy(parts);
        change(segmentsOf(dir));
        const [exit, found] = codes(dir);
        expect([name, exit]).toEqual([name, 1]);
        expect([name, [...found].some((f) => want.test(f))]).toEqual([name, true]);
      }
    },
  );

  it('an archive that is a link is said to be one, and read', () => {
    const dir = copy(parts);
    renameSync(join(dir, 'log/archive'), join(dir, 'elsewhere'));
    symlinkSync(join(dir, 'elsewhere'), join(dir, 'log/archive'));
    expect(codes(dir)).toEqual([1, new Set(['SYMLINK'])]);
  });

  it('stray files in the archive change nothing', () => {
    const dir = copy(parts);
    const [file] = segmentsOf(dir);
    cpSync(file!, join(dir, 'log/archive/segment-000000000000-000000000007.db'));
    cpSync(file!, join(dir, 'log/archive/other.db'));
    expect(codes(dir)).toEqual([0, new Set()]);
    expect(readFileSync(file!).length).toBeGreaterThan(0);
  });
});

function exchange([a, b]: string[]): void {
  renameSync(a!, `${a}.x`);
  renameSync(b!, a!);
  renameSync(`${a}.x`, b!);
}

function relink(file: string): void {
  renameSync(file, `${file}.real`);
  symlinkSync(`${file}.real`, file);
}

function run(file: string, sql: string): void {
  const db = new Database(file);
  db.exec(sql);
  db.close();
}
