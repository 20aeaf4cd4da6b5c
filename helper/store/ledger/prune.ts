import Database from 'better-sqlite3';
import { AkiosError } from '../../../shared/domain/errors.ts';
import type { LedgerCore } from './core.ts';
import { broken, storeFault } from './faults.ts';
import { identity } from './files.ts';
import type { Actor } from './port.ts';
import { segmentChain } from './segments.ts';

export interface PruneOptions {
  /** Bodies of events older than this many days go. */
  days: number;
  actor: Actor;
  reason?: string;
  dryRun?: boolean;
  /** From the project's settings: a hold refuses, a minimum bounds `days` from below. */
  legalHold?: boolean;
  minimumDays?: number;
  /** The actor vouches for the clock, although it seems to have jumped. */
  trustClock?: boolean;
  /** Milliseconds since 1970; the present when absent. */
  now?: number;
}

export interface Pruned {
  from: number;
  to: number;
  bodies: number;
  dryRun: boolean;
}

const DAY_MS = 86_400_000;
/** Events of the log itself stay: the verifier reads them. */
const ERASE = "UPDATE events SET body = NULL WHERE idx >= ? AND idx < ? AND type NOT LIKE 'log.%'";

/**
 * Removes old bodies under a sealed log.prune event; hashes, tiles and proofs stay. Throws
 * LEGAL_HOLD, DENIED (below the minimum retention, or a clock that jumped), and what a commit throws.
 */
export function pruneBodies(core: LedgerCore, options: PruneOptions): Pruned {
  const { days, dryRun = false } = options;
  if (options.legalHold === true) {
    throw new AkiosError('LEGAL_HOLD', 'A legal hold keeps every body of this ledger.', {
      hint: 'To lift the hold, set audit_legal_hold: false in config.yaml; that change is recorded.',
    });
  }
  const least = options.minimumDays ?? 0;
  if (!Number.isSafeInteger(days) || days < least) {
    throw new AkiosError('DENIED', `Bodies are kept for at least ${least} days.`, {
      hint: `Give --days ${least} or more (audit_retention_days in config.yaml).`,
    });
  }
  const now = options.now ?? Date.now();
  if (!dryRun || options.trustClock !== true) {
    core.checkTime(now, options.trustClock === true ? options.actor : undefined);
  }
  const cutoff = new Date(now - days * DAY_MS).toISOString();
  const range = findRange(core, cutoff);
  if (dryRun) return { ...range, dryRun };
  if (range.bodies === 0) {
    // What an earlier prune had to leave to a reader goes now.
    sweep(core);
    return { ...range, dryRun };
  }
  const { from, to, bodies } = range;
  const data = { days, cutoff, bodies, reason: options.reason ?? 'retention' };
  const erase = core.db.prepare(ERASE);
  const unmark = core.search.willForget();
  let committed = false;
  core.db.pragma('secure_delete = ON');
  try {
    core.commitNow(
      [{ draft: { type: 'log.prune', actor: options.actor, data }, log: { prune: [from, to] } }],
      {
        within: () => erase.run(from, to),
      },
    );
    committed = true;
    // Moved cells leave copies in the gaps of pages and the write-ahead file holds old pages:
    // only a rewritten file is sure to be free of the bodies.
    core.db.exec('VACUUM');
    eraseInSegments(core, from, to);
  } catch (error) {
    if (!committed) unmark();
    throw storeFault(error);
  } finally {
    core.db.pragma('secure_delete = OFF');
  }
  core.search.forget(from, to);
  sweep(core);
  return { ...range, dryRun };
}

/**
 * Empties the write-ahead file and with it the old pages. Throws CONFLICT while another program
 * reads a state of the log in which the bodies were still there.
 */
function sweep(core: LedgerCore): void {
  const [done] = core.db.pragma('wal_checkpoint(TRUNCATE)') as { busy: number }[];
  if (done?.busy === 0) return;
  throw new AkiosError(
    'CONFLICT',
    'The bodies are removed and this is recorded, but a program that reads the log still holds their old pages.',
    { hint: 'Give the command again when that program (a verification, a copy) has ended.' },
  );
}

/** From the oldest body left to the cutoff, but never past an intent that is still open. */
function findRange(core: LedgerCore, cutoff: string): { from: number; to: number; bodies: number } {
  const open = core.openIntents()[0]?.seq ?? Number.MAX_SAFE_INTEGER;
  const where = {
    sql: "ts < ? AND seq < ? AND pruned = 0 AND NOT (type >= 'log.' AND type < 'log/')",
    params: [cutoff, open],
  };
  const bodies = core.search.count(where);
  if (bodies === 0) return { from: 0, to: 0, bodies: 0 };
  const { first, last } = core.search.bounds(where);
  return { from: first, to: last + 1, bodies };
}

function eraseInSegments(core: LedgerCore, from: number, to: number): void {
  // An open reader would keep the file from being rewritten.
  core.reader.release();
  for (const segment of segmentChain(core.paths.logDir, core.reader.start())) {
    if (segment.to <= from || segment.from >= to) continue;
    if (identity(segment.file) === null) throw broken('A segment of the log is a link or no file.');
    const db = new Database(segment.file, { fileMustExist: true });
    try {
      db.pragma('secure_delete = ON');
      db.prepare(ERASE).run(from, to);
      db.exec('VACUUM');
    } finally {
      db.close();
    }
  }
}
