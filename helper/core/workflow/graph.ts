import { nearest } from '../../../shared/domain/nearest.ts';
import { parseCondition } from './condition-parser.ts';
import { conditionReferences } from './conditions.ts';
import { type PlacedReference, placedReferences } from './interpolate.ts';
import type { Step } from './model.ts';
import type { FieldPath, Problems } from './problems.ts';
import type { Reference } from './reference.ts';

export interface PlacedStep {
  step: Step;
  path: FieldPath;
}

/**
 * Steps that have surely ended before each step starts.
 * @returns null when the dependencies form a cycle; the problem names its steps
 */
export function ancestorsOf(
  placed: readonly PlacedStep[],
  problems: Problems,
): Map<number, Set<number>> | null {
  const byIndex = new Map(placed.map((p) => [p.step.index, p]));
  const waiting = new Map(placed.map((p) => [p.step.index, new Set(p.step.dependsOn)]));
  const ancestors = new Map<number, Set<number>>();
  const followers = new Map<number, number[]>();
  for (const { step } of placed) {
    for (const before of step.dependsOn) {
      followers.set(before, [...(followers.get(before) ?? []), step.index]);
    }
  }
  const ready = placed.filter((p) => p.step.dependsOn.length === 0).map((p) => p.step.index);
  for (let index = ready.shift(); index !== undefined; index = ready.shift()) {
    const own = new Set<number>();
    for (const before of byIndex.get(index)?.step.dependsOn ?? []) {
      own.add(before);
      for (const older of ancestors.get(before) ?? []) own.add(older);
    }
    ancestors.set(index, own);
    for (const next of followers.get(index) ?? []) {
      const open = waiting.get(next);
      open?.delete(index);
      if (open?.size === 0) ready.push(next);
    }
  }
  if (ancestors.size === placed.length) return ancestors;
  reportCycle(placed, ancestors, problems);
  return null;
}

/** Walks dependencies among the steps that never became ready until one repeats. */
function reportCycle(
  placed: readonly PlacedStep[],
  done: ReadonlyMap<number, unknown>,
  problems: Problems,
): void {
  const byIndex = new Map(placed.map((p) => [p.step.index, p]));
  const start = placed.find((p) => !done.has(p.step.index));
  const walk: number[] = [];
  let at = start?.step.index;
  while (at !== undefined && !walk.includes(at)) {
    walk.push(at);
    at = byIndex.get(at)?.step.dependsOn.find((d) => !done.has(d));
  }
  const ring = at === undefined ? walk : walk.slice(walk.indexOf(at));
  const names = ring.map((i) => byIndex.get(i)?.step.name ?? String(i));
  const first = byIndex.get(ring[0] ?? 0) ?? start;
  problems.add(
    [...(first?.path ?? []), 'depends_on'],
    `steps wait for each other: ${[...names, names[0]].join(' -> ')}`,
    'Remove one of these dependencies.',
  );
}

/** Every reference must name a step that exists and has surely ended. */
export function checkReferences(
  placed: readonly PlacedStep[],
  ancestors: ReadonlyMap<number, ReadonlySet<number>>,
  problems: Problems,
): void {
  const byName = new Map(placed.map((p) => [p.step.name, p.step.index]));
  for (const { step, path } of placed) {
    for (const { reference, field, own } of referencesInStep(step)) {
      const before = new Set(ancestors.get(step.index));
      if (own) before.add(step.index);
      const problem = problemOf(reference, step, before, byName);
      if (problem) problems.add([...path, ...field], problem.reason, problem.hint);
    }
  }
}

function problemOf(
  reference: Reference,
  step: Step,
  before: ReadonlySet<number>,
  byName: ReadonlyMap<string, number>,
): { reason: string; hint: string } | null {
  const { root } = reference;
  const shown = `{${reference.source}} in ${step.name}`;
  if (root.kind === 'previous' || (root.kind === 'status' && root.step === null)) {
    if (before.size > 0) return null;
    return { reason: `${shown}: no step runs before it`, hint: 'Remove it or add a step before.' };
  }
  if (root.kind === 'context' || root.kind === 'item' || root.kind === 'item_index') return null;
  const wanted = root.step as string | number;
  const index = typeof wanted === 'number' ? wanted : byName.get(wanted);
  const known = typeof wanted === 'number' ? [...byName.values()].includes(wanted) : index;
  if (index === undefined || !known) {
    const close = typeof wanted === 'string' ? nearest(wanted, [...byName.keys()]) : null;
    return {
      reason: `${shown} refers to ${typeof wanted === 'number' ? `step ${wanted}` : `"${wanted}"`}, which does not exist`,
      hint: close
        ? `Did you mean "${close}"?`
        : `Steps: ${[...byName.keys()].slice(0, 20).join(', ')}.`,
    };
  }
  if (before.has(index)) return null;
  return {
    reason: `${shown} refers to step ${index}, which does not surely end before it`,
    hint: `Add step ${index} to depends_on, or refer to an earlier step.`,
  };
}

interface Found {
  reference: Reference;
  field: FieldPath;
  own?: boolean;
}

/** References of a step by field; those of its compensation may name the step itself. */
function referencesInStep(step: Step): Found[] {
  const found: Found[] = [];
  const item = step.kind === 'action' ? step.forEach?.as : undefined;
  const add = (field: FieldPath, references: PlacedReference[], own = false) => {
    for (const { reference, path } of references) {
      found.push({ reference, field: [...field, ...path], own });
    }
  };
  if (step.condition !== null) {
    const inCondition = conditionReferences(parseCondition(step.condition));
    add(
      ['condition'],
      inCondition.map((reference) => ({ reference, path: [] })),
    );
  }
  if (step.kind === 'action') {
    add(['parameters'], placedReferences(step.parameters, item));
    add(['config'], placedReferences(step.config, item));
    if (step.forEach) add(['for_each', 'items'], placedReferences(step.forEach.items));
    if (step.idempotencyKey) {
      add(['idempotency_key'], placedReferences(step.idempotencyKey, item));
    }
    if (step.compensate) {
      add(['compensate', 'parameters'], placedReferences(step.compensate.parameters, item), true);
      add(['compensate', 'config'], placedReferences(step.compensate.config, item), true);
    }
  }
  if (step.kind === 'workflow') add(['parameters'], placedReferences(step.parameters));
  if (step.kind !== 'parallel' && step.approve) {
    add(['approve'], placedReferences(step.approve.message, item));
  }
  return found;
}
