import { AkiosError, type ErrorValue } from '../../../shared/domain/errors.ts';
import type { JsonObject } from '../../../shared/domain/json.ts';
import type { RunState } from '../../../shared/domain/states.ts';
import type { EnginePorts } from '../port.ts';
import { compensate, hasCompensation } from './compensate.ts';
import { Conductor } from './conductor.ts';
import { type EffectPorts, loopLimits } from './effects.ts';
import { asAkios, endStateFor } from './errors.ts';
import type { LiveRun } from './live-run.ts';
import { RunResources } from './resources.ts';
import { RESULT_FILE, writeResultFile } from './result.ts';

export interface Execution {
  resources: RunResources;
  done: Promise<void>;
}

/** Starts a run that exists; `done` resolves when nothing of it is left and never rejects. */
export function execute(
  engine: EnginePorts,
  run: LiveRun,
  context: JsonObject,
  onCommand?: (command: string) => void,
): Execution {
  const outputDir = run.record.outputDirectory ?? `data/output/${run.id}`;
  const resources = new RunResources(run.project, run.id, outputDir);
  const ports: EffectPorts = {
    engine,
    run,
    resources,
    random: engine.random ?? Math.random,
    onBug: engine.onBug ?? (() => undefined),
    ...(onCommand ? { onCommand } : {}),
  };
  // The kill switch does not wait for the step that is under way.
  const kill = (): void => {
    void resources.killAll();
  };
  run.signal.addEventListener('abort', kill, { once: true });
  const unwatch = run.project.onCageLost((reason) =>
    run.stop(
      new AkiosError('CAGE_DOWN', `The cage went down during the run: ${reason}.`, {
        hint: 'Raise it again with `akios cage up`, then start the run anew.',
      }),
    ),
  );
  const clock = setTimeout(
    () =>
      run.stop(
        new AkiosError('TIMEOUT', `The run did not end within ${loopLimits(run).wallMs} ms.`, {
          hint: 'Raise `timeout` of the workflow or run_timeout_seconds in config.yaml.',
        }),
      ),
    Math.min(loopLimits(run).wallMs, 2_147_483_647),
  );
  const done = conduct(ports, context)
    .catch((error: unknown) => ports.onBug(error))
    .finally(() => {
      clearTimeout(clock);
      unwatch();
    });
  return { resources, done };
}

async function conduct(ports: EffectPorts, context: JsonObject): Promise<void> {
  const { run } = ports;
  const conductor = new Conductor(ports);
  let end: { state: RunState; error: ErrorValue | null } = { state: 'succeeded', error: null };
  try {
    run.setState('running');
    await conductor.run(run.graph, context);
    run.signal.throwIfAborted();
  } catch (thrown) {
    if (!(thrown instanceof AkiosError)) ports.onBug(thrown);
    const error = run.cleanError(asAkios(run.signal.aborted ? run.signal.reason : thrown));
    end = await undoOrNot(ports, conductor, error);
  }
  await finish(ports, end);
}

async function undoOrNot(
  ports: EffectPorts,
  conductor: Conductor,
  error: AkiosError,
): Promise<{ state: RunState; error: ErrorValue }> {
  const { run } = ports;
  const plain = { state: endStateFor(error.code), error: error.toValue() };
  if (run.signal.aborted) return { ...plain, state: 'killed' };
  try {
    if (!hasCompensation(ports)) return plain;
    run.setState('rolling_back');
    const rollback = await compensate(ports, conductor);
    await row(ports, 'run.rollback', {
      undone: rollback.undone.length,
      remaining: rollback.remaining.slice(0, 50).join('; ').slice(0, 4000),
    });
    if (rollback.remaining.length === 0) return { state: 'rolled_back', error: error.toValue() };
    return { state: 'rollback_incomplete', error: incomplete(error, rollback.remaining).toValue() };
  } catch (thrown) {
    if (!(thrown instanceof AkiosError)) ports.onBug(thrown);
    return {
      state: 'rollback_incomplete',
      error: incomplete(error, [asAkios(thrown).message]).toValue(),
    };
  }
}

function incomplete(error: AkiosError, remaining: readonly string[]): AkiosError {
  return new AkiosError(
    'ROLLBACK_INCOMPLETE',
    `After ${error.code} (${error.message}) not everything could be undone: ${remaining.join('; ')}.`,
    {
      hint: 'Look at the listed steps and undo them by hand.',
      details: { first_error: error.code, remaining: remaining.length },
    },
  );
}

/** Leaves the last row, the result and the final state, whatever happened before. */
async function finish(
  ports: EffectPorts,
  end: { state: RunState; error: ErrorValue | null },
): Promise<void> {
  const { run, engine, resources } = ports;
  await resources.killAll();
  let { state, error } = end;
  const fail = (thrown: unknown): void => {
    if (!(thrown instanceof AkiosError)) ports.onBug(thrown);
    if (state === 'succeeded') {
      state = 'failed';
      error = asAkios(thrown).toValue();
    }
  };
  try {
    closeOpenSteps(run);
    run.flushLogs();
    await run.logsWritten();
    await row(ports, 'run.end', {
      state,
      steps: run.summary.stepsDone,
      cost: run.summary.costMicros,
    });
  } catch (thrown) {
    fail(thrown);
  }
  try {
    writeResult(run, engine.version, { state, error });
  } catch (thrown) {
    fail(thrown);
    run.line('run', `${RESULT_FILE} was not written: ${asAkios(thrown).message}`, null);
  }
  run.end(state, error);
  run.money.runEnded(run.id);
  run.emitBudget(engine.pricesDate ?? '', true);
}

/** Steps that never started or were cut off do not stay "running". */
function closeOpenSteps(run: LiveRun): void {
  for (const step of run.allSteps()) {
    if (step.view.state !== 'running') continue;
    step.view.state = 'killed';
    step.view.endedAt = new Date(run.clock.now()).toISOString();
    step.status = 'failed';
    run.saveStep(step);
  }
}

export function writeResult(
  run: LiveRun,
  version: string,
  end: { state: RunState; error: ErrorValue | null },
): void {
  const { record, project, ablations, redactedTypes } = run;
  writeResultFile(
    { record, project, ablations, steps: run.allSteps(), redactedTypes },
    { ...end, now: run.clock.now() },
    version,
  );
}

async function row(
  ports: EffectPorts,
  type: string,
  data: { [key: string]: string | number },
): Promise<void> {
  const { run } = ports;
  if (run.ablations.includes('no-audit')) return;
  const { seq } = await run.project.ledger.append({
    type,
    actor: run.record.principal,
    subject: run.record.subject,
    run: run.id,
    result: { status: String(data['state'] ?? 'ok') },
    data,
  });
  run.countRecords([seq]);
}
