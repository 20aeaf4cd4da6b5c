import { AkiosError, type Result } from '../../shared/domain/errors.ts';
import type { ConsoleApi } from '../client/api.ts';
import type { Batch } from './check-records.ts';
import { type ProofWorker, startProofWorker } from './proof-client.ts';
import { RangeReader } from './range-reader.ts';

/** More would only wait for the helper, which reads the ledger in one thread. */
const MOST = 4;

export interface BatchPool {
  /** The next records, checked one by one; throws AkiosError when the helper does not give them. */
  read(from: number, count: number, total: number): Promise<Batch>;
  /** Stops the workers; whatever they were doing is of no use any more. */
  dispose(): void;
}

/**
 * Workers that check records one by one, side by side, and a reader that keeps all of them busy.
 * The batches come back in order, so that one tree grows from them.
 */
export function startBatchPool(api: ConsoleApi, project: string): BatchPool {
  const workers = Array.from(
    { length: Math.max(1, Math.min(MOST, navigator.hardwareConcurrency)) },
    () => startProofWorker(),
  );
  let turn = 0;
  const next = (): ProofWorker => {
    turn = (turn + 1) % workers.length;
    return workers[turn]!;
  };
  // One more than there are workers: its records travel while the others are hashed.
  const reader = new RangeReader(
    (from, count) => batchOf(api, next(), { project, from, count }),
    workers.length,
  );
  return {
    read: async (from, count, total) => {
      const batch = await reader.read(from, count, total);
      if (!batch.ok) throw AkiosError.fromValue(batch.error);
      return batch.value;
    },
    dispose: () => {
      for (const worker of workers) worker.dispose();
    },
  };
}

/**
 * In a browser the worker reads by itself, so that no record passes the page. The shell's bridge
 * exists only in the page, which then hands the records on.
 */
async function batchOf(
  api: ConsoleApi,
  worker: ProofWorker,
  range: { project: string; from: number; count: number },
): Promise<Result<Batch>> {
  if (api.via === 'browser') return worker.ask<'read'>({ kind: 'read', range });
  const got = await api.call('audit.records', range);
  if (!got.ok) return got;
  const { items: records } = got.value;
  return {
    ok: true,
    value: await worker.ask<'check'>({ kind: 'check', from: range.from, records }),
  };
}
