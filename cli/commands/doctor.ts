import { connect } from '../client.ts';
import { type Io, printJson } from '../io.ts';
import { options } from '../options.ts';
import { projectAbove } from '../place.ts';

export async function doctor(argv: string[], io: Io): Promise<number> {
  const { values } = options(
    argv,
    'doctor [--json] [--verbose]',
    {
      project: { type: 'string' },
      verbose: { type: 'boolean', short: 'v' },
      'verify-install': { type: 'boolean' },
    },
    { min: 0, max: 0 },
  );
  const project = values.project ?? projectAbove(process.cwd());
  const report = await connect().call('doctor', project === null ? {} : { project });
  const code = report.summary.fail > 0 ? 1 : 0;
  if (io.json) return printJson(io, report, code);
  for (const check of report.checks) {
    io.out(`${check.status.padEnd(7)} ${check.id.padEnd(5)} ${check.name}: ${check.message}`);
    if (check.status === 'PASS' && values.verbose !== true) continue;
    io.out(`          seen: ${check.observed}; needed: ${check.needed}`);
    if (check.fix !== undefined) io.out(`          fix: ${check.fix}`);
  }
  const { pass, warn, fail, unknown } = report.summary;
  io.out(
    `${pass} passed, ${warn} warnings, ${fail} failed, ${unknown} unknown; level ${report.level}`,
  );
  return code;
}
