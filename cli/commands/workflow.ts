import { readFileSync } from 'node:fs';
import { AkiosError } from '../../shared/domain/errors.ts';
import { connect } from '../client.ts';
import { type Io, printJson } from '../io.ts';
import { options } from '../options.ts';
import { currentProject } from '../place.ts';
import { table } from '../render/table.ts';

export async function validate(argv: string[], io: Io): Promise<number> {
  const { positionals } = options(argv, 'workflow validate FILE [--json]', {}, { min: 1, max: 1 });
  const [file = ''] = positionals;
  const result = await connect().call('workflow.validate', { source: readSource(file), file });
  const code = result.valid ? 0 : 1;
  if (io.json) return printJson(io, result, code);
  for (const error of result.errors) {
    io.err(
      `${error.where ?? file} ${error.message}${error.hint === undefined ? '' : ` (${error.hint})`}`,
    );
  }
  for (const warning of result.warnings) io.err(`warning: ${warning}`);
  if (result.valid) io.out(`${file} is valid.`);
  return code;
}

export async function list(argv: string[], io: Io): Promise<number> {
  const { values } = options(
    argv,
    'workflow list [--json]',
    { project: { type: 'string' } },
    { min: 0, max: 0 },
  );
  const { items } = await connect().call('workflow.list', {
    project: currentProject(values.project),
  });
  if (io.json) return printJson(io, { workflows: items });
  for (const line of table(
    items.map((w) => [w.path, `${w.steps} steps`, w.error?.message ?? w.description]),
  ))
    io.out(line);
  return 0;
}

function readSource(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new AkiosError('FILE_NOT_FOUND', `The workflow ${file} cannot be read.`, { cause });
  }
}
