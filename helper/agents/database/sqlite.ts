import { dirname } from 'node:path/posix';
import * as z from 'zod';
import { AkiosError } from '../../../shared/domain/errors.ts';
import type { CageExit, CageMount } from '../../cage/port.ts';
import { grantMounts, workerLimits } from '../../cage/worker/worker.ts';
import type { ActionContext } from '../port.ts';
import { MISSING, type SqliteReply, type SqliteRequest, sqliteProgram } from './sqlite-program.ts';

const NODE_INSIDE = '/opt/akios/node';
const ROOT_INSIDE = '/project';

const reply = z.discriminatedUnion('ok', [
  z.strictObject({
    ok: z.literal(true),
    columns: z.array(z.string().max(1000)).max(2000),
    rows: z.array(z.array(z.union([z.string(), z.number(), z.null()]))),
    truncated: z.boolean(),
    changes: z.number().int().nonnegative(),
  }),
  z.strictObject({
    ok: z.literal(false),
    errcode: z.number().int(),
    message: z.string().max(400),
  }),
]);

export interface Rows {
  columns: string[];
  rows: (string | number | null)[][];
  truncated: boolean;
  changes: number;
  usage: CageExit['usage'] | null;
}

/**
 * Runs one statement on a database file, which only a fresh process inside the cage opens. For
 * reading, the file and its write-ahead log are mounted read-only; for writing, its folder is
 * mounted, because SQLite keeps its journal beside the file.
 * @param path canonical project path
 * @throws AkiosError FILE_NOT_FOUND, DENIED, TIMEOUT, STEP_FAILED
 */
export async function runSqlite(
  request: Omit<SqliteRequest, 'path'> & { path: string; timeoutMs: number },
  nodePath: string,
  context: ActionContext,
): Promise<Rows> {
  const { timeoutMs, ...asked } = request;
  const files = ['', '-wal', '-shm'].map((end) => `${request.path}${end}`);
  const folder = dirname(request.path);
  const grants = request.write ? { read: [], write: [folder] } : { read: files, write: [] };
  const mounts: CageMount[] = [
    { host: nodePath, inside: NODE_INSIDE, mode: 'ro' },
    ...grantMounts({ projectDir: context.projectDir, ...grants }, ROOT_INSIDE),
  ];
  const limits = workerLimits(context.limits);
  const process = await context.cage.spawn({
    id: `${context.run}-${context.step}-db`,
    argv: [
      NODE_INSIDE,
      '--max-old-space-size=256',
      '--no-addons',
      '--no-warnings',
      '--input-type=commonjs',
      '--eval',
      `(${sqliteProgram.toString()})()`,
    ],
    mounts,
    limits: { ...limits, wallMs: timeoutMs, cpuSeconds: Math.ceil(timeoutMs / 1000) + 1 },
    stdin: 'pipe',
    seccomp: 'kill',
  });
  const abort = () => void process.kill('killed', 'The run was stopped.');
  context.signal.addEventListener('abort', abort, { once: true });
  try {
    const text = collect(process.stdout, asked.maxBytes * 2 + 65_536);
    process.stderr.resume();
    process.stdin?.on('error', () => undefined);
    process.stdin?.end(JSON.stringify({ ...asked, path: `${ROOT_INSIDE}/${request.path}` }));
    const exit = await process.exited;
    return { ...checked(await text, exit, request.path), usage: exit.usage };
  } finally {
    context.signal.removeEventListener('abort', abort);
  }
}

async function collect(stream: NodeJS.ReadableStream, max: number): Promise<string | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= max) chunks.push(chunk);
  }
  return size > max ? null : Buffer.concat(chunks).toString('utf8');
}

function checked(text: string | null, exit: CageExit, path: string): Omit<Rows, 'usage'> {
  if (exit.end === 'timeout') {
    throw new AkiosError('TIMEOUT', 'The query took too long and was ended.', {
      hint: 'Narrow it, or raise timeout (seconds, at most 60).',
    });
  }
  const parsed = text === null || exit.end !== 'exit' ? null : parse(text);
  if (parsed === null) {
    throw new AkiosError(
      'STEP_FAILED',
      `The database program ended without an answer: ${exit.detail}`,
      {
        hint: 'The file may be damaged or hostile, or the query too large for the memory of the cage.',
      },
    );
  }
  if (parsed.ok) return parsed as Omit<Rows, 'usage'>;
  throw failure(parsed, path);
}

function parse(text: string): z.infer<typeof reply> | null {
  try {
    const result = reply.safeParse(JSON.parse(text));
    return result.success ? result.data : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Primary result codes of SQLite that mean something to the author of a step. */
const KNOWN: Readonly<Record<number, 'denied' | 'busy' | 'damaged'>> = {
  5: 'busy',
  6: 'busy',
  8: 'denied',
  11: 'damaged',
  23: 'denied',
  26: 'damaged',
};

function failure(reply: SqliteReply & { ok: false }, path: string): AkiosError {
  if (reply.errcode === MISSING) {
    return new AkiosError('FILE_NOT_FOUND', `There is no database ${path}.`, {
      where: 'database_url',
      hint: 'The path is relative to the project, for example sqlite:data/input/claims.db.',
    });
  }
  const known = KNOWN[reply.errcode & 0xff];
  if (known === 'denied') {
    return new AkiosError('DENIED', 'The database refused the statement.', {
      hint: 'Only reading is allowed unless allow_write is true; never structure, files or settings.',
      details: { rule: 'database.authorizer' },
    });
  }
  const message =
    known === 'busy'
      ? 'The database is in use by another program.'
      : known === 'damaged'
        ? `${path} is not a SQLite database, or it is damaged.`
        : `The query failed: ${reply.message}`;
  return new AkiosError('STEP_FAILED', message, {
    hint: 'Check names of tables and columns, and that every value has its parameter.',
  });
}
