import { type ConsoleEvent, consoleEvent } from '../../shared/contract/events.ts';
import {
  type CallInput,
  type CallName,
  type CallOutput,
  definitionOf,
} from '../../shared/contract/table.ts';
import type { ErrorValue, Result } from '../../shared/domain/errors.ts';

/** One message of the stream: an event that fits the contract, or the news that the stream is lost. */
export type StreamMessage =
  | { kind: 'event'; event: ConsoleEvent }
  | { kind: 'lost'; error: ErrorValue };

export interface StreamOptions {
  /** `boot:n` of the last event applied; the helper goes on after it when it still can. */
  lastEventId?: string;
}

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
    options?: StreamOptions,
  ): () => void;
}

/** Parses what came over the boundary; an answer of another shape is another version of the helper. */
export function readOutput<N extends CallName>(name: N, value: unknown): Result<CallOutput<N>> {
  const parsed = definitionOf(name).output.safeParse(value);
  if (parsed.success) return { ok: true, value: parsed.data as CallOutput<N> };
  const issue = parsed.error.issues[0];
  return {
    ok: false,
    error: {
      code: 'HELPER_VERSION',
      message: `The helper answered ${name} in a form this console does not know.`,
      hint: 'Restart the helper so that both come from one build: akios serve.',
      ...(issue === undefined ? {} : { where: `${issue.path.join('.')}: ${issue.message}` }),
    },
  };
}

export function readEvent(value: unknown): StreamMessage {
  const parsed = consoleEvent.safeParse(value);
  if (parsed.success) return { kind: 'event', event: parsed.data };
  return {
    kind: 'lost',
    error: {
      code: 'HELPER_VERSION',
      message: 'The helper sent an event in a form this console does not know.',
      hint: 'Restart the helper so that both come from one build: akios serve.',
      where: parsed.error.issues[0]?.path.join('.') ?? '',
    },
  };
}

export const unreachable = (message: string): ErrorValue => ({
  code: 'HELPER_UNREACHABLE',
  message,
  hint: 'Start it with akios serve, then try again. Steps that run stay in their cages.',
});
