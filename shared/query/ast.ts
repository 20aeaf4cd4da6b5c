/**
 * The filter grammar of lists, `--filter` and `q=`:
 *
 *   type:llm.*  -status:ok  cost:>0.05  seq:10..20  time:24h  time:2026-01-01/2026-02-01
 *   is:denied  run:"my run"  free words  "a phrase"  (a OR b) c
 *
 * Terms side by side must all hold; OR binds weaker; a leading minus negates a term or a group.
 */
export type FieldType = 'text' | 'integer' | 'money' | 'time';

export interface FieldTable {
  fields: Readonly<Record<string, FieldType>>;
  /** Words allowed after `is:`. */
  flags: readonly string[];
}

/** A closed or open interval; numbers are integers (money in micro-dollars), times are UTC text. */
export interface Bound<T> {
  from?: T;
  fromOpen?: boolean;
  to?: T;
  toOpen?: boolean;
}

export type QueryNode =
  | { kind: 'and' | 'or'; items: QueryNode[] }
  | { kind: 'not'; item: QueryNode }
  | { kind: 'text'; text: string; phrase: boolean }
  | { kind: 'equals'; field: string; value: string; prefix: boolean }
  | { kind: 'number'; field: string; bound: Bound<number> }
  | { kind: 'time'; field: string; bound: Bound<string> }
  | { kind: 'flag'; flag: string };
