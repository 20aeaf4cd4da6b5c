import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type {
  AuditRecord,
  CheckpointView,
  InclusionProof,
} from '../../../shared/contract/audit.ts';
import { AkiosError } from '../../../shared/domain/errors.ts';
import { ask, useSession } from '../../app/api-context.ts';
import type { ProofCheck } from '../../workers/check-proof.ts';
import { type ProofWorker, startProofWorker } from '../../workers/proof-client.ts';

/** The worker of this screen; null for the moment before it is started. */
export function useProofWorker(): ProofWorker | null {
  const [worker, setWorker] = useState<ProofWorker | null>(null);
  useEffect(() => {
    const started = startProofWorker();
    setWorker(started);
    return () => started.dispose();
  }, []);
  return worker;
}

export interface RecordProof {
  record: AuditRecord;
  /** Null: the record is newer than every signed checkpoint. */
  proof: InclusionProof | null;
  check: ProofCheck | null;
  checkpoint: CheckpointView | null;
}

/** Reads one record and its proof against the newest checkpoint, and checks both in the worker. */
export function useRecordProof(worker: ProofWorker | null, seq: number | null) {
  const { api, project } = useSession();
  return useQuery<RecordProof, AkiosError>({
    queryKey: ['record-proof', project, seq],
    enabled: seq !== null && worker !== null,
    gcTime: 30_000,
    queryFn: async ({ signal }) => {
      if (seq === null || worker === null) throw new AkiosError('INTERNAL', 'No record is chosen.');
      const record = await ask(api, 'audit.record', { project, seq }, signal);
      const { checkpoint, vkey } = await ask(api, 'audit.checkpoint', { project }, signal);
      if (checkpoint === null || checkpoint.size <= seq) {
        return { record, proof: null, check: null, checkpoint };
      }
      const size = checkpoint.size;
      const given = await ask(api, 'audit.proof', { project, seq, size }, signal);
      const proof = { ...given, note: given.note ?? checkpoint.note };
      const check = await worker.ask<'proof'>({ kind: 'proof', record, proof, vkey });
      return { record, proof, check, checkpoint };
    },
  });
}
