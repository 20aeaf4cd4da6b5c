import type { CageStatus } from '../../shared/contract/cage.ts';
import { EXIT } from '../../shared/domain/errors.ts';
import { connect } from '../client.ts';
import { type Io, printJson } from '../io.ts';
import { options, wholeNumber } from '../options.ts';
import { currentProject } from '../place.ts';
import { ask } from '../render/ask.ts';
import { bytesText, table } from '../render/table.ts';

const PROJECT = { project: { type: 'string' } } as const;
const NONE = { min: 0, max: 0 };

export async function up(argv: string[], io: Io): Promise<number> {
  const { values } = options(
    argv,
    'cage up [--no-pii] [--no-audit] [--no-budget] [--json]',
    {
      ...PROJECT,
      'no-pii': { type: 'boolean' },
      'no-audit': { type: 'boolean' },
      'no-budget': { type: 'boolean' },
    },
    NONE,
  );
  const env = settingsOf(process.env);
  const status = await connect().call('cage.up', {
    project: currentProject(values.project),
    ...(values['no-pii'] === true ? { noPii: true } : {}),
    ...(values['no-audit'] === true ? { noAudit: true } : {}),
    ...(values['no-budget'] === true ? { noBudget: true } : {}),
    ...(Object.keys(env).length === 0 ? {} : { env }),
  });
  if (io.json) return printJson(io, status);
  panel(io, status);
  return 0;
}

/** AKIOS_<KEY> of this shell; names that are no settings are left to the helper to judge. */
function settingsOf(env: NodeJS.ProcessEnv): Record<string, string> {
  const own = ['STATE_DIR', 'SOCKET', 'SOCKET_GROUP', 'HELPER', 'JSON_MODE', 'DEBUG'].map(
    (name) => `AKIOS_${name}`,
  );
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      /^AKIOS_[A-Z0-9_]{1,80}$/.test(name) && !own.includes(name) && value !== undefined
        ? [[name, value]]
        : [],
    ),
  );
}

export async function down(argv: string[], io: Io): Promise<number> {
  const { values } = options(
    argv,
    'cage down [--wipe-all] [--passes N] [--fast] [--keep-data] [--stop-runs] [--yes] [--json]',
    {
      ...PROJECT,
      'wipe-all': { type: 'boolean' },
      passes: { type: 'string' },
      fast: { type: 'boolean' },
      'keep-data': { type: 'boolean' },
      'stop-runs': { type: 'boolean' },
      yes: { type: 'boolean', short: 'y' },
    },
    NONE,
  );
  const caller = connect();
  const project = currentProject(values.project);
  let confirm: string | undefined;
  if (values['wipe-all'] === true) {
    const { name } = await caller.call('project.open', { project });
    confirm =
      values.yes === true
        ? name
        : await ask(
            io,
            `This also destroys data/input. Type the project name (${name}) to go on: `,
          );
  }
  const report = await caller.call('cage.down', {
    project,
    ...(values['wipe-all'] === true ? { wipeAll: true } : {}),
    ...(values.passes === undefined ? {} : { passes: wholeNumber(values.passes, 'passes', 1, 35) }),
    ...(values.fast === true ? { fast: true } : {}),
    ...(values['keep-data'] === true ? { keepData: true } : {}),
    ...(values['stop-runs'] === true ? { stopRuns: true } : {}),
    ...(confirm === undefined ? {} : { confirm }),
  });
  if (io.json) return printJson(io, report);
  io.out(`Cage: ${report.posture}`);
  io.out(
    `Erased: ${report.erasedFiles} files, ${bytesText(report.erasedBytes)} (${report.method})`,
  );
  if (report.kept.length > 0) io.out(`Kept: ${report.kept.join(', ')}`);
  for (const { path, why } of report.exceptions) io.out(`Not erased as asked: ${path}: ${why}`);
  if (report.receipt !== null) io.out(`Receipt: ${report.receipt}`);
  if (report.stoppedRuns.length > 0) io.out(`Stopped: ${report.stoppedRuns.join(', ')}`);
  io.out(report.caveat);
  return 0;
}

export async function status(argv: string[], io: Io): Promise<number> {
  const { values } = options(argv, 'cage status [--json]', PROJECT, NONE);
  const found = await connect().call('cage.status', { project: currentProject(values.project) });
  if (io.json) return printJson(io, found);
  panel(io, found);
  return EXIT.ok;
}

function panel(io: Io, status: CageStatus): void {
  io.out(`Cage: ${status.posture} (${status.state})`);
  io.out(`Security Level: ${status.levelLabel}`);
  for (const reason of status.reasons) io.out(`  ${reason}`);
  const rows = status.protections.map((p) => [
    `  ${p.title}`,
    p.proof,
    p.proof === 'proved' ? p.wanted : p.detail,
  ]);
  for (const line of table(rows)) io.out(line);
  for (const soft of status.soft) io.out(`  soft: ${soft}`);
  if (status.ablations.length > 0) {
    io.out(
      `WARNING: raised with ${status.ablations.map((a) => `--${a}`).join(' ')}; for measurements only.`,
    );
  }
  if (status.testedAt !== null) io.out(`Tested: ${status.testedAt}`);
}
