import * as z from 'zod';
import { auditRow, checkpointView } from './audit.ts';
import { cageStatus } from './cage.ts';
import { isoTime, projectRef } from './common.ts';
import { call, EVERYONE } from './define.ts';
import { logLine, runSummary, stepView } from './runs.ts';
import { budgetReport } from './system.ts';

const base = {
  n: z.number().int().nonnegative().describe('Numbered without gap per helper start'),
};

/**
 * Snapshot first, then numbered deltas. `boot` changes when the helper restarts; a client that
 * sees another boot or a gap asks for a new snapshot.
 */
export const consoleEvent = z.discriminatedUnion('kind', [
  z.object({
    ...base,
    kind: z.literal('snapshot'),
    boot: z.string(),
    cage: cageStatus,
    runs: z.array(runSummary),
    budget: budgetReport,
    ledger: checkpointView.nullable(),
  }),
  z.object({ ...base, kind: z.literal('cage'), cage: cageStatus }),
  z.object({ ...base, kind: z.literal('run'), run: runSummary }),
  z.object({ ...base, kind: z.literal('step'), run: z.string(), step: stepView }),
  z.object({
    ...base,
    kind: z.literal('log'),
    run: z.string(),
    step: z.number().int().nullable(),
    line: logLine,
  }),
  z.object({ ...base, kind: z.literal('budget'), budget: budgetReport }),
  z.object({
    ...base,
    kind: z.literal('ledger'),
    rows: z.array(auditRow),
    checkpoint: checkpointView.nullable(),
  }),
  z.object({ ...base, kind: z.literal('heartbeat'), at: isoTime }),
]);
export type ConsoleEvent = z.infer<typeof consoleEvent>;

export const eventCalls = {
  'events.stream': call({
    kind: 'stream',
    method: 'GET',
    path: '/events',
    roles: EVERYONE,
    input: z.strictObject({
      project: projectRef,
      lastEventId: z.string().max(80).optional().describe('boot:n of the last event seen'),
    }),
    output: consoleEvent,
    errors: ['PROJECT_NOT_FOUND'],
    audit: 'none',
    summary: 'Server-sent events: a snapshot, then numbered deltas; resumes without gap.',
  }),
};
