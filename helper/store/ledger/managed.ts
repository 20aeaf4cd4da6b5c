import type { CheckpointView, LedgerStats } from '../../../shared/contract/audit.ts';
import type { AkiosError } from '../../../shared/domain/errors.ts';
import type { JsonObject } from '../../../shared/domain/json.ts';
import type { AnchorTargets } from './anchors.ts';
import type { Exported, ExportOptions } from './export/export.ts';
import type { Actor, Ledger, LedgerPaths } from './port.ts';
import type { Pruned, PruneOptions } from './prune.ts';
import type { Receipt } from './receipts.ts';
import type { Rotated } from './rotate.ts';

/** The ledger with its life-cycle, for the service. Each operation is itself an event of the log. */
export interface ManagedLedger extends Ledger {
  stats(): LedgerStats;
  rotate(actor: Actor): Rotated;
  prune(options: PruneOptions): Pruned;
  exportTo(options: ExportOptions): Promise<Exported>;
  anchorNow(targets?: AnchorTargets): Promise<CheckpointView>;
  /**
   * Before an erasure: sign and keep the statement, then close, erase, and call `retireLog`. `named`:
   * a row of this log then names the receipt, for a log that goes on.
   */
  signReceipt(body: JsonObject, options?: { named?: boolean }): Receipt;
  rotateKey(reason: string): void;
  /** The first row of a log that follows one that was set aside says so. */
  followsOn(actor: Actor, data: JsonObject): void;
}

/** The ledger of an open project: written by its helper, or broken and for reading alone. */
export interface ProjectLedger extends ManagedLedger {
  readonly paths: LedgerPaths;
  /** Why nothing is written any more (LEDGER_BROKEN); null while the log is whole. */
  broken(): AkiosError | null;
  /** A verification found tampering: from here on nothing is written. The first reason stays. */
  condemn(finding: string): void;
  /** Called when rows could not be made durable. Returns unsubscribe. */
  onRefused(listener: (error: AkiosError) => void): () => void;
  segmentStart(): number;
  exports(): { file: string; done: number; rows: number }[];
}
