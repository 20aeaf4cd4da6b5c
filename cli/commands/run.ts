import { isAbsolute, relative, resolve } from 'node:path';
import type { Plan, RunDetail } from '../../shared/contract/runs.ts';
import { AkiosError, EXIT, exitCodeOf } from '../../shared/domain/errors.ts';
import { formatUsd } from '../../shared/domain/money.ts';
import { runExitCode } from '../../shared/domain/run-exit.ts';
import { type Caller, connect } from '../client.ts';
import { follow } from '../follow.ts';
import { type Io, printJson, usage } from '../io.ts';
import { options } from '../options.ts';
import { currentProject } from '../place.ts';
import { RunView } from '../render/run-view.ts';
import { table } from '../render/table.ts';

const DEFAULT_WORKFLOW = 'workflow.yml';

export async function run(argv: string[], io: Io): Promise<number> {
  const { values, positionals } = options(
    argv,
    'run [WORKFLOW] [--json] [--plan] [--report] [--quiet] [--real-api] [--context JSON]',
    {
      project: { type: 'string' },
      plan: { type: 'boolean' },
      report: { type: 'boolean' },
      exec: { type: 'string' },
      quiet: { type: 'boolean', short: 'q' },
      verbose: { type: 'boolean', short: 'v' },
      force: { type: 'boolean' },
      'json-output': { type: 'boolean' },
      'real-api': { type: 'boolean' },
      context: { type: 'string' },
    },
    { min: 0, max: values0(argv) },
  );
  const project = currentProject(values.project);
  const caller = connect();
  if (values.exec !== undefined) {
    await refuseExec(caller, project, values.exec);
    return EXIT.failed;
  }
  const workflow = inProject(project, positionals[0] ?? DEFAULT_WORKFLOW);
  if (values.plan === true)
    return showPlan(io, await caller.call('run.plan', { project, workflow }));
  const context = values.context === undefined ? {} : { context: readContext(values.context) };
  const quiet = values.quiet === true || io.json || values['json-output'] === true;
  const view = new RunView(io, quiet);
  const real = values['real-api'] === true ? { realApi: true } : {};
  const detail = await follow(caller, { project, workflow, ...context, ...real }, view);
  const code = runExitCode(detail.state, detail.error?.code ?? null);
  const report =
    values.report === true ? await caller.call('run.report', { run: detail.id }) : null;
  if (report && !quiet) io.out(`Report: ${report.path}`);
  if (values['json-output'] === true) return printJson(io, peerShape(detail), code);
  if (io.json) return printJson(io, { run: detail }, code);
  if (!quiet) summary(io, detail);
  return code;
}

/** `--exec` takes whatever follows; nothing of it is ever run. */
function values0(argv: readonly string[]): number {
  return argv.some((word) => word === '--exec' || word.startsWith('--exec=')) ? 10_000 : 1;
}

async function refuseExec(caller: Caller, project: string, argument: string): Promise<void> {
  try {
    await caller.call('run.refuseExec', { project, argument: argument.slice(0, 4096) });
  } catch (error) {
    // The published code of this trap is 1, not that of other denials.
    if (!(error instanceof AkiosError) || error.code !== 'DENIED') throw error;
    throw new AkiosError('STEP_FAILED', error.message, {
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    });
  }
}

/** A path as the person's shell sees it becomes a path inside the project. */
function inProject(project: string, given: string): string {
  const full = isAbsolute(given) ? given : resolve(process.cwd(), given);
  const inside = relative(resolve(project), full);
  return inside.startsWith('..') || isAbsolute(inside) ? given : inside;
}

function readContext(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
  }
  throw usage('--context needs a JSON object.');
}

function summary(io: Io, run: RunDetail): void {
  io.out(
    `${run.workflow}: ${run.state}, ${run.stepsDone} of ${run.stepsTotal} steps, ${formatUsd(run.costMicros, 6)} of ${formatUsd(run.budgetMicros)}, ${run.redacted} redacted, ${run.denied} denied`,
  );
  if (run.error !== undefined)
    io.err(
      `akios: ${run.error.message}${run.error.hint === undefined ? '' : `\n  ${run.error.hint}`}`,
    );
  if (run.outputDirectory !== null) io.out(`Output: ${run.outputDirectory}`);
  if (run.firstSeq !== null)
    io.out(`Ledger: records ${run.firstSeq} to ${run.lastSeq ?? run.firstSeq}`);
}

/** The short form scripts of the older product read. */
function peerShape(run: RunDetail) {
  const fields: Record<string, number> = {};
  for (const { redacted } of run.steps)
    for (const [type, n] of Object.entries(redacted)) fields[type] = (fields[type] ?? 0) + n;
  return {
    status: run.state,
    workflow_id: run.id,
    steps_executed: run.stepsDone,
    execution_time_seconds: (run.ms ?? 0) / 1000,
    tokens_input: run.steps.reduce((n, s) => n + s.tokensIn, 0),
    tokens_output: run.steps.reduce((n, s) => n + s.tokensOut, 0),
    total_cost: run.costMicros / 1_000_000,
    pii_redaction_count: run.redacted,
    pii_redacted_fields: Object.keys(fields).sort(),
  };
}

function showPlan(io: Io, plan: Plan): number {
  // The status that the run itself would end with.
  const code = plan.code === null ? EXIT.ok : exitCodeOf(plan.code);
  if (io.json) return printJson(io, plan, code);
  io.out(`Plan of ${plan.workflow}: nothing was done.`);
  const rows = plan.steps.map((step) => [
    `  ${step.index}`,
    step.name,
    `${step.agent} ${step.action}`,
    step.target,
    step.verdict.decision,
    step.verdict.rule,
    step.cost.high === 0 ? '$0' : `${formatUsd(step.cost.low, 6)}..${formatUsd(step.cost.high, 6)}`,
  ]);
  for (const line of table(rows)) io.out(line);
  io.out(
    `Cost: low ${formatUsd(plan.cost.low, 6)}, likely ${formatUsd(plan.cost.likely, 6)}, high ${formatUsd(plan.cost.high, 6)}; budget ${formatUsd(plan.budgetMicros)}`,
  );
  for (const note of new Set(plan.steps.map((step) => step.note)))
    if (note !== undefined) io.out(`  ${note}`);
  for (const reason of plan.reasons) io.out(`  ${reason}`);
  io.out(plan.wouldRun ? 'It would run.' : 'It would not run.');
  return code;
}
