import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import type { LogLine, RunSummary } from '../../../shared/contract/runs.ts';
import { AkiosError } from '../../../shared/domain/errors.ts';
import type { Json } from '../../../shared/domain/json.ts';
import { MAX_MICROS, micros } from '../../../shared/domain/money.ts';
import { RUN_END_STATES } from '../../../shared/domain/states.ts';
import type {
  ClosedBudget,
  RunRecord,
  RunSources,
  RunStore,
  Spend,
  SpendTotals,
  StoredStep,
} from './port.ts';

const SCHEMA = `
CREATE TABLE IF NOT EXISTS runs(
  id TEXT PRIMARY KEY, project TEXT NOT NULL, started TEXT NOT NULL, state TEXT NOT NULL,
  workflow TEXT NOT NULL, ended INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS runs_by_time ON runs(project, started DESC, id DESC);
CREATE INDEX IF NOT EXISTS runs_open ON runs(project) WHERE ended = 0;
CREATE TABLE IF NOT EXISTS steps(
  run TEXT NOT NULL, idx INTEGER NOT NULL, body TEXT NOT NULL,
  PRIMARY KEY(run, idx)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS items(
  run TEXT NOT NULL, idx INTEGER NOT NULL, item TEXT NOT NULL, body TEXT NOT NULL,
  PRIMARY KEY(run, idx, item)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sources(run TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS logs(
  run TEXT NOT NULL, n INTEGER NOT NULL, step INTEGER, body TEXT NOT NULL,
  PRIMARY KEY(run, n)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS spends(
  effect TEXT PRIMARY KEY, project TEXT NOT NULL, run TEXT NOT NULL, step TEXT NOT NULL,
  workflow TEXT NOT NULL, agent TEXT NOT NULL, model TEXT, day TEXT NOT NULL,
  micros INTEGER NOT NULL, tokens_in INTEGER NOT NULL, tokens_out INTEGER NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS spends_by_day ON spends(project, day);
CREATE TABLE IF NOT EXISTS closed_budgets(
  project TEXT NOT NULL, scope TEXT NOT NULL, most INTEGER NOT NULL, overrun INTEGER NOT NULL,
  PRIMARY KEY(project, scope)) STRICT, WITHOUT ROWID;
`;

/** Newest log lines kept per run; the ledger holds every effect. */
const LOG_KEEP = 5_000;

/**
 * Opens the store at `file` (outside every project), or in memory.
 * The journal survives kill -9; after a power cut the ledger tells what the newest commits held.
 * @throws AkiosError DISK_FULL or INTERNAL
 */
export function openRunStore(file: string | ':memory:'): RunStore {
  if (file !== ':memory:') mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const db = new Database(file);
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = NORMAL');
  db.exec(SCHEMA);
  return new SqliteRunStore(db);
}

class SqliteRunStore implements RunStore {
  private readonly db: Database.Database;
  private readonly putRun: Database.Statement;
  private readonly putStep: Database.Statement;
  private readonly putLog: Database.Statement;
  private readonly cutLog: Database.Statement;

  constructor(db: Database.Database) {
    this.db = db;
    this.putRun = db.prepare(
      `INSERT INTO runs(id, project, started, state, workflow, ended, body)
       VALUES (@id, @project, @started, @state, @workflow, @ended, @body)
       ON CONFLICT(id) DO UPDATE SET state = @state, ended = @ended, body = @body`,
    );
    this.putStep = db.prepare(
      `INSERT INTO steps(run, idx, body) VALUES (?, ?, ?)
       ON CONFLICT(run, idx) DO UPDATE SET body = excluded.body`,
    );
    this.putLog = db.prepare('INSERT INTO logs(run, n, step, body) VALUES (?, ?, ?, ?)');
    this.cutLog = db.prepare('DELETE FROM logs WHERE run = ? AND n <= ?');
  }

  create(record: RunRecord, steps: readonly StoredStep[], sources: RunSources): void {
    this.commit(() => {
      this.writeRun(record);
      this.db
        .prepare('INSERT INTO sources(run, body) VALUES (?, ?)')
        .run(record.summary.id, JSON.stringify(sources));
      for (const step of steps) this.writeStep(record.summary.id, step);
    });
  }

  sources(run: string): RunSources {
    const row = this.db.prepare('SELECT body FROM sources WHERE run = ?').get(run);
    return row ? parse<RunSources>(row) : {};
  }

  saveRun(record: RunRecord): void {
    this.commit(() => this.writeRun(record));
  }

  saveStep(run: string, step: StoredStep): void {
    this.commit(() => this.writeStep(run, step));
  }

  saveBoth(record: RunRecord, step: StoredStep): void {
    this.commit(() => {
      this.writeRun(record);
      this.writeStep(record.summary.id, step);
    });
  }

