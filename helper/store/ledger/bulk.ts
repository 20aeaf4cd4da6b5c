import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { AkiosError } from '../../../shared/domain/errors.ts';
import { LOG_FILE } from '../../../shared/node/audit/format.ts';
import { replaceFile } from './files.ts';
import { fileGuard } from './files-guard.ts';
import { lockLog } from './lock.ts';
import { type Entry, LogWriter, type Sources, sealEntry } from './log-writer.ts';
import { openLog, prepareDirs } from './open.ts';
import type { EventDraft, LedgerPaths } from './port.ts';
import { ANCHOR_FILE } from './recover.ts';

export interface BulkOptions {
  paths: LedgerPaths;
  /** Rows in the end. With `more` and no more rows than already there: rows to add. */
  events: number;
  /** A checkpoint at each multiple, each named by the seal in the next row. */
  sealEvery: number;
  /** Feeds every random value but the key, so that the same salt makes the same events. */
  salt: string;
  draft(seq: number): EventDraft;
  origin?: string;
  /** Bodies [from, to) removed under a log.prune event among the rows. */
  prune?: [number, number];
  more?: boolean;
}

const COMMIT_ROWS = 4096;
const START = Date.UTC(2026, 0, 5, 8);

/**
 * Makes or grows a genuine ledger of an exact size through the writer of the product; for tests,
 * benchmarks and demonstrations. Throws as `openLedger` does, and INPUT_INVALID for a bad range.
 */
export function makeLedger(options: BulkOptions): { rows: number; added: number; origin: string } {
  const { paths } = options;
  prepareDirs(paths);
  const lock = lockLog(paths.logDir);
  try {
    const log = openLog(paths, options.origin, false);
    try {
      return fill(options, log);
    } finally {
      log.db.pragma('wal_checkpoint(TRUNCATE)');
      log.db.close();
      flush(join(paths.logDir, LOG_FILE));
    }
  } finally {
    lock.release();
  }
}

function fill(options: BulkOptions, log: ReturnType<typeof openLog>) {
  const { tree, lastTs, sealed, newest } = log.loaded;
  const before = tree.size;
  const total = options.events > before ? options.events : before + options.events;
  const state = { tree, lastTs, sealed, newest, signer: log.signer };
  const sources = saltedSources(options.salt, before);
  const writer = new LogWriter(log.db, state, sources, fileGuard(options.paths.logDir));
  const k = options.sealEvery;
  const pruneRow = options.prune === undefined ? -1 : pruneAt(options.prune, total, k, newest);
  let note = log.loaded.note ?? '';
  // Whole sealing intervals in one transaction, so that no commit ends without its checkpoint.
  const step = k >= COMMIT_ROWS ? k : Math.floor(COMMIT_ROWS / k) * k;
  while (writer.state.tree.size < total) {
    const from = writer.state.tree.size;
    const to = Math.min(total, (Math.floor(from / step) + 1) * step);
    const entries: Entry[] = [];
    for (let seq = from; seq < to; seq++) {
      const isSeal = seq > 0 && (seq % k === 0 || (seq === from && newest === seq));
      if (isSeal) entries.push(sealEntry(seq));
      else if (seq === pruneRow) entries.push(pruneEntry(options.prune!));
      else entries.push({ draft: seq === 0 ? firstDraft(log.vkey) : options.draft(seq) });
    }
    const { outcomes, note: closing, size } = writer.commit(entries, { every: k });
    const failed = outcomes.find((o) => o instanceof AkiosError);
    if (failed !== undefined) throw failed;
    if (size !== to) throw new AkiosError('INTERNAL', `Made ${size} rows instead of ${to}.`);
    note = closing;
  }
  replaceFile(join(options.paths.trustDir, ANCHOR_FILE), note);
  if (options.prune !== undefined) erase(log, options.prune);
  return { rows: total, added: total - before, origin: log.signer.key.name };
}

function firstDraft(vkey: string): EventDraft {
  return { type: 'log.open', actor: { type: 'helper', id: 'log' }, data: { format: 1, vkey } };
}

function pruneEntry(range: [number, number]): Entry {
  const draft = { type: 'log.prune', actor: { type: 'helper' as const, id: 'log' } };
  return { draft: { ...draft, data: { reason: 'retention' } }, log: { prune: range } };
}

/** The last row that is not a seal. */
function pruneAt(range: [number, number], total: number, k: number, newest: number): number {
  let row = total - 1;
  if (row > 0 && (row % k === 0 || row === newest)) row -= 1;
  const seal = row > 0 && (row % k === 0 || row === newest);
  if (seal || range[0] >= range[1] || range[1] > row) {
    throw new AkiosError('INPUT_INVALID', `The range ${range.join(':')} cannot be pruned here.`, {
      hint: `Rows 0 to ${row} come before the prune event; with --seal-every 1 there is no room for it.`,
    });
  }
  return row;
}

/** Removes the bodies; events of the log itself stay, the verifier reads them. */
function erase(log: ReturnType<typeof openLog>, [from, to]: [number, number]): void {
  log.db.pragma('secure_delete = ON');
  log.db
    .prepare("UPDATE events SET body = NULL WHERE idx >= ? AND idx < ? AND type NOT LIKE 'log.%'")
    .run(from, to);
}

/** Chance and time out of the salt and the position: 250 ms between events. */
function saltedSources(salt: string, from: number): Sources {
  let drawn = 0;
  let ticks = from;
  return {
    now: () => START + ticks * 250,
    mono: () => String(ticks++ * 250_000_000),
    boot: createHash('sha256').update(`boot ${salt}`).digest('hex').slice(0, 32),
    random: (bytes) => {
      drawn += 1;
      return createHash('sha256')
        .update(`${salt}/${from}/${drawn}`)
        .digest('hex')
        .slice(0, 2 * bytes);
    },
  };
}

function flush(file: string): void {
  const fd = openSync(file, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
