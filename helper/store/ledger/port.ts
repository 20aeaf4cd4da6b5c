import type {
  AuditRecord,
  AuditRow,
  CheckpointView,
  InclusionProof,
} from '../../../shared/contract/audit.ts';
import type { JsonObject } from '../../../shared/domain/json.ts';
import type { Decision } from '../../../shared/domain/states.ts';

export interface Actor {
  type: 'user' | 'agent' | 'helper';
  id: string;
}

/** What a caller hands over. Everything in it must already be redacted. */
export interface EventDraft {
  /** UUIDv7 for safe retry; made by the writer when absent. The same id is written once. */
  id?: string;
  /** Dotted name: run.start, fs.read, llm.call, llm.outcome, gate.denied, cage.up, log.seal ... */
  type: string;
  actor: Actor;
  subject?: string;
  run?: string;
  step?: string;
  parent?: number;
  policy?: { id: string; version: string; digest: string; decision: Decision; rule: string };
  /** Integer micro-dollars. */
  budget?: { before: number; delta: number; limit: number };
  pii?: { direction: 'in' | 'out'; counts: Record<string, number> };
  /** From `argsDigest`. */
  argsHmac?: string;
  result?: { status: string; code?: string; ms?: number };
  cage?: { mode: string; features: string[] };
  /** In an outcome: the sequence of its intent. */
  intent?: number;
  /** Marks an intent: until an event with `intent` = this sequence exists, it is open. */
  expects?: 'outcome';
  /** Small redacted facts (integers and strings only), at most 8 KiB canonical. */
  data?: JsonObject;
}

export interface Appended {
  seq: number;
  id: string;
  ts: string;
  duplicate: boolean;
}

export interface OpenIntent {
  seq: number;
  type: string;
  run: string | null;
  step: string | null;
  subject: string;
}

/** Read side; safe to call while the writer runs. Throws LEDGER_BROKEN / RECORD_NOT_FOUND. */
export interface LedgerReader {
  size(): number;
  checkpoint(size?: number): CheckpointView | null;
  vkey(): string;
  record(seq: number): AuditRecord;
  records(from: number, count: number): AuditRecord[];
  list(query: { q?: string; before?: number; after?: number; limit: number }): {
    items: AuditRow[];
    total: number;
    size: number;
  };
  inclusion(seq: number, size?: number): InclusionProof;
  consistency(
    first: number,
    second?: number,
  ): {
    first: number;
    second: number;
    hashes: string[];
    firstRoot: string;
    secondRoot: string;
  };
}

/**
 * The one writer of a log. `append` resolves only after the row, the tree and a signed checkpoint
 * are on disk in one commit. Any failure rejects with LEDGER_* or DISK_FULL, and the caller's
 * effect must not happen.
 */
export interface Ledger extends LedgerReader {
  append(draft: EventDraft): Promise<Appended>;
  /** HMAC-SHA-256 (hex) of the canonical JSON, with a key only the helper holds. */
  argsDigest(value: unknown): string;
  /**
   * Intents without an outcome, oldest first (recovery closes them as unknown). Throws
   * INDEX_BUILDING while the search index is made; `indexed` says when to ask.
   */
  openIntents(): OpenIntent[];
  /** How far the search index is (rows) while it is made; null when it can be asked. */
  indexing(): { indexed: number; of: number } | null;
  /** True as soon as the search index can be asked; false when the log is closed before. */
  indexed(): Promise<boolean>;
  /** Called after each commit with the rows it made durable. Returns unsubscribe. */
  onCommit(listener: (rows: AuditRow[], checkpoint: CheckpointView) => void): () => void;
  close(): Promise<void>;
}

export interface LedgerPaths {
  /** The project's `audit/` folder (or the user ledger's). */
  logDir: string;
  /** Outside the project: log.vkey, anchor.note, receipts. */
  trustDir: string;
  /** Outside the project, 0700: key.pem, hmac.key. */
  secretDir: string;
}
