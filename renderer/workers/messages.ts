import type { AuditRecord, InclusionProof } from '../../shared/contract/audit.ts';
import type { CallInput } from '../../shared/contract/table.ts';
import type { Result } from '../../shared/domain/errors.ts';
import type { NoteCheck } from './check-note.ts';
import type { ProofCheck } from './check-proof.ts';
import type { Batch, Break } from './check-records.ts';
import type { SessionEnd } from './verify-session.ts';

/** What the page may ask the proof worker; every request has one answer of the same id. */
export type Request =
  | { kind: 'proof'; record: AuditRecord; proof: InclusionProof; vkey: string }
  | { kind: 'note'; note: string; vkey: string }
  | { kind: 'begin'; wanted: number[] }
  | { kind: 'check'; from: number; records: AuditRecord[] }
  | { kind: 'read'; range: CallInput<'audit.records'> }
  | { kind: 'feed'; batch: Batch }
  | { kind: 'finish' }
  | { kind: 'root'; size: number };

/** How far the rebuilt tree is. */
export interface Fed {
  size: number;
  broken: Break | null;
}

export interface Replies {
  proof: ProofCheck;
  note: NoteCheck;
  begin: null;
  check: Batch;
  read: Result<Batch>;
  feed: Fed;
  finish: SessionEnd;
  root: string | null;
}

export type Envelope = { id: number; request: Request };
export type Answer = { id: number; value: Replies[keyof Replies] } | { id: number; fault: string };
