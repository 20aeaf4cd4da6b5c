import { type Client, createClient } from '../shared/client/client.ts';
import type { CallInput, CallName, CallOutput } from '../shared/contract/table.ts';
import { AkiosError } from '../shared/domain/errors.ts';
import { type HelperPlace, withHelper } from '../shared/node/helper-start.ts';
import { unixTransport } from '../shared/node/unix-transport.ts';
import { helperPlace } from './place.ts';

/** Calls as exceptions: a command ends at the first failure, in the form `fail` gives it. */
export interface Caller {
  call<N extends CallName>(name: N, input: CallInput<N>): Promise<CallOutput<N>>;
  client: Client;
  place: HelperPlace;
}

/** Speaks to the helper, which is started when it does not run. */
export function connect(): Caller {
  const place = helperPlace();
  const client = createClient(unixTransport(place));
  return {
    client,
    place,
    call: (name, input) =>
      withHelper(place, async () => {
        const result = await client.call(name, input);
        if (!result.ok) throw AkiosError.fromValue(result.error);
        return result.value;
      }),
  };
}
