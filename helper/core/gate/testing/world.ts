import { micros } from '../../../../shared/domain/money.ts';
import {
  BudgetBook,
  type BudgetSnapshot,
  type Charge,
  chargeWithin,
  type Fits,
  fitsWithin,
} from '../../budget/book.ts';
import {
  type GateAblations,
  type GateCommand,
  type GateEvent,
  type GateState,
  propose,
  type StepFunction,
} from '../machine.ts';

/**
 * A small world around the gate for exhaustive exploration: runs side by side, each of several
 * effects one after another, one shared budget, a ledger, a scanner and a cage that may fail, and a
 * helper that may crash at any point and comes back. It knows what really happened, so it can judge
 * what the machine allowed.
 */
export interface Eff {
  gate: GateState;
  command: GateCommand;
  /** `dead`: its helper crashed under it; `done`: it ended, and `delivered` says how. */
  life: 'live' | 'done' | 'dead';
  /** The verdict and the answer of the person as the outside gave them. */
  decision: 'none' | 'allow' | 'ask' | 'deny';
  granted: boolean;
  outClean: boolean;
  inClean: boolean;
  intent: 'none' | 'open' | 'closed';
  started: boolean;
  /** How often the machine ordered the effect. */
  times: number;
  /** What the provider really took; claimed is what it says beyond; charged is what the books say. */
  real: number;
  claimed: number;
  charged: number;
  hold: boolean;
  /** Money was held for it although a claim had closed the budget. */
  heldLate: boolean;
  delivered: boolean;
}

export interface World {
  effects: Eff[];
  cageUp: boolean;
  crashed: boolean;
  /** No run goes on any more, and recovery has looked at what was left. */
  ended: boolean;
  /** How many faults of each kind are still to come. */
  faults: { ledger: number; scan: number; cage: number; crash: number };
  budget: BudgetSnapshot;
}

export interface WorldRules {
  step: StepFunction;
  fits: Fits;
  charge: Charge;
  ablations: GateAblations;
  /** What recovery does with open intents; a mutation forgets them. */
  closeOnRecovery: boolean;
  /** Runs side by side; of each the worst case of its effects, in order. */
  runs: readonly (readonly number[])[];
  limit: number;
  /** Infinity: at every point. */
  faults: World['faults'];
}

export const NO_ABLATIONS: GateAblations = { pii: false, audit: false, budget: false };

/** The bounds of docs/tla/AKIOSEnforcement.cfg; there, too, scanner and ledger may fail at any point. */
export const BOUNDS = {
  runs: [
    [2, 2],
    [2, 2],
  ],
  limit: 5,
  faults: { ledger: Number.POSITIVE_INFINITY, scan: Number.POSITIVE_INFINITY, cage: 1, crash: 1 },
} as const;

const SCOPE = 'run:1';

const costsOf = (rules: WorldRules): number[] => rules.runs.flat();

function freshEffect(rules: WorldRules): Eff {
  const { state, command } = propose(rules.ablations);
  return {
    gate: state,
    command,
    life: 'live',
    decision: 'none',
    granted: false,
    outClean: false,
    inClean: false,
    intent: 'none',
    started: false,
    times: 0,
    real: 0,
    claimed: 0,
    charged: 0,
    hold: false,
    heldLate: false,
    delivered: false,
  };
}

export function startWorld(rules: WorldRules): World {
  const book = bookOf(rules);
  book.declare({ id: SCOPE, limit: micros(rules.limit) });
  return {
    effects: costsOf(rules).map(() => freshEffect(rules)),
    cageUp: true,
    crashed: false,
    ended: false,
    faults: { ...rules.faults },
    budget: book.snapshot(),
  };
}

function bookOf(rules: WorldRules, snapshot?: BudgetSnapshot): BudgetBook {
  return new BudgetBook(snapshot, rules.fits, rules.charge);
}

/**
 * What an effect that ended leaves behind for the future: its facts were judged when they were new,
 * and worlds that differ only in them go on alike.
 */
export function forgetPast(world: World, rules: WorldRules): World {
  const effects = world.effects.map((eff): Eff => {
    if (eff.life !== 'done') return eff;
    const { life, intent, times, real, claimed, charged, delivered } = eff;
    const kept = { life, intent, times, real, claimed, charged };
    return { ...freshEffect(rules), ...kept, delivered, inClean: delivered };
  });
  return { ...world, effects };
}

export const defaultFits = fitsWithin;
export const defaultCharge = chargeWithin;

export interface Move {
  name: string;
  world: World;
}

