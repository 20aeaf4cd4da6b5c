import { resolve } from 'node:path';
import { EXIT } from '../../shared/domain/errors.ts';
import { connect } from '../client.ts';
import { type Io, printJson, usage } from '../io.ts';
import { options } from '../options.ts';
import { currentProject } from '../place.ts';
import { bytesText, table } from '../render/table.ts';

const PROJECT = { project: { type: 'string' } } as const;
const NONE = { min: 0, max: 0 };

const HOW_WITHOUT =
  'Make the project without it, then `akios setup --non-interactive` with options.';

export async function init(argv: string[], io: Io): Promise<number> {
  const { values, positionals } = options(
    argv,
    'init [NAME|DIR] [--force] [--quiet] [--wizard]',
    { force: { type: 'boolean' }, quiet: { type: 'boolean' }, wizard: { type: 'boolean' } },
    { min: 0, max: 1 },
  );
  const wizard = values.wizard === true;
  if (wizard && (!io.interactive || io.json)) {
    throw usage('--wizard asks questions, and nobody is here to answer.', HOW_WITHOUT);
  }
  const path = resolve(positionals[0] ?? '.');
  const made = await connect().call('project.init', {
    path,
    ...(values.force === true ? { force: true } : {}),
  });
  if (io.json) return printJson(io, made);
  if (wizard) await (await import('./setup.ts')).setup(['--project', path], io);
  if (values.quiet === true) return 0;
  io.out(`Project ${made.name} is ready in ${made.path}`);
  for (const file of made.created) io.out(`  ${file}`);
  io.out('');
  io.out('Next:');
  if (path !== process.cwd()) io.out(`  cd ${path}`);
  io.out('  akios cage up');
  io.out('  akios run workflows/sample.yml');
  return 0;
}

export async function outputLatest(argv: string[], io: Io): Promise<number> {
  const { values } = options(argv, 'output latest [--json]', PROJECT, NONE);
  const { output } = await connect().call('output.latest', {
    project: currentProject(values.project),
  });
  if (io.json) return printJson(io, withRunExit(output));
  io.out(JSON.stringify(output, null, 2));
  return EXIT.ok;
}

/** In the JSON of a command `exit_code` is that command's own; that of the run stands beside it. */
function withRunExit(output: unknown): object {
  const result = output as { exit_code?: unknown };
  return { ...result, run_exit_code: result.exit_code ?? null };
}

export async function templatesList(argv: string[], io: Io): Promise<number> {
  options(argv, 'templates list [--json]', { 'no-search': { type: 'boolean' } }, NONE);
  const { items } = await connect().call('templates.list', {});
  if (io.json) return printJson(io, { templates: items });
  for (const line of table(
    items.map((item) => [item.name, `${item.steps} steps`, item.description]),
  )) {
    io.out(line);
  }
  return 0;
}

export async function files(argv: string[], io: Io): Promise<number> {
  const { values, positionals } = options(argv, 'files [input|output|all] [--json]', PROJECT, {
    min: 0,
    max: 1,
  });
  const area = positionals[0] ?? 'all';
  if (area !== 'input' && area !== 'output' && area !== 'all') {
    throw usage(`files takes input, output or all, not ${JSON.stringify(area)}.`);
  }
  const listed = await connect().call('files.list', {
    project: currentProject(values.project),
    area,
  });
  if (io.json) return printJson(io, listed);
  const rows = listed.items
    .filter((item) => item.kind !== 'directory')
    .map((item) => [item.path, bytesText(item.bytes), item.modifiedAt]);
  for (const line of table(rows)) io.out(line);
  if (rows.length === 0) io.out('No files.');
  if (listed.truncated) io.out('(more files were left out)');
  return 0;
}
