import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { declareNotRun } from '../../../scripts/not-run.ts';
import type { JsonObject } from '../../../shared/domain/json.ts';
import { createDatabaseAgent } from '../../agents/database/agent.ts';
import { tokenizeSql } from '../../agents/database/sql-tokens.ts';
import { checkStatement } from '../../agents/database/statement.ts';
import { parseDatabaseUrl } from '../../agents/database/target.ts';
import { createLinuxCage } from '../../cage/linux/backend.ts';
import { actionOf, contextFor, run } from './context.ts';

const code = (expected: string) => expect.objectContaining({ code: expected });

describe('statement check', () => {
  it.each([
    'SELECT 1',
    'select a, b from t where a = ? and b in (1, 2) -- note\n',
    'SELECT \'it\'\'s; DROP TABLE t\' AS x, "update", "odd ""name" FROM t;',
    'WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 5) SELECT count(*) FROM c',
    'WITH a AS MATERIALIZED (SELECT 1), b (x, y) AS NOT MATERIALIZED (SELECT 1, 2) SELECT * FROM a, b',
    'VALUES (1, 2), (3, 4)',
    'SELECT CAST(x AS numeric(10, 2)), coalesce(y, 0), lower(z) FROM t AS q(x, y, z) /* why */',
    'SELECT count(*) FILTER (WHERE a > 1), sum(b) OVER (PARTITION BY c ORDER BY d) FROM t',
    'SELECT * FROM t WHERE EXISTS (SELECT 1) AND NOT (a OR b) ORDER BY 1 LIMIT 5',
  ])('reads: %s', (sql) => {
    for (const dialect of ['sqlite', 'postgresql'] as const) {
      const text = dialect === 'sqlite' ? sql : sql.replace('?', '$1');
      expect(checkStatement(text, dialect, false).kind).toBe('read');
    }
  });

  it.each([
    'SELECT 1; DROP TABLE t',
    'SELECT 1;;SELECT 2',
    'INSERT INTO t VALUES (1)',
    'UPDATE t SET a = 1',
    'DELETE FROM t',
    'DROP TABLE t',
    "ATTACH DATABASE '/etc/passwd' AS x",
    'PRAGMA writable_schema = 1',
    'WITH x AS (DELETE FROM t RETURNING *) SELECT * FROM x',
    'SELECT * INTO t2 FROM t',
    'SELECT * FROM t FOR UPDATE',
    'SELECT * FROM t FOR SHARE',
    "SELECT load_extension('x')",
    "SELECT pg_read_file('/etc/passwd')",
    "SELECT pg_catalog.pg_read_file('/etc/passwd')",
    'SELECT "pg_read_file"(\'/etc/passwd\')',
    'SELECT pg_sleep(100)',
    "SELECT lo_import('/etc/passwd')",
    "SELECT * FROM dblink('host=evil', 'select 1') AS t(a text)",
    "SELECT set_config('a', 'b', false)",
    "SELECT nextval('s')",
    "SELECT readfile('/etc/passwd')",
    "SELECT writefile('x', 'y')",
    "SELECT * FROM pragma_table_info('t')",
    "COPY t TO PROGRAM 'sh'",
    'EXPLAIN ANALYZE DELETE FROM t',
    'SELECT randomblob(1000000000)',
    'SELECT zeroblob(1000000000)',
    'CALL p()',
    'DO $$ BEGIN END $$',
    'BEGIN',
    "VACUUM INTO 'x'",
    'SET ROLE admin',
    'SHOW ALL',
    'CREATE TABLE x AS SELECT 1',
    'MERGE INTO t USING s ON true WHEN MATCHED THEN DO NOTHING',
  ])('refuses: %s', (sql) => {
    for (const dialect of ['sqlite', 'postgresql'] as const) {
      let thrown: unknown = null;
      try {
        checkStatement(sql, dialect, false);
      } catch (error) {
        thrown = error;
      }
      expect(['DENIED', 'INPUT_INVALID']).toContain((thrown as { code?: string } | null)?.code);
    }
  });

  it.each([
    ['a comment in a comment', 'SELECT 1 /* a /* b */ */ FROM t'],
    ['an open comment', 'SELECT 1 /* a'],
    ['an open text', "SELECT 'a"],
    ['an escape text', "SELECT E'\\'; DROP TABLE t; --'"],
    ['a unicode text', "SELECT U&'\\0027'"],
    ['a unicode name', 'SELECT U&"\\0027"'],
    ['a dollar text', 'SELECT $$;$$'],
    ['a tagged dollar text', 'SELECT $a$;$a$'],
    ['NUL', 'SELECT 1\0; DROP TABLE t'],
    ['half a surrogate', 'SELECT \ud800'],
    ['nothing', ' ;; '],
    ['far too much', `SELECT ${'1+'.repeat(20_000)}1`],
  ])('refuses %s', (_what, sql) => {
    for (const dialect of ['sqlite', 'postgresql'] as const) {
      expect(() => checkStatement(sql, dialect, true)).toThrow(code('INPUT_INVALID'));
    }
  });

  it('changes data only when that is allowed, and never the structure', () => {
    for (const sql of [
      'INSERT INTO t (a) VALUES (?) ON CONFLICT (a) DO NOTHING',
      'UPDATE t SET a = 1 WHERE b = 2',
      'DELETE FROM t WHERE a = 1',
    ]) {
      expect(checkStatement(sql, 'sqlite', true).kind).toBe('write');
      expect(() => checkStatement(sql, 'sqlite', false)).toThrow(code('DENIED'));
    }
    expect(() => checkStatement('DROP TABLE t', 'sqlite', true)).toThrow(code('DENIED'));
    expect(() =>
      checkStatement("INSERT INTO t SELECT pg_read_file('/etc/passwd')", 'postgresql', true),
    ).toThrow(code('DENIED'));
  });

  it('sees text as text whatever stands in it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
        const plain = [...text].every((c) => c >= ' ' && c !== '\x7f');
        fc.pre(plain);
        const tokens = tokenizeSql(`SELECT '${text.replaceAll("'", "''")}' FROM t`, 'sqlite');
        expect(tokens.map((t) => t.kind)).toEqual(['word', 'text', 'word', 'word']);
        expect(tokens[1]?.value).toBe(text);
      }),
    );
  });
});

