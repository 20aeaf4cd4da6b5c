import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { CallInput, CallName, CallOutput } from '../../shared/contract/table.ts';
import type { AkiosError } from '../../shared/domain/errors.ts';
import { ask, useSession } from './api-context.ts';

/** A command of the contract with its running and failed states. */
export function useCommandCall<N extends CallName>(name: N) {
  const { api } = useSession();
  const queries = useQueryClient();
  return useMutation<CallOutput<N>, AkiosError, CallInput<N>>({
    mutationFn: (input: CallInput<N>) => ask(api, name, input),
    onSettled: () => queries.invalidateQueries(),
  });
}
