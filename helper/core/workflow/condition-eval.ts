import type { Json } from '../../../shared/domain/json.ts';
import { type ArithmeticOp, CONDITION_LIMITS, type CompareOp, type Expr } from './condition-ast.ts';
import { conditionError } from './condition-parser.ts';
import type { Scope, StepOutcome } from './model.ts';
import { missing, outcomeOf, ownValue, resolveReference, textOfOutput } from './reference.ts';

/** A step's output stands for its text in comparisons and for its object where a key is taken. */
class OutputValue {
  readonly outcome: StepOutcome;
  constructor(outcome: StepOutcome) {
    this.outcome = outcome;
  }
}

type Value = Json | OutputValue;

/** Truth as the operators use it: null, false, 0, '' and empty lists and objects are false. */
export function evaluate(expr: Expr, scope: Scope): boolean {
  return truth(resolve(expr, scope));
}

function resolve(expr: Expr, scope: Scope): Value {
  switch (expr.t) {
    case 'literal':
      return expr.value;
    case 'list':
      return expr.items.map((item) => plain(resolve(item, scope)));
    case 'reference':
      return lookUp(expr, scope);
    case 'get':
      return keyOf(resolve(expr.of, scope), plain(resolve(expr.key, scope)), expr.at);
    case 'not':
      return !truth(resolve(expr.of, scope));
    case 'negate':
      return -numberOf(resolve(expr.of, scope), 'Unary "-"', expr.at);
    case 'arithmetic':
      return calculate(expr.op, resolve(expr.left, scope), resolve(expr.right, scope), expr.at);
    case 'compare':
      return compareChain(expr, scope);
    case 'and': {
      const left = resolve(expr.left, scope);
      return truth(left) ? resolve(expr.right, scope) : left;
    }
    case 'or': {
      const left = resolve(expr.left, scope);
      return truth(left) ? left : resolve(expr.right, scope);
    }
    case 'choose':
      return resolve(truth(resolve(expr.test, scope)) ? expr.then : expr.otherwise, scope);
  }
}

function lookUp(expr: Expr & { t: 'reference' }, scope: Scope): Value {
  const { root } = expr.reference;
  if (root.kind === 'previous' || root.kind === 'number' || root.kind === 'name') {
    return new OutputValue(outcomeOf(expr.reference, scope));
  }
  return resolveReference(expr.reference, scope);
}

function keyOf(holder: Value, key: Json, at: number): Json {
  if (typeof key !== 'string' && typeof key !== 'number') {
    throw conditionError('A key must be text or a number.', at);
  }
  const inside = holder instanceof OutputValue ? holder.outcome.output : holder;
  const index =
    typeof key === 'number' && key < 0 && Array.isArray(inside) ? inside.length + key : key;
  const value = ownValue(inside, index);
  if (value !== undefined) return value;
  // `step_1_output.status` means the step's own status unless its output has that key.
  if (holder instanceof OutputValue && key === 'status') return holder.outcome.status;
  throw conditionError(`There is no ${JSON.stringify(key)} in this ${typeName(inside)}.`, at, {
    hint: 'The keys of a step are in output.json; use `in` to ask whether a key is there.',
  });
}

function compareChain(expr: Expr & { t: 'compare' }, scope: Scope): boolean {
  let left = resolve(expr.first, scope);
  for (const { op, right } of expr.rest) {
    const other = resolve(right, scope);
    if (!compare(op, left, other, expr.at)) return false;
    left = other;
  }
  return true;
}

function compare(op: CompareOp, left: Value, right: Value, at: number): boolean {
  switch (op) {
    case '==':
    case 'is':
      return equal(left, right);
    case '!=':
    case 'is not':
      return !equal(left, right);
    case 'in':
      return contains(left, right, at);
    case 'not in':
      return !contains(left, right, at);
    default:
      return order(op, plain(left), plain(right), at);
  }
}

function order(op: '>' | '<' | '>=' | '<=', a: Json, b: Json, at: number): boolean {
  if (typeof a === 'number' && typeof b === 'number') return ordered(op, a - b);
  if (typeof a === 'string' && typeof b === 'string')
    return ordered(op, a < b ? -1 : a > b ? 1 : 0);
  throw conditionError(`"${op}" cannot compare ${typeName(a)} with ${typeName(b)}.`, at, {
    hint: 'Compare numbers with numbers and text with text.',
  });
}

