import { createServer } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../shared/domain/json.ts';
import { createDatabaseAgent } from '../../agents/database/agent.ts';
import { createEgress } from '../../cage/egress/egress.ts';
import type { Egress, EgressDecision } from '../../cage/egress/port.ts';
import { actionOf, contextFor, run } from './context.ts';
import { type FakePostgres, startFakePostgres } from './postgres-server.ts';

const HOST = 'db.claims.example';
const PASSWORD = 'a-password-of-the-vault';
let server: FakePostgres;
let egress: Egress;
const decisions: EgressDecision[] = [];

beforeAll(async () => {
  server = await startFakePostgres(HOST, PASSWORD);
  egress = createEgress({ resolve: async () => [{ address: '127.0.0.1', family: 4 }] });
  egress.onDecision((decision) => decisions.push(decision));
});
afterAll(async () => {
  await egress.dispose();
  await server.close();
});
beforeEach(() => {
  server.rows = [
    ['1', 'Ann'],
    ['2', 'Bob'],
    ['3', 'Cid'],
  ];
  server.fail = null;
  server.startups.length = 0;
  server.statements.length = 0;
  decisions.length = 0;
});

const secrets = () => ({
  DATABASE_URL: `postgresql://ann:${PASSWORD}@${HOST}:${server.port}/claims`,
  WRONG_URL: `postgresql://ann:wrong@${HOST}:${server.port}/claims`,
  DATABASE_CA: server.ca,
});
function perform(
  name: string,
  params: JsonObject,
  rules = [{ host: HOST, ports: [server.port], allowPrivate: true }],
) {
  const agent = createDatabaseAgent({
    nodePath: process.execPath,
    secret: (n) => secrets()[n as 'DATABASE_URL'],
  });
  const context = contextFor({
    secrets: secrets(),
    egress,
    egressPolicy: { run: 'run-1', rules, maxConnections: 100, maxBytes: 1_000_000 },
  });
  const given = {
    database_url: '${DATABASE_URL}',
    ca: '${DATABASE_CA}',
    sslnegotiation: 'direct',
    ...params,
  };
  return run(agent, name, given, context);
}

