import type * as z from 'zod';
import type { Contract } from '../../shared/contract/table.ts';
import type { CallContext, HandlerTable } from './service.ts';

type HandlerOf<N extends keyof Contract> = (
  input: z.output<Contract[N]['input']>,
  context: CallContext,
) => Promise<z.input<Contract[N]['output']>>;

/** Handlers of one contract group, held to the table by their types. */
export type Handlers = { [N in keyof Contract]?: HandlerOf<N> };

export function defineHandlers<H extends Handlers>(handlers: H & Handlers): HandlerTable {
  return handlers as unknown as HandlerTable;
}
