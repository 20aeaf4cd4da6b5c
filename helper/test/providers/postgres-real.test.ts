import { spawn, spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  globSync,
  mkdtempSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { declareNotRun } from '../../../scripts/not-run.ts';
import type { JsonObject } from '../../../shared/domain/json.ts';
import { createDatabaseAgent } from '../../agents/database/agent.ts';
import { createEgress } from '../../cage/egress/egress.ts';
import type { Egress } from '../../cage/egress/port.ts';
import { contextFor, run } from './context.ts';
import { createTestCa } from './test-ca.ts';

/** A real PostgreSQL server with TLS, reached through the real proxy; only the name is the test's. */
const HOST = 'db.claims.example';
const PASSWORD = 'a-password-of-the-vault';
const BIN = globSync('/usr/lib/postgresql/*/bin/initdb')[0]?.replace(/\/initdb$/, '') ?? '';
/** The server refuses to run as root. */
const uid = process.getuid?.() === 0 ? 65_534 : (process.getuid?.() ?? 0);
const gid = process.getuid?.() === 0 ? 65_534 : (process.getgid?.() ?? 0);

let base = '';
let port = 0;
let egress: Egress;
let ca: ReturnType<typeof createTestCa>;
let server: ReturnType<typeof spawn> | null = null;

function program(name: string, args: readonly string[]): void {
  const done = spawnSync(join(BIN, name), args, { uid, gid, cwd: base, encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`${name}: ${done.stderr}${done.error?.message ?? ''}`);
}

function own(path: string, text: string, mode: number): void {
  writeFileSync(path, text);
  chmodSync(path, mode);
  chownSync(path, uid, gid);
}

/**
 * A port below those that the kernel hands out by itself: what listens anywhere or dials out in the
 * time until the server starts cannot be given it.
 */
async function freePort(): Promise<number> {
  for (;;) {
    const wanted = randomInt(10_240, 32_768);
    const probe = createServer();
    const free = await new Promise<boolean>((resolve) => {
      probe.once('error', () => resolve(false));
      probe.listen(wanted, '127.0.0.1', () => resolve(true));
    });
    if (!free) continue;
    await new Promise<void>((resolve) => probe.close(() => resolve()));
    return wanted;
  }
}

async function answers(): Promise<void> {
  for (let i = 0; i < 2_000; i += 1) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () =>
        resolve(false),
      );
      socket.on('connect', () => socket.destroy());
    });
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('The database server does not start.');
}

async function startServer(): Promise<void> {
  base = mkdtempSync(join(tmpdir(), 'akios-pg-'));
  chmodSync(base, 0o755);
  chownSync(base, uid, gid);
  const data = join(base, 'data');
  own(join(base, 'pw'), PASSWORD, 0o600);
  const how = ['-A', 'scram-sha-256', '-U', 'ann', `--pwfile=${join(base, 'pw')}`, '-N'];
  program('initdb', ['-D', data, ...how, '-E', 'UTF8', '--locale=C']);
  ca = createTestCa();
  const { certPem, keyPem } = ca.issue([HOST]);
  own(join(data, 'server.crt'), certPem, 0o600);
  own(join(data, 'server.key'), keyPem, 0o600);
  port = await freePort();
  appendFileSync(
    join(data, 'postgresql.conf'),
    `listen_addresses = '127.0.0.1'\nport = ${port}\nssl = on\nfsync = off\nunix_socket_directories = ''\n`,
  );
  // TLS or nothing: a client that was talked out of it would be refused.
  own(join(data, 'pg_hba.conf'), 'hostssl all all 127.0.0.1/32 scram-sha-256\n', 0o600);
  server = spawn(join(BIN, 'postgres'), ['-D', data], { uid, gid, cwd: base, stdio: 'ignore' });
  await answers();
  await prepare();
}

