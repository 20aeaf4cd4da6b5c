import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useRef, useState } from 'react';
import * as z from 'zod';
import { AkiosError, type ErrorValue } from '../../../shared/domain/errors.ts';
import { ask, take, useSession } from '../../app/api-context.ts';
import type { ConsoleApi } from '../../client/api.ts';
import type { ProofWorker } from '../../workers/proof-client.ts';
import { RecordReader } from '../../workers/record-reader.ts';
import { type Pin, type Verdict, type VerifyPorts, verifyAll } from './verify-run.ts';

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

/**
 * In a browser the worker reads by itself, so that no record passes the page. The shell's bridge
 * exists only in the page, which then hands the records on.
 */
function readerOf(api: ConsoleApi, project: string, worker: ProofWorker): VerifyPorts['read'] {
  const reader = new RecordReader((input) => api.call('audit.records', input));
  return async (from, count, total) => {
    const range = { project, from, count };
    if (api.via === 'browser') {
      return take(await worker.ask<'read'>({ kind: 'read', range, total }));
    }
    const { items } = take(await reader.read(range, total));
    return worker.ask<'feed'>({ kind: 'feed', records: items });
  };
}

const disagrees = (code: string | undefined): ErrorValue => ({
  code: 'LEDGER_BROKEN',
  message: 'The records verify here, but the helper finds its files changed.',
  hint: 'akios audit verify lists every finding and needs no helper.',
  ...(code === undefined ? {} : { where: code }),
});

/** Verifies the whole ledger in the worker, with progress and cancel. */
export function useVerify(worker: ProofWorker | null) {
  const { api, project } = useSession();
  const queries = useQueryClient();
  const [state, setState] = useState<VerifyState>({ kind: 'idle' });
  const stop = useRef(false);
  const start = useCallback(async () => {
    if (worker === null) return;
    stop.current = false;
    const began = performance.now();
    setState({ kind: 'running', done: 0, total: 0 });
    try {
      const stats = await ask(api, 'audit.stats', { project });
      const read = readerOf(api, project, worker);
      const verdict = await verifyAll(
        {
          read,
          checkpoint: (size) =>
            ask(api, 'audit.checkpoint', { project, ...(size === undefined ? {} : { size }) }),
          begin: (wanted) => worker.ask<'begin'>({ kind: 'begin', wanted }),
          finish: () => worker.ask<'finish'>({ kind: 'finish' }),
          root: (size) => worker.ask<'root'>({ kind: 'root', size }),
          note: (note, vkey) => worker.ask<'note'>({ kind: 'note', note, vkey }),
          progress: (done, total) => setState({ kind: 'running', done, total }),
          cancelled: () => stop.current,
        },
        { total: stats.events, pin: readPin(project), anchor: stats.anchor },
      );
      const at = new Date().toISOString();
      if (verdict.kind === 'verified' || verdict.kind === 'unanchored') {
        const pin: Pin = { vkey: verdict.vkey, size: verdict.sealed, root: verdict.sealedRoot, at };
        localStorage.setItem(`akios.pin.${project}`, JSON.stringify(pin));
      }
      setState({ kind: 'done', verdict, at, ms: performance.now() - began });
      if (verdict.kind === 'verified' || verdict.kind === 'unanchored') {
        // The helper checks its files as well and records that someone asked; a second opinion.
        const report = await ask(api, 'audit.verify', { project, mode: 'quick' });
        await queries.invalidateQueries({ queryKey: ['audit.stats'] });
        if (!report.ok) setState({ kind: 'failed', error: disagrees(report.findings[0]?.code) });
      }
    } catch (cause) {
      if (!(cause instanceof AkiosError)) throw cause;
      setState({ kind: 'failed', error: cause.toValue() });
    }
  }, [api, project, worker, queries]);
  return { state, start, stop: () => (stop.current = true) };
}