describe('database addresses', () => {
  it.each([
    ['sqlite:data/input/a.db', { kind: 'sqlite', path: 'data/input/a.db' }],
    ['sqlite:///data/./a.sqlite', { kind: 'sqlite', path: 'data/a.sqlite' }],
    [
      'postgresql://ann@DB.example.org/claims',
      {
        kind: 'postgresql',
        host: 'db.example.org',
        port: 5432,
        user: 'ann',
        password: null,
        database: 'claims',
      },
    ],
    [
      'postgres://a%40b:p%3Aw@h.example:6432/d',
      {
        kind: 'postgresql',
        host: 'h.example',
        port: 6432,
        user: 'a@b',
        password: 'p:w',
        database: 'd',
      },
    ],
  ])('%s', (text, expected) => {
    expect(parseDatabaseUrl(text)).toEqual(expected);
  });

  it.each([
    'sqlite:/etc/passwd',
    'sqlite:../x.db',
    'sqlite:data/../../x.db',
    'sqlite:data/input/notes.txt',
    'sqlite::memory:',
    'sqlite:',
    'mysql://a@b/c',
    'postgresql://h/d',
    'postgresql://u@h/',
    'postgresql://u@h/d?sslmode=disable',
    'postgresql://u@h/d?host=/var/run',
    'postgresql://u@[::1]/d',
    'postgresql://u@h/d#x',
    'data/input/a.db',
  ])('refuses %s', (text) => {
    expect(() => parseDatabaseUrl(text)).toThrow(code('INPUT_INVALID'));
  });

  it('refuses a password in the workflow and never repeats it', () => {
    const action = actionOf(createDatabaseAgent({ nodePath: process.execPath }), 'query');
    const describeIt = () =>
      action.describe({ database_url: 'postgresql://u:hunter2hunter2@h/d', query: 'SELECT 1' });
    expect(describeIt).toThrow(code('INPUT_INVALID'));
    expect(describeIt).not.toThrow(/hunter2/);
  });
});

const root = mkdtempSync(join(tmpdir(), 'akios-db-'));
const cage = createLinuxCage({ stateDir: join(root, 'state') });
const report = await cage.probe();
afterAll(async () => {
  await cage.dispose();
  rmSync(root, { recursive: true, force: true });
});