  run(id: string): RunRecord | null {
    const row = this.db.prepare('SELECT body FROM runs WHERE id = ?').get(id);
    return row ? parse<RunRecord>(row) : null;
  }

  steps(id: string): StoredStep[] {
    const steps = this.db
      .prepare('SELECT body FROM steps WHERE run = ? ORDER BY idx')
      .all(id)
      .map((row): StoredStep => ({ ...parse<StoredStep>(row), items: {} }));
    const byIndex = new Map(steps.map((step) => [step.view.index, step]));
    const items = this.db.prepare('SELECT idx, item, body FROM items WHERE run = ?').all(id) as {
      idx: number;
      item: string;
      body: string;
    }[];
    for (const { idx, item, body } of items) {
      const step = byIndex.get(idx);
      if (step) step.items[item] = JSON.parse(body) as Json;
    }
    return steps;
  }

  saveItem(run: string, index: number, item: string, output: Json): void {
    this.commit(() =>
      this.db
        .prepare(
          `INSERT INTO items(run, idx, item, body) VALUES (?, ?, ?, ?)
           ON CONFLICT(run, idx, item) DO UPDATE SET body = excluded.body`,
        )
        .run(run, index, item, JSON.stringify(output)),
    );
  }

  atomically(work: () => void): void {
    this.commit(work);
  }

  list(query: Parameters<RunStore['list']>[0]) {
    const from = decodeCursor(query.before);
    const { matches } = query;
    if (matches !== undefined) return this.listMatching(query, matches, from);
    const total = this.db
      .prepare('SELECT count(*) AS n FROM runs WHERE project = ?')
      .get(query.project) as { n: number };
    const rows = this.db
      .prepare(
        `SELECT body FROM runs WHERE project = ?${from ? ' AND (started, id) < (?, ?)' : ''}
         ORDER BY started DESC, id DESC LIMIT ?`,
      )
      .all(query.project, ...(from ?? []), query.limit + 1);
    const items = rows.slice(0, query.limit).map((row) => parse<RunRecord>(row));
    const last = items.at(-1);
    const more = rows.length > query.limit && last;
    return { items, total: total.n, cursor: more ? cursorOf(last) : null };
  }

  /** One pass over all runs of the project, one body in memory at a time; the total is exact. */
  private listMatching(
    query: { project: string; limit: number },
    matches: (run: RunSummary) => boolean,
    from: readonly string[] | null,
  ) {
    const items: RunRecord[] = [];
    let total = 0;
    let more = false;
    const rows = this.db
      .prepare('SELECT body FROM runs WHERE project = ? ORDER BY started DESC, id DESC')
      .iterate(query.project);
    for (const row of rows) {
      const record = parse<RunRecord>(row);
      if (!matches(record.summary)) continue;
      total += 1;
      if (from !== null && !isBefore(record, from)) continue;
      if (items.length < query.limit) items.push(record);
      else more = true;
    }
    const last = items.at(-1);
    return { items, total, cursor: more && last ? cursorOf(last) : null };
  }

  unfinished(project: string): RunRecord[] {
    return this.db
      .prepare('SELECT body FROM runs WHERE project = ? AND ended = 0 ORDER BY started, id')
      .all(project)
      .map((row) => parse<RunRecord>(row));
  }

  log(run: string, step: number | null, line: LogLine): void {
    this.commit(() => {
      this.putLog.run(run, line.n, step, JSON.stringify(line));
      if (line.n % 1000 === 0 && line.n > LOG_KEEP) this.cutLog.run(run, line.n - LOG_KEEP);
    });
  }

  logs(run: string, limit: number): LogLine[] {
    return this.db
      .prepare('SELECT body FROM logs WHERE run = ? ORDER BY n DESC LIMIT ?')
      .all(run, limit)
      .map((row) => parse<LogLine>(row))
      .reverse();
  }

  spend(entry: Spend): void {
    this.commit(() =>
      this.db
        .prepare(
          `INSERT INTO spends VALUES (@effect, @project, @run, @step, @workflow, @agent, @model,
             @day, @micros, @tokensIn, @tokensOut) ON CONFLICT(effect) DO NOTHING`,
        )
        .run(entry),
    );
  }

