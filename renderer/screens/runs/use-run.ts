import { useMemo } from 'react';
import type { LogLine, RunDetail, StepView } from '../../../shared/contract/runs.ts';
import { RUN_END_STATES } from '../../../shared/domain/states.ts';
import { useCall } from '../../app/api-context.ts';
import type { RunTrace } from '../../app/live/reducer.ts';
import { useLive } from '../../app/live/store.ts';

/** Steps of the answer with newer ones of the stream in their place. */
export function mergeSteps(read: readonly StepView[], trace: RunTrace | undefined): StepView[] {
  const merged = new Map(read.map((s) => [s.index, s]));
  for (const [index, step] of trace?.steps ?? []) merged.set(index, step);
  return [...merged.values()].sort((a, b) => a.index - b.index);
}

/** Lines of the answer and of the stream, each once, in order of their number. */
export function mergeLog(read: readonly LogLine[], trace: RunTrace | undefined): LogLine[] {
  const merged = new Map(read.map((l) => [l.n, l]));
  for (const line of trace?.log ?? []) merged.set(line.n, line);
  return [...merged.values()].sort((a, b) => a.n - b.n);
}

/** One run: read once, then kept current by the stream, read again when the stream was broken. */
export function useRun(id: string) {
  const summary = useLive((l) => l.data.runs.find((r) => r.id === id));
  const trace = useLive((l) => l.data.traces.get(id));
  const boot = useLive((l) => l.data.boot);
  const resnapshots = useLive((l) => l.resnapshots);
  const ended = summary === undefined || RUN_END_STATES.has(summary.state);
  const query = useCall('run.get', { run: id }, { keep: true, ...(ended ? {} : { every: 5_000 }) });
  const read = query.data;
  // biome-ignore lint/correctness/useExhaustiveDependencies: boot and resnapshots void the trace
  const run = useMemo<RunDetail | undefined>(() => {
    if (read === undefined) return undefined;
    const newest =
      summary !== undefined && !(RUN_END_STATES.has(read.state) && !ended) ? summary : read;
    return {
      ...read,
      ...newest,
      steps: mergeSteps(read.steps, RUN_END_STATES.has(read.state) ? undefined : trace),
      log: mergeLog(read.log, trace),
    };
  }, [read, summary, trace, ended, boot, resnapshots]);
  return { run, error: query.error, refetch: () => void query.refetch() };
}
