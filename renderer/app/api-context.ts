import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { createContext, useContext } from 'react';
import {
  type CallInput,
  type CallName,
  type CallOutput,
  definitionOf,
} from '../../shared/contract/table.ts';
import { AkiosError, type Result } from '../../shared/domain/errors.ts';
import type { Role } from '../../shared/domain/states.ts';
import type { ConsoleApi } from '../client/api.ts';

export interface Session {
  api: ConsoleApi;
  /** Id of the project that is shown. */
  project: string;
  projectName: string;
  projectPath: string;
  user: string;
  role: string;
}

export const SessionContext = createContext<Session | null>(null);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === null) throw new Error('A screen was drawn outside a session.');
  return session;
}

/** Whether the role may make a call; the helper decides again, this only explains a button. */
export const mayCall = (role: string, name: CallName): boolean =>
  definitionOf(name).roles.includes(role as Role);

/** The value of a call, or its error thrown as AkiosError (for query functions). */
export async function ask<N extends CallName>(
  api: ConsoleApi,
  name: N,
  input: CallInput<N>,
  signal?: AbortSignal,
): Promise<CallOutput<N>> {
  return take(await api.call(name, input, signal));
}

/** The value, or the error thrown as AkiosError. */
export function take<T>(result: Result<T>): T {
  if (!result.ok) throw AkiosError.fromValue(result.error);
  return result.value;
}

interface CallOptions {
  enabled?: boolean;
  /** ms between reads while the screen is open; absent: read once and on demand. */
  every?: number;
  keep?: boolean;
}

/** Reads a query of the contract; data that was shown stays while a newer answer is on its way. */
export function useCall<N extends CallName>(
  name: N,
  input: CallInput<N>,
  options: CallOptions = {},
): UseQueryResult<CallOutput<N>, AkiosError> {
  const { api } = useSession();
  return useQuery<CallOutput<N>, AkiosError>({
    queryKey: [name, input],
    queryFn: ({ signal }) => ask(api, name, input, signal),
    enabled: options.enabled ?? true,
    ...(options.every === undefined ? {} : { refetchInterval: options.every }),
    ...(options.keep === true ? { placeholderData: (old: CallOutput<N> | undefined) => old } : {}),
  } as Parameters<typeof useQuery<CallOutput<N>, AkiosError>>[0]);
}
