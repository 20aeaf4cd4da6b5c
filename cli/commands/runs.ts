import type { RunSummary } from '../../shared/contract/runs.ts';
import { EXIT } from '../../shared/domain/errors.ts';
import { formatUsd } from '../../shared/domain/money.ts';
import { connect } from '../client.ts';
import { type Io, printJson } from '../io.ts';
import { options, wholeNumber } from '../options.ts';
import { currentProject } from '../place.ts';
import { msText, table } from '../render/table.ts';

const ONE = { min: 1, max: 1 };

/** `akios runs`: newest first. */
export async function list(argv: string[], io: Io): Promise<number> {
  const { values } = options(
    argv,
    'runs [--limit N] [--filter WORDS] [--project DIR] [--json]',
    {
      project: { type: 'string' },
      limit: { type: 'string', short: 'n' },
      filter: { type: 'string' },
    },
    { min: 0, max: 0 },
  );
  const found = await connect().call('run.list', {
    project: currentProject(values.project),
    limit: wholeNumber(values.limit ?? '20', 'limit', 1, 200),
    ...(values.filter === undefined ? {} : { q: values.filter }),
  });
  if (io.json) return printJson(io, { runs: found.items, total: found.total });
  if (found.items.length === 0) io.out('No runs.');
  for (const line of table(found.items.map(cells))) io.out(line);
  return EXIT.ok;
}

function cells(run: RunSummary): string[] {
  return [
    run.id,
    run.state,
    `${run.stepsDone}/${run.stepsTotal}`,
    `${formatUsd(run.costMicros, 6)} / ${formatUsd(run.budgetMicros)}`,
    msText(run.ms),
    run.startedAt,
    run.workflow,
  ];
}

/** Kills a run and its whole process tree; a run that waits to be resumed is closed. */
export async function cancel(argv: string[], io: Io): Promise<number> {
  const { values, positionals } = options(
    argv,
    'run cancel RUN [--reason TEXT] [--json]',
    { reason: { type: 'string' } },
    ONE,
  );
  const run = await connect().call('run.cancel', {
    run: positionals[0] ?? '',
    ...(values.reason === undefined ? {} : { reason: values.reason }),
  });
  return said(io, run, `${run.id} is ${run.state}.`);
}

export async function pause(argv: string[], io: Io): Promise<number> {
  const { positionals } = options(argv, 'run pause RUN [--json]', {}, ONE);
  const run = await connect().call('run.pause', { run: positionals[0] ?? '' });
  return said(io, run, `${run.id} stops before its next step; akios run resume ${run.id} goes on.`);
}

/** Goes on with a paused run, or with one that an ended helper left behind. */
export async function resume(argv: string[], io: Io): Promise<number> {
  const { positionals } = options(argv, 'run resume RUN [--json]', {}, ONE);
  const run = await connect().call('run.resume', { run: positionals[0] ?? '' });
  return said(io, run, `${run.id} goes on, ${run.stepsDone} of ${run.stepsTotal} steps done.`);
}

function said(io: Io, run: RunSummary, line: string): number {
  if (io.json) return printJson(io, { run });
  io.out(line);
  return EXIT.ok;
}
