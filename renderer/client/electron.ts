import * as z from 'zod';
import { errorValue } from '../../shared/contract/common.ts';
import type { CallInput, CallName, CallOutput } from '../../shared/contract/table.ts';
import type { Result } from '../../shared/domain/errors.ts';
import { type ConsoleApi, readEvent, readOutput, type StreamMessage, unreachable } from './api.ts';

/** What the preload script puts on the page: one frozen object, nothing generic. */
export interface PageBridge {
  call(name: string, input: unknown): Promise<unknown>;
  subscribe(project: string, listener: (event: unknown) => void): () => void;
}

declare global {
  interface Window {
    readonly akios?: PageBridge;
  }
}

const answer = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), value: z.unknown() }),
  z.object({ ok: z.literal(false), error: errorValue }),
]);

export function electronApi(bridge: PageBridge): ConsoleApi {
  async function call<N extends CallName>(
    name: N,
    input: CallInput<N>,
  ): Promise<Result<CallOutput<N>>> {
    const parsed = answer.safeParse(await bridge.call(name, input));
    if (!parsed.success) return { ok: false, error: unreachable('The shell gave no answer.') };
    return parsed.data.ok ? readOutput(name, parsed.data.value) : parsed.data;
  }
  function subscribe(project: string, listener: (message: StreamMessage) => void): () => void {
    return bridge.subscribe(project, (event) => {
      listener(
        event === null
          ? { kind: 'lost', error: unreachable('The event stream of the helper was lost.') }
          : readEvent(event),
      );
    });
  }
  return Object.freeze({ via: 'electron' as const, call, subscribe });
}
