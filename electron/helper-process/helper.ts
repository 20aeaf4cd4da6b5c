import { createClient } from '../../shared/client/client.ts';
import { AkiosError, type Result, toErrorValue } from '../../shared/domain/errors.ts';
import { ensureHelper, type HelperPlace } from '../../shared/node/helper-start.ts';
import { unixTransport } from '../../shared/node/unix-transport.ts';
import type { HelperPort } from '../bridge/bridge.ts';
import type { HelperControl, HelperHealth } from './supervisor.ts';

/** The helper as the shell sees it: contract calls, its stream, its health and its start. */
export function helperAt(place: HelperPlace): { port: HelperPort; control: HelperControl } {
  const client = createClient(unixTransport(place));
  const health = async (): Promise<Result<HelperHealth>> => client.call('health', {});
  const port: HelperPort = {
    call: (name, input) => client.call(name, input as never),
    subscribe: (project, listener) =>
      client.subscribe(project, (message) =>
        listener(message.kind === 'event' ? message.event : null),
      ),
  };
  const control: HelperControl = {
    health,
    ensure: async () => {
      try {
        await ensureHelper(place);
      } catch (error) {
        const value =
          error instanceof AkiosError
            ? error.toValue()
            : { ...toErrorValue(error), message: String(error) };
        return { ok: false, error: value };
      }
      return health();
    },
  };
  return { port, control };
}
