import type { StreamMessage } from '../shared/client/client.ts';
import type { RunDetail, RunSummary } from '../shared/contract/runs.ts';
import type { CallInput, CallName, CallOutput } from '../shared/contract/table.ts';
import { AkiosError, EXIT } from '../shared/domain/errors.ts';
import { RUN_END_STATES } from '../shared/domain/states.ts';
import { ensureHelper } from '../shared/node/helper-start.ts';
import type { Caller } from './client.ts';
import type { RunView } from './render/run-view.ts';

/** Rest before a stream that was lost is opened again. */
const REOPEN_MS = 100;

/**
 * Starts the run, shows it live, and gives its end. Ctrl-C kills the run, then this command.
 * @throws AkiosError HELPER_UNREACHABLE when the helper that runs it is gone; it is not started
 *   again here, because a new helper holds the run for a person's decision
 */
export async function follow(
  caller: Caller,
  input: CallInput<'run.start'>,
  view: RunView,
): Promise<RunDetail> {
  await ensureHelper(caller.place);
  const { startedAt } = await direct(caller, 'health', {});
  // Sent once: after a broken connection nobody can say whether the run has begun.
  const started = await direct(caller, 'run.start', input);
  view.begin(started);
  const cancel = (): void => {
    caller.client
      .call('run.cancel', { run: started.id, reason: 'interrupted at the terminal' })
      .then((result) => {
        if (!result.ok) process.exit(EXIT.interrupted);
      })
      .catch(() => process.exit(EXIT.interrupted));
  };
  process.once('SIGINT', cancel);
  process.once('SIGTERM', cancel);
  try {
    for (;;) {
      await untilEndOrLoss(caller, input.project, started, view);
      const run = await sameHelper(caller, started.id, startedAt);
      if (RUN_END_STATES.has(run.state)) {
        view.finish(run);
        return run;
      }
      await new Promise((resolve) => setTimeout(resolve, REOPEN_MS));
    }
  } finally {
    view.close();
    process.off('SIGINT', cancel);
    process.off('SIGTERM', cancel);
  }
}

/** One call to the helper that is there; none is started for it. */
async function direct<N extends CallName>(
  caller: Caller,
  name: N,
  input: CallInput<N>,
): Promise<CallOutput<N>> {
  const result = await caller.client.call(name, input);
  if (!result.ok) throw AkiosError.fromValue(result.error);
  return result.value;
}

/** The run as the helper that began it knows it. */
async function sameHelper(caller: Caller, id: string, startedAt: string): Promise<RunDetail> {
  try {
    const health = await direct(caller, 'health', {});
    const run = await direct(caller, 'run.get', { run: id });
    if (health.startedAt === startedAt || RUN_END_STATES.has(run.state)) return run;
  } catch (error) {
    if (!(error instanceof AkiosError) || error.code !== 'HELPER_UNREACHABLE') throw error;
  }
  throw new AkiosError(
    'HELPER_UNREACHABLE',
    `The helper ended while ${id} was running. See what became of it with \`akios runs\`, go on with \`akios run resume ${id}\`.`,
  );
}

/** Resolves when the run has ended as far as the event stream tells, or the stream is lost. */
async function untilEndOrLoss(
  caller: Caller,
  project: string,
  run: RunSummary,
  view: RunView,
): Promise<void> {
  await new Promise<void>((resolve) => {
    const stop = caller.client.subscribe(project, (message: StreamMessage) => {
      if (message.kind === 'lost') return resolve();
      const { event } = message;
      view.apply(run.id, event);
      const runs = event.kind === 'snapshot' ? event.runs : event.kind === 'run' ? [event.run] : [];
      const mine = runs.find(({ id }) => id === run.id);
      // A snapshot that does not hold the run comes after its end.
      const gone = event.kind === 'snapshot' && mine === undefined;
      if (!gone && !(mine && RUN_END_STATES.has(mine.state))) return;
      resolve();
      stop();
    });
  });
}
