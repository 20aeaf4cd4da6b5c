import * as z from 'zod';
import { AkiosError } from '../../../shared/domain/errors.ts';
import type { Json, JsonObject } from '../../../shared/domain/json.ts';
import type {
  ActionContext,
  ActionResult,
  Agent,
  AgentAction,
  EffectDescription,
} from '../port.ts';
import { runPostgres } from './postgres.ts';
import { MAX_SQL_CHARS } from './sql-tokens.ts';
import { runSqlite } from './sqlite.ts';
import { checkStatement, type Statement } from './statement.ts';
import { type PostgresTarget, parseDatabaseUrl, type SqliteTarget } from './target.ts';

export interface DatabaseAgentOptions {
  /** Node binary that is put into the cage. */
  nodePath: string;
  /** Looks a secret up for `describe`, which must name the host of `database_url: ${NAME}`. */
  secret?: (name: string) => string | undefined;
}

const secretName = /^\$\{[A-Z][A-Z0-9_]{0,63}\}$/;
const MAX_OUTPUT_BYTES = 1_048_576;

const params = z.strictObject({
  database_url: z.string().min(1).max(2048),
  query: z.string().min(1).max(MAX_SQL_CHARS),
  params: z
    .array(z.union([z.string().max(100_000), z.number(), z.boolean(), z.null()]))
    .max(200)
    .optional(),
  password: z.string().regex(secretName, 'must be the name of a stored secret alone').optional(),
  ca: z.string().regex(secretName, 'must be the name of a stored secret alone').optional(),
  sslnegotiation: z
    .enum(['postgres', 'direct'])
    .optional()
    .describe('direct: TLS from the first byte (PostgreSQL 17 and later)'),
  allow_write: z.boolean().optional(),
  timeout: z.number().min(1).max(60).optional().describe('Seconds; 30 when not given'),
  max_rows: z.number().int().min(1).max(10_000).optional(),
});
type Params = z.infer<typeof params>;

/** The database agent: `query` reads rows, `count` counts them, `execute` changes data when allowed. */
export function createDatabaseAgent(options: DatabaseAgentOptions): Agent {
  const action = (name: 'query' | 'execute' | 'count'): AgentAction => ({
    name,
    aliases: [],
    params: params as unknown as AgentAction['params'],
    addressing: ['database_url', 'query', 'password', 'ca'],
    describe: (given) => describe(name, given as Params, options),
    perform: (given, context) => perform(name, given as Params, context, options),
  });
  return { name: 'database', actions: [action('query'), action('execute'), action('count')] };
}

function targetOf(
  given: Params,
  secret: ((name: string) => string | undefined) | undefined,
): PostgresTarget | SqliteTarget {
  const text = given.database_url;
  if (!secretName.test(text)) {
    const target = parseDatabaseUrl(text);
    if (target.kind === 'postgresql' && target.password !== null) {
      throw new AkiosError(
        'INPUT_INVALID',
        'database_url: a password may not stand in a workflow.',
        {
          where: 'database_url',
          hint: 'Keep the whole address in the secret store and write ${DATABASE_URL}, or give password: ${NAME}.',
        },
      );
    }
    return target;
  }
  const name = text.slice(2, -1);
  const value = secret?.(name);
  if (value) return parseDatabaseUrl(value.trim());
  throw new AkiosError('INPUT_INVALID', `The secret ${name} is not set.`, {
    where: 'database_url',
    hint: `Put ${name}=... into .env of the project.`,
  });
}

function statementOf(
  name: 'query' | 'execute' | 'count',
  given: Params,
  target: PostgresTarget | SqliteTarget,
): Statement {
  const write = name === 'execute' && given.allow_write === true;
  const statement = checkStatement(given.query, target.kind, write);
  if (name === 'execute' && statement.kind === 'read') {
    throw new AkiosError('INPUT_INVALID', 'execute changes data; this statement only reads.', {
      where: 'query',
      hint: 'Use action: query.',
    });
  }
  if (name !== 'count') return statement;
  return { kind: 'read', text: `SELECT count(*) AS n FROM (${statement.text}\n) AS counted` };
}

function describe(
  name: 'query' | 'execute' | 'count',
  given: Params,
  options: DatabaseAgentOptions,
): EffectDescription {
  const target = targetOf(given, options.secret);
  const { kind } = statementOf(name, given, target);
  const write = kind === 'write';
  const sqlite = target.kind === 'sqlite';
  return {
    gate: sqlite ? 'fs' : 'net',
    action: sqlite ? kind : name,
    target: sqlite ? target.path : `${target.host}:${target.port}`,
    reversibility: write ? 'none' : sqlite ? 'full' : 'none',
    idempotent: !write,
    sideEffects: write
      ? 'Changes rows of the database; it cannot be taken back.'
      : sqlite
        ? 'None: the file is opened read-only inside the cage.'
        : `The query and its values leave this machine for ${target.host}.`,
  };
}

async function perform(
  name: 'query' | 'execute' | 'count',
  given: Params,
  context: ActionContext,
  options: DatabaseAgentOptions,
): Promise<ActionResult> {
  const target = targetOf(given, (secret) => context.secret(secret));
  const statement = statementOf(name, given, target);
  const common = { params: given.params ?? [], maxRows: given.max_rows ?? 1000 };
  const timeoutMs = (given.timeout ?? 30) * 1000;
  if (target.kind === 'sqlite') {
    const { usage, ...rows } = await runSqlite(
      {
        ...common,
        path: target.path,
        sql: statement.text,
        write: statement.kind === 'write',
        maxBytes: MAX_OUTPUT_BYTES,
        timeoutMs,
      },
      options.nodePath,
      context,
    );
    const resources = usage ? { cpuMs: usage.cpuMs, maxRssBytes: usage.maxRssBytes } : null;
    return { output: shape(name, rows), ...(resources ? { resources } : {}) };
  }
  const password = given.password ? context.secret(given.password.slice(2, -1)) : undefined;
  const ca = given.ca ? (context.secret(given.ca.slice(2, -1)) ?? null) : null;
  const rows = await runPostgres(
    {
      ...common,
      target: { ...target, password: password ?? target.password },
      statement,
      timeoutMs,
      direct: given.sslnegotiation === 'direct',
      ca,
    },
    context,
  );
  return { output: shape(name, rows) };
}

interface Rows {
  columns: string[];
  rows: (string | number | null)[][];
  truncated: boolean;
  changes: number;
}

function shape(name: 'query' | 'execute' | 'count', found: Rows): JsonObject {
  if (name === 'count') {
    const count = Number(found.rows[0]?.[0] ?? 0);
    return { text: String(count), count };
  }
  if (name === 'execute') {
    return { text: `${found.changes} rows changed.`, changes: found.changes };
  }
  const records = found.rows.map((row): Json => {
    const entries = found.columns.map((column, i): [string, Json] => [column, row[i] ?? null]);
    return Object.fromEntries(entries);
  });
  return {
    text: records.map((record) => JSON.stringify(record)).join('\n'),
    columns: found.columns,
    rows: records,
    row_count: records.length,
    truncated: found.truncated,
  };
}
