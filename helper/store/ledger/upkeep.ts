import { randomInt } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AnchorState, CheckpointView } from '../../../shared/contract/audit.ts';
import { anchorTo } from './anchors.ts';
import { LOG_ACTOR } from './core.ts';
import { replaceFile } from './files.ts';
import type { ManagedLedger } from './managed.ts';
import { WITNESS_FILE } from './recover.ts';
import { askWitness, parseWitnessKey } from './witness.ts';

/** What the settings of a project say about its ledger; read again at every use. */
export interface UpkeepSettings {
  /** A segment is closed at this many rows. */
  rotationEvents: number;
  /** Bodies older than this go daily; 0: never by themselves. */
  retentionDays: number;
  /** A segment whose first row is older is closed daily; 0: by size alone. */
  archiveDays: number;
  legalHold: boolean;
  syslog: boolean;
  files: readonly string[];
  witness: { url: string; key: string } | null;
}

export interface UpkeepPorts {
  settings(): UpkeepSettings;
  /** One line to the system log; null where this host has none. */
  syslog: ((line: CheckpointView) => Promise<unknown>) | null;
  /** Sends a request of the witness protocol; the caller decides how it may travel. */
  post(url: string, body: string): Promise<{ status: number; text: string }>;
  fault(where: string, error: unknown): void;
  /** Milliseconds since 1970. */
  now?(): number;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const RETRY_MS = 600_000;

/** What of a ledger upkeep works with. */
export type KeptLedger = Pick<
  ManagedLedger,
  'append' | 'checkpoint' | 'consistency' | 'onCommit' | 'prune' | 'record' | 'rotate' | 'size'
> & {
  readonly paths: { trustDir: string };
  segmentStart(): number;
  clockDoubt(now: number): string | null;
};

/**
 * What a ledger needs while its helper runs: segments closed by size or age, bodies pruned by
 * retention, anchors every minute while rows arrive. A failure is told and tried again; it never
 * reaches the writer.
 */
export class Upkeep {
  readonly #ledger: KeptLedger;
  readonly #ports: UpkeepPorts;
  readonly #now: () => number;
  readonly #states = new Map<string, AnchorState>();
  readonly #off: () => void;
  readonly #timer: NodeJS.Timeout;
  #anchored: number;
  #prunedAt = Number.NEGATIVE_INFINITY;
  #rotateAfter = Number.NEGATIVE_INFINITY;
  #due = false;
  #ticking: Promise<void> | null = null;
  #stopped = false;

  constructor(ledger: KeptLedger, ports: UpkeepPorts) {
    this.#ledger = ledger;
    this.#ports = ports;
    this.#now = ports.now ?? Date.now;
    this.#anchored = ledger.size();
    this.#off = ledger.onCommit(() => this.#look());
    this.#timer = setInterval(() => void this.tick(), MINUTE_MS - randomInt(5000));
    this.#timer.unref();
  }

  /** Each scheduled anchor with its newest success and, after a failure, the reason. */
  anchors(): AnchorState[] {
    return [...this.#states.values()];
  }

  rotationEvents(): number {
    return this.#ports.settings().rotationEvents;
  }

  /** After a commit: the segment may be full. Never within the commit itself. */
  #look(): void {
    const wait = this.#rotateAfter - this.#now();
    if (this.#due || this.#stopped || (wait > 0 && wait <= RETRY_MS)) return;
    const rows = this.#ledger.size() - this.#ledger.segmentStart();
    if (rows < this.rotationEvents()) return;
    this.#due = true;
    setImmediate(() => {
      this.#due = false;
      this.#rotate();
    });
  }

  #rotate(): void {
    if (this.#stopped) return;
    try {
      this.#ledger.rotate(LOG_ACTOR);
    } catch (error) {
      this.#rotateAfter = this.#now() + RETRY_MS;
      this.#ports.fault('audit rotation', error);
    }
  }

  /** Runs what is due now; a tick that still runs is joined. Never rejects. */
  tick(): Promise<void> {
    this.#ticking ??= this.#tick().finally(() => {
      this.#ticking = null;
    });
    return this.#ticking;
  }

  async #tick(): Promise<void> {
    if (this.#stopped) return;
    this.#look();
    // Also while nothing is to be pruned: what is believed has to keep up with the clock.
    this.#ledger.clockDoubt(this.#now());
    const since = this.#now() - this.#prunedAt;
    // Before the last time: that was the time of a clock that was ahead.
    if (since >= DAY_MS || since < 0) {
      this.#prunedAt = this.#now();
      this.#daily();
    }
    const size = this.#ledger.size();
    if (size === this.#anchored) return;
    this.#anchored = size;
    await this.#anchorAll();
  }

  #daily(): void {
    const { retentionDays, archiveDays, legalHold } = this.#ports.settings();
    try {
      const start = this.#ledger.segmentStart();
      if (archiveDays > 0 && start < this.#ledger.size()) {
        const first = Date.parse(this.#ledger.record(start).ts);
        if (this.#now() - first > archiveDays * DAY_MS) this.#rotate();
      }
      if (retentionDays === 0 || legalHold) return;
      this.#ledger.prune({
        days: retentionDays,
        minimumDays: retentionDays,
        legalHold,
        actor: LOG_ACTOR,
        reason: 'retention',
        now: this.#now(),
      });
    } catch (error) {
      // Tried again in ten minutes, not in a day.
      this.#prunedAt = this.#now() - DAY_MS + RETRY_MS;
      this.#ports.fault('audit retention', error);
    }
  }

  async #anchorAll(): Promise<void> {
    const view = this.#ledger.checkpoint();
    if (view === null) return;
    const { syslog, files, witness } = this.#ports.settings();
    const write = this.#ports.syslog;
    if (syslog && write !== null) await this.#try('syslog', 'system log', view, () => write(view));
    for (const file of files) {
      await this.#try('file', file, view, () => anchorTo(view, { files: [file] }));
    }
    if (witness !== null) {
      await this.#try('witness', witness.url, view, () => this.#witness(witness));
    }
  }

  async #try(
    kind: AnchorState['kind'],
    where: string,
    view: CheckpointView,
    work: () => Promise<unknown>,
  ): Promise<void> {
    const key = `${kind} ${where}`;
    const last = this.#states.get(key) ?? { kind, where, size: null, at: null, error: null };
    const at = new Date(this.#now()).toISOString();
    try {
      await work();
      this.#states.set(key, { ...last, size: view.size, at, error: null });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      // Told once for each new reason, shown in the stats until it works again.
      if (last.error !== reason) this.#ports.fault(`audit anchor ${kind}`, error);
      this.#states.set(key, { ...last, error: reason });
    }
  }

  async #witness(witness: { url: string; key: string }): Promise<void> {
    const key = parseWitnessKey(witness.key);
    if (key === null) throw new Error('The verifier key of the witness is malformed.');
    const file = join(this.#ledger.paths.trustDir, WITNESS_FILE);
    const post = (body: string) => this.#ports.post(witness.url, body);
    const done = await askWitness(this.#ledger, { ...key, post }, seenSize(file));
    replaceFile(file, done.note);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    this.#off();
    if (this.#ticking !== null) await this.#ticking;
  }
}

/** Size of the checkpoint the witness cosigned last; a wrong guess is corrected by its answer. */
function seenSize(file: string): number {
  if (!existsSync(file)) return 0;
  const size = Number(readFileSync(file, 'utf8').split('\n')[1]);
  return Number.isSafeInteger(size) && size >= 0 ? size : 0;
}
