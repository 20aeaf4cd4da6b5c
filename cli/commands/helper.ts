import { createClient } from '../../shared/client/client.ts';
import { AkiosError } from '../../shared/domain/errors.ts';
import { LEVEL_LABEL } from '../../shared/domain/states.ts';
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
  const place = helperPlace();
  if (place.system === true) {
    throw new AkiosError('USAGE', 'Commands go to the system helper, which systemd runs.', {
      hint: 'sudo systemctl stop akios-helper; AKIOS_HELPER=user names your own.',
    });
  }
  const stopped = await stopHelper(place);
  if (io.json) return printJson(io, { stopped });
  io.out(stopped ? 'The helper has stopped.' : 'No helper was running.');
  return 0;
}

/** Never starts it. The level is that of the probes the helper has just run. */
export async function status(argv: string[], io: Io): Promise<number> {
  options(argv, 'helper status', {}, NONE);
  const place = helperPlace();
  const client = createClient(unixTransport({ ...place, build: '' }));
  const answer = await client.call('health', {});
  if (!answer.ok) throw AkiosError.fromValue(answer.error);
  const doctor = await client.call('doctor', {});
  if (!doctor.ok) throw AkiosError.fromValue(doctor.error);
  const { value } = answer;
  const { level } = doctor.value;
  const helper = place.system === true ? 'system' : 'user';
  if (io.json) return printJson(io, { ...value, helper, level, socket: place.socket });
  const same = value.build === place.build ? '' : ', another build';
  io.out(
    `The ${helper} helper runs: version ${value.version}, process ${value.pid}, since ${value.startedAt}${same}.`,
  );
  io.out(`Security Level: ${LEVEL_LABEL[level]}`);
  io.out(`Socket: ${place.socket}`);
  return 0;
}
