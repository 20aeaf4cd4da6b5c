import { connect, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import type { Client as PgClient, QueryResult } from 'pg';
import { AkiosError } from '../../../shared/domain/errors.ts';
import type { ActionContext } from '../port.ts';
import type { Statement } from './statement.ts';
import type { PostgresTarget } from './target.ts';

export interface PostgresRequest {
  target: PostgresTarget;
  statement: Statement;
  params: (string | number | boolean | null)[];
  maxRows: number;
  timeoutMs: number;
  /** TLS from the first byte, without asking for it. */
  direct: boolean;
  /** PEM of a private authority, or null for the well-known ones. */
  ca: string | null;
}

export interface PostgresRows {
  columns: string[];
  rows: (string | number | null)[][];
  truncated: boolean;
  changes: number;
}

/**
 * Runs one statement on a PostgreSQL server over TLS, through the egress and nothing else: the
 * tunnel checks host and TLS name, the client checks the certificate. The egress lets nothing but
 * TLS out, and before it the fixed question of the protocol whether the server takes TLS; `direct`
 * leaves the question out (PostgreSQL 17 and later, or a proxy that sees TLS alone).
 * Reading happens in a read-only transaction.
 * @throws AkiosError NET_DENIED, TIMEOUT, DENIED, STEP_FAILED; the password is in none of them
 */
export async function runPostgres(
  request: PostgresRequest,
  context: ActionContext,
): Promise<PostgresRows> {
  const { target, timeoutMs } = request;
  const tunnel = await context.egress.open({ ...context.egressPolicy, preamble: 'postgresql' });
  const { Client, types } = (await import('pg')).default;
  const socket = new TunnelSocket(tunnel.socket, `${target.host}:${target.port}`);
  const client = new Client({
    host: target.host,
    port: target.port,
    user: target.user,
    password: target.password ?? '',
    database: target.database,
    ssl: { rejectUnauthorized: true, ...(request.ca === null ? {} : { ca: request.ca }) },
    sslnegotiation: request.direct ? 'direct' : 'postgres',
    stream: () => socket,
    application_name: 'akios',
    connectionTimeoutMillis: Math.min(timeoutMs, 15_000),
    // Text as the server writes it: no dates or numbers are converted on the way.
    types: { getTypeParser: (id: number) => (SMALL.has(id) ? types.getTypeParser(id) : String) },
    options: optionsFor(request),
  } as ConstructorParameters<typeof Client>[0]);
  let fault: unknown = null;
  client.on('error', (error) => {
    fault ??= error;
  });
  const deadline = AbortSignal.timeout(timeoutMs + 1000);
  const stop = AbortSignal.any([context.signal, deadline]);
  const abort = () => socket.destroy();
  stop.addEventListener('abort', abort, { once: true });
  let begun = false;
  try {
    await client.connect();
    begun = true;
    return await inTransaction(client, request);
  } catch (error) {
    const inDoubt = begun && request.statement.kind === 'write';
    if (context.signal.aborted)
      throw new AkiosError('CANCELLED', 'The query was stopped with its run.');
    if (deadline.aborted) throw tooSlow();
    throw failure(socket.refused ?? fault ?? error, target, inDoubt);
  } finally {
    stop.removeEventListener('abort', abort);
    // The farewell of a connection that may be broken already; its fault is the one thrown above.
    await client.end().catch(() => undefined);
    socket.destroy();
    await tunnel.close();
  }
}

/** bool, int2, int4, float4, float8: exact in JavaScript. */
const SMALL: ReadonlySet<number> = new Set([16, 21, 23, 700, 701]);

/** Settings of the session; text escapes must be what the statement check assumed. */
function optionsFor({ statement, timeoutMs }: PostgresRequest): string {
  return [
    `-c default_transaction_read_only=${statement.kind === 'read' ? 'on' : 'off'}`,
    `-c statement_timeout=${timeoutMs}`,
    '-c lock_timeout=5000',
    '-c idle_in_transaction_session_timeout=10000',
    '-c standard_conforming_strings=on',
    '-c client_encoding=UTF8',
  ].join(' ');
}

async function inTransaction(client: PgClient, request: PostgresRequest): Promise<PostgresRows> {
  const { statement, params, maxRows } = request;
  if (statement.kind === 'write') {
    await client.query('BEGIN');
    const result = await client.query({ text: statement.text, values: params, rowMode: 'array' });
    await client.query('COMMIT');
    return shaped(result, maxRows, result.rowCount ?? 0);
  }
  await client.query('BEGIN TRANSACTION READ ONLY');
  // A cursor stops at the bound; a plain query would send every row first.
  await client.query({
    text: `DECLARE akios_rows NO SCROLL CURSOR FOR ${statement.text}`,
    values: params,
  });
  const result = await client.query({
    text: `FETCH FORWARD ${maxRows + 1} FROM akios_rows`,
    rowMode: 'array',
  });
  await client.query('ROLLBACK');
  return shaped(result, maxRows, 0);
}

function shaped(result: QueryResult, maxRows: number, changes: number): PostgresRows {
  const all = result.rows as unknown[][];
  const rows = all.slice(0, maxRows).map((row) => row.map(plain));
  const columns = result.fields.map((field) => field.name);
  return { columns, rows, truncated: all.length > maxRows, changes };
}

function plain(value: unknown): string | number | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  return String(value);
}

