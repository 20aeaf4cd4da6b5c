import { AkiosError, type ErrorCode } from '../../../shared/domain/errors.ts';
import type { Decision } from '../../../shared/domain/states.ts';

/**
 * The one way to an effect. Each phase names the last thing that is certain; the command names
 * what the runner has to do next, and the runner answers with an event. Nothing else in the
 * product may perform an effect.
 */
export type GatePhase =
  | 'proposed'
  | 'decided'
  | 'reserved'
  | 'redacted'
  | 'intended'
  | 'effected'
  | 'received'
  | 'cleaned'
  | 'settled'
  | 'recorded'
  | 'refusing'
  | 'refused'
  | 'unrecorded';

/** Protections that were switched off for the life of this cage. */
export interface GateAblations {
  pii: boolean;
  audit: boolean;
  budget: boolean;
}

export type Fact = 'none' | 'ok' | 'failed' | 'ablated';

/** Facts as they were reported, never as they were hoped for. */
export interface GateState {
  phase: GatePhase;
  ablations: GateAblations;
  decision: Decision | null;
  approved: boolean;
  money: 'none' | 'held' | 'refused' | 'ablated' | 'settled' | 'released';
  outbound: Fact;
  intent: Fact;
  cageProved: boolean;
  effect: 'none' | 'started' | 'returned' | 'threw' | 'doubtful';
  inbound: Fact;
  outcome: Fact;
  failure: ErrorCode | null;
}

/** `actual`: what was reported; `worst`: the whole reservation; `none`: nothing happened. */
export type SettleBasis = 'actual' | 'worst' | 'none';
export type OutcomeStatus = 'ok' | 'failed' | 'unknown' | 'not-performed' | 'withheld';

export type GateCommand =
  | { do: 'decide' }
  | { do: 'ask' }
  | { do: 'reserve' }
  | { do: 'redact-out' }
  | { do: 'write-intent' }
  /** Answer with `cage` and, in the same turn of the event loop, begin when told to perform. */
  | { do: 'prove-cage' }
  | { do: 'perform' }
  | { do: 'redact-in' }
  | { do: 'settle'; basis: SettleBasis }
  | { do: 'write-outcome'; status: OutcomeStatus }
  | { do: 'write-denied'; code: ErrorCode }
  | { do: 'deliver' }
  | { do: 'stop'; code: ErrorCode };

export type GateEvent =
  | { on: 'decided'; decision: Decision }
  | { on: 'answered'; granted: boolean }
  | { on: 'held'; ok: boolean; code?: ErrorCode }
  | { on: 'cleaned-out'; ok: boolean; code?: ErrorCode }
  | { on: 'intent'; ok: boolean; code?: ErrorCode }
  | { on: 'cage'; proved: boolean; code?: ErrorCode }
  | { on: 'returned' }
  | { on: 'threw'; code: ErrorCode }
  | { on: 'doubtful'; code: ErrorCode }
  | { on: 'cleaned-in'; ok: boolean; code?: ErrorCode }
  | { on: 'settled' }
  | { on: 'outcome'; ok: boolean; code?: ErrorCode }
  | { on: 'denied-row'; ok: boolean; code?: ErrorCode }
  /** The request cannot even be described (bad parameters, unknown price) or was cancelled. */
  | { on: 'fault'; code: ErrorCode };

export interface GateStep {
  state: GateState;
  command: GateCommand;
}

/**
 * Every test that stands between a request and the world, by name. The exploration test replaces
 * each one by "always yes" and must then find a broken invariant.
 */
export interface GateGuards {
  permitted(state: GateState): boolean;
  affordable(state: GateState): boolean;
  cleanOut(state: GateState): boolean;
  intentDurable(state: GateState): boolean;
  cageProved(state: GateState): boolean;
  cleanIn(state: GateState): boolean;
  outcomeDurable(state: GateState): boolean;
  /** True when the effect certainly cost nothing, so that its money may be released. */
  certainlyFree(state: GateState): boolean;
  mayAblate(off: boolean): boolean;
}

const okOr = (fact: Fact): boolean => fact === 'ok' || fact === 'ablated';

export const GUARDS: Readonly<GateGuards> = Object.freeze({
  permitted: (s: GateState) => s.decision === 'allow' || (s.decision === 'ask' && s.approved),
  affordable: (s: GateState) => s.money === 'held' || s.money === 'ablated',
  cleanOut: (s: GateState) => okOr(s.outbound),
  intentDurable: (s: GateState) => okOr(s.intent),
  cageProved: (s: GateState) => s.cageProved,
  cleanIn: (s: GateState) => okOr(s.inbound),
  outcomeDurable: (s: GateState) => okOr(s.outcome),
  certainlyFree: (s: GateState) => s.effect === 'none',
  mayAblate: (off: boolean) => off,
});

