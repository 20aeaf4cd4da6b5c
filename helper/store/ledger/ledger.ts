import type { AuditRow, CheckpointView } from '../../../shared/contract/audit.ts';
import { AkiosError } from '../../../shared/domain/errors.ts';
import type { JsonObject } from '../../../shared/domain/json.ts';
import { toHex } from '../../../shared/proof/bytes.ts';
import { canonicalize } from '../../../shared/proof/canonical.ts';
import { AnchorFile } from './anchors.ts';
import { checkDraft } from './body.ts';
import { isUncertain, storeFault, unavailable } from './faults.ts';
import { fileGuard } from './files-guard.ts';
import { loadHmac } from './keys.ts';
import { lockLog } from './lock.ts';
import { auditRow, LogReader } from './log-reader.ts';
import {
  type Commit,
  type CommitOptions,
  type Entry,
  LogWriter,
  type Sources,
  systemSources,
} from './log-writer.ts';
import { bootId, type OpenLog, openLog, prepareDirs } from './open.ts';
import type { Appended, EventDraft, Ledger, LedgerPaths, OpenIntent } from './port.ts';
import { checkAnchor } from './recover.ts';
import { SearchIndex } from './search.ts';
import { duplicateOf, SeenIds } from './seen-ids.ts';
import { segmentArchive } from './segments.ts';

export interface LedgerOptions {
  /** Name of a new log (checkpoint origin and key name): no white space, no plus sign. */
  origin?: string;
  sources?: Sources;
}

const MAX_BATCH = 256;
const MAX_WAITING = 50_000;

type CommitListener = (rows: AuditRow[], checkpoint: CheckpointView) => void;

interface Waiting {
  entry: Entry;
  resolve(value: Appended): void;
  reject(reason: AkiosError): void;
}

/**
 * Opens the log as its one writer; begins it (key, trusted vkey, first row) at first use.
 * Throws LEDGER_LOCKED, LEDGER_BROKEN, LEDGER_UNAVAILABLE, DISK_FULL.
 */
export async function openLedger(
  paths: LedgerPaths,
  options: LedgerOptions = {},
): Promise<AuditLedger> {
  let lock: { release(): void } | null = null;
  try {
    prepareDirs(paths);
    lock = lockLog(paths.logDir);
    const log = openLog(paths, options.origin, true);
    return new AuditLedger(paths, log, lock, options.sources ?? systemSources(bootId()));
  } catch (error) {
    lock?.release();
    throw storeFault(error);
  }
}

function logEvent(type: string, data: JsonObject): Entry {
  return { draft: { type, actor: { type: 'helper', id: 'log' }, data } };
}

/** The writer of one log; see `port.ts` for the promises. */
export class AuditLedger implements Ledger {
  readonly paths: LedgerPaths;
  readonly #db: OpenLog['db'];
  readonly #lock: { release(): void };
  readonly #vkey: string;
  readonly #writer: LogWriter;
  readonly reader: LogReader;
  readonly #search: SearchIndex;
  readonly #anchor: AnchorFile;
  readonly #hmac: (text: string) => string;
  readonly #listeners = new Set<CommitListener>();
  readonly #seen: SeenIds;
  #waiting: Waiting[] = [];
  #scheduled = false;
  #closed = false;
  #fault: AkiosError | null = null;

  /** Use `openLedger`. */
  constructor(paths: LedgerPaths, log: OpenLog, lock: { release(): void }, sources: Sources) {
    this.paths = paths;
    this.#db = log.db;
    this.#lock = lock;
    this.#vkey = log.vkey;
    const { tree, lastTs, sealed, newest } = log.loaded;
    const state = { tree, lastTs, sealed, newest, signer: log.signer };
    this.#writer = new LogWriter(log.db, state, sources, fileGuard(paths.logDir));
    this.reader = new LogReader(log.db, segmentArchive(log.db, paths.logDir));
    this.#hmac = loadHmac(paths.secretDir);
    this.#search = new SearchIndex(paths.logDir, this.reader);
    this.#seen = new SeenIds(tree.size);
    this.#anchor = new AnchorFile(paths.trustDir);
    try {
      if (!log.fresh) checkAnchor(paths.trustDir, this.size(), (n) => this.reader.rootAt(n));
      this.#begin(log);
    } catch (error) {
      this.#release();
      throw error;
    }
  }

