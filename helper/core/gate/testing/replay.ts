import { type GateEvent, type GateState, propose, step } from '../machine.ts';
import { NO_ABLATIONS } from './world.ts';

/** The part of a ledger row that the gate wrote; see `helper/engine/gate-record.ts`. */
export interface GateRow {
  seq: number;
  type: string;
  expects?: string;
  intent?: number;
  policy?: { decision: 'allow' | 'ask' | 'deny' };
  result?: { status: string; code?: string };
  data?: { effect?: string };
}

export interface Replayed {
  effect: string;
  state: GateState;
}

/**
 * Replays the rows of recorded runs against the machine: every effect must be a path through it.
 * @throws AkiosError INTERNAL, or Error, for a history that the machine cannot have written
 */
export function replay(rows: readonly GateRow[]): Replayed[] {
  const outcomes = new Map<number, GateRow>();
  for (const row of rows) {
    if (row.intent === undefined) continue;
    if (outcomes.has(row.intent)) throw new Error(`intent ${row.intent} is closed twice`);
    if (row.intent >= row.seq) throw new Error(`row ${row.seq} closes a later intent`);
    outcomes.set(row.intent, row);
  }
  const done: Replayed[] = [];
  for (const row of rows) {
    const effect = row.data?.effect;
    if (effect === undefined) continue;
    if (row.type === 'gate.denied') done.push({ effect, state: walk(deniedPath(row)) });
    if (row.expects === 'outcome') {
      done.push({ effect, state: walk(effectPath(row, outcomes.get(row.seq))) });
    }
  }
  return done;
}

function walk(events: readonly GateEvent[]): GateState {
  let { state } = propose(NO_ABLATIONS);
  for (const event of events) state = step(state, event).state;
  return state;
}

function decided(row: GateRow): GateEvent[] {
  const decision = row.policy?.decision;
  if (decision === undefined) throw new Error(`row ${row.seq} has an effect without a verdict`);
  const event: GateEvent = { on: 'decided', decision };
  return decision === 'ask' ? [event, { on: 'answered', granted: true }] : [event];
}

function deniedPath(row: GateRow): GateEvent[] {
  const end: GateEvent = { on: 'denied-row', ok: true };
  const decision = row.policy?.decision;
  if (decision === undefined) return [{ on: 'fault', code: 'INPUT_INVALID' }, end];
  if (decision === 'deny') return [{ on: 'decided', decision }, end];
  if (row.result?.code === 'BUDGET_EXCEEDED')
    return [...decided(row), { on: 'held', ok: false }, end];
  return [
    ...decided(row),
    { on: 'held', ok: true },
    { on: 'cleaned-out', ok: false },
    { on: 'settled' },
    end,
  ];
}

function effectPath(intent: GateRow, outcome: GateRow | undefined): GateEvent[] {
  const before: GateEvent[] = [
    ...decided(intent),
    { on: 'held', ok: true },
    { on: 'cleaned-out', ok: true },
    { on: 'intent', ok: true },
  ];
  const after: GateEvent[] = [{ on: 'settled' }, { on: 'outcome', ok: outcome !== undefined }];
  const begun: GateEvent = { on: 'cage', proved: true };
  switch (outcome?.result?.status) {
    case 'not-performed':
      return [...before, { on: 'cage', proved: false }, ...after];
    case 'ok':
      return [...before, begun, { on: 'returned' }, { on: 'cleaned-in', ok: true }, ...after];
    case 'withheld':
      return [...before, begun, { on: 'returned' }, { on: 'cleaned-in', ok: false }, ...after];
    case 'failed':
      return [
        ...before,
        begun,
        { on: 'threw', code: 'STEP_FAILED' },
        { on: 'cleaned-in', ok: true },
        ...after,
      ];
    case 'unknown':
    case undefined:
      return [...before, begun, { on: 'doubtful', code: 'RUN_KILLED' }, ...after];
    default:
      throw new Error(`outcome of ${intent.seq} has the status ${outcome?.result?.status}`);
  }
}
