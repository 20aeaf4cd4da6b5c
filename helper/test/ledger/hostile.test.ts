import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sampleDraft } from '../../../bench/make-ledger.ts';
import { declareNotRun } from '../../../scripts/not-run.ts';
import { makeLedger } from '../../store/ledger/bulk.ts';
import { type Forgery, forge, pathsOf, settle } from './forge.ts';

/**
 * Whatever lies in the log folder, the verifier gives a verdict in bounded memory: it runs as a
 * process of its own with a small heap, and must neither crash nor hang.
 */
const CLI = new URL('./verify-child.ts', import.meta.url).pathname;
let root: string;
let base: string;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'akios-hostile-'));
  base = join(root, 'base');
  const draft = (n: number) => sampleDraft('h', n);
  makeLedger({ paths: pathsOf(base), events: 300, sealEvery: 100, salt: 'h', draft });
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

interface Verdict {
  exit: number | null;
  codes: string[];
}

function fresh(): string {
  const dir = join(root, 'case');
  rmSync(dir, { recursive: true, force: true });
  cpSync(base, dir, { recursive: true });
  return dir;
}

/** Findings for a log whose every root differs, with checkpoints at 100, 200 and 300. */
const ROOTS = ['ROOT_MISMATCH', 'ROOT_MISMATCH', 'ROOT_MISMATCH'];

/** Words before the command: `dir` is mounted read-only for it, in a namespace of its own. */
function readOnly(dir: string): string[] {
  const mount = `mount --bind '${dir}' '${dir}'; mount -o remount,bind,ro '${dir}'; exec "$@"`;
  return ['unshare', '-rm', 'sh', '-ec', mount, 'sh'];
}

function verdictOf(dir: string, before: readonly string[] = []): Verdict {
  const { logDir, trustDir } = pathsOf(dir);
  const words = ['--log', logDir, '--vkey', join(trustDir, 'log.vkey')];
  const all = [...before, process.execPath, '--max-old-space-size=160', CLI, ...words];
  const run = spawnSync(all[0]!, [...all.slice(1), '--anchor', join(trustDir, 'anchor.note')], {
    encoding: 'utf8',
    timeout: 120_000,
    killSignal: 'SIGKILL',
  });
  const last = run.stdout.trimEnd().split('\n').at(-1) ?? '';
  if (!last.startsWith('{')) throw new Error(`no verdict (${run.status}): ${run.stderr}`);
  const { findings } = JSON.parse(last) as { findings: { code: string }[] };
  return { exit: run.status, codes: findings.map((f) => f.code) };
}

function attacked(change: (f: Forgery) => void): Verdict {
  const dir = fresh();
  const f = forge(dir);
  f.db.unsafeMode(true);
  change(f);
  settle(f);
  return verdictOf(dir);
}

const database = (dir: string): string => join(dir, 'log/audit.db');

