import type { AuditRecord, InclusionProof } from '../../shared/contract/audit.ts';
import type { CallInput } from '../../shared/contract/table.ts';
import type { Result } from '../../shared/domain/errors.ts';
import type { NoteCheck } from './check-note.ts';
import type { ProofCheck } from './check-proof.ts';
import type { Break, SessionEnd } from './verify-session.ts';

/** What the page may ask the proof worker; every request has one answer of the same id. */
export type Request =
  | { kind: 'proof'; record: AuditRecord; proof: InclusionProof; vkey: string }
  | { kind: 'note'; note: string; vkey: string }
  | { kind: 'begin'; wanted: number[] }
  | { kind: 'feed'; records: AuditRecord[] }
  | { kind: 'read'; range: CallInput<'audit.records'>; total: number }
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
  feed: Fed;
  read: Result<Fed>;
  finish: SessionEnd;
  root: string | null;
}

export type Envelope = { id: number; request: Request };
export type Answer = { id: number; value: Replies[keyof Replies] } | { id: number; fault: string };
