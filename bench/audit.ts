import { createHash, hash } from 'node:crypto';
import { fdatasyncSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { makeLedger } from '../helper/store/ledger/bulk.ts';
import { type AuditLedger, openLedger } from '../helper/store/ledger/ledger.ts';
import type { LedgerPaths } from '../helper/store/ledger/port.ts';
import { verifyLog } from '../shared/node/audit/verify.ts';
import { sampleDraft } from './make-ledger.ts';

/**
 * The ledger's figures beside the raw ones of the same machine in the same run.
 *   bench/audit.ts [--events N] [--seconds S]     (10 million: --events 10000000)
 */
const argument = (name: string, fallback: number): number => {
  const at = process.argv.indexOf(name);
  const value = at < 0 ? fallback : Number(process.argv[at + 1]);
  if (!Number.isSafeInteger(value) || value < 1) throw new Error(`${name} needs a whole number.`);
  return value;
};
const EVENTS = argument('--events', 1_000_000);
const SECONDS = argument('--seconds', 3);
/** Those compared take turns of so many calls: a disk shared with others changes by the moment. */
const TURN = 25;
const YOUNG_LEDGERS = 6;
const dir = mkdtempSync(join(process.env['AKIOS_BENCH_DIR'] ?? tmpdir(), 'akios-bench-'));

const say = (name: string, value: string): void => {
  process.stdout.write(`${name.padEnd(52)} ${value}\n`);
};
const perSecond = (count: number, ms: number): string => `${Math.round((count * 1000) / ms)} /s`;

const pathsIn = (name: string): LedgerPaths => ({
  logDir: join(dir, name, 'log'),
  trustDir: join(dir, name, 'trust'),
  secretDir: join(dir, name, 'secret'),
});

function percentiles(times: number[]): { p50: number; p95: number; p99: number } {
  times.sort((a, b) => a - b);
  const at = (q: number): number =>
    times[Math.min(times.length - 1, Math.floor(times.length * q))]!;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

const show = (times: number[]): string => {
  const { p50, p95, p99 } = percentiles(times);
  return `p50 ${p50.toFixed(2)} ms, p95 ${p95.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms`;
};

function timed(work: () => void): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

/** Calls `work` until the time is over; returns each duration in ms. */
function repeat(work: () => void): number[] {
  const times: number[] = [];
  const end = performance.now() + SECONDS * 1000;
  while (performance.now() < end) times.push(timed(work));
  return times;
}

/** As a log of plain lines is written: 600 B at the end of a file that grows. */
function rawLines(): () => void {
  const fd = openSync(join(dir, 'raw'), 'a');
  const block = Buffer.alloc(600, 1);
  return () => {
    writeSync(fd, block);
    fdatasyncSync(fd);
  };
}

/** What a commit of one event flushes: about six pages with their frames, in a file that is long enough. */
function rawCommits(): () => void {
  const fd = openSync(join(dir, 'raw-commits'), 'w');
  const frames = Buffer.alloc(6 * (4096 + 24), 1);
  const places = 300;
  const put = (n: number): unknown =>
    writeSync(fd, frames, 0, frames.length, (n % places) * frames.length);
  for (let n = 0; n < places; n++) put(n);
  fdatasyncSync(fd);
  let next = 0;
  return () => {
    put(next++);
    fdatasyncSync(fd);
  };
}

function plainSqlite(rows: number): number[] {
  const db = new Database(join(dir, `plain-${rows}.db`));
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.exec('CREATE TABLE t(id INTEGER PRIMARY KEY, body TEXT)');
  const insert = db.prepare('INSERT INTO t(body) VALUES(?)');
  const body = 'x'.repeat(700);
  const times = repeat(
    db.transaction(() => {
      for (let i = 0; i < rows; i++) insert.run(body);
    }),
  );
  db.close();
  return times;
}

function rawHashes(): void {
  const leaf = `\0${'x'.repeat(700)}`;
  const node = Buffer.alloc(65, 1);
  const count = 200_000;
  say(
    'raw SHA-256, 700 B leaf',
    perSecond(
      count,
      timed(() => {
        for (let i = 0; i < count; i++) hash('sha256', leaf, 'hex');
      }),
    ),
  );
  say(
    'raw SHA-256, 65 B node',
    perSecond(
      count,
      timed(() => {
        for (let i = 0; i < count; i++) hash('sha256', node, 'buffer');
      }),
    ),
  );
  const big = Buffer.alloc(64 << 20);
  const ms = timed(() => createHash('sha256').update(big).digest());
  say('raw SHA-256, stream', `${((64 * 1000) / ms).toFixed(0)} MiB/s`);
}

async function timedAppend(ledger: AuditLedger, n: number): Promise<number> {
  const draft = sampleDraft('bench', n);
  const at = performance.now();
  await ledger.append(draft);
  return performance.now() - at;
}

async function together(
  ledger: AuditLedger,
  callers: number,
): Promise<{ ms: number; times: number[] }> {
  const times: number[] = [];
  const start = performance.now();
  const end = start + SECONDS * 1000;
  const caller = async (who: number): Promise<void> => {
    for (let n = who; performance.now() < end; n += callers)
      times.push(await timedAppend(ledger, n));
  };
  await Promise.all(Array.from({ length: callers }, (_, who) => caller(who)));
  return { ms: performance.now() - start, times };
}

async function writing(): Promise<void> {
  for (const rows of [1, 64]) {
    const times = plainSqlite(rows);
    say(
      `plain SQLite WAL FULL, ${rows} a commit`,
      `${perSecond(
        times.length * rows,
        times.reduce((a, b) => a + b),
      )}, ${show(times)}`,
    );
  }
  const ledger = await openLedger(pathsIn('live'));
  const [line, commit] = [rawLines(), rawCommits()];
  const lines: number[] = [];
  const commits: number[] = [];
  const one: number[] = [];
  for (const end = performance.now() + SECONDS * 3000; performance.now() < end; ) {
    for (let i = 0; i < TURN; i++) lines.push(timed(line));
    for (let i = 0; i < TURN; i++) one.push(await timedAppend(ledger, one.length));
    for (let i = 0; i < TURN; i++) commits.push(timed(commit));
  }
  const over = (times: number[]): string =>
    `${(percentiles(times).p50 / percentiles(lines).p50).toFixed(2)} x`;
  say('raw write + fdatasync, 600 B', show(lines));
  say('raw write + fdatasync, the 25 kB of a commit', `${show(commits)}, ${over(commits)}`);
  say('ledger, 1 caller', show(one));
  say('  p50 over raw fdatasync of 600 B (reach <= 2.2)', over(one));
  await young();
  const many = await together(ledger, 64);
  say(
    'ledger, 64 callers (reach >= 7500 /s)',
    `${perSecond(many.times.length, many.ms)}, ${show(many.times)}`,
  );
  await ledger.close();
}

/** The first 200 events of ledgers that were just opened: code still cold, files still short. */
async function young(): Promise<void> {
  const line = rawLines();
  const lines: number[] = [];
  const first: number[] = [];
  for (let round = 0; round < YOUNG_LEDGERS; round++) {
    const ledger = await openLedger(pathsIn(`young-${round}`));
    for (let turn = 0; turn < 200; turn += TURN) {
      for (let i = 0; i < TURN; i++) lines.push(timed(line));
      for (let i = 0; i < TURN; i++) first.push(await timedAppend(ledger, turn + i));
    }
    await ledger.close();
  }
  const ratio = percentiles(first).p50 / percentiles(lines).p50;
  say('a new ledger, its first 200 events', `${show(first)}, ${ratio.toFixed(2)} x raw`);
}

const QUERIES = [
  '',
  'is:denied',
  'type:llm.*',
  'run:run-1*',
  'subject:data/input/report-77.txt',
  'cost:>0.0008',
  'type:fs.read actor:agent-3',
  '"report 77"',
  'is:denied OR status:failed',
  'time:2026-01-05',
  '-is:denied step:step-1',
];

/** Stated for a million events; other sizes scale with the rate printed beside. */
const REACH = {
  quick: ' (tree only; reach <= 3 s at 1 M)',
  full: ' (reach >= 70000 /s)',
  strict: '',
} as const;

async function large(): Promise<void> {
  const paths = pathsIn('large');
  const made = timed(() => {
    makeLedger({
      paths,
      events: EVENTS,
      sealEvery: 1000,
      salt: 'bench',
      draft: (n) => sampleDraft('bench', n),
    });
  });
  say(`made ${EVENTS} events in bulk`, perSecond(EVENTS, made));
  const file = join(paths.logDir, 'audit.db');
  const db = new Database(file, { readonly: true });
  const bodies = db
    .prepare('SELECT sum(length(CAST(body AS BLOB))) FROM events')
    .pluck()
    .get() as number;
  db.close();
  const bytes = statSync(file).size / EVENTS;
  say(
    'bytes per event',
    `${bytes.toFixed(0)} (body ${(bodies / EVENTS).toFixed(0)} + ${(bytes - bodies / EVENTS).toFixed(0)})`,
  );
  const files = {
    vkeyFile: join(paths.trustDir, 'log.vkey'),
    anchorFile: join(paths.trustDir, 'anchor.note'),
  };
  for (const mode of ['quick', 'full', 'strict'] as const) {
    const report = verifyLog({ logDir: paths.logDir, ...files, mode });
    if (report.exitCode !== 0)
      throw new Error(`An honest log gave ${JSON.stringify(report.findings)}.`);
    say(
      `verify ${mode}${REACH[mode]}`,
      `${(report.ms / 1000).toFixed(2)} s, ${perSecond(EVENTS, report.ms)}`,
    );
  }
  await reading(paths);
}

/** The index of a log that has none, made by its own process while the ledger is used. */
async function indexing(ledger: AuditLedger): Promise<void> {
  const start = performance.now();
  const turns: number[] = [];
  let last = performance.now();
  const timer = setInterval(() => {
    turns.push(performance.now() - last - 1);
    last = performance.now();
  }, 1);
  const times: number[] = [];
  while (ledger.indexing() !== null) {
    const at = performance.now();
    await ledger.append({ type: 'run.start', actor: { type: 'user', id: 'bench' } });
    times.push(performance.now() - at);
    await new Promise((wake) => setTimeout(wake, 20));
  }
  clearInterval(timer);
  const seconds = (performance.now() - start) / 1000;
  say('search index built, in the background', `${seconds.toFixed(1)} s`);
  if (times.length === 0) return;
  say('  an append meanwhile', show(times));
  say('  another caller waits meanwhile', show(turns));
}

async function reading(paths: Parameters<typeof openLedger>[0]): Promise<void> {
  const start = performance.now();
  const ledger = await openLedger(paths, { rotateKeys: false });
  await ledger.append({ type: 'run.start', actor: { type: 'user', id: 'bench' } });
  say(
    'open to first durable append (reach <= 1 s)',
    `${(performance.now() - start).toFixed(0)} ms`,
  );
  const proofs: number[] = [];
  for (let i = 0; i < 1000; i++) {
    const seq = Math.floor(Math.random() * EVENTS);
    proofs.push(timed(() => ledger.inclusion(seq)));
  }
  say('inclusion proof (reach p99 <= 10 ms)', show(proofs));
  await indexing(ledger);
  const all: number[] = [];
  const first: number[] = [];
  for (const q of QUERIES) {
    const times: number[] = [];
    for (let i = 0; i < 5; i++) times.push(timed(() => ledger.list({ q, limit: 100 })));
    first.push(times[0]!);
    all.push(...times);
    say(`  query ${q === '' ? '(all)' : q}`, `first ${times[0]!.toFixed(1)} ms, ${show(times)}`);
  }
  say('queries, each asked for the first time', show(first));
  say('queries (reach p95 <= 100 ms)', show(all));
  say('statistics', `${timed(() => ledger.stats()).toFixed(1)} ms`);
  await ledger.close();
  say('memory at most', `${Math.round(process.resourceUsage().maxRSS / 1024)} MiB`);
}

try {
  rawHashes();
  await writing();
  await large();
  say(
    'kill -9, acknowledged events lost (reach 0 of 1000)',
    'AKIOS_KILLS=1000 on helper/test/ledger/faults.test.ts',
  );
} finally {
  rmSync(dir, { recursive: true });
}
