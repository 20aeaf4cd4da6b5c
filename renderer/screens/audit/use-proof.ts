import { type QueryClient, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type {
  AuditRecord,
  CheckpointView,
  InclusionProof,
} from '../../../shared/contract/audit.ts';
import { AkiosError } from '../../../shared/domain/errors.ts';
import { ask, type Session, useSession } from '../../app/api-context.ts';
import type { ProofCheck } from '../../workers/check-proof.ts';
import { type Epoch, keyAt, keyChain } from '../../workers/key-chain.ts';
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

type Ledger = Pick<Session, 'api' | 'project'>;
type Announced = { size: number; vkey: string; record: AuditRecord };

/** The events that announce a key, read in pages; what they say is checked by `keysOf`. */
async function announced({ api, project }: Ledger): Promise<Announced[]> {
  const out: Announced[] = [];
  // The first record names the first key and cannot change it.
  for (let after = 0; ; ) {
    const query = { project, q: 'type:log.key_rotate', after, limit: 500 };
    const { items } = await ask(api, 'audit.list', query);
    const read = items.map(({ seq }) => ask(api, 'audit.record', { project, seq }));
    for (const record of await Promise.all(read)) {
      const vkey = rotateOf(record);
      if (vkey !== null) out.push({ size: record.seq + 1, vkey, record });
    }
    const last = items.at(-1);
    if (last === undefined || items.length < 500) return out;
    after = last.seq;
  }
}

function rotateOf({ body }: AuditRecord): string | null {
  try {
    const { type, rotate } = JSON.parse(body ?? '{}') as { type?: unknown; rotate?: unknown };
    return type === 'log.key_rotate' && typeof rotate === 'string' ? rotate : null;
  } catch (cause) {
    if (cause instanceof SyntaxError) return null;
    throw cause;
  }
}

/**
 * The keys from the first to the one in force, each handed on by an event whose own proof ends in a
 * checkpoint of its key. A later tree need not be compared: who held the keys could have made it.
 */
async function keysOf(ledger: Ledger, worker: ProofWorker, first: string): Promise<Epoch[]> {
  const { api, project } = ledger;
  const rotations = await announced(ledger);
  const bySize = new Map(rotations.map((r) => [r.size, r]));
  const given = new Map<number, InclusionProof>();
  return keyChain(
    {
      noteAt: async (size) => {
        const seq = size - 1;
        const proof = await ask(api, 'audit.proof', { project, seq, size });
        given.set(size, proof);
        return proof.note;
      },
      check: (note, vkey) => worker.ask<'note'>({ kind: 'note', note, vkey }),
      rootAt: async (size) => {
        const proof = given.get(size);
        const record = bySize.get(size)?.record;
        if (proof === undefined || record === undefined) return null;
        const check = await worker.ask<'proof'>({ kind: 'proof', record, proof, vkey: first });
        const own = check.bodyLeaf !== null && check.bodyLeaf === record.leaf && check.columns;
        return own === true ? check.root : null;
      },
    },
    first,
    rotations,
  );
}

/** The keys, read again only when the ledger has another change of key. */
async function knownKeys(
  queries: QueryClient,
  ledger: Ledger,
  worker: ProofWorker,
  first: string,
): Promise<Epoch[]> {
  const { api, project } = ledger;
  const query = { project, q: 'type:log.key_rotate', limit: 1 };
  const { total } = await ask(api, 'audit.list', query);
  if (total === 0) return [{ after: 0, vkey: first }];
  return queries.fetchQuery({
    queryKey: ['audit-keys', project, first, total],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: () => keysOf(ledger, worker, first),
  });
}

/** Reads one record and its proof against the newest checkpoint, and checks both in the worker. */
export function useRecordProof(worker: ProofWorker | null, seq: number | null) {
  const { api, project } = useSession();
  const queries = useQueryClient();
  return useQuery<RecordProof, AkiosError>({
    queryKey: ['record-proof', project, seq],
    enabled: seq !== null && worker !== null,
    gcTime: 30_000,
    queryFn: async ({ signal }) => {
      if (seq === null || worker === null) throw new AkiosError('INTERNAL', 'No record is chosen.');
      const [record, { checkpoint, vkey }] = await Promise.all([
        ask(api, 'audit.record', { project, seq }, signal),
        ask(api, 'audit.checkpoint', { project }, signal),
      ]);
      if (checkpoint === null || checkpoint.size <= seq) {
        return { record, proof: null, check: null, checkpoint };
      }
      const size = checkpoint.size;
      const [given, keys] = await Promise.all([
        ask(api, 'audit.proof', { project, seq, size }, signal),
        knownKeys(queries, { api, project }, worker, vkey),
      ]);
      const proof = { ...given, note: given.note ?? checkpoint.note };
      const key = keyAt(keys, size);
      const check = await worker.ask<'proof'>({ kind: 'proof', record, proof, vkey: key });
      return { record, proof, check, checkpoint };
    },
  });
}
