import type { AuditRow, CheckpointView, LedgerStats } from '../../../shared/contract/audit.ts';
import type { AkiosError } from '../../../shared/domain/errors.ts';
import type { JsonObject } from '../../../shared/domain/json.ts';
import { toHex } from '../../../shared/proof/bytes.ts';
import { canonicalize } from '../../../shared/proof/canonical.ts';
import { AnchorFile, type AnchorTargets, anchorTo } from './anchors.ts';
import { AppendQueue } from './append-queue.ts';
import { checkDraft } from './body.ts';
import type { LedgerCore } from './core.ts';
import { type Exported, type ExportOptions, exportLog } from './export/export.ts';
import { broken, isUncertain, storeFault, unavailable } from './faults.ts';
import { fileGuard } from './files-guard.ts';
import { isRotationNote, rotateKey, rotationDue } from './key-rotation.ts';
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
import type { ProjectLedger } from './managed.ts';
import { bootId, type OpenLog, openLog, prepareDirs } from './open.ts';
import type { Actor, Appended, EventDraft, LedgerPaths, OpenIntent } from './port.ts';
import { type Pruned, type PruneOptions, pruneBodies } from './prune.ts';
import { nameOf, newestReceipt, type Receipt, writeReceipt } from './receipts.ts';
import { checkAnchor } from './recover.ts';
import { dropStaleSegments, type Rotated, rotateSegment } from './rotate.ts';
import { type IndexLimits, SearchIndex } from './search.ts';
import { duplicateOf, SeenIds } from './seen-ids.ts';
import { segmentArchive } from './segments.ts';
import { ledgerStats } from './stats.ts';
import { doubtText, hostTime, isoText, TrustedClock } from './trusted-clock.ts';
import { Upkeep, type UpkeepPorts } from './upkeep.ts';
import { WalRoom } from './wal-room.ts';

export interface LedgerOptions {
  /** Name of a new log (checkpoint origin and key name): no white space, no plus sign. */
  origin?: string;
  sources?: Sources;
  /** Replace the signing key at a new boot of the host and daily; on by default. */
  rotateKeys?: boolean;
  index?: IndexLimits;
}

const KEY_LOOK_MS = 600_000;

type CommitListener = (rows: AuditRow[], checkpoint: CheckpointView) => void;

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
    return new AuditLedger(
      paths,
      log,
      lock,
      options.sources ?? systemSources(bootId()),
      options.rotateKeys ?? true,
      options.index,
    );
  } catch (error) {
    lock?.release();
    throw storeFault(error);
  }
}

function logEvent(type: string, data: JsonObject): Entry {
  return { draft: { type, actor: { type: 'helper', id: 'log' }, data } };
}

/** The writer of one log; see `port.ts` for the promises. */
export class AuditLedger implements ProjectLedger, LedgerCore {
  readonly paths: LedgerPaths;
  readonly db: OpenLog['db'];
  readonly #lock: { release(): void };
  readonly #vkey: string;
  readonly #writer: LogWriter;
  readonly reader: LogReader;
  readonly search: SearchIndex;
  readonly #anchor: AnchorFile;
  readonly #hmac: (text: string) => string;
  readonly #listeners = new Set<CommitListener>();
  readonly #refused = new Set<(error: AkiosError) => void>();
  readonly #seen: SeenIds;
  readonly #clock: TrustedClock;
  readonly #rotateKeys: boolean;
  #keyLooked = performance.now();
  readonly #queue: AppendQueue;
  readonly #room: WalRoom;
  #closed = false;
  #upkeep: Upkeep | null = null;
  readonly #exports = new Set<{ file: string; done: number; rows: number }>();
  #fault: AkiosError | null = null;

