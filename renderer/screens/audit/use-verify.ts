import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';
import * as z from 'zod';
import { AkiosError, type ErrorValue } from '../../../shared/domain/errors.ts';
import { ask, useSession } from '../../app/api-context.ts';
import type { ConsoleApi } from '../../client/api.ts';
import { startBatchPool } from '../../workers/batch-pool.ts';
import type { ProofWorker } from '../../workers/proof-client.ts';
import { type Pin, type Verdict, verifyAll } from './verify-run.ts';

export type VerifyState =
  | { kind: 'idle' }
  | { kind: 'running'; done: number; total: number }
  | { kind: 'done'; verdict: Verdict; at: string; ms: number }
  | { kind: 'failed'; error: ErrorValue };

const pinSchema = z.object({
  vkey: z.string(),
  size: z.number().int().nonnegative(),
  root: z.string(),
  at: z.string(),
});

/**
 * The checkpoint this browser kept of a project at this address: replaced by one that extends it,
 * or after the change of key was shown. A console at another port starts without one, and says so.
 */
export function readPin(project: string): Pin | null {
  const text = localStorage.getItem(`akios.pin.${project}`);
  if (text === null) return null;
  try {
    const parsed = pinSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch (cause) {
    if (cause instanceof SyntaxError) return null;
    throw cause;
  }
}

const disagrees = (code: string | undefined): ErrorValue => ({
  code: 'LEDGER_BROKEN',
  message: 'The records verify here, but the helper finds its files changed.',
  hint: 'akios audit verify lists every finding and needs no helper.',
  ...(code === undefined ? {} : { where: code }),
});

/** A fault of this window, told like any other: the verification did not end, so nothing is known. */
const stopped = (cause: unknown): ErrorValue => ({
  code: 'INTERNAL',
  message: `The verification in this window stopped: ${cause instanceof Error ? cause.message : String(cause)}`,
  hint: 'Nothing is claimed. Verify again, or use akios audit verify, which needs no browser.',
});

/** Verifies the whole ledger in workers, with progress and cancel. One at a time. */
export function useVerify(worker: ProofWorker | null) {
  const { api, project } = useSession();
  const queries = useQueryClient();
  const [state, setState] = useState<VerifyState>({ kind: 'idle' });
  const stop = useRef(false);
  const busy = useRef(false);
  /** The verification that is shown; none once the screen is left. */
  const shown = useRef<symbol | null>(null);
  useEffect(
    () => () => {
      shown.current = null;
      stop.current = true;
    },
    [],
  );
  const start = useCallback(async () => {
    if (worker === null || busy.current) return;
    const mine = Symbol('verification');
    busy.current = true;
    stop.current = false;
    shown.current = mine;
    // From its verdict on another one may begin; what the helper says later belongs to the first.
    const show = (next: VerifyState): void => {
      if (shown.current !== mine) return;
      busy.current = next.kind === 'running';
      setState(next);
    };
    try {
      await verifyHere({ api, project, worker, show, stopped: () => stop.current });
      await queries.invalidateQueries({ queryKey: ['audit.stats'] });
    } catch (cause) {
      show({
        kind: 'failed',
        error: cause instanceof AkiosError ? cause.toValue() : stopped(cause),
      });
    }
  }, [api, project, worker, queries]);
  return { state, start, stop: () => (stop.current = true) };
}

interface Verification {
  api: ConsoleApi;
  project: string;
  worker: ProofWorker;
  show(state: VerifyState): void;
  stopped(): boolean;
}

/** ms between two words of progress: a person reads no faster, and drawing takes from the work. */
const PACE = 100;

function paced(tell: (done: number, total: number) => void): typeof tell {
  let last = 0;
  return (done, total) => {
    const now = performance.now();
    if (now - last < PACE && done < total) return;
    last = now;
    tell(done, total);
  };
}

/** Reads and checks every record here, keeps the checkpoint it saw, and asks for a second opinion. */
async function verifyHere({ api, project, worker, show, stopped }: Verification): Promise<void> {
  const began = performance.now();
  show({ kind: 'running', done: 0, total: 0 });
  const stats = await ask(api, 'audit.stats', { project });
  const pool = startBatchPool(api, project);
  let verdict: Verdict;
  try {
    verdict = await verifyAll(
      {
        read: async (from, count, total) => {
          const batch = await pool.read(from, count, total);
          return worker.ask<'feed'>({ kind: 'feed', batch });
        },
        checkpoint: (size) =>
          ask(api, 'audit.checkpoint', { project, ...(size === undefined ? {} : { size }) }),
        begin: (wanted) => worker.ask<'begin'>({ kind: 'begin', wanted }),
        finish: () => worker.ask<'finish'>({ kind: 'finish' }),
        root: (size) => worker.ask<'root'>({ kind: 'root', size }),
        note: (note, vkey) => worker.ask<'note'>({ kind: 'note', note, vkey }),
        progress: paced((done, total) => show({ kind: 'running', done, total })),
        cancelled: stopped,
      },
      { total: stats.events, pin: readPin(project), anchor: stats.anchor },
    );
  } finally {
    pool.dispose();
  }
  const at = new Date().toISOString();
  show({ kind: 'done', verdict, at, ms: performance.now() - began });
  if (verdict.kind !== 'verified' && verdict.kind !== 'unanchored') return;
  const pin: Pin = { vkey: verdict.vkey, size: verdict.sealed, root: verdict.sealedRoot, at };
  localStorage.setItem(`akios.pin.${project}`, JSON.stringify(pin));
  // The helper checks its files as well and records that someone asked; a second opinion.
  const report = await ask(api, 'audit.verify', { project, mode: 'quick' });
  if (!report.ok) show({ kind: 'failed', error: disagrees(report.findings[0]?.code) });
}
