import type { Bound, QueryNode } from './ast.ts';

/** How a list in memory shows its items to a query. Missing fields are undefined or null. */
export interface Matchable {
  field(name: string): string | number | null | undefined;
  flag(name: string): boolean;
  /** Texts that free words search, any case. */
  texts(): readonly string[];
}

/** Evaluates a parsed query; null (the empty query) matches everything. */
export function matchQuery(node: QueryNode | null, item: Matchable): boolean {
  if (node === null) return true;
  switch (node.kind) {
    case 'and':
      return node.items.every((n) => matchQuery(n, item));
    case 'or':
      return node.items.some((n) => matchQuery(n, item));
    case 'not':
      return !matchQuery(node.item, item);
    case 'flag':
      return item.flag(node.flag);
    case 'text': {
      const needle = node.text.toLowerCase();
      return item.texts().some((t) => t.toLowerCase().includes(needle));
    }
    case 'equals': {
      const value = item.field(node.field);
      if (value === null || value === undefined) return false;
      return node.prefix ? String(value).startsWith(node.value) : String(value) === node.value;
    }
    case 'number':
    case 'time': {
      const value = item.field(node.field);
      return value !== null && value !== undefined && inBound(value, node.bound);
    }
  }
}

function inBound(value: string | number, bound: Bound<string> | Bound<number>): boolean {
  if (
    bound.from !== undefined &&
    (value < bound.from || (bound.fromOpen && value === bound.from))
  ) {
    return false;
  }
  return bound.to === undefined || !(value > bound.to || (bound.toOpen && value === bound.to));
}
