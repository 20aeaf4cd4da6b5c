import type { Expr } from './condition-ast.ts';
import { evaluate } from './condition-eval.ts';
import { parseCondition } from './condition-parser.ts';
import type { Scope } from './model.ts';
import type { Reference } from './reference.ts';

export { parseCondition } from './condition-parser.ts';

/**
 * Decides whether a step runs.
 * @throws AkiosError CONDITION_INVALID (form, type, bound) or STEP_FAILED (missing reference): the
 *   step fails; a condition never turns an error into a skip
 */
export function evaluateCondition(source: string, scope: Scope): boolean {
  return evaluate(parseCondition(source, scope.item?.name), scope);
}

/** References a condition holds, for checking the file before anything runs. */
export function conditionReferences(expr: Expr): Reference[] {
  switch (expr.t) {
    case 'literal':
      return [];
    case 'reference':
      return [expr.reference];
    case 'list':
      return expr.items.flatMap(conditionReferences);
    case 'get':
      return [...conditionReferences(expr.of), ...conditionReferences(expr.key)];
    case 'not':
    case 'negate':
      return conditionReferences(expr.of);
    case 'compare':
      return [expr.first, ...expr.rest.map((r) => r.right)].flatMap(conditionReferences);
    case 'choose':
      return [expr.test, expr.then, expr.otherwise].flatMap(conditionReferences);
    default:
      return [...conditionReferences(expr.left), ...conditionReferences(expr.right)];
  }
}
