import * as z from 'zod';
import type { Transport } from '../../shared/client/client.ts';
import { errorValue } from '../../shared/contract/common.ts';
import { apiOver, type ConsoleApi, unreachable } from './api.ts';

/** What the preload script puts on the page: one frozen object, nothing generic. */
export interface PageBridge {
  call(name: string, input: unknown): Promise<unknown>;
  /** The listener gets contract events, and `null` when the stream is lost. */
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
const streamInput = z.object({ project: z.string() });

export function electronTransport(bridge: PageBridge): Transport {
  return {
    call: async (name, input) => {
      const parsed = answer.safeParse(await bridge.call(name, input));
      return parsed.success
        ? parsed.data
        : { ok: false, error: unreachable('The shell gave no answer.') };
    },
    stream: (input, onEvent, onLost) =>
      bridge.subscribe(streamInput.parse(input).project, (event) => {
        if (event === null) onLost(unreachable('The event stream of the helper was lost.'));
        else onEvent(event);
      }),
  };
}

export const electronApi = (bridge: PageBridge): ConsoleApi =>
  apiOver('electron', electronTransport(bridge));
