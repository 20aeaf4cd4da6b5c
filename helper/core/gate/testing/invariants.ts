import { forgetPast, type Move, moves, startWorld, type World, type WorldRules } from './world.ts';

/** What must hold in every reachable state; the name is what a counter-example is reported under. */
export type Invariant = (world: World, rules: WorldRules) => boolean;

const every = (test: (eff: World['effects'][number], world: World) => boolean): Invariant => {
  return (world) => world.effects.every((eff) => test(eff, world));
};

export const INVARIANTS: Readonly<Record<string, Invariant>> = {
  'no effect without a durable intent': (world, rules) =>
    rules.ablations.audit || every((eff) => !eff.started || eff.intent !== 'none')(world, rules),
  'nothing leaves unredacted': (world, rules) =>
    rules.ablations.pii || every((eff) => !eff.started || eff.outClean)(world, rules),
  'nothing is delivered unredacted': (world, rules) =>
    rules.ablations.pii || every((eff) => !eff.delivered || eff.inClean)(world, rules),
  'nothing is delivered without its outcome row': (world, rules) =>
    rules.ablations.audit ||
    every((eff) => !eff.delivered || eff.intent === 'closed')(world, rules),
  'spent and reserved stay within the limit': (world, rules) =>
    rules.ablations.budget ||
    world.budget.scopes.every(
      (scope) => scope.limit === null || scope.spent + scope.reserved <= scope.limit,
    ),
  'no effect without money held for it': (world, rules) =>
    rules.ablations.budget ||
    every((eff) => !eff.started || eff.gate.money !== 'refused')(world, rules),
  'deny wins': every(
    (eff) => !eff.started || eff.decision === 'allow' || (eff.decision === 'ask' && eff.granted),
  ),
  'no effect happens twice': every((eff) => eff.times <= 1),
  'nothing is reserved after a claim beyond a reservation': (world, rules) =>
    rules.ablations.budget || every((eff) => !eff.heldLate)(world, rules),
};

/** What must hold whenever recovery has looked at what was left. */
export const AFTER_RECOVERY: Readonly<Record<string, Invariant>> = {
  'every intent is closed after recovery': every((eff) => eff.intent !== 'open'),
  'the books never say less than was really taken': (world, rules) =>
    rules.ablations.budget ||
    rules.ablations.audit ||
    every((eff) => eff.real <= (eff.intent === 'closed' ? eff.charged : 0))(world, rules),
};

/** Judged on the step, because the cage may fall a moment later. */
export const CAGE_INVARIANT = 'no effect while the cage is not proved up';

export interface Exploration {
  states: number;
  transitions: number;
  /** First broken invariant with the way to it. */
  broken: { invariant: string; path: string[] } | null;
  /** States that are not final and have no move. */
  stuck: number;
  seen: Set<string>;
}

/** How a state was reached: the state before it, by number, and the move. */
interface Way {
  from: number;
  by: string;
}

/**
 * Breadth first over every reachable state. The cage is judged on the step itself: an effect that
 * begins must begin while the cage is up. Runs with the same costs are interchangeable, so worlds
 * that differ only in which of them did what count once.
 */
export function explore(rules: WorldRules, maxStates = 2_000_000): Exploration {
  const key = keyOf(rules);
  const first = startWorld(rules);
  const known = new Set([key(first)]);
  const ways: Way[] = [{ from: -1, by: 'start' }];
  let frontier: [World, number][] = [[first, 0]];
  const result: Exploration = {
    states: 1,
    transitions: 0,
    broken: null,
    stuck: 0,
    seen: new Set(),
  };
  while (frontier.length > 0) {
    const next: [World, number][] = [];
    for (const [world, from] of frontier) {
      const options = moves(world, rules);
      if (options.length === 0 && !world.ended) result.stuck += 1;
      for (const move of options) {
        result.transitions += 1;
        result.seen.add(move.name.slice(move.name.indexOf(': ') + 1).trimStart());
        const invariant = brokenBy(world, move, rules);
        if (invariant) {
          result.broken = { invariant, path: [...pathTo(ways, from), move.name] };
          return result;
        }
        const reached = forgetPast(move.world, rules);
        const at = key(reached);
        if (known.has(at)) continue;
        known.add(at);
        next.push([reached, ways.push({ from, by: move.name }) - 1]);
      }
      if (known.size > maxStates) throw new Error(`more than ${maxStates} states`);
    }
    frontier = next;
  }
  result.states = known.size;
  return result;
}

/** All that the future can depend on, and nothing twice: reservations stand with their effects. */
function keyOf(rules: WorldRules): (world: World) => string {
  const alike = rules.runs.every((costs) => String(costs) === String(rules.runs[0]));
  return (world) => {
    let at = 0;
    const runs = rules.runs.map((costs) => {
      const own = world.effects.slice(at, at + costs.length).map(effectKey);
      at += costs.length;
      return own.join();
    });
    if (alike) runs.sort();
    const { faults, budget } = world;
    const totals = budget.scopes.map((scope) => `${scope.spent}.${scope.overrun}`);
    const rest = [world.cageUp, world.crashed, world.ended, ...Object.values(faults), ...totals];
    return `${runs.join(';')};${rest.join()}`;
  };
}

function effectKey({ gate, command, ...facts }: World['effects'][number]): string {
  const { ablations: _same, ...state } = gate;
  return `${Object.values(state).join('.')}|${Object.values(command).join('.')}|${Object.values(facts).join('.')}`;
}

function brokenBy(before: World, move: Move, rules: WorldRules): string | null {
  const began = move.world.effects.some((eff, i) => eff.started && !before.effects[i]?.started);
  if (began && !before.cageUp) return CAGE_INVARIANT;
  for (const [name, holds] of Object.entries(INVARIANTS)) {
    if (!holds(move.world, rules)) return name;
  }
  if (move.name !== 'recover') return null;
  for (const [name, holds] of Object.entries(AFTER_RECOVERY)) {
    if (!holds(move.world, rules)) return name;
  }
  return null;
}

function pathTo(ways: readonly Way[], at: number): string[] {
  const path: string[] = [];
  for (let way = ways[at]; way; way = ways[way.from]) path.push(way.by);
  return path.reverse();
}