/** Everything that can happen next. */
export function moves(world: World, rules: WorldRules): Move[] {
  if (world.ended) return [];
  const active = activeEffects(world, rules);
  if (world.crashed || active.length === 0) {
    return [{ name: 'recover', world: recover(world, rules, active.length === 0) }];
  }
  const out = active.flatMap((i) => effectMoves(world, i, rules));
  if (world.cageUp && world.faults.cage > 0) {
    out.push({ name: 'cage down', world: { ...spend(world, 'cage'), cageUp: false } });
  }
  if (world.faults.crash > 0) out.push({ name: 'crash', world: crash(world) });
  return out;
}

/** Of each run the first effect that was not delivered, while it may still go on. */
function activeEffects(world: World, rules: WorldRules): number[] {
  const active: number[] = [];
  let at = 0;
  for (const costs of rules.runs) {
    const own = costs.map((_, k) => at + k);
    at += costs.length;
    const next = own.find((i) => !world.effects[i]?.delivered);
    if (next !== undefined && world.effects[next]?.life !== 'done') active.push(next);
  }
  return active;
}

function spend(world: World, kind: keyof World['faults']): World {
  return { ...world, faults: { ...world.faults, [kind]: world.faults[kind] - 1 } };
}

function crash(world: World): World {
  return {
    ...spend(world, 'crash'),
    crashed: true,
    effects: world.effects.map((eff) => (eff.life === 'live' ? { ...eff, life: 'dead' } : eff)),
  };
}

/**
 * A new helper: nothing is held; open intents are closed as unknown, charged in full, and end their
 * run. What certainly did not begin is proposed again when a person resumes its run.
 */
function recover(world: World, rules: WorldRules, ended: boolean): World {
  const costs = costsOf(rules);
  const book = bookOf(rules);
  book.declare({ id: SCOPE, limit: micros(rules.limit) });
  const effects = world.effects.map((eff, i): Eff => {
    const cost = costs[i] ?? 0;
    if (eff.intent === 'open' && rules.closeOnRecovery) {
      const charged = Math.max(eff.charged, cost);
      return { ...eff, intent: 'closed', charged, hold: false, life: 'done' };
    }
    // Without the audit nothing tells how far it came, so it is left to a person.
    const blind = rules.ablations.audit && eff.gate.phase !== 'proposed';
    if (eff.life === 'dead' && blind) return { ...eff, life: 'done', hold: false };
    if (eff.life === 'dead') return { ...freshEffect(rules), times: eff.times };
    return { ...eff, hold: false };
  });
  const spent = effects.reduce((sum, eff) => sum + (eff.intent === 'closed' ? eff.charged : 0), 0);
  book.restore(SCOPE, micros(spent), 0);
  return { ...world, effects, ended, crashed: false, budget: book.snapshot() };
}

/** Answers one event to one effect and applies what the next command does at once. */
function advance(
  world: World,
  index: number,
  event: GateEvent,
  rules: WorldRules,
  change: Partial<Eff> = {},
): World {
  const eff = { ...(world.effects[index] as Eff), ...change };
  const { state, command } = rules.step(eff.gate, event);
  const next: Eff = { ...eff, gate: state, command };
  if (command.do === 'perform') next.times += 1;
  if (command.do === 'deliver') Object.assign(next, { life: 'done', delivered: true });
  if (command.do === 'stop') next.life = 'done';
  const effects = world.effects.map((e, i) => (i === index ? next : e));
  return { ...world, effects };
}

function effectMoves(world: World, i: number, rules: WorldRules): Move[] {
  const eff = world.effects[i] as Eff;
  const go = (
    name: string,
    event: GateEvent,
    change?: Partial<Eff>,
    base: World = world,
  ): Move => ({
    name: `${i}: ${name}`,
    world: advance(base, i, event, rules, change),
  });
  switch (eff.command.do) {
    case 'decide':
      return (['allow', 'ask', 'deny'] as const).map((decision) =>
        go(decision, { on: 'decided', decision }, { decision }),
      );
    case 'ask':
      return [true, false].map((granted) =>
        go(`answer ${granted}`, { on: 'answered', granted }, { granted }),
      );
    case 'reserve':
      return [reserve(world, i, rules)];
    case 'redact-out':
      return [
        go('clean out', { on: 'cleaned-out', ok: true }, { outClean: true }),
        ...fault(world, 'scan', (base) =>
          go('scanner fails out', { on: 'cleaned-out', ok: false }, {}, base),
        ),
      ];
    case 'write-intent':
      return [
        go('intent', { on: 'intent', ok: true }, { intent: 'open' }),
        ...fault(world, 'ledger', (base) =>
          go('intent lost', { on: 'intent', ok: false }, {}, base),
        ),
        ...fault(world, 'ledger', (base) =>
          go('intent written, answer lost', { on: 'intent', ok: false }, { intent: 'open' }, base),
        ),
      ];
    case 'prove-cage':
      return [begin(world, i, rules)];
    case 'perform':
      return performed(costsOf(rules)[i] ?? 0, go);
    case 'redact-in':
      return [
        go('clean in', { on: 'cleaned-in', ok: true }, { inClean: true }),
        ...fault(world, 'scan', (base) =>
          go('scanner fails in', { on: 'cleaned-in', ok: false }, {}, base),
        ),
      ];
    case 'settle':
      return [settle(world, i, rules)];
    case 'write-outcome':
      return [
        ended(world, i, rules, true),
        ...fault(world, 'ledger', (base) => ended(base, i, rules, false)),
      ];
    case 'write-denied':
      return [
        go('denied row', { on: 'denied-row', ok: true }),
        ...fault(world, 'ledger', (base) =>
          go('denied row lost', { on: 'denied-row', ok: false }, {}, base),
        ),
      ];
    default:
      return [];
  }
}

