import type { JsonObject } from '../../../shared/domain/json.ts';
import type { StepOutcome } from './model.ts';
import { textOfOutput } from './reference.ts';

/** Output of a parallel group: the text of its children in file order, and each child's output. */
export function groupOutput(children: readonly StepOutcome[]): JsonObject {
  const done = children.filter((child) => child.status === 'success');
  return {
    text: done.map((child) => textOfOutput(child.output)).join('\n\n'),
    steps: Object.fromEntries(done.map((child) => [child.name, child.output])),
  };
}

/** Output of a `for_each` step: the text of all items in order, and each item's output. */
export function forEachOutput(outputs: readonly JsonObject[]): JsonObject {
  return {
    text: outputs.map((output) => textOfOutput(output)).join('\n\n'),
    count: outputs.length,
    items: [...outputs],
  };
}