  totals(project: string, day: string): SpendTotals {
    const sum = (where: string, ...values: string[]) =>
      this.db
        .prepare(
          `SELECT coalesce(sum(micros), 0) AS spent, count(*) AS calls FROM spends
           WHERE project = ?${where}`,
        )
        .get(project, ...values) as { spent: number; calls: number };
    const today = sum(' AND day = ?', day);
    const byWorkflow = this.db
      .prepare(
        `SELECT workflow, sum(micros) AS spent, count(DISTINCT run) AS runs FROM spends
         WHERE project = ? GROUP BY workflow ORDER BY spent DESC, workflow`,
      )
      .all(project) as { workflow: string; spent: number; runs: number }[];
    const byAgent = this.db
      .prepare(
        `SELECT agent, sum(micros) AS spent FROM spends WHERE project = ? GROUP BY agent ORDER BY agent`,
      )
      .all(project) as { agent: string; spent: number }[];
    return {
      project: micros(sum('').spent),
      day: micros(today.spent),
      month: micros(sum(' AND day >= ? AND day <= ?', `${day.slice(0, 7)}-01`, day).spent),
      dayCalls: today.calls,
      byWorkflow: byWorkflow.map((w) => ({ ...w, spent: micros(w.spent) })),
      byAgent: byAgent.map((a) => ({ ...a, spent: micros(a.spent) })),
    };
  }

  closeBudgets(project: string, closed: readonly ClosedBudget[]): void {
    const put = this.db.prepare(
      `INSERT INTO closed_budgets(project, scope, most, overrun) VALUES (?, ?, ?, ?)
       ON CONFLICT(project, scope) DO UPDATE SET most = excluded.most,
         overrun = min(overrun + excluded.overrun, ?)`,
    );
    this.commit(() => {
      for (const { scope, limit, overrun } of closed) {
        put.run(project, scope, limit, overrun, MAX_MICROS);
      }
    });
  }

  closedBudgets(project: string): ClosedBudget[] {
    return this.db
      .prepare('SELECT scope, most AS "limit", overrun FROM closed_budgets WHERE project = ?')
      .all(project) as ClosedBudget[];
  }

  openBudget(project: string, scope: string): void {
    this.commit(() =>
      this.db
        .prepare('DELETE FROM closed_budgets WHERE project = ? AND scope = ?')
        .run(project, scope),
    );
  }

  erase(project: string): void {
    this.commit(() => {
      const runs = '(SELECT id FROM runs WHERE project = ?)';
      this.db.prepare(`DELETE FROM steps WHERE run IN ${runs}`).run(project);
      this.db.prepare(`DELETE FROM items WHERE run IN ${runs}`).run(project);
      this.db.prepare(`DELETE FROM sources WHERE run IN ${runs}`).run(project);
      this.db.prepare(`DELETE FROM logs WHERE run IN ${runs}`).run(project);
      this.db.prepare('DELETE FROM runs WHERE project = ?').run(project);
    });
    this.db.pragma('wal_checkpoint(TRUNCATE)');
    this.db.exec('VACUUM');
  }

  close(): void {
    this.db.close();
  }

  private writeRun(record: RunRecord): void {
    const { summary } = record;
    this.putRun.run({
      id: summary.id,
      project: summary.project,
      started: summary.startedAt,
      state: summary.state,
      workflow: `${summary.workflow} ${summary.startedBy}`,
      ended: RUN_END_STATES.has(summary.state) ? 1 : 0,
      body: JSON.stringify(record),
    });
  }

  private writeStep(run: string, step: StoredStep): void {
    this.putStep.run(run, step.view.index, JSON.stringify({ ...step, items: {} }));
  }

  private commit(work: () => void): void {
    if (this.db.inTransaction) {
      work();
      return;
    }
    try {
      this.db.transaction(work).immediate();
    } catch (error) {
      const full = error instanceof Database.SqliteError && error.code === 'SQLITE_FULL';
      if (error instanceof AkiosError) throw error;
      throw new AkiosError(
        full ? 'DISK_FULL' : 'INTERNAL',
        full
          ? 'No space is left for the state of runs.'
          : 'The state of the run could not be stored.',
        { hint: 'Free some space on the disk of the state folder, then try again.', cause: error },
      );
    }
  }
}

function parse<T>(row: unknown): T {
  return JSON.parse((row as { body: string }).body) as T;
}

function cursorOf(record: RunRecord): string {
  return `${record.summary.startedAt}~${record.summary.id}`;
}

/** Whether a record comes after the cursor's record in the list (newest first). */
function isBefore({ summary }: RunRecord, [started = '', id = '']: readonly string[]): boolean {
  return summary.startedAt < started || (summary.startedAt === started && summary.id < id);
}

function decodeCursor(cursor: string | undefined): [string, string] | null {
  if (cursor === undefined) return null;
  const split = cursor.indexOf('~');
  if (split < 0) {
    throw new AkiosError('INPUT_INVALID', 'This is no cursor of the run list.', {
      hint: 'Use the cursor the last page gave.',
    });
  }
  return [cursor.slice(0, split), cursor.slice(split + 1)];
}
