import type { FieldTable } from './ast.ts';

/** Fields of the ledger list; the helper's index and the console's filter field share them. */
export const LEDGER_FIELDS: FieldTable = {
  fields: {
    type: 'text',
    actor: 'text',
    subject: 'text',
    run: 'text',
    step: 'text',
    status: 'text',
    decision: 'text',
    rule: 'text',
    id: 'text',
    seq: 'integer',
    cost: 'money',
    time: 'time',
  },
  flags: ['denied', 'asked', 'allowed', 'failed', 'pruned', 'intent', 'outcome', 'pii', 'log'],
};

/** Fields of the run list; `run` is another name of `id`, `time` is the start. */
export const RUN_FIELDS: FieldTable = {
  fields: {
    id: 'text',
    run: 'text',
    workflow: 'text',
    by: 'text',
    state: 'text',
    cost: 'money',
    time: 'time',
  },
  flags: ['denied', 'live', 'failed', 'killed', 'done', 'redacted'],
};
