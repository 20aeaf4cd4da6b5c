import { AkiosError } from '../../../shared/domain/errors.ts';
import type { Json, JsonObject } from '../../../shared/domain/json.ts';
import type { Scope, Step, StepOutcome } from './model.ts';

/** What `{...}` names: a root and the keys walked from it. */
export type ReferenceRoot =
  | { kind: 'previous' }
  | { kind: 'number'; step: number }
  | { kind: 'name'; step: string }
  | { kind: 'status'; step: string | number | null }
  | { kind: 'context' }
  | { kind: 'item'; name: string }
  | { kind: 'item_index'; name: string };

export interface Reference {
  root: ReferenceRoot;
  path: (string | number)[];
  /** As written, for messages. */
  source: string;
}

/** Where the text of an output is looked for, in this order. */
export const OUTPUT_KEY_ORDER = [
  'text',
  'content',
  'output',
  'result',
  'response',
  'stdout',
  'data',
] as const;

/** The text an output stands for: the first key of `OUTPUT_KEY_ORDER` it has, else its JSON. */
export function textOfOutput(output: JsonObject): string {
  for (const key of OUTPUT_KEY_ORDER) {
    const value = ownValue(output, key);
    if (value !== undefined && value !== null) return textOfValue(value);
  }
  return JSON.stringify(output);
}

export function textOfValue(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Own properties only: `__proto__` and `constructor` of a plain object are never values. */
export function ownValue(holder: Json, key: string | number): Json | undefined {
  if (Array.isArray(holder)) {
    const at = typeof key === 'number' ? key : /^\d{1,7}$/.test(key) ? Number(key) : -1;
    return holder[at];
  }
  if (holder === null || typeof holder !== 'object') return undefined;
  return Object.hasOwn(holder, String(key)) ? holder[String(key)] : undefined;
}

export function missing(reference: Reference, why: string): AkiosError {
  return new AkiosError('STEP_FAILED', `{${reference.source}} has no value: ${why}.`, {
    hint: 'Check the step number or name and the keys of its output with `akios logs` or `akios output latest`.',
    details: { reason: 'missing-reference', reference: reference.source.slice(0, 200) },
  });
}

/** The finished step a root names; throws STEP_FAILED when it left no output. */
export function outcomeOf(reference: Reference, scope: Scope): StepOutcome {
  const root = reference.root;
  let found: StepOutcome | undefined | null;
  if (root.kind === 'previous') found = scope.previous;
  else if (root.kind === 'number') found = scope.byNumber.get(root.step);
  else if (root.kind === 'name') found = scope.byName.get(root.step);
  else if (root.kind === 'status') {
    found =
      root.step === null
        ? scope.previous
        : typeof root.step === 'number'
          ? scope.byNumber.get(root.step)
          : scope.byName.get(root.step);
  }
  if (!found) throw missing(reference, 'that step has not run');
  return found;
}

/**
 * The value a reference stands for.
 * @returns the value, and the whole output's text for a reference without keys
 * @throws AkiosError STEP_FAILED when there is none; text is never looked at for further references
 */
export function resolveReference(reference: Reference, scope: Scope): Json {
  const { root, path } = reference;
  if (root.kind === 'status') return outcomeOf(reference, scope).status;
  if (root.kind === 'item_index') return itemOf(reference, scope, root.name).index;
  if (root.kind === 'item') return walk(itemOf(reference, scope, root.name).value, reference);
  if (root.kind === 'context') return walk(scope.context, reference);
  const outcome = outcomeOf(reference, scope);
  if (outcome.status !== 'success') {
    throw missing(reference, `step ${outcome.index} (${outcome.name}) was ${outcome.status}`);
  }
  return path.length === 0 ? textOfOutput(outcome.output) : walk(outcome.output, reference);
}

function itemOf(reference: Reference, scope: Scope, name: string): { value: Json; index: number } {
  if (!scope.item || scope.item.name !== name) throw missing(reference, 'there is no item here');
  return scope.item;
}

function walk(start: Json, reference: Reference): Json {
  let value: Json = start;
  for (const key of reference.path) {
    const next = ownValue(value, key);
    if (next === undefined) throw missing(reference, `there is no "${key}"`);
    value = next;
  }
  return value;
}

/**
 * Builds what the references of `step` can see.
 * `previous_output` is the newest dependency that succeeded: of the dependencies the one with the
 * highest number, and where that one was skipped, what stood before it.
 */
export function scopeFor(
  steps: readonly Step[],
  step: Step,
  outcomes: ReadonlyMap<number, StepOutcome>,
  context: JsonObject,
  item?: Scope['item'],
): Scope {
  const byName = new Map([...outcomes.values()].map((outcome) => [outcome.name, outcome]));
  return {
    previous: previousOf(new Map(steps.map((s) => [s.index, s])), step, outcomes),
    byNumber: outcomes,
    byName,
    context,
    ...(item ? { item } : {}),
  };
}

function previousOf(
  byIndex: ReadonlyMap<number, Step>,
  step: Step,
  outcomes: ReadonlyMap<number, StepOutcome>,
): StepOutcome | null {
  let at: Step | undefined = step;
  for (let hops = 0; at && hops <= byIndex.size; hops += 1) {
    const before: number | undefined = at.dependsOn.toSorted((a, b) => b - a)[0];
    if (before === undefined) return null;
    const outcome = outcomes.get(before);
    if (outcome && outcome.status !== 'skipped') return outcome;
    at = byIndex.get(before);
  }
  return null;
}