  /** Use `openLedger`. */
  constructor(
    paths: LedgerPaths,
    log: OpenLog,
    lock: { release(): void },
    sources: Sources,
    rotateKeys: boolean,
    index?: IndexLimits,
  ) {
    this.paths = paths;
    this.db = log.db;
    this.#lock = lock;
    this.#rotateKeys = rotateKeys;
    this.#vkey = log.vkey;
    const { tree, lastTs, sealed, newest } = log.loaded;
    const state = { tree, lastTs, sealed, newest, signer: log.signer };
    this.#writer = new LogWriter(log.db, state, sources, fileGuard(paths.logDir));
    this.reader = new LogReader(log.db, segmentArchive(log.db, paths.logDir));
    this.#hmac = loadHmac(paths.secretDir);
    this.search = new SearchIndex(paths.logDir, this.reader, index);
    this.#seen = new SeenIds(tree.size);
    this.#clock = new TrustedClock(paths.trustDir, hostTime(sources), lastTs);
    this.#anchor = new AnchorFile(paths.trustDir);
    this.#queue = new AppendQueue({
      commit: (entries) => this.commitNow(entries),
      refused: (fault) => this.#tellRefused(fault),
      idle: () => this.#rotateDaily(),
    });
    this.#room = new WalRoom(paths.logDir);
    try {
      this.#clock.look(sources.now());
      if (!log.fresh) checkAnchor(paths.trustDir, this.size(), (n) => this.reader.rootAt(n));
      this.#begin(log, rotateKeys, sources.boot);
    } catch (error) {
      this.#release();
      throw error;
    }
  }

  #begin(log: OpenLog, rotateKeys: boolean, boot: string): void {
    const { newest, note, tree } = log.loaded;
    const size = tree.size;
    if (log.fresh) {
      // What an earlier log of this place signed last; from here on it is missed when it is gone.
      const last = newestReceipt(this.paths.trustDir);
      const before = last === null ? {} : { receipt: nameOf(last) };
      this.commitNow([logEvent('log.open', { format: 1, vkey: this.#vkey, ...before })]);
      return;
    }
    dropStaleSegments(this.paths.logDir, this.segmentStart());
    if (size > newest) {
      this.commitNow([logEvent('log.recovered', { from: newest, to: size, count: size - newest })]);
    }
    this.search.behind();
    if (isRotationNote(note)) this.commitNow([], { seal: true });
    const reason = rotateKeys ? rotationDue(this.paths.secretDir, this.#lastBoot(), boot) : null;
    if (reason !== null) this.rotateKey(reason);
  }

  broken(): AkiosError | null {
    return this.#fault?.code === 'LEDGER_BROKEN' ? this.#fault : null;
  }

  condemn(finding: string): void {
    this.#fault ??= broken(`A verification found the log changed (${finding}).`);
  }

  /** First row of the segment that is written now; earlier ones are in the archive. */
  segmentStart(): number {
    return (this.db.prepare('SELECT min(idx) FROM events').pluck().get() as number | null) ?? 0;
  }

  #lastBoot(): string | null {
    const { body } = this.reader.record(this.size() - 1);
    const boot = body === null ? null : (JSON.parse(body) as JsonObject)['boot'];
    return typeof boot === 'string' ? boot : null;
  }

  /** Replaces the signing key now; see `rotateKey` in key-rotation.ts. */
  rotateKey(reason: string): void {
    const next = rotateKey(this, this.#writer.state.signer.key.name, reason);
    this.#writer.setSigner(next);
    this.commitNow([], { seal: true });
  }

  followsOn(actor: Actor, data: JsonObject): void {
    this.commitNow([{ draft: { type: 'log.renew', actor, data } }]);
  }

  rotate(actor: Actor): Rotated {
    const rotated = rotateSegment(this, actor);
    this.#room.refill();
    return rotated;
  }

  prune(options: PruneOptions): Pruned {
    const pruned = pruneBodies(this, options);
    this.#room.refill();
    return pruned;
  }

  checkTime(now: number, actor?: Actor): void {
    if (actor === undefined) {
      this.#clock.refuse(now);
      return;
    }
    const doubt = this.#clock.look(now);
    if (doubt === null) return;
    const data = { confirmed: isoText(doubt.now), believed: isoText(doubt.believed) };
    this.commitNow([{ draft: { type: 'log.clock', actor, data } }]);
    this.#clock.confirm(now);
  }

  /** Why the clock is not believed (a sentence); null when it is. */
  clockDoubt(now = Date.now()): string | null {
    const doubt = this.#clock.look(now);
    return doubt === null ? null : doubtText(doubt).message;
  }

  /** Signs a statement with the key of this log and keeps it outside the project. */
  signReceipt(body: JsonObject, { named = false } = {}): Receipt {
    const receipt = writeReceipt(this.paths.trustDir, this.#writer.state.signer, body);
    if (named) this.commitNow([logEvent('log.receipt', { receipt: nameOf(receipt) })]);
    return receipt;
  }

  /** The newest checkpoint to the trust folder and to every further anchor given. */
  anchorNow(targets: AnchorTargets = {}): Promise<CheckpointView> {
    this.#anchor.flush();
    return anchorTo(this.checkpoint()!, targets);
  }

  /** See `exportLog`. */
  async exportTo(options: ExportOptions): Promise<Exported> {
    const running = { file: options.file, done: 0, rows: 0 };
    const progress = (done: number, rows: number): void => {
      Object.assign(running, { done, rows });
      options.progress?.(done, rows);
    };
    this.#exports.add(running);
    try {
      return await exportLog(this, { ...options, progress });
    } finally {
      this.#exports.delete(running);
    }
  }

  /** Exports that are being written now. */
  exports(): { file: string; done: number; rows: number }[] {
    return [...this.#exports].map((running) => ({ ...running }));
  }

  stats(): LedgerStats {
    return ledgerStats(this, this.#upkeep);
  }

  /** Starts upkeep by these settings; it ends with the ledger. */
  keep(ports: UpkeepPorts): Upkeep {
    if (this.#upkeep !== null) throw new Error('This ledger is kept already.');
    this.#upkeep = new Upkeep(this, ports);
    return this.#upkeep;
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
    return this.search.list(query);
  }

  openIntents(): OpenIntent[] {
    return this.search.openIntents();
  }

  indexing(): { indexed: number; of: number } | null {
    return this.search.building();
  }

  indexed(): Promise<boolean> {
    return this.search.ready();
  }

  argsDigest(value: unknown): string {
    return this.#hmac(canonicalize(value));
  }

  onCommit(listener: CommitListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  onRefused(listener: (error: AkiosError) => void): () => void {
    this.#refused.add(listener);
    return () => this.#refused.delete(listener);
  }

  async append(draft: EventDraft): Promise<Appended> {
    if (this.#fault !== null) throw this.#fault;
    if (this.#closed) throw unavailable('The audit log is closed.');
    checkDraft(draft);
    if (draft.id !== undefined) {
      const known = this.#seen.find(draft.id) ?? this.search.find(draft.id, this.#seen.floor);
      if (known !== null) return duplicateOf(await known, draft);
    }
    const done = this.#queue.add(draft);
    if (draft.id !== undefined) this.#seen.add(draft.id, draft.type, done, this.size());
    return await done;
  }

  #rotateDaily(): void {
    const now = performance.now();
    if (!this.#rotateKeys || this.#fault !== null || now - this.#keyLooked < KEY_LOOK_MS) return;
    this.#keyLooked = now;
    const reason = rotationDue(this.paths.secretDir, null, '');
    if (reason !== null) this.rotateKey(reason);
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
    this.search.behind();
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

  #tellRefused(fault: AkiosError): void {
    for (const listener of this.#refused) listener(fault);
  }

  /** Waits for what is queued, then closes files and gives the lock back. */
  async close(): Promise<void> {
    if (this.#closed) return;
    await this.#upkeep?.stop();
    await this.search.close();
    this.#queue.drain();
    this.#release();
  }

  #release(): void {
    this.#closed = true;
    this.#anchor.close();
    this.#room.close();
    void this.search.close();
    this.reader.release();
    this.db.close();
    this.#lock.release();
  }
}