/** What a person has made there: a table, and views that hide a write and a wait. */
async function prepare(): Promise<void> {
  const ssl = { ca: ca.certPem, servername: HOST };
  const login = { host: '127.0.0.1', port, user: 'ann', password: PASSWORD, database: 'postgres' };
  for (let i = 0; ; i += 1) {
    const client = new pg.Client({ ...login, ssl });
    try {
      await client.connect();
      await client.query(`
        CREATE TABLE claim (id int PRIMARY KEY, name text);
        CREATE FUNCTION own_write() RETURNS int LANGUAGE sql AS 'DELETE FROM claim; SELECT 1';
        CREATE VIEW writing_view AS SELECT own_write() AS v;
        CREATE VIEW slow_view AS SELECT 1 AS v FROM pg_sleep(30);`);
      await client.end();
      return;
    } catch (error) {
      // "The database system is starting up."
      if ((error as { code?: string }).code !== '57P03' || i > 2_000) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

function perform(name: string, params: JsonObject, listed = true) {
  const secrets = {
    DATABASE_URL: `postgresql://ann:${PASSWORD}@${HOST}:${port}/postgres`,
    DATABASE_CA: ca.certPem,
    OTHER_CA: createTestCa().certPem,
  };
  const agent = createDatabaseAgent({
    nodePath: process.execPath,
    secret: (key) => secrets[key as 'DATABASE_URL'],
  });
  const rules = listed ? [{ host: HOST, ports: [port], allowPrivate: true }] : [];
  const context = contextFor({
    secrets,
    egress,
    egressPolicy: { run: 'run-1', rules, maxConnections: 100, maxBytes: 10_000_000 },
  });
  return run(
    agent,
    name,
    { database_url: '${DATABASE_URL}', ca: '${DATABASE_CA}', ...params },
    context,
  );
}

const here = BIN !== '' && existsSync(join(BIN, 'postgres'));
if (!here) declareNotRun('a real PostgreSQL server', 'Debian package postgresql is not installed');

describe.runIf(here)('a real PostgreSQL server through the egress', () => {
  beforeAll(async () => {
    await startServer();
    egress = createEgress({ resolve: async () => [{ address: '127.0.0.1', family: 4 }] });
  });
  afterAll(async () => {
    await egress?.dispose();
    if (server) {
      const ended = new Promise((resolve) => server?.once('exit', resolve));
      server.kill('SIGINT');
      await ended;
    }
    if (base) rmSync(base, { recursive: true, force: true });
  });

  it('is asked for TLS, changed when allowed, and read', async () => {
    // The server lets nobody in without TLS, so every answer came through it.
    expect((await perform('query', { query: 'SELECT ssl FROM pg_stat_ssl' })).output).toMatchObject(
      {
        rows: [{ ssl: expect.stringMatching(/^t/) }],
      },
    );
    const write = { allow_write: true };
    const inserted = await perform('execute', {
      ...write,
      query: 'INSERT INTO claim (id, name) VALUES ($1, $2), ($3, $4)',
      params: [1, 'Ann', 2, "O'Neill; DROP TABLE claim"],
    });
    expect(inserted.output).toMatchObject({ changes: 2 });
    const rows = await perform('query', {
      query: 'SELECT id, name FROM claim WHERE id < $1 ORDER BY id',
      params: [9],
      max_rows: 1,
    });
    expect(rows.output).toMatchObject({ rows: [{ id: 1, name: 'Ann' }], truncated: true });
    expect((await perform('count', { query: 'SELECT id FROM claim' })).output).toMatchObject({
      count: 2,
    });
    // A change that fails is no change.
    await expect(
      perform('execute', { ...write, query: 'UPDATE claim SET id = 1' }),
    ).rejects.toMatchObject({ code: 'STEP_FAILED' });
    await expect(perform('execute', { ...write, query: 'DROP TABLE claim' })).rejects.toMatchObject(
      {
        code: 'DENIED',
      },
    );
    expect((await perform('count', { query: 'SELECT id FROM claim' })).output).toMatchObject({
      count: 2,
    });
  });

  it('refuses to write where only reading is allowed, whatever hides the write', async () => {
    for (const query of [
      'INSERT INTO claim (id) VALUES (7)',
      'WITH gone AS (DELETE FROM claim RETURNING id) SELECT id FROM gone',
      "SELECT set_config('transaction_read_only', 'off', false)",
      'SELECT own_write()',
      'SELECT id FROM claim FOR UPDATE',
      'SELECT 1; DELETE FROM claim',
      'SELECT pg_sleep(30)',
    ]) {
      await expect(perform('query', { query }), query).rejects.toMatchObject({
        code: expect.stringMatching(/^(?:DENIED|STEP_FAILED|INPUT_INVALID)$/),
      });
    }
    // Even what gets past the reading of words: the server itself holds the transaction read-only.
    await expect(perform('query', { query: 'SELECT v FROM writing_view' })).rejects.toMatchObject({
      code: 'DENIED',
    });
    expect((await perform('count', { query: 'SELECT id FROM claim' })).output).toMatchObject({
      count: 2,
    });
  });

  it('ends a query that takes too long', async () => {
    await expect(
      perform('query', { query: 'SELECT v FROM slow_view', timeout: 1 }),
    ).rejects.toMatchObject({ code: 'TIMEOUT' });
  });

  it('is given nothing when its certificate is of an authority nobody named, or it is not listed', async () => {
    const query = { query: 'SELECT 1' };
    await expect(perform('query', { ...query, ca: '${OTHER_CA}' })).rejects.toMatchObject({
      code: 'STEP_FAILED',
    });
    await expect(perform('query', query, false)).rejects.toMatchObject({ code: 'NET_DENIED' });
    // This server is older than 17: it does not know TLS from the first byte.
    if (Number(/postgresql\/(\d+)/.exec(BIN)?.[1] ?? 0) < 17) {
      await expect(perform('query', { ...query, sslnegotiation: 'direct' })).rejects.toMatchObject({
        code: 'STEP_FAILED',
      });
    }
  });
});
