import { createClient } from '../../shared/client/client.ts';
import { AkiosError } from '../../shared/domain/errors.ts';
import { ensureHelper, stopHelper } from '../../shared/node/helper-start.ts';
import { unixTransport } from '../../shared/node/unix-transport.ts';
import { type Io, printJson } from '../io.ts';
import { options } from '../options.ts';
import { helperPlace } from '../place.ts';

const NONE = { min: 0, max: 0 };

export async function start(argv: string[], io: Io): Promise<number> {
  options(argv, 'helper start', {}, NONE);
  await ensureHelper(helperPlace());
  return status([], io);
}

export async function stop(argv: string[], io: Io): Promise<number> {
  options(argv, 'helper stop', {}, NONE);
  const stopped = await stopHelper(helperPlace());
  if (io.json) return printJson(io, { stopped });
  io.out(stopped ? 'The helper has stopped.' : 'No helper was running.');
  return 0;
}

/** Never starts it. */
export async function status(argv: string[], io: Io): Promise<number> {
  options(argv, 'helper status', {}, NONE);
  const place = helperPlace();
  const answer = await createClient(unixTransport({ ...place, build: '' })).call('health', {});
  if (!answer.ok) throw AkiosError.fromValue(answer.error);
  const { value } = answer;
  if (io.json) return printJson(io, { ...value, socket: place.socket });
  const same = value.build === place.build ? '' : ', another build';
  io.out(
    `The helper runs: version ${value.version}, process ${value.pid}, since ${value.startedAt}${same}.`,
  );
  io.out(`Socket: ${place.socket}`);
  return 0;
}