function ordered(op: '>' | '<' | '>=' | '<=', sign: number): boolean {
  if (op === '>') return sign > 0;
  if (op === '<') return sign < 0;
  return op === '>=' ? sign >= 0 : sign <= 0;
}

function contains(needle: Value, hay: Value, at: number): boolean {
  const item = plain(needle);
  const inside =
    hay instanceof OutputValue && typeof item !== 'string' ? hay.outcome.output : plain(hay);
  if (typeof inside === 'string' && typeof item === 'string') return inside.includes(item);
  if (Array.isArray(inside)) return inside.some((other) => equal(item, other));
  if (inside !== null && typeof inside === 'object' && typeof item === 'string') {
    return Object.hasOwn(inside, item);
  }
  throw conditionError(`"in" cannot look for ${typeName(item)} in ${typeName(inside)}.`, at);
}

function calculate(op: ArithmeticOp, left: Value, right: Value, at: number): Json {
  const [a, b] = [plain(left), plain(right)];
  if (op === '+' && typeof a === 'string' && typeof b === 'string') return bounded(a, b, at);
  if (op === '+' && Array.isArray(a) && Array.isArray(b)) {
    if (a.length + b.length > 1000) throw conditionError('The list grew too long.', at);
    return [...a, ...b];
  }
  if (op === '*' && typeof a === 'string' && typeof b === 'number') return repeat(a, b, at);
  if (op === '*' && typeof a === 'number' && typeof b === 'string') return repeat(b, a, at);
  const [x, y] = [numberOf(a, `"${op}"`, at), numberOf(b, `"${op}"`, at)];
  if ((op === '/' || op === '//' || op === '%') && y === 0) {
    throw conditionError('Division by zero.', at);
  }
  const result = arithmetic(op, x, y);
  if (!Number.isFinite(result)) throw conditionError('The number is out of range.', at);
  return result;
}

/** `//` rounds down and `%` takes the sign of the divisor, as in the published language. */
function arithmetic(op: ArithmeticOp, x: number, y: number): number {
  switch (op) {
    case '+':
      return x + y;
    case '-':
      return x - y;
    case '*':
      return x * y;
    case '/':
      return x / y;
    case '//':
      return Math.floor(x / y);
    case '%': {
      const rest = x % y;
      return rest !== 0 && rest < 0 !== y < 0 ? rest + y : rest;
    }
  }
}

function repeat(text: string, times: number, at: number): string {
  if (!Number.isInteger(times)) throw conditionError('Text repeats a whole number of times.', at);
  const count = Math.max(0, times);
  if (text.length * count > CONDITION_LIMITS.textChars) {
    throw conditionError('The text grew too long.', at);
  }
  return text.repeat(count);
}

function bounded(a: string, b: string, at: number): string {
  if (a.length + b.length > CONDITION_LIMITS.textChars) {
    throw conditionError('The text grew too long.', at);
  }
  return a + b;
}

function numberOf(value: Value, what: string, at: number): number {
  const inner = plain(value);
  if (typeof inner === 'number') return inner;
  throw conditionError(`${what} needs numbers, got ${typeName(inner)}.`, at);
}

function truth(value: Value): boolean {
  const inner = plain(value);
  if (Array.isArray(inner)) return inner.length > 0;
  if (inner !== null && typeof inner === 'object') return Object.keys(inner).length > 0;
  return Boolean(inner);
}

function plain(value: Value): Json {
  if (!(value instanceof OutputValue)) return value;
  const { outcome } = value;
  if (outcome.status === 'success') return textOfOutput(outcome.output);
  throw missing(
    {
      root: { kind: 'number', step: outcome.index },
      path: [],
      source: `step_${outcome.index}_output`,
    },
    `step ${outcome.index} was ${outcome.status}`,
  );
}

function equal(left: Value, right: Value): boolean {
  const deep = (v: Value) => v !== null && typeof v === 'object' && !(v instanceof OutputValue);
  const a = left instanceof OutputValue && deep(right) ? left.outcome.output : plain(left);
  const b = right instanceof OutputValue && deep(left) ? right.outcome.output : plain(right);
  return equalJson(a, b);
}

function equalJson(a: Json, b: Json): boolean {
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((item, i) => equalJson(item, b[i] as Json));
  }
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return a === b;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => Object.hasOwn(b, key) && equalJson(a[key] as Json, b[key] as Json));
}

function typeName(value: Json): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'list';
  if (typeof value === 'object') return 'object';
  if (typeof value === 'string') return 'text';
  return typeof value === 'boolean' ? 'true/false' : 'number';
}