describe('a hostile log folder', { timeout: 300_000 }, () => {
  it('a pipe or a folder in place of the database or its side files', () => {
    for (const name of ['audit.db', 'audit.db-wal', 'audit.db-shm', 'audit.db-journal']) {
      for (const kind of ['pipe', 'folder']) {
        const dir = fresh();
        const file = join(dir, 'log', name);
        rmSync(file, { force: true });
        if (kind === 'folder') mkdirSync(file);
        else expect(spawnSync('mkfifo', [file]).status).toBe(0);
        expect([name, kind, verdictOf(dir)]).toEqual([
          name,
          kind,
          { exit: 1, codes: ['DB_CORRUPT'] },
        ]);
      }
    }
  });

  it('a linked write-ahead file', () => {
    const dir = fresh();
    writeFileSync(join(root, 'elsewhere'), 'x');
    symlinkSync(join(root, 'elsewhere'), `${database(dir)}-wal`);
    expect(verdictOf(dir).codes).toContain('SYMLINK');
  });

  it('side files full of noise change nothing or are found', () => {
    const dir = fresh();
    writeFileSync(`${database(dir)}-wal`, Buffer.alloc(100_000, 7), { mode: 0o600 });
    writeFileSync(`${database(dir)}-shm`, Buffer.alloc(65_536, 9), { mode: 0o600 });
    expect(verdictOf(dir)).toEqual({ exit: 0, codes: [] });
  });

  it('a genuine tail that lives in a planted write-ahead file is judged like any row', () => {
    const dir = fresh();
    const f = forge(dir);
    f.db.pragma('journal_mode = WAL');
    f.db.pragma('wal_autocheckpoint = 0');
    f.db.prepare("UPDATE events SET type = 'x' WHERE idx = 9").run();
    const wal = readFileSync(`${database(dir)}-wal`);
    const main = readFileSync(database(dir));
    f.db.close();
    writeFileSync(database(dir), main);
    writeFileSync(`${database(dir)}-wal`, wal, { mode: 0o600 });
    expect(verdictOf(dir)).toEqual({ exit: 1, codes: ['COLUMN_MISMATCH'] });
  });

  it('10 GB of nothing at the end, and a page count far beyond the file', () => {
    const dir = fresh();
    truncateSync(database(dir), 10 * 2 ** 30);
    // Bytes beyond the pages that the database names are no part of the log, and cost nothing.
    expect(verdictOf(dir)).toEqual({ exit: 0, codes: [] });
    const bytes = readFileSync(join(base, 'log/audit.db'));
    bytes.writeUInt32BE(0xfffffffe, 28);
    rmSync(database(dir));
    writeFileSync(database(dir), bytes, { mode: 0o600 });
    expect(verdictOf(dir)).toEqual({ exit: 1, codes: ['DB_CORRUPT'] });
  });

  it('values of 100 MB in any column', () => {
    const big = 100 * 2 ** 20;
    const rebuilt = ['TILE_MISMATCH', 'TILE_MISMATCH', 'HEAD_MISMATCH', ...ROOTS, 'FORK'];
    const sql: [string, string[]][] = [
      ['UPDATE events SET body = ? WHERE idx = 9', ['LEAF_MISMATCH', 'NOT_CANONICAL']],
      ['UPDATE events SET type = ? WHERE idx = 9', ['NOT_CANONICAL']],
      [
        'UPDATE checkpoints SET note = ? WHERE size = 200',
        ['NOTE_MALFORMED', 'CHECKPOINT_MISSING'],
      ],
    ];
    for (const [update, codes] of sql) {
      const found = attacked((f) => f.db.prepare(update).run('x'.repeat(big)));
      expect([update, found]).toEqual([update, { exit: 1, codes }]);
    }
    const blobs: [string, string[]][] = [
      ['UPDATE tiles SET data = zeroblob(?) WHERE n = 1', ['TILE_MISMATCH']],
      ['UPDATE head SET crange = zeroblob(?)', ['HEAD_MISMATCH']],
      [
        'UPDATE events SET leaf = zeroblob(?) WHERE idx = 9',
        ['LEAF_MISMATCH', 'NOT_CANONICAL', ...rebuilt],
      ],
    ];
    for (const [update, codes] of blobs) {
      const found = attacked((f) => f.db.prepare(update).run(big / 4));
      expect([update, found]).toEqual([update, { exit: 1, codes }]);
    }
  });

  it('many rows of 60 KB and nothing but seals, prunes and gaps', () => {
    const found = attacked((f) => {
      f.db.exec(`WITH RECURSIVE n(i) AS (SELECT 300 UNION ALL SELECT i + 1 FROM n WHERE i < 1500)
        INSERT INTO events SELECT i, zeroblob(32), '2026-01-01T00:00:00.000Z', 'x',
        printf('%60000s', 'x') FROM n`);
    });
    expect(found.exit).toBe(1);
    const gaps = attacked((f) => {
      f.db.exec(`WITH RECURSIVE n(i) AS (SELECT 300 UNION ALL SELECT i + 1 FROM n WHERE i < 60000)
        INSERT INTO events SELECT i, zeroblob(32), '2026-01-01T00:00:00.000Z', 'x',
        CASE WHEN i % 2 THEN 'x' END FROM n`);
    });
    expect(gaps.codes).toContain('UNAUTHORISED_PRUNE');
  });

  it('twenty thousand checkpoints, beyond the rows and within them', () => {
    const found = attacked((f) => {
      f.db.exec(`WITH RECURSIVE n(i) AS (SELECT 301 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
        INSERT INTO checkpoints SELECT i, replace((SELECT note FROM checkpoints WHERE size = 300),
        char(10) || '300' || char(10), char(10) || i || char(10)) FROM n`);
    });
    expect(found.exit).toBe(1);
    expect(new Set(found.codes)).toEqual(new Set(['SIG_INVALID']));
    expect(found.codes.length).toBeGreaterThan(20);
  });

  it('numbers at the ends of 64 bits, as index, size, level and head', () => {
    const min = '-9223372036854775808';
    const max = '9223372036854775807';
    const row = "'2026-01-01T00:00:00.000Z', 'x', '{}'";
    const tail = ['TILE_MISMATCH', 'HEAD_MISMATCH', 'UNSEALED_TAIL'];
    const first = ['TILE_MISMATCH', 'TILE_MISMATCH', 'TILE_MISMATCH', 'HEAD_MISMATCH'];
    const cases: [string, string[]][] = [
      [
        `INSERT INTO events VALUES(${max}, zeroblob(32), ${row})`,
        ['INDEX_GAP', 'LEAF_MISMATCH', 'NOT_CANONICAL', 'TIME_REGRESSION', ...tail],
      ],
      [
        `INSERT INTO events VALUES(${min}, zeroblob(32), ${row})`,
        [
          ...['INDEX_GAP', 'LEAF_MISMATCH', 'NOT_CANONICAL', 'INDEX_GAP', ...first],
          ...[...ROOTS, 'UNSEALED_TAIL', 'FORK'],
        ],
      ],
      [`INSERT INTO checkpoints VALUES(${max}, 'x')`, ['NOTE_MALFORMED']],
      [`INSERT INTO checkpoints VALUES(${min}, 'x')`, ['NOTE_MALFORMED']],
      [`INSERT INTO tiles VALUES(${max}, ${max}, x'00')`, ['TILE_MISMATCH']],
      [`INSERT INTO tiles VALUES(${min}, ${min}, x'00')`, ['TILE_MISMATCH']],
      [`UPDATE head SET size = ${max}`, ['HEAD_MISMATCH']],
      [`INSERT INTO head VALUES(${min}, 0, x'')`, ['HEAD_MISMATCH']],
    ];
    for (const [sql, codes] of cases) {
      expect([sql, attacked((f) => f.db.exec(sql))]).toEqual([sql, { exit: 1, codes }]);
    }
  });

  it('text that is no UTF-8, a body that is a BLOB', () => {
    const strict = "replace(sql, ' STRICT', '')";
    const found = attacked((f) => {
      f.db.exec("UPDATE events SET type = CAST(x'ff' AS TEXT) WHERE idx = 7");
      f.db.exec("UPDATE checkpoints SET note = CAST(x'ff' AS TEXT) WHERE size = 200");
      f.db.pragma('writable_schema = ON');
      const { sql } = f.db.prepare("SELECT sql FROM sqlite_schema WHERE name = 'events'").get() as {
        sql: string;
      };
      f.db.exec(`UPDATE sqlite_schema SET sql = ${strict} WHERE name = 'events'`);
      f.db.pragma('schema_version = 900');
      f.db.exec('UPDATE events SET body = CAST(body AS BLOB) WHERE idx = 5');
      f.db.prepare("UPDATE sqlite_schema SET sql = ? WHERE name = 'events'").run(sql);
    });
    const row = ['NOT_CANONICAL', 'COLUMN_MISMATCH'];
    const note = ['NOTE_MALFORMED', 'CHECKPOINT_MISSING'];
    expect(found).toEqual({ exit: 1, codes: ['DB_CORRUPT', ...row, ...note] });
  });

  it('a schema that computes is refused before anything of it runs', () => {
    const heavy = 'CHECK(length(hex(zeroblob(400000000))) > 0)';
    const found = attacked((f) => {
      f.db.pragma('writable_schema = ON');
      f.db.exec(
        `UPDATE sqlite_schema SET sql = replace(sql, 'body TEXT', 'body TEXT ${heavy}') WHERE name = 'events'`,
      );
    });
    expect(found).toEqual({ exit: 1, codes: ['SCHEMA_MISMATCH'] });
  });

  it('a folder whose mode forbids to write', () => {
    const dir = fresh();
    chmodSync(join(dir, 'log/audit.db'), 0o400);
    chmodSync(join(dir, 'log'), 0o500);
    try {
      expect(verdictOf(dir)).toEqual({ exit: 0, codes: [] });
    } finally {
      chmodSync(join(dir, 'log'), 0o700);
    }
  });

  if (
    spawnSync('unshare', ['-rm', 'sh', '-ec', 'cd "$0"; mount --bind . .', tmpdir()]).status === 0
  ) {
    it('read-only media with a write-ahead file, whole or changed, also for the administrator', () => {
      for (const [change, codes] of [
        ['UPDATE checkpoints SET note = note WHERE size = 0', []],
        ["UPDATE events SET type = 'x' WHERE idx = 9", ['COLUMN_MISMATCH']],
        ['DELETE FROM tiles WHERE level = 1', ['TILE_MISMATCH']],
      ] as const) {
        const dir = fresh();
        const f = forge(dir);
        f.db.pragma('journal_mode = WAL');
        f.db.pragma('wal_autocheckpoint = 0');
        f.db.exec(change);
        const parts = ['', '-wal'].map((end) => readFileSync(`${database(dir)}${end}`));
        f.db.close();
        for (const [i, end] of ['', '-wal'].entries()) {
          writeFileSync(`${database(dir)}${end}`, parts[i]!, { mode: 0o600 });
        }
        const exit = codes.length === 0 ? 0 : 1;
        expect([change, verdictOf(dir, readOnly(dir))]).toEqual([change, { exit, codes }]);
      }
    });
  } else declareNotRun('ledger: read-only media', 'unshare with mounts does not work here');

  it('a database held by another program gives no verdict', async () => {
    const dir = fresh();
    const hold = `const D=require('better-sqlite3');const d=new D(process.argv[1]);
      d.pragma('journal_mode=DELETE');d.pragma('locking_mode=EXCLUSIVE');d.exec('BEGIN EXCLUSIVE');
      process.stdout.write('held');setInterval(()=>{},1000)`;
    const child = spawn(process.execPath, ['-e', hold, database(dir)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      await new Promise((resolve) => child.stdout!.once('data', resolve));
      expect(verdictOf(dir)).toEqual({ exit: 2, codes: ['INPUT_UNREADABLE'] });
    } finally {
      child.kill('SIGKILL');
    }
  });

  it('pipes in place of key and anchor', () => {
    for (const name of ['log.vkey', 'anchor.note']) {
      const dir = fresh();
      const file = join(dir, 'trust', name);
      renameSync(file, `${file}.real`);
      expect(spawnSync('mkfifo', [file]).status).toBe(0);
      expect([name, verdictOf(dir).exit]).toEqual([name, 2]);
    }
  });

  it('the untouched log still verifies in the small process', () => {
    expect(verdictOf(fresh())).toEqual({ exit: 0, codes: [] });
    const db = new Database(database(fresh()));
    db.exec('VACUUM');
    db.close();
    expect(verdictOf(join(root, 'case'))).toEqual({ exit: 0, codes: [] });
  });
});
