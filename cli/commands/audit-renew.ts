import { join } from 'node:path';
import { connect } from '../client.ts';
import { type Io, printJson, usage } from '../io.ts';
import { options } from '../options.ts';
import { currentProject } from '../place.ts';

/**
 * Sets a log aside that cannot go on (its files are gone or changed, or the project was moved) and
 * begins a new one. The older log stays verifiable with the key and the anchor kept beside it.
 */
export async function renew(argv: string[], io: Io): Promise<number> {
  const { values } = options(
    argv,
    'audit renew --reason TEXT [--json]',
    { project: { type: 'string' }, reason: { type: 'string' } },
    { min: 0, max: 0 },
  );
  const reason = values.reason?.trim() ?? '';
  if (reason === '') throw usage('--reason says why the log cannot go on; it is recorded.');
  const project = currentProject(values.project);
  const done = await connect().call('audit.renew', { project, reason });
  if (io.json) return printJson(io, done);
  const { previous, retired, movedFrom } = done;
  const records = previous.size === null ? '' : ` (${previous.size} records were anchored)`;
  io.out(`The older log${records} is set aside in ${retired}`);
  if (movedFrom !== null) io.out(`It was begun in ${movedFrom}.`);
  const file = (name: string): string => JSON.stringify(join(retired, name));
  io.out(
    `Verify it: akios audit verify --log ${file('log')} --vkey ${file('log.vkey')} --anchor ${file('anchor.note')}`,
  );
  io.out(`A new log begins: ${done.vkey}`);
  return 0;
}