export function propose(ablations: GateAblations): GateStep {
  return {
    state: {
      phase: 'proposed',
      ablations,
      decision: null,
      approved: false,
      money: 'none',
      outbound: 'none',
      intent: 'none',
      cageProved: false,
      effect: 'none',
      inbound: 'none',
      outcome: 'none',
      failure: null,
    },
    command: { do: 'decide' },
  };
}

/** @throws AkiosError INTERNAL when the event does not answer the last command: a bug, so stop */
export type StepFunction = (state: GateState, event: GateEvent) => GateStep;

export const step: StepFunction = makeStep(GUARDS);

/** For tests of the guards; the product uses `step`. */
export function makeStep(guards: Readonly<GateGuards>): StepFunction {
  return (state, event) => {
    if (event.on === 'fault') return fault(state, event.code);
    const handler = HANDLERS[state.phase];
    return handler(state, event, guards);
  };
}

type Handler = (state: GateState, event: GateEvent, guards: Readonly<GateGuards>) => GateStep;

const HANDLERS: Readonly<Record<GatePhase, Handler>> = {
  proposed: onProposed,
  decided: onDecided,
  reserved: onReserved,
  redacted: onRedacted,
  intended: onIntended,
  effected: onEffected,
  received: onReceived,
  cleaned: onCleaned,
  settled: onSettled,
  refusing: onRefusing,
  recorded: illegal,
  refused: illegal,
  unrecorded: illegal,
};

function onProposed(state: GateState, event: GateEvent, guards: Readonly<GateGuards>): GateStep {
  if (event.on === 'decided' && state.decision === null) {
    const next: GateState = { ...state, decision: event.decision };
    if (event.decision === 'ask') return { state: next, command: { do: 'ask' } };
    if (!guards.permitted(next)) return refuse(next, 'DENIED');
    return { state: { ...next, phase: 'decided' }, command: { do: 'reserve' } };
  }
  if (event.on === 'answered' && state.decision === 'ask') {
    const next: GateState = { ...state, approved: event.granted };
    if (!guards.permitted(next)) return refuse(next, 'DENIED');
    return { state: { ...next, phase: 'decided' }, command: { do: 'reserve' } };
  }
  return illegal(state, event);
}

function onDecided(state: GateState, event: GateEvent, guards: Readonly<GateGuards>): GateStep {
  if (event.on !== 'held') return illegal(state, event);
  const off = guards.mayAblate(state.ablations.budget);
  const money = off ? 'ablated' : event.ok ? 'held' : 'refused';
  const next: GateState = { ...state, money };
  if (!guards.affordable(next)) return refuse(next, event.code ?? 'BUDGET_EXCEEDED');
  return { state: { ...next, phase: 'reserved' }, command: { do: 'redact-out' } };
}

function onReserved(state: GateState, event: GateEvent, guards: Readonly<GateGuards>): GateStep {
  if (event.on !== 'cleaned-out') return illegal(state, event);
  const next: GateState = { ...state, outbound: fact(event.ok, state.ablations.pii, guards) };
  if (!guards.cleanOut(next)) return refuse(next, event.code ?? 'REDACTION_FAILED');
  return { state: { ...next, phase: 'redacted' }, command: { do: 'write-intent' } };
}

function onRedacted(state: GateState, event: GateEvent, guards: Readonly<GateGuards>): GateStep {
  if (event.on !== 'intent') return illegal(state, event);
  const next: GateState = { ...state, intent: fact(event.ok, state.ablations.audit, guards) };
  if (!guards.intentDurable(next)) return refuse(next, event.code ?? 'LEDGER_UNAVAILABLE');
  return { state: { ...next, phase: 'intended' }, command: { do: 'prove-cage' } };
}

function onIntended(state: GateState, event: GateEvent, guards: Readonly<GateGuards>): GateStep {
  if (event.on !== 'cage') return illegal(state, event);
  const next: GateState = { ...state, cageProved: event.proved };
  if (!guards.cageProved(next)) {
    return settle({ ...next, phase: 'cleaned', failure: event.code ?? 'CAGE_DOWN' }, guards);
  }
  return {
    state: { ...next, phase: 'effected', effect: 'started' },
    command: { do: 'perform' },
  };
}

