import { EXIT } from '../../shared/domain/errors.ts';
import { MAX_WORKFLOW_BYTES } from '../../shared/domain/limits.ts';
import { connect } from '../client.ts';
import { type Io, printable, printJson } from '../io.ts';
import { options } from '../options.ts';
import { currentProject } from '../place.ts';
import { table } from '../render/table.ts';
import { readStartOfFile } from '../text-file.ts';

export async function validate(argv: string[], io: Io): Promise<number> {
  const { positionals } = options(argv, 'workflow validate FILE [--json]', {}, { min: 1, max: 1 });
  const [file = ''] = positionals;
  // A little more than a workflow may hold: enough for the answer to name the place where it ends.
  const source = readStartOfFile(file, MAX_WORKFLOW_BYTES + 4);
  const result = await connect().call('workflow.validate', { source, file });
  const code = result.valid ? EXIT.ok : EXIT.usage;
  if (io.json) return printJson(io, result, code);
  for (const error of result.errors) {
    const hint = error.hint === undefined ? '' : ` (${error.hint})`;
    io.err(printable(`${error.where ?? file} ${error.message}${hint}`));
  }
  for (const warning of result.warnings) io.err(printable(`warning: ${warning}`));
  if (result.valid) io.out(printable(`${file} is valid.`));
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