describe('PostgreSQL through the egress', () => {
  it('is described by host and port alone', () => {
    const agent = createDatabaseAgent({
      nodePath: process.execPath,
      secret: (n) => secrets()[n as 'DATABASE_URL'],
    });
    const described = actionOf(agent, 'query').describe({
      database_url: '${DATABASE_URL}',
      query: 'SELECT 1',
    });
    expect(described).toMatchObject({
      gate: 'net',
      action: 'query',
      target: `${HOST}:${server.port}`,
      reversibility: 'none',
    });
    expect(JSON.stringify(described)).not.toContain(PASSWORD);
  });

  it('reads inside a read-only transaction, through a cursor, with values bound', async () => {
    const result = await perform('query', {
      query: 'SELECT id, name FROM claim WHERE id < $1',
      params: [9],
      max_rows: 2,
    });
    expect(result.output).toMatchObject({
      rows: [
        { id: '1', name: 'Ann' },
        { id: '2', name: 'Bob' },
      ],
      truncated: true,
    });
    expect(server.statements.map((s) => s.text)).toEqual([
      'BEGIN TRANSACTION READ ONLY',
      'DECLARE akios_rows NO SCROLL CURSOR FOR SELECT id, name FROM claim WHERE id < $1',
      'FETCH FORWARD 3 FROM akios_rows',
      'ROLLBACK',
    ]);
    expect(server.statements[1]?.values).toEqual(['9']);
    expect(server.startups[0]).toMatchObject({ user: 'ann', database: 'claims' });
    expect(server.startups[0]?.['options']).toContain('default_transaction_read_only=on');
    expect(server.startups[0]?.['options']).toContain('standard_conforming_strings=on');
    expect(decisions.some((d) => d.allowed && d.host === HOST)).toBe(true);
  });

  it('writes in one transaction when allowed', async () => {
    const params = { query: 'UPDATE claim SET name = $1', params: ['x'], allow_write: true };
    expect((await perform('execute', params)).output).toMatchObject({ changes: 3 });
    expect(server.statements.map((s) => s.text)).toEqual([
      'BEGIN',
      'UPDATE claim SET name = $1',
      'COMMIT',
    ]);
  });

  it('goes nowhere the policy does not list', async () => {
    await expect(perform('query', { query: 'SELECT 1' }, [])).rejects.toMatchObject({
      code: 'NET_DENIED',
    });
    expect(server.startups).toHaveLength(0);
  });

  it('trusts no certificate it cannot check', async () => {
    const agent = createDatabaseAgent({
      nodePath: process.execPath,
      secret: (n) => secrets()[n as 'DATABASE_URL'],
    });
    const rules = [{ host: HOST, ports: [server.port], allowPrivate: true }];
    const context = contextFor({
      secrets: secrets(),
      egress,
      egressPolicy: { run: 'r', rules, maxConnections: 9, maxBytes: 1e6 },
    });
    const wanted = run(
      agent,
      'query',
      { database_url: '${DATABASE_URL}', query: 'SELECT 1' },
      context,
    );
    await expect(wanted).rejects.toMatchObject({ code: 'STEP_FAILED' });
    expect(server.startups).toHaveLength(0);
  });

  it.each([
    ['25006', 'DENIED'],
    ['42501', 'DENIED'],
    ['42P01', 'STEP_FAILED'],
    ['57014', 'TIMEOUT'],
  ])('SQLSTATE %s becomes %s without a word of the server', async (state, expected) => {
    server.fail = state;
    const error = await perform('query', { query: 'SELECT 1' }).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: expected });
    expect(JSON.stringify((error as { toValue(): unknown }).toValue())).not.toContain(
      '123-45-6789',
    );
  });

  it('says that the password was refused, not which', async () => {
    const error = await perform('query', { query: 'SELECT 1', database_url: '${WRONG_URL}' }).catch(
      (e: unknown) => e,
    );
    expect(error).toMatchObject({ code: 'STEP_FAILED' });
    expect(`${String(error)}${JSON.stringify(error)}`).not.toMatch(/wrong|vault/);
  });

  it('gives up on a server that never answers', async () => {
    server.rows = null;
    const error = await perform('query', { query: 'SELECT 1', timeout: 1 }).catch(
      (e: unknown) => e,
    );
    expect(error).toMatchObject({ code: 'TIMEOUT' });
  });

  it('says that a change is in doubt when the connection breaks before it is confirmed', async () => {
    server.fail = 'cut';
    const params = { query: 'UPDATE claim SET name = $1', params: ['x'], allow_write: true };
    await expect(perform('execute', params)).rejects.toMatchObject({ code: 'TIMEOUT' });
  });

  it.each([
    ['says no', 'N'],
    ['says an error', 'E'],
    ['says yes and more in one breath', 'SX'],
    ['says nothing', ''],
  ])('gives up on a server that %s when asked for TLS', async (_what, said) => {
    const heard: Buffer[] = [];
    const plain = createServer((socket) => {
      socket.on('error', () => socket.destroy());
      socket.on('data', (chunk) => {
        heard.push(chunk);
        socket.end(said);
      });
    });
    await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
    const { port } = plain.address() as { port: number };
    const rules = [{ host: HOST, ports: [port], allowPrivate: true }];
    const error = await perform(
      'query',
      {
        query: 'SELECT 1',
        database_url: `postgresql://ann@${HOST}:${port}/claims`,
        sslnegotiation: 'postgres',
      },
      rules,
    ).catch((e: unknown) => e);
    plain.close();
    expect(error).toMatchObject({ code: 'STEP_FAILED' });
    // The fixed question, and not a byte more, neither name nor password.
    expect(Buffer.concat(heard).toString('hex')).toBe('0000000804d2162f');
  });
});