  #begin(log: OpenLog): void {
    const { newest } = log.loaded;
    const size = log.loaded.tree.size;
    const from = newest;
    if (log.fresh) {
      this.commitNow([logEvent('log.open', { format: 1, vkey: this.#vkey })]);
    } else if (size > newest) {
      this.commitNow([logEvent('log.recovered', { from, to: size, count: size - from })]);
    }
  }

  size(): number {
    return this.#writer.state.tree.size;
  }

  vkey(): string {
    return this.#vkey;
  }

  checkpoint(size?: number): CheckpointView | null {
    return this.reader.checkpoint(size);
  }

  record(seq: number) {
    return this.reader.record(seq);
  }

  records(from: number, count: number) {
    return this.reader.records(from, count);
  }

  inclusion(seq: number, size?: number) {
    return this.reader.inclusion(seq, size);
  }

  consistency(first: number, second?: number) {
    return this.reader.consistency(first, second);
  }

  list(query: { q?: string; before?: number; after?: number; limit: number }) {
    return this.#search.list(query);
  }

  openIntents(): OpenIntent[] {
    return this.#search.openIntents();
  }

  argsDigest(value: unknown): string {
    return this.#hmac(canonicalize(value));
  }

  onCommit(listener: CommitListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async append(draft: EventDraft): Promise<Appended> {
    if (this.#fault !== null) throw this.#fault;
    if (this.#closed) throw unavailable('The audit log is closed.');
    checkDraft(draft);
    if (draft.id !== undefined) {
      const known = this.#seen.find(draft.id) ?? this.#search.find(draft.id, this.#seen.floor);
      if (known !== null) return duplicateOf(await known, draft);
    }
    if (this.#waiting.length >= MAX_WAITING)
      throw unavailable('Too many events wait for the audit log.');
    const done = new Promise<Appended>((resolve, reject) => {
      this.#waiting.push({ entry: { draft }, resolve, reject });
    });
    if (draft.id !== undefined) this.#seen.add(draft.id, draft.type, done, this.size());
    this.#schedule();
    return done;
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    // Everything asked for in this turn of the event loop shares one flush to disk.
    setImmediate(() => {
      this.#scheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    const batch = this.#waiting.splice(0, MAX_BATCH);
    if (batch.length === 0) return;
    try {
      const { outcomes } = this.commitNow(batch.map((w) => w.entry));
      outcomes.forEach((outcome, i) => {
        if (outcome instanceof AkiosError) batch[i]!.reject(outcome);
        else
          batch[i]!.resolve({ seq: outcome.seq, id: outcome.id, ts: outcome.ts, duplicate: false });
      });
    } catch (error) {
      const fault = storeFault(error);
      for (const w of batch) w.reject(fault);
    }
    if (this.#waiting.length > 0) this.#schedule();
  }

  /**
   * Commits at once, outside the queue (events of the log itself, prune, rotation). Throws the
   * mapped error; after damage or an unclear write nothing more is accepted.
   */
  commitNow(entries: readonly Entry[], options: CommitOptions = {}): Commit {
    if (this.#fault !== null) throw this.#fault;
    if (this.#closed) throw unavailable('The audit log is closed.');
    let commit: Commit;
    try {
      commit = this.#writer.commit(entries, options);
    } catch (error) {
      const fault = storeFault(error);
      if (fault.code === 'LEDGER_BROKEN' || isUncertain(error)) this.#fault = fault;
      throw fault;
    }
    this.#anchor.offer(commit.note);
    this.#search.behind();
    this.#tell(commit);
    return commit;
  }

  #tell(commit: Commit): void {
    if (this.#listeners.size === 0) return;
    const rows = commit.all.map(auditRow);
    const { size, note, ts } = commit;
    const view = { size, root: toHex(commit.root), note, at: ts };
    for (const listener of this.#listeners) {
      try {
        listener(rows, view);
      } catch (error) {
        // The rows are durable: a failing display must not make their writers believe otherwise.
        process.emitWarning(error instanceof Error ? error : String(error));
      }
    }
  }

  /** Waits for what is queued, then closes files and gives the lock back. */
  async close(): Promise<void> {
    if (this.#closed) return;
    while (this.#waiting.length > 0) this.#flush();
    this.#release();
  }

  #release(): void {
    this.#closed = true;
    this.#anchor.close();
    this.#search.close();
    this.#db.close();
    this.#lock.release();
  }
}
