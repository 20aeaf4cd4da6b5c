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
  body,
  canon,
  fixAll,
  forge,
  pathsOf,
  resign,
  setBody,
  settle,
  stolenKey,
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
  it('the untouched chain verifies from its first key', () => {
    expect(codes(copy(keys))).toEqual([0, new Set()]);
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
