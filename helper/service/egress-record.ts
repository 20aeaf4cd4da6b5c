import type { Egress, EgressDecision } from '../cage/egress/port.ts';
import type { Ledger } from '../store/ledger/port.ts';
import type { ProjectRedactor } from './projects/redactor.ts';

export interface RecordingTarget {
  ledger: Ledger;
  redactor: ProjectRedactor;
}

export interface EgressRecordPorts {
  /** Where the rows of a run belong; null for probes, which leave no row. */
  target(run: string): Promise<RecordingTarget | null>;
  fault(where: string, error: unknown): void;
}

/** The run of a decision: agents of a workflow have ways out of their own below it. */
export const runOf = (id: string): string =>
  id.startsWith('run_') ? id.slice(0, `${id}/`.indexOf('/')) : id;

/** A program that knocks at closed doors in a loop must not fill the ledger. */
const MAX_ROWS = 500;

/**
 * Puts every decision of the egress on the ledger of its run; one that lets something through before
 * the connection is made. Returns unsubscribe.
 */
export function recordEgress(egress: Egress, ports: EgressRecordPorts): () => void {
  const counts = new Map<string, number>();
  return egress.onDecision(async (decision) => {
    const seen = (counts.get(decision.run) ?? 0) + (decision.allowed ? 0 : 1);
    counts.set(decision.run, seen);
    if (counts.size > 10_000) counts.delete(counts.keys().next().value ?? '');
    // What is let through is bounded by the quota of the run, and always has its row.
    if (!decision.allowed && seen > MAX_ROWS) return;
    try {
      await record(decision, !decision.allowed && seen === MAX_ROWS, ports);
    } catch (error) {
      ports.fault('egress record', error);
      throw error;
    }
  });
}

async function record(
  decision: EgressDecision,
  last: boolean,
  ports: EgressRecordPorts,
): Promise<void> {
  const target = await ports.target(runOf(decision.run));
  if (target === null) return;
  const { host, port, kind, allowed, reason, address, bytesIn, bytesOut } = decision;
  const clean = (text: string): string => target.redactor.redact(text).text;
  await target.ledger.append({
    type: allowed ? 'net.allowed' : 'net.denied',
    actor: { type: 'helper', id: 'egress' },
    run: runOf(decision.run),
    subject: clean(`${host.slice(0, 255)}:${port}`),
    result: { status: allowed ? 'allowed' : 'denied' },
    data: {
      kind,
      reason: clean(reason).slice(0, 300),
      address: address ?? '',
      bytesIn,
      bytesOut,
      ...(last ? { note: `no more than ${MAX_ROWS} refusals of one run are recorded` } : {}),
    },
  });
}