function inTheCage(): void {
  const url = 'sqlite:data/input/claims.db';
  const agent = createDatabaseAgent({ nodePath: process.execPath });
  const perform = (name: string, params: JsonObject) =>
    run(agent, name, { database_url: url, ...params }, contextFor({ projectDir: root, cage }));

  beforeAll(() => {
    for (const folder of ['data/input', 'data/db'])
      mkdirSync(join(root, folder), { recursive: true });
    for (const file of ['data/input/claims.db', 'data/db/work.db']) {
      const db = new DatabaseSync(join(root, file));
      db.exec(`CREATE TABLE claim (id INTEGER PRIMARY KEY, name TEXT, amount REAL, big INTEGER, raw BLOB);
        INSERT INTO claim VALUES (1, 'Ann', 10.5, 9007199254740993, x'0102'), (2, 'Bob', NULL, 7, NULL), (3, NULL, -1, 0, NULL);
        CREATE VIEW sneaky AS SELECT load_extension('/tmp/x.so') AS x;
        CREATE VIEW spy AS SELECT * FROM pragma_database_list;
        CREATE TABLE trap (a); CREATE TRIGGER spring AFTER INSERT ON trap BEGIN DELETE FROM claim; END;`);
      db.close();
    }
    writeFileSync(
      join(root, 'data/input/not.db'),
      'this is no database, it is a letter'.repeat(100),
    );
    symlinkSync('/etc/hostname', join(root, 'data/input/link.db'));
  });

  it('reads rows with values bound, and describes itself as a file read', async () => {
    const described = actionOf(agent, 'query').describe({ database_url: url, query: 'SELECT 1' });
    expect(described).toMatchObject({
      gate: 'fs',
      action: 'read',
      target: 'data/input/claims.db',
      idempotent: true,
    });
    const result = await perform('query', {
      query: 'SELECT * FROM claim WHERE id < ? ORDER BY id',
      params: [3],
    });
    expect(result.output['rows']).toEqual([
      { id: 1, name: 'Ann', amount: 10.5, big: '9007199254740993', raw: '<2 bytes>' },
      { id: 2, name: 'Bob', amount: null, big: 7, raw: null },
    ]);
    expect(result.output).toMatchObject({ row_count: 2, truncated: false });
    expect(result.resources?.maxRssBytes).toBeGreaterThan(0);
  });

  it('counts, and keeps a value a value', async () => {
    const counted = await perform('count', { query: 'SELECT * FROM claim' });
    expect(counted.output).toEqual({ text: '3', count: 3 });
    const inject = await perform('count', {
      query: 'SELECT * FROM claim WHERE name = ?',
      params: ["x' OR '1'='1"],
    });
    expect(inject.output['count']).toBe(0);
  });

  it('stops at max_rows', async () => {
    const result = await perform('query', {
      query: 'SELECT id FROM claim ORDER BY id',
      max_rows: 2,
    });
    expect(result.output).toMatchObject({ row_count: 2, truncated: true });
  });

  it.each([
    ['a view that loads code', 'SELECT * FROM sneaky'],
    ['a view over settings', 'SELECT * FROM spy'],
  ])('refuses %s', async (_what, query) => {
    await expect(perform('query', { query })).rejects.toMatchObject({
      code: expect.stringMatching(/^(DENIED|STEP_FAILED)$/),
    });
  });

  it('cannot change a file it reads', async () => {
    const before = readFileSync(join(root, 'data/input/claims.db'));
    await expect(perform('query', { query: 'DELETE FROM claim' })).rejects.toMatchObject({
      code: 'DENIED',
    });
    await expect(perform('execute', { query: 'DELETE FROM claim' })).rejects.toMatchObject({
      code: 'DENIED',
    });
    expect(readFileSync(join(root, 'data/input/claims.db')).equals(before)).toBe(true);
  });

  it('changes rows when allowed, and says so beforehand', async () => {
    const params = {
      database_url: 'sqlite:data/db/work.db',
      query: 'UPDATE claim SET amount = ? WHERE id = ?',
      params: [99, 2],
      allow_write: true,
    };
    expect(actionOf(agent, 'execute').describe(params)).toMatchObject({
      action: 'write',
      reversibility: 'none',
      idempotent: false,
    });
    expect((await perform('execute', params)).output['changes']).toBe(1);
    const read = await perform('query', {
      database_url: params.database_url,
      query: 'SELECT amount FROM claim WHERE id = 2',
    });
    expect(read.output['rows']).toEqual([{ amount: 99 }]);
  });

  it('ends a query that never ends', async () => {
    const query =
      'WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT max(n) FROM c';
    await expect(perform('query', { query, timeout: 1 })).rejects.toMatchObject({
      code: 'TIMEOUT',
    });
  });

  it.each([
    ['no file', 'sqlite:data/input/missing.db', 'FILE_NOT_FOUND'],
    ['no database', 'sqlite:data/input/not.db', 'STEP_FAILED'],
    ['a link', 'sqlite:data/input/link.db', 'DENIED'],
  ])('says what is wrong with %s', async (_what, database_url, expected) => {
    await expect(perform('query', { database_url, query: 'SELECT 1' })).rejects.toMatchObject({
      code: expected,
    });
  });

  it('reads a database whose last changes are still in its write-ahead log', async () => {
    const file = join(root, 'data/input/live.db');
    const db = new DatabaseSync(file);
    db.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (a); INSERT INTO t VALUES (1), (2)');
    try {
      const params = { database_url: 'sqlite:data/input/live.db', query: 'SELECT * FROM t' };
      const outcome = await perform('count', params).catch((error: unknown) => error);
      // Either all rows or a plain error: never an older state.
      if (outcome instanceof Error) expect(outcome).toMatchObject({ code: 'STEP_FAILED' });
      else expect(outcome).toMatchObject({ output: { count: 2 } });
    } finally {
      db.close();
    }
  });
}

if (report.level === 'refuse') {
  const bad = report.probes.filter((p) => p.ok === false).map((p) => `${p.id} ${p.observed}`);
  declareNotRun('SQLite inside the cage', `no cage can be had here: ${bad.join('; ')}`);
} else {
  describe('SQLite inside the cage', inTheCage);
}
