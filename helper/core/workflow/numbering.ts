import { WORKFLOW_LIMITS } from './model.ts';
import type { FieldPath, Problems } from './problems.ts';
import type { StepSource } from './schema.ts';

/** A step of the file with its number, its name and the steps of its group. */
export interface Numbered {
  source: StepSource;
  path: FieldPath;
  index: number;
  name: string;
  children: Numbered[];
}

/** The step and all below it, in file order. */
export function flatten(nodes: readonly Numbered[]): Numbered[] {
  return nodes.flatMap((node) => [node, ...flatten(node.children)]);
}

/** Declared numbers first; a step without one takes its position, or the next free number. */
export function numberSteps(sources: readonly StepSource[], problems: Problems): Numbered[] {
  const used = new Set<number>();
  const declared = (list: readonly StepSource[], base: FieldPath): Numbered[] =>
    list.map((source, i) => {
      const path = [...base, i];
      if (source.step !== undefined) {
        if (used.has(source.step))
          problems.add([...path, 'step'], `step ${source.step} is given twice`);
        used.add(source.step);
      }
      return {
        source,
        path,
        index: source.step ?? 0,
        name: source.name ?? '',
        children: declared(source.parallel ?? [], [...path, 'parallel']),
      };
    });
  const tree = declared(sources, ['steps']);
  const all = flatten(tree);
  if (all.length > WORKFLOW_LIMITS.steps) {
    problems.add(['steps'], `${all.length} steps; at most ${WORKFLOW_LIMITS.steps} are allowed`);
  }
  all.forEach((node, i) => {
    if (node.index === 0) {
      node.index = i + 1;
      while (used.has(node.index)) node.index += 1;
      used.add(node.index);
    }
    if (node.name === '') node.name = `step_${node.index}`;
  });
  return tree;
}
