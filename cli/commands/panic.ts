import { connect } from '../client.ts';
import { type Io, printJson } from '../io.ts';
import { options } from '../options.ts';
import { msText } from '../render/table.ts';

export async function panic(argv: string[], io: Io): Promise<number> {
  const { values } = options(
    argv,
    'panic [--project DIR] [--reason TEXT] [--json]',
    { project: { type: 'string' }, reason: { type: 'string' } },
    { min: 0, max: 0 },
  );
  const { stopped, ms } = await connect().call('panic', {
    ...(values.project === undefined ? {} : { project: values.project }),
    ...(values.reason === undefined ? {} : { reason: values.reason }),
  });
  if (io.json) return printJson(io, { stopped, ms });
  for (const one of stopped)
    io.out(`Stopped ${one.run} (${one.project || 'no project'}) in ${msText(one.ms)}`);
  io.out(
    stopped.length === 0 ? 'Nothing was running.' : `${stopped.length} stopped in ${msText(ms)}.`,
  );
  return 0;
}
