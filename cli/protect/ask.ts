import type { CallInput, CallName, CallOutput } from '../../shared/contract/table.ts';
import { AkiosError } from '../../shared/domain/errors.ts';
import { withHelper } from '../../shared/node/helper-start.ts';
import type { Caller } from '../client.ts';

/** Calls of one command that a person may interrupt. */
export interface Ask {
  readonly signal: AbortSignal;
  call<N extends CallName>(name: N, input: CallInput<N>): Promise<CallOutput<N>>;
  done(): void;
}

/** Ctrl-C ends the call that is under way; what asks next is told CANCELLED. */
export function cancellable(caller: Caller): Ask {
  const abort = new AbortController();
  const stop = (): void => abort.abort();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop);
  return {
    signal: abort.signal,
    call: (name, input) =>
      withHelper(caller.place, async () => {
        if (abort.signal.aborted) throw cancelled();
        const result = await caller.client.call(name, input, abort.signal);
        if (abort.signal.aborted) throw cancelled();
        if (!result.ok) throw AkiosError.fromValue(result.error);
        return result.value;
      }),
    done: () => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, stop);
    },
  };
}

export function cancelled(): AkiosError {
  return new AkiosError('CANCELLED', 'Cancelled.');
}