function fault(world: World, kind: 'ledger' | 'scan', make: (base: World) => Move): Move[] {
  return world.faults[kind] > 0 ? [make(spend(world, kind))] : [];
}

function reserve(world: World, i: number, rules: WorldRules): Move {
  const book = bookOf(rules, world.budget);
  const heldLate = (book.totals(SCOPE)?.overrun ?? 0) > 0;
  const answer = book.reserve(`e${i}`, micros(costsOf(rules)[i] ?? 0), [SCOPE]);
  const next = { ...world, budget: book.snapshot() };
  const change = { hold: answer.ok, heldLate: answer.ok && heldLate };
  return {
    name: `${i}: reserve ${answer.ok}`,
    world: advance(next, i, { on: 'held', ok: answer.ok }, rules, change),
  };
}

/** Proof and begin are one turn of the event loop, so nothing comes between them here either. */
function begin(world: World, i: number, rules: WorldRules): Move {
  const next = advance(world, i, { on: 'cage', proved: world.cageUp }, rules);
  const eff = next.effects[i] as Eff;
  if (eff.command.do !== 'perform') return { name: `${i}: not begun`, world: next };
  const effects = next.effects.map((e, k) => (k === i ? { ...e, started: true } : e));
  return { name: `${i}: begins`, world: { ...next, effects } };
}

function performed(
  cost: number,
  go: (name: string, event: GateEvent, change?: Partial<Eff>) => Move,
): Move[] {
  return [
    go('returns', { on: 'returned' }, { real: cost }),
    go('returns cheaply', { on: 'returned' }, { real: 0 }),
    go('claims more', { on: 'returned' }, { real: cost, claimed: 1 }),
    go('throws', { on: 'threw', code: 'STEP_FAILED' }, { real: cost }),
    go('is cut off before', { on: 'doubtful', code: 'CAGE_DOWN' }, { real: 0 }),
    go('is cut off after', { on: 'doubtful', code: 'RUN_KILLED' }, { real: cost }),
  ];
}

/** Says what is charged; where a row waits for its outcome the money stays held until then. */
function settle(world: World, i: number, rules: WorldRules): Move {
  const eff = world.effects[i] as Eff;
  const basis = eff.command.do === 'settle' ? eff.command.basis : 'none';
  const cost = costsOf(rules)[i] ?? 0;
  const charged = basis === 'worst' ? cost : basis === 'actual' ? eff.real : 0;
  const refusing = eff.gate.phase === 'refusing';
  const next = refusing ? booked(world, i, rules, basis === 'none', charged) : world;
  return {
    name: `${i}: settle ${basis}`,
    world: advance(next, i, { on: 'settled' }, rules, { charged, hold: eff.hold && !refusing }),
  };
}

function booked(world: World, i: number, rules: WorldRules, free: boolean, claim: number): World {
  if (!world.effects[i]?.hold) return world;
  const book = bookOf(rules, world.budget);
  if (free) book.release(`e${i}`);
  else book.settle(`e${i}`, micros(claim));
  return { ...world, budget: book.snapshot() };
}

/** The outcome row is durable, or it is lost: then the whole reservation is gone. */
function ended(world: World, i: number, rules: WorldRules, ok: boolean): Move {
  const eff = world.effects[i] as Eff;
  const charged = ok ? eff.charged : (costsOf(rules)[i] ?? 0);
  const free = ok && eff.gate.effect === 'none';
  const next = booked(world, i, rules, free, charged + eff.claimed);
  const intent = ok && eff.intent === 'open' ? 'closed' : eff.intent;
  return {
    name: `${i}: outcome${ok ? '' : ' lost'}`,
    world: advance(next, i, { on: 'outcome', ok }, rules, { charged, intent, hold: false }),
  };
}
