import { connect } from '../client.ts';
import { type Io, usage } from '../io.ts';
import { options, wholeNumber } from '../options.ts';
import { projectAbove } from '../place.ts';

/** Opens the console and keeps it open until this command ends. */
export async function serve(argv: string[], io: Io): Promise<number> {
  const { values } = options(
    argv,
    'serve [--host 127.0.0.1] [--port N] [--detach] [--json]',
    {
      host: { type: 'string' },
      port: { type: 'string' },
      project: { type: 'string' },
      detach: { type: 'boolean' },
      reload: { type: 'boolean' },
      workers: { type: 'string' },
      'no-browser': { type: 'boolean' },
    },
    { min: 0, max: 0 },
  );
  if (values.workers !== undefined && values.workers !== '1') {
    throw usage('--workers is 1: one ledger has one writer.');
  }
  const caller = connect();
  const project = values.project ?? projectAbove(process.cwd());
  const started = await caller.call('serve.start', {
    ...(values.host === undefined ? {} : { host: values.host }),
    ...(values.port === undefined ? {} : { port: wholeNumber(values.port, 'port', 0, 65_535) }),
    ...(project === null ? {} : { project }),
  });
  if (io.json) io.out(JSON.stringify({ ...started, exit_code: 0 }));
  else {
    io.out(`Console: ${started.url}`);
    io.out('The address works once and for one minute; run this again for a new one.');
  }
  if (values.detach === true) return 0;
  if (!io.json) io.err('Ctrl-C closes the console.');
  await new Promise<void>((resolve) => {
    const alive = setInterval(() => undefined, 60_000);
    const done = (): void => {
      clearInterval(alive);
      resolve();
    };
    process.once('SIGINT', done);
    process.once('SIGTERM', done);
    process.once('SIGHUP', done);
  });
  await caller.client.call('serve.stop', { port: started.port });
  return 0;
}
