import { type ConsoleEvent, consoleEvent } from '../contract/events.ts';
import { type CallInput, type CallName, type CallOutput, definitionOf } from '../contract/table.ts';
import type { ErrorValue, Result } from '../domain/errors.ts';

/** One message of the event stream; `lost` is the last one. */
export type StreamMessage =
  | { kind: 'event'; event: ConsoleEvent }
  | { kind: 'lost'; error: ErrorValue };

export interface StreamOptions {
  /** `boot:n` of the last event applied. */
  lastEventId?: string;
}

/** Carries calls; knows nothing of their meaning. Failures are values. */
export interface Transport {
  call(name: CallName, input: unknown, signal?: Cancel): Promise<Result<unknown>>;
  /** Delivers parsed JSON of each event, then exactly one error. Returns unsubscribe. */
  stream(
    input: unknown,
    onEvent: (event: unknown) => void,
    onLost: (error: ErrorValue) => void,
  ): () => void;
}

/** The part of AbortSignal used here, so that this zone needs no platform types. */
export interface Cancel {
  readonly aborted: boolean;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

export interface Client {
  call<N extends CallName>(
    name: N,
    input: CallInput<N>,
    signal?: Cancel,
  ): Promise<Result<CallOutput<N>>>;
  /** One stream, no reconnect. Returns unsubscribe. */
  subscribe(
    project: string,
    listener: (message: StreamMessage) => void,
    options?: StreamOptions,
  ): () => void;
}

/** A typed client that checks what it sends and what comes back. */
export function createClient(transport: Transport): Client {
  return {
    async call(name, input, signal) {
      const definition = definitionOf(name);
      const sent = definition.input.safeParse(input);
      if (!sent.success) return { ok: false, error: inputProblem(name, sent.error.issues[0]) };
      const answer = await transport.call(name, input, signal);
      if (!answer.ok) return answer;
      const got = definition.output.safeParse(answer.value);
      return got.success
        ? { ok: true, value: got.data as CallOutput<typeof name> }
        : { ok: false, error: outputProblem(name, got.error.issues[0]) };
    },
    subscribe(project, listener, options = {}) {
      const input = { project, ...options };
      return transport.stream(
        input,
        (value) => {
          const event = consoleEvent.safeParse(value);
          listener(
            event.success
              ? { kind: 'event', event: event.data }
              : { kind: 'lost', error: outputProblem('events.stream', event.error.issues[0]) },
          );
        },
        (error) => listener({ kind: 'lost', error }),
      );
    },
  };
}

interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

function placeOf(issue: Issue | undefined): { where?: string } {
  return issue === undefined || issue.path.length === 0
    ? {}
    : { where: issue.path.map(String).join('.') };
}

function inputProblem(name: string, issue: Issue | undefined): ErrorValue {
  return {
    code: 'INPUT_INVALID',
    message: `${name}: ${issue?.message ?? 'the input does not fit the contract'}.`,
    ...placeOf(issue),
  };
}

function outputProblem(name: string, issue: Issue | undefined): ErrorValue {
  return {
    code: 'HELPER_VERSION',
    message: `The helper answered ${name} in a form this program does not know.`,
    hint: 'Both must come from one build: akios helper stop, then try again.',
    ...placeOf(issue),
  };
}
