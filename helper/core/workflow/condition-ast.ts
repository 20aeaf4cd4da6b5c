import type { Reference } from './reference.ts';

export type ArithmeticOp = '+' | '-' | '*' | '/' | '//' | '%';
export type CompareOp = '==' | '!=' | '>' | '<' | '>=' | '<=' | 'in' | 'not in' | 'is' | 'is not';

/** `at` is the 1-based column in the condition, for messages. */
export type Expr =
  | { t: 'literal'; value: null | boolean | number | string; at: number }
  | { t: 'list'; items: Expr[]; at: number }
  | { t: 'reference'; reference: Reference; at: number }
  | { t: 'get'; of: Expr; key: Expr; at: number }
  | { t: 'not'; of: Expr; at: number }
  | { t: 'negate'; of: Expr; at: number }
  | { t: 'arithmetic'; op: ArithmeticOp; left: Expr; right: Expr; at: number }
  | { t: 'compare'; first: Expr; rest: { op: CompareOp; right: Expr }[]; at: number }
  | { t: 'and' | 'or'; left: Expr; right: Expr; at: number }
  | { t: 'choose'; test: Expr; then: Expr; otherwise: Expr; at: number };

export const CONDITION_LIMITS = {
  chars: 500,
  depth: 20,
  nodes: 250,
  /** Longest text a condition may build by `+` or `*`. */
  textChars: 10_000,
} as const;
