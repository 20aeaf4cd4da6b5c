import type { BudgetReport } from '../../shared/contract/system.ts';
import { AkiosError, EXIT } from '../../shared/domain/errors.ts';
import { formatUsd } from '../../shared/domain/money.ts';
import { connect } from '../client.ts';
import { type Io, printJson } from '../io.ts';
import { options } from '../options.ts';
import { currentProject } from '../place.ts';
import { table } from '../render/table.ts';

export async function status(argv: string[], io: Io): Promise<number> {
  const { values } = options(
    argv,
    'status [--security] [--budget] [--workflow FILE|RUN] [--verbose] [--json]',
    {
      project: { type: 'string' },
      security: { type: 'boolean' },
      budget: { type: 'boolean' },
      verbose: { type: 'boolean', short: 'v' },
      workflow: { type: 'string' },
    },
    { min: 0, max: 0 },
  );
  const project = currentProject(values.project);
  if (values.security === true) return security(io, project);
  if (values.workflow !== undefined) return ofWorkflow(io, project, values.workflow);
  const found = await connect().call('status.get', { project });
  if (values.budget === true) return budget(io, found.budget);
  if (io.json) return printJson(io, found);
  io.out(`AKIOS ${found.version}, project ${found.project.name} (${found.project.environment})`);
  io.out(`Cage: ${found.project.cage}`);
  io.out(`Security Level: ${found.security_level}`);
  io.out(`PII Protection: ${found.pii_protection}`);
  io.out(`Audit: ${found.audit_status}`);
  io.out(`Network: ${found.network}`);
  budgetLines(io, found.budget);
  io.out(`Ledger: ${found.ledger.events} records, root ${found.ledger.root}`);
  io.out(`Runs: ${found.runs.live} live of ${found.runs.total}`);
  if (values.verbose !== true) return EXIT.ok;
  io.out('');
  return security(io, project);
}

/** What the newest run spent of its limit, and the day. */
function budgetLines(io: Io, { day, lastRun, perRunLimitMicros }: BudgetReport): void {
  const spent = lastRun?.spentMicros ?? 0;
  const limit = lastRun?.limitMicros ?? perRunLimitMicros;
  const left = lastRun?.remainingMicros ?? limit;
  io.out(
    `Budget: ${formatUsd(left)} / ${formatUsd(limit)} remaining (${formatUsd(spent, 6)} spent)`,
  );
  io.out(`Spent today: ${formatUsd(day.spentMicros, 6)} in ${day.calls} calls`);
}

function budget(io: Io, report: BudgetReport): number {
  if (io.json) return printJson(io, report);
  budgetLines(io, report);
  io.out(`Limit of a run: ${formatUsd(report.perRunLimitMicros)}`);
  for (const line of table(
    report.byWorkflow.map(({ workflow, spentMicros, runs }) => [
      `  ${workflow}`,
      formatUsd(spentMicros, 6),
      runs === 1 ? '1 run' : `${runs} runs`,
    ]),
  ))
    io.out(line);
  const prices = report.pricesDate === '' ? '' : `Prices of ${report.pricesDate}. `;
  io.out(`${prices}${report.forecast}`);
  return EXIT.ok;
}

/** The run of an id, or the newest of a workflow file. */
async function ofWorkflow(io: Io, project: string, wanted: string): Promise<number> {
  const caller = connect();
  const { items } = await caller.call('run.list', { project, limit: 200 });
  const found = items.find((run) => [run.id, run.path, run.workflow].includes(wanted));
  if (found === undefined) {
    throw new AkiosError('RUN_NOT_FOUND', `No run of ${JSON.stringify(wanted)} was found.`, {
      hint: 'Give a workflow file as it was run, its name, or an id of `akios runs`.',
    });
  }
  const run = await caller.call('run.get', { run: found.id });
  if (io.json) return printJson(io, { run });
  io.out(`${run.id}: ${run.workflow} (${run.path}), ${run.state}`);
  io.out(`Started: ${run.startedAt}${run.endedAt === null ? '' : `, ended: ${run.endedAt}`}`);
  io.out(`Cost: ${formatUsd(run.costMicros, 6)} of ${formatUsd(run.budgetMicros)}`);
  for (const line of table(run.steps.map((step) => [`  ${step.index}`, step.name, step.state])))
    io.out(line);
  return EXIT.ok;
}

async function security(io: Io, project: string): Promise<number> {
  const found = await connect().call('status.security', { project });
  if (io.json) return printJson(io, found);
  for (const line of found.lines) io.out(line);
  io.out('');
  io.out(
    `Compliance score: ${found.compliance_score.overall.toFixed(1)} / 5.0 (${found.compliance_score.level})`,
  );
  io.out(`  ${found.compliance_score.formula}`);
  for (const part of found.compliance_score.parts) {
    io.out(
      `  ${part.name}: ${part.score === null ? 'not measured' : part.score.toFixed(1)} (weight ${part.weight})`,
    );
  }
  if (found.compliance_score.notMeasured.length > 0) {
    io.out(`  not measured: ${found.compliance_score.notMeasured.join(', ')}`);
  }
  io.out('');
  for (const line of table(
    found.probes.map((p) => [
      `  ${p.id}`,
      p.proven === null ? 'unknown' : p.proven ? 'proved' : 'not proved',
      p.detail,
    ]),
  ))
    io.out(line);
  io.out('');
  for (const line of table(
    Object.entries(found.resource_limits).map(([name, limit]) => [`  ${name}`, String(limit)]),
  ))
    io.out(line);
  io.out(found.recommendation);
  return 0;
}
