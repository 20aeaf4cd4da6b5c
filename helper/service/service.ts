import type { Duplex } from 'node:stream';
import { type CallName, contract, definitionOf } from '../../shared/contract/table.ts';
import { AkiosError } from '../../shared/domain/errors.ts';
import type { Role } from '../../shared/domain/states.ts';
import type { Actor } from '../store/ledger/port.ts';
import type { StreamHandle } from './events/hub.ts';

/** Who calls, as the face has proved it (peer credentials, or a session). */
export interface Caller {
  name: string;
  role: Role;
  via: 'socket' | 'browser';
}

export interface CallContext {
  caller: Caller;
  requestId: string;
  /** Aborted when the caller went away. */
  signal: AbortSignal;
}

/** A handler gets parsed input; the service checks the role before and the output after. */
export type Handler = (input: never, context: CallContext) => Promise<unknown>;
export type HandlerTable = Readonly<Record<string, Handler>>;

/** What an accepted attach needs: the connection, once the face has switched protocols. */
export interface AttachSession {
  /** Runs to the end of the program or of the connection; never rejects. */
  run(connection: Duplex, head: Buffer): Promise<void>;
}

export interface ServiceParts {
  handlers: HandlerTable;
  openStream(
    input: { project: string; lastEventId?: string | undefined },
    listener: (id: string, kind: string, data: string) => void,
  ): Promise<StreamHandle>;
  attach(input: unknown, context: CallContext): Promise<AttachSession>;
  /** A fault that is no AkiosError is a bug: it is logged and leaves as INTERNAL. */
  fault(where: string, error: unknown): void;
}

export function actorOf(caller: Caller): Actor {
  return { type: 'user', id: caller.name };
}

/** Answers contract calls. The one place where roles are checked and shapes are enforced. */
export class Service {
  readonly #parts: ServiceParts;

  constructor(parts: ServiceParts) {
    this.#parts = parts;
  }

  /** Names of calls without a handler; a test holds this at none. */
  missing(): CallName[] {
    return (Object.keys(contract) as CallName[]).filter((name) => {
      const { kind } = definitionOf(name);
      return kind !== 'stream' && kind !== 'attach' && !Object.hasOwn(this.#parts.handlers, name);
    });
  }

  async call(name: CallName, input: unknown, context: CallContext): Promise<unknown> {
    const parsed = this.#admit(name, input, context.caller);
    const handler = Object.hasOwn(this.#parts.handlers, name)
      ? this.#parts.handlers[name]
      : undefined;
    if (handler === undefined) throw unsupported(name);
    const value = await handler(parsed as never, context);
    const output = definitionOf(name).output.safeParse(value);
    if (output.success) return output.data;
    const error = new Error(`${name} gave an answer outside its contract: ${output.error.message}`);
    this.#parts.fault(name, error);
    throw new AkiosError('INTERNAL', `The answer of ${name} did not fit its contract.`, {
      cause: error,
    });
  }

  async stream(
    input: unknown,
    context: CallContext,
    listener: (id: string, kind: string, data: string) => void,
  ): Promise<StreamHandle> {
    const parsed = this.#admit('events.stream', input, context.caller);
    return this.#parts.openStream(
      parsed as { project: string; lastEventId?: string | undefined },
      listener,
    );
  }

  async attach(input: unknown, context: CallContext): Promise<AttachSession> {
    return this.#parts.attach(this.#admit('agent.run', input, context.caller), context);
  }

  fault(where: string, error: unknown): void {
    this.#parts.fault(where, error);
  }

  /** Role first, so that a caller without the right learns nothing about inputs. */
  #admit(name: CallName, input: unknown, caller: Caller): unknown {
    const definition = definitionOf(name);
    if (!definition.roles.includes(caller.role)) {
      throw new AkiosError('FORBIDDEN', `The role ${caller.role} may not call ${name}.`, {
        hint: `Allowed: ${definition.roles.join(', ')}.`,
      });
    }
    const parsed = definition.input.safeParse(input);
    if (parsed.success) return parsed.data;
    const issue = parsed.error.issues[0];
    const where = issue?.path.map(String).join('.');
    throw new AkiosError('INPUT_INVALID', `${name}: ${issue?.message ?? 'input not valid'}.`, {
      ...(where === undefined || where === '' ? {} : { where }),
      hint: 'Unknown fields are refused; /api/v1/docs lists every field.',
    });
  }
}

function unsupported(name: string): AkiosError {
  return new AkiosError('UNSUPPORTED', `This helper does not answer ${name}.`);
}
