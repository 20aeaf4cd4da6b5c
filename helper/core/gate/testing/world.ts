import { micros } from '../../../../shared/domain/money.ts';
import { BudgetBook, type BudgetSnapshot, type Fits, fitsWithin } from '../../budget/book.ts';
import {
  type GateAblations,
  type GateCommand,
  type GateEvent,
  type GateState,
  propose,
  type StepFunction,
} from '../machine.ts';

/**
 * A small world around the gate for exhaustive exploration: several effects at once, one shared
 * budget, a ledger, a scanner and a cage that may fail, and a helper that may crash at any point.
 * It knows what really happened, so it can judge what the machine allowed.
 */
export interface Eff {
  gate: GateState;
  command: GateCommand;
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
  /** What the provider really took; charged is what the books say. */
  real: number;
  charged: number;
  hold: boolean;
  delivered: boolean;
}

export interface World {
  effects: Eff[];
  cageUp: boolean;
  crashed: boolean;
  recovered: boolean;
  /** How many faults of each kind are still to come. */
  faults: { ledger: number; scan: number; cage: number; crash: number };
  budget: BudgetSnapshot;
}

export interface WorldRules {
  step: StepFunction;
  fits: Fits;
  ablations: GateAblations;
  /** What recovery does with open intents; a mutation forgets them. */
  closeOnRecovery: boolean;
  costs: readonly number[];
  limit: number;
  faults: World['faults'];
}

export const NO_ABLATIONS: GateAblations = { pii: false, audit: false, budget: false };
const SCOPE = 'run:1';

export function startWorld(rules: WorldRules): World {
  const book = new BudgetBook(undefined, rules.fits);
  book.declare({ id: SCOPE, limit: micros(rules.limit) });
  return {
    effects: rules.costs.map(() => {
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
        charged: 0,
        hold: false,
        delivered: false,
      };
    }),
    cageUp: true,
    crashed: false,
    recovered: false,
    faults: { ...rules.faults },
    budget: book.snapshot(),
  };
}

export const defaultFits = fitsWithin;

export interface Move {
  name: string;
  world: World;
}

/** Everything that can happen next. */
export function moves(world: World, rules: WorldRules): Move[] {
  const out: Move[] = [];
  const live = world.effects.some((eff) => eff.life === 'live');
  if (world.crashed || !live) {
    if (!world.recovered) out.push({ name: 'recover', world: recover(world, rules) });
    return out;
  }
  world.effects.forEach((eff, i) => {
    if (eff.life === 'live') out.push(...effectMoves(world, i, rules));
  });
  if (world.cageUp && world.faults.cage > 0) {
    out.push({ name: 'cage down', world: { ...spend(world, 'cage'), cageUp: false } });
  }
  if (world.faults.crash > 0) out.push({ name: 'crash', world: crash(world) });
  return out;
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

/** A new helper: nothing is held; open intents are closed as unknown and charged in full. */
function recover(world: World, rules: WorldRules): World {
  const book = new BudgetBook(undefined, rules.fits);
  book.declare({ id: SCOPE, limit: micros(rules.limit) });
  const effects = world.effects.map((eff, i): Eff => {
    const cost = rules.costs[i] ?? 0;
    if (eff.intent === 'open' && rules.closeOnRecovery) {
      return { ...eff, intent: 'closed', charged: Math.max(eff.charged, cost), hold: false };
    }
    return { ...eff, hold: false };
  });
  const spent = effects.reduce((sum, eff) => sum + (eff.intent === 'closed' ? eff.charged : 0), 0);
  book.restore(SCOPE, micros(spent), 0);
  return { ...world, effects, recovered: true, crashed: false, budget: book.snapshot() };
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
      return performed(eff, rules.costs[i] ?? 0, go);
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
        go(
          'outcome',
          { on: 'outcome', ok: true },
          { intent: eff.intent === 'open' ? 'closed' : eff.intent },
        ),
        ...fault(world, 'ledger', (base) =>
          go('outcome lost', { on: 'outcome', ok: false }, {}, base),
        ),
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
  const book = new BudgetBook(world.budget, rules.fits);
  const answer = book.reserve(`e${i}`, micros(rules.costs[i] ?? 0), [SCOPE]);
  const next = { ...world, budget: book.snapshot() };
  return {
    name: `${i}: reserve ${answer.ok}`,
    world: advance(next, i, { on: 'held', ok: answer.ok }, rules, { hold: answer.ok }),
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
  _eff: Eff,
  cost: number,
  go: (name: string, event: GateEvent, change?: Partial<Eff>) => Move,
): Move[] {
  return [
    go('returns', { on: 'returned' }, { real: cost }),
    go('returns cheaply', { on: 'returned' }, { real: 0 }),
    go('throws', { on: 'threw', code: 'STEP_FAILED' }, { real: cost }),
    go('is cut off before', { on: 'doubtful', code: 'CAGE_DOWN' }, { real: 0 }),
    go('is cut off after', { on: 'doubtful', code: 'RUN_KILLED' }, { real: cost }),
  ];
}

function settle(world: World, i: number, rules: WorldRules): Move {
  const eff = world.effects[i] as Eff;
  const basis = eff.command.do === 'settle' ? eff.command.basis : 'none';
  const book = new BudgetBook(world.budget, rules.fits);
  const cost = rules.costs[i] ?? 0;
  const charged = basis === 'worst' ? cost : basis === 'actual' ? eff.real : 0;
  if (eff.hold) {
    if (basis === 'none') book.release(`e${i}`);
    else book.settle(`e${i}`, micros(charged));
  }
  const next = { ...world, budget: book.snapshot() };
  return {
    name: `${i}: settle ${basis}`,
    world: advance(next, i, { on: 'settled' }, rules, { charged, hold: false }),
  };
}
