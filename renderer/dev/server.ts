/**
 * Development only: the built console over made-up data, on a loopback port, with the product's own
 * headers. `bin/node renderer/dev/server.ts [--port N] [--rows N] [--runs N] [--state S] [--tamper N]
 * [--role R] [--quiet] [--rate EVENTS_A_SECOND]`
 */
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { parseArgs } from 'node:util';
import type { ConsoleEvent } from '../../shared/contract/events.ts';
import { type CallName, contract } from '../../shared/contract/table.ts';
import { AkiosError } from '../../shared/domain/errors.ts';
import { CONSOLE_HEADERS } from '../../shared/domain/security-headers.ts';
import { answers, type World } from './answers.ts';
import { cage } from './fixture-cage.ts';
import { FixtureLedger } from './fixture-ledger.ts';
import { budget, detail, run } from './fixture-runs.ts';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '4780' },
    rows: { type: 'string', default: '3' },
    runs: { type: 'string', default: '3' },
    state: { type: 'string', default: 'up' },
    tamper: { type: 'string' },
    role: { type: 'string', default: 'developer' },
    quiet: { type: 'boolean', default: false },
    rate: { type: 'string', default: '0' },
  },
});

const root = join(import.meta.dirname, '../../dist/renderer');
const MIME: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

const runs = Array.from({ length: Number(values.runs) }, (_, i) =>
  run(
    i,
    i === 0
      ? 'running'
      : (['succeeded', 'succeeded', 'denied', 'failed', 'killed'] as const)[i % 5]!,
  ),
);
const world: World = {
  ledger: new FixtureLedger(Number(values.rows), {
    tampered: values.tamper === undefined ? null : Number(values.tamper),
  }),
  cage: cage(values.state as Parameters<typeof cage>[0]),
  runs,
  details: new Map(runs.map((r) => [r.id, detail(r)])),
  role: values.role,
};

const listeners = new Set<(event: Record<string, unknown>) => void>();
let n = 0;
function send(event: Record<string, unknown>): void {
  n += 1;
  for (const listener of listeners) listener({ ...event, n });
}

function stream(res: ServerResponse): void {
  res.writeHead(200, { ...CONSOLE_HEADERS, 'content-type': 'text/event-stream' });
  const write = (event: Record<string, unknown>): void => {
    const parsed = contract['events.stream'].output.parse(event) as ConsoleEvent;
    res.write(`event: ${parsed.kind}\nid: boot:${parsed.n}\ndata: ${JSON.stringify(parsed)}\n\n`);
  };
  write({
    kind: 'snapshot',
    n,
    boot: 'boot',
    cage: world.cage,
    runs: world.runs,
    budget: budget(world.runs),
    ledger: world.ledger.size === 0 ? null : world.ledger.checkpoint(),
  });
  listeners.add(write);
  res.on('close', () => listeners.delete(write));
}

setInterval(() => {
  if (!values.quiet) send({ kind: 'heartbeat', at: new Date().toISOString() });
}, 1000);

/** A busy run: lines of its log and new ledger rows, in bursts as a socket delivers them. */
const burst = Math.ceil(Number(values.rate) / 50);
let lines = 0;
if (burst > 0) {
  setInterval(() => {
    for (let i = 0; i < burst && runs[0] !== undefined; i++) {
      lines += 1;
      const at = new Date().toISOString();
      const line = { n: 100 + lines, at, stream: 'stdout', text: `line ${lines} of many` };
      const row = { ...world.ledger.row(0), seq: world.ledger.size + lines, ts: at };
      if (lines % 2 === 0) send({ kind: 'log', run: runs[0].id, step: 4, line });
      else send({ kind: 'ledger', rows: [row], checkpoint: null });
    }
  }, 20);
}

async function bodyOf(req: IncomingMessage): Promise<Record<string, unknown>> {
  const parts: Buffer[] = [];
  for await (const part of req) parts.push(part as Buffer);
  return parts.length === 0
    ? {}
    : (JSON.parse(Buffer.concat(parts).toString('utf8')) as Record<string, unknown>);
}

function match(
  method: string,
  path: string,
): { name: CallName; params: Record<string, string> } | null {
  for (const [name, def] of Object.entries(contract)) {
    if (def.method !== method) continue;
    const pattern = new RegExp(`^${def.path.replace(/:([A-Za-z]+)/g, '(?<$1>[^/]+)')}$`);
    const found = pattern.exec(path);
    if (found !== null) return { name: name as CallName, params: { ...found.groups } };
  }
  return null;
}

async function api(req: IncomingMessage, res: ServerResponse, url: URL): Promise<void> {
  const found = match(req.method ?? 'GET', url.pathname.slice('/api/v1'.length));
  if (found === null) throw new AkiosError('NOT_FOUND', 'No such call.');
  if (found.name === 'events.stream') return stream(res);
  const input: Record<string, unknown> = await bodyOf(req);
  for (const [key, value] of url.searchParams) input[key] = JSON.parse(value);
  for (const [key, value] of Object.entries(found.params)) {
    input[key] = key === 'seq' ? Number(value) : decodeURIComponent(value);
  }
  const def = contract[found.name];
  const output = def.output.parse(answers(world, send)(found.name, def.input.parse(input)));
  res.writeHead(200, { ...CONSOLE_HEADERS, 'content-type': 'application/json' });
  res.end(JSON.stringify(output));
}

const server = createServer((req, res) => {
  const url = new URL(req.url ?? '/', 'http://localhost');
  if (url.pathname.startsWith('/api/v1/')) {
    api(req, res, url).catch((error: unknown) => {
      const value =
        error instanceof AkiosError
          ? error.toValue()
          : { code: 'INTERNAL', message: String(error) };
      res.writeHead(value.code === 'NOT_FOUND' ? 404 : 409, { 'content-type': 'application/json' });
      res.end(JSON.stringify({ error: { ...value, requestId: 'dev' } }));
    });
    return;
  }
  const name = url.pathname === '/' ? 'index.html' : normalize(url.pathname).replace(/^\/+/, '');
  try {
    const file = readFileSync(join(root, name));
    res.writeHead(200, {
      ...CONSOLE_HEADERS,
      'content-type': MIME[extname(name)] ?? 'application/octet-stream',
    });
    res.end(file);
  } catch {
    res.writeHead(404).end('not found');
  }
});
server.listen(Number(values.port), '127.0.0.1', () => {
  process.stdout.write(`console on http://127.0.0.1:${values.port}/\n`);
});
