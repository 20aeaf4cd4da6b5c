import { formatUsd } from '../../shared/domain/money.ts';
import { connect } from '../client.ts';
import { type Io, printJson } from '../io.ts';
import { options } from '../options.ts';
import { currentProject } from '../place.ts';
import { table } from '../render/table.ts';

export async function status(argv: string[], io: Io): Promise<number> {
  const { values } = options(
    argv,
    'status [--security] [--budget] [--json]',
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
  const found = await connect().call('status.get', { project });
  if (io.json) return printJson(io, found);
  const { day, lastRun, perRunLimitMicros } = found.budget;
  io.out(`AKIOS ${found.version}, project ${found.project.name} (${found.project.environment})`);
  io.out(`Cage: ${found.project.cage}`);
  io.out(`Security Level: ${found.security_level}`);
  io.out(`PII Protection: ${found.pii_protection}`);
  io.out(`Audit: ${found.audit_status}`);
  io.out(`Network: ${found.network}`);
  io.out(
    `Budget: ${formatUsd(lastRun?.spentMicros ?? 0)} / ${formatUsd(lastRun?.limitMicros ?? perRunLimitMicros)}`,
  );
  io.out(`Spent today: ${formatUsd(day.spentMicros, 6)} in ${day.calls} calls`);
  io.out(`Ledger: ${found.ledger.events} records, root ${found.ledger.root}`);
  io.out(`Runs: ${found.runs.live} live of ${found.runs.total}`);
  return 0;
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
