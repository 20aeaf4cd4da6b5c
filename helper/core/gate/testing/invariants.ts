import { type Move, moves, startWorld, type World, type WorldRules } from './world.ts';

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
  'every intent is closed after recovery': (world, rules) =>
    !world.recovered || every((eff) => eff.intent !== 'open')(world, rules),
  'the books never say less than was really taken': (world, rules) =>
    rules.ablations.budget ||
    rules.ablations.audit ||
    !world.recovered ||
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

/**
 * Breadth first over every reachable state. The cage is judged on the step itself: an effect that
 * begins must begin while the cage is up.
 */
export function explore(rules: WorldRules, maxStates = 2_000_000): Exploration {
  const first = startWorld(rules);
  const known = new Map<string, { from: string | null; by: string }>();
  const key = (world: World): string => JSON.stringify(world);
  known.set(key(first), { from: null, by: 'start' });
  let frontier: World[] = [first];
  const result: Exploration = {
    states: 1,
    transitions: 0,
    broken: null,
    stuck: 0,
    seen: new Set(),
  };
  while (frontier.length > 0 && result.broken === null) {
    const next: World[] = [];
    for (const world of frontier) {
      const from = key(world);
      const options = moves(world, rules);
      if (options.length === 0 && !world.recovered) result.stuck += 1;
      for (const move of options) {
        result.transitions += 1;
        result.seen.add(move.name.replace(/^\d+: /, ''));
        const invariant = brokenBy(world, move, rules);
        const at = key(move.world);
        if (invariant) {
          result.broken = { invariant, path: [...pathTo(known, from), move.name] };
          return result;
        }
        if (known.has(at)) continue;
        known.set(at, { from, by: move.name });
        next.push(move.world);
      }
      if (known.size > maxStates) throw new Error(`more than ${maxStates} states`);
    }
    frontier = next;
  }
  result.states = known.size;
  return result;
}

function brokenBy(before: World, move: Move, rules: WorldRules): string | null {
  const began = move.world.effects.some((eff, i) => eff.started && !before.effects[i]?.started);
  if (began && !before.cageUp) return CAGE_INVARIANT;
  for (const [name, holds] of Object.entries(INVARIANTS)) {
    if (!holds(move.world, rules)) return name;
  }
  return null;
}

function pathTo(
  known: ReadonlyMap<string, { from: string | null; by: string }>,
  at: string,
): string[] {
  const path: string[] = [];
  for (let cursor: string | null = at; cursor !== null; ) {
    const step = known.get(cursor);
    if (!step) break;
    path.push(step.by);
    cursor = step.from;
  }
  return path.reverse();
}
