import { createClient, type StreamMessage, type Transport } from '../../shared/client/client.ts';
import type { CallInput, CallName, CallOutput } from '../../shared/contract/table.ts';
import type { ErrorValue, Result } from '../../shared/domain/errors.ts';

export type { StreamMessage };

/** The console's only way to the helper. The browser and the Electron shell give one each. */
export interface ConsoleApi {
  readonly via: 'browser' | 'electron';
  call<N extends CallName>(
    name: N,
    input: CallInput<N>,
    signal?: AbortSignal,
  ): Promise<Result<CallOutput<N>>>;
  /** Opens the stream of one project once; it does not reconnect. Returns unsubscribe. */
  subscribe(
    project: string,
    listener: (message: StreamMessage) => void,
    options?: { lastEventId?: string },
  ): () => void;
}

export function apiOver(via: ConsoleApi['via'], transport: Transport): ConsoleApi {
  return Object.freeze({ via, ...createClient(transport) });
}

export const unreachable = (message: string): ErrorValue => ({
  code: 'HELPER_UNREACHABLE',
  message,
  hint: 'Start it with akios serve, then try again. Steps that run stay in their cages.',
});