function tooSlow(): AkiosError {
  return new AkiosError('TIMEOUT', 'The query took too long and was ended.', {
    hint: 'Narrow it, or raise timeout (seconds, at most 60).',
  });
}

/** @param inDoubt a change was under way: a broken connection does not tell whether it was made */
function failure(thrown: unknown, target: PostgresTarget, inDoubt: boolean): AkiosError {
  if (thrown instanceof AkiosError) return thrown;
  const code = String((thrown as { code?: unknown } | null)?.code ?? '');
  const name = `${target.host}:${target.port}`;
  if (code === '57014') return tooSlow();
  if (code === '25006' || code === '42501') {
    return new AkiosError('DENIED', 'The database refused the statement.', {
      hint: 'Only reading is allowed unless allow_write is true; the user may lack the right.',
      details: { rule: 'database.read-only', sqlstate: code },
    });
  }
  if (code.startsWith('28')) {
    return new AkiosError('STEP_FAILED', `${name} refused the user or the password.`);
  }
  // SQLSTATE alone: the server's words may quote data.
  if (/^[0-9A-Z]{5}$/.test(code)) {
    return new AkiosError('STEP_FAILED', `The query failed (SQLSTATE ${code}).`, {
      hint: 'Check names of tables and columns, and that every value has its parameter.',
      details: { sqlstate: code },
    });
  }
  if (inDoubt) {
    return new AkiosError(
      'TIMEOUT',
      `The connection to ${name} broke before the change was confirmed.`,
      {
        hint: 'Look into the database whether the change was made before you run it again.',
      },
    );
  }
  return new AkiosError('STEP_FAILED', `No TLS connection to ${name} could be made.`, {
    hint: 'The server must take TLS (ssl = on) with a certificate for its name; a private authority goes to `ca`.',
    details: { network: /^[A-Z_]{3,60}$/.test(code) ? code : 'closed' },
  });
}

/** A socket that dials the egress and asks it for one host before it says that it is connected. */
class TunnelSocket extends Duplex {
  refused: AkiosError | null = null;
  private readonly path: string;
  private readonly authority: string;

  constructor(path: string, authority: string) {
    super();
    this.path = path;
    this.authority = authority;
  }

  /** Called by the client with port and host, which the tunnel replaces. */
  connect(): this {
    const dial = connect(this.path);
    const stop = (error: Error) => {
      dial.destroy();
      this.destroy(error);
    };
    let head = '';
    const onData = (chunk: Buffer) => {
      head += chunk.toString('latin1');
      const end = head.indexOf('\r\n\r\n');
      if (end < 0 && head.length < 8192) return;
      dial.off('data', onData);
      const status = /^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1];
      if (status === '200' && head.length === end + 4) return this.adopt(dial);
      this.refused = new AkiosError('NET_DENIED', `The way to ${this.authority} is closed.`, {
        hint: 'List the database host and its port in allowed_domains.',
        details: { target: this.authority, status: status ?? 'none' },
      });
      stop(this.refused);
    };
    dial.on('data', onData);
    dial.once('error', stop);
    dial.once('connect', () =>
      dial.write(`CONNECT ${this.authority} HTTP/1.1\r\nHost: ${this.authority}\r\n\r\n`),
    );
    return this;
  }

  private adopt(dial: Socket): void {
    this.dial = dial;
    dial.on('data', (chunk) => {
      if (!this.push(chunk)) dial.pause();
    });
    dial.on('end', () => this.push(null));
    dial.on('close', () => this.destroy());
    this.emit('connect');
  }

  private dial: Socket | null = null;

  override _read(): void {
    this.dial?.resume();
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, done: (error?: Error | null) => void) {
    if (this.dial) this.dial.write(chunk, encoding, (error) => done(error ?? null));
    else done(new Error('not connected'));
  }

  override _final(done: (error?: Error | null) => void): void {
    this.dial?.end();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.dial?.destroy();
    done(error);
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }
}