function onEffected(state: GateState, event: GateEvent, guards: Readonly<GateGuards>): GateStep {
  if (event.on === 'returned') {
    return {
      state: { ...state, phase: 'received', effect: 'returned' },
      command: { do: 'redact-in' },
    };
  }
  if (event.on === 'threw') {
    return {
      state: { ...state, phase: 'received', effect: 'threw', failure: event.code },
      command: { do: 'redact-in' },
    };
  }
  if (event.on === 'doubtful') {
    return settle({ ...state, phase: 'cleaned', effect: 'doubtful', failure: event.code }, guards);
  }
  return illegal(state, event);
}

function onReceived(state: GateState, event: GateEvent, guards: Readonly<GateGuards>): GateStep {
  if (event.on !== 'cleaned-in') return illegal(state, event);
  const next: GateState = {
    ...state,
    phase: 'cleaned',
    inbound: fact(event.ok, state.ablations.pii, guards),
  };
  if (!guards.cleanIn(next)) next.failure = event.code ?? 'REDACTION_FAILED';
  return settle(next, guards);
}

function onCleaned(state: GateState, event: GateEvent): GateStep {
  if (event.on !== 'settled') return illegal(state, event);
  const money =
    state.money === 'ablated' ? 'ablated' : state.effect === 'none' ? 'released' : 'settled';
  return {
    state: { ...state, phase: 'settled', money },
    command: { do: 'write-outcome', status: statusOf(state) },
  };
}

function onSettled(state: GateState, event: GateEvent, guards: Readonly<GateGuards>): GateStep {
  if (event.on !== 'outcome') return illegal(state, event);
  const next: GateState = { ...state, outcome: fact(event.ok, state.ablations.audit, guards) };
  if (!guards.outcomeDurable(next)) {
    const code = event.code ?? 'LEDGER_UNAVAILABLE';
    return {
      state: { ...next, phase: 'unrecorded', failure: code },
      command: { do: 'stop', code },
    };
  }
  const end: GateState = { ...next, phase: 'recorded' };
  return next.failure === null
    ? { state: end, command: { do: 'deliver' } }
    : { state: end, command: { do: 'stop', code: next.failure } };
}

function onRefusing(state: GateState, event: GateEvent): GateStep {
  const code = state.failure ?? 'INTERNAL';
  if (event.on === 'settled' && state.money === 'held') {
    const money = state.intent === 'failed' ? 'settled' : 'released';
    return { state: { ...state, money }, command: { do: 'write-denied', code } };
  }
  if (event.on === 'denied-row' && state.money !== 'held') {
    const lost = !event.ok && !state.ablations.audit;
    const failure = lost ? (event.code ?? 'LEDGER_UNAVAILABLE') : code;
    return {
      state: { ...state, phase: 'refused', outcome: lost ? 'failed' : 'ok', failure },
      command: { do: 'stop', code: failure },
    };
  }
  return illegal(state, event);
}

/** Before the intent a fault is a refusal; after it the runner has the phase's own events. */
function fault(state: GateState, code: ErrorCode): GateStep {
  const early: readonly GatePhase[] = ['proposed', 'decided', 'reserved', 'redacted'];
  if (early.includes(state.phase)) return refuse(state, code);
  return illegal(state, { on: 'fault', code });
}

function refuse(state: GateState, code: ErrorCode): GateStep {
  const next: GateState = { ...state, phase: 'refusing', failure: code };
  return {
    state: next,
    // A row that could not be confirmed may be on disk all the same, and recovery would charge it.
    command:
      next.money === 'held'
        ? { do: 'settle', basis: next.intent === 'failed' ? 'worst' : 'none' }
        : { do: 'write-denied', code },
  };
}

function settle(state: GateState, guards: Readonly<GateGuards>): GateStep {
  let basis: SettleBasis = 'worst';
  if (guards.certainlyFree(state)) basis = 'none';
  else if (state.effect === 'returned' || state.effect === 'threw') basis = 'actual';
  return { state, command: { do: 'settle', basis } };
}

function statusOf(state: GateState): OutcomeStatus {
  if (state.effect === 'none') return 'not-performed';
  if (state.effect === 'doubtful') return 'unknown';
  if (state.inbound === 'failed') return 'withheld';
  return state.failure === null ? 'ok' : 'failed';
}

function fact(ok: boolean, off: boolean, guards: Readonly<GateGuards>): Fact {
  if (guards.mayAblate(off)) return 'ablated';
  return ok ? 'ok' : 'failed';
}

function illegal(state: GateState, event: GateEvent): never {
  throw new AkiosError('INTERNAL', `The gate got "${event.on}" in phase "${state.phase}".`);
}
