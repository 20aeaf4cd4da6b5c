import type * as z from 'zod';
import { approvalCalls } from './approvals.ts';
import { auditCalls } from './audit.ts';
import { cageCalls } from './cage.ts';
import type { CallDef } from './define.ts';
import { eventCalls } from './events.ts';
import { protectCalls } from './protect.ts';
import { runCalls } from './runs.ts';
import { systemCalls } from './system.ts';

/** Rises when a call changes in a way old clients cannot read. */
export const CONTRACT_VERSION = 1;

export const contract = {
  ...systemCalls,
  ...cageCalls,
  ...runCalls,
  ...approvalCalls,
  ...protectCalls,
  ...auditCalls,
  ...eventCalls,
};

export type Contract = typeof contract;
export type CallName = keyof Contract;
export type CallInput<N extends CallName> = z.input<Contract[N]['input']>;
export type CallOutput<N extends CallName> = z.output<Contract[N]['output']>;

export function definitionOf(name: CallName): CallDef {
  return contract[name];
}
