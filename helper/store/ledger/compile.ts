import type { Bound, QueryNode } from '../../../shared/query/ast.ts';
import { COLUMN, FLAG_SQL } from './search-schema.ts';

export interface Where {
  sql: string;
  params: (string | number)[];
  /** Set when the whole query is this one full-text phrase, which has a faster way. */
  words?: string;
}

/** A query as a WHERE clause over the search rows. Values only ever travel as parameters. */
export function compileQuery(node: QueryNode | null): Where {
  if (node === null) return { sql: '1', params: [] };
  switch (node.kind) {
    case 'and':
    case 'or': {
      const parts = node.items.map(compileQuery);
      const joiner = node.kind === 'and' ? ' AND ' : ' OR ';
      return {
        sql: `(${parts.map((p) => p.sql).join(joiner)})`,
        params: parts.flatMap((p) => p.params),
      };
    }
    case 'not': {
      const inner = compileQuery(node.item);
      // A missing value does not match, so its negation must: NULL may not swallow the row.
      return { sql: `(NOT coalesce(${inner.sql}, 0))`, params: inner.params };
    }
    case 'text': {
      const words = ftsPhrase(node.text, !node.phrase);
      return {
        sql: 'seq IN (SELECT rowid FROM words WHERE words MATCH ?)',
        params: [words],
        words,
      };
    }
    case 'flag':
      return { sql: `(${FLAG_SQL[node.flag]!})`, params: [] };
    case 'equals':
      return equals(COLUMN[node.field]!, node.value, node.prefix);
    case 'number':
      return within(COLUMN[node.field]!, node.bound);
    case 'time':
      return withinTime(node.bound);
  }
}

/** One FTS5 string; quotes doubled, so no part of it is read as an operator. */
function ftsPhrase(text: string, prefix: boolean): string {
  const open = prefix && text.endsWith('*');
  const words = open ? text.slice(0, -1) : text;
  return `"${words.replaceAll('"', '""')}"${open ? '*' : ''}`;
}

function equals(column: string, value: string, prefix: boolean): Where {
  if (!prefix) return { sql: `${column} = ?`, params: [value] };
  // An upper bound above every string with this prefix keeps the index usable.
  return { sql: `(${column} >= ? AND ${column} < ?)`, params: [value, `${value}\u{10ffff}`] };
}

function within(column: string, bound: Bound<string> | Bound<number>): Where {
  const parts: string[] = [];
  const params: (string | number)[] = [];
  if (bound.from !== undefined) {
    parts.push(`${column} ${bound.fromOpen ? '>' : '>='} ?`);
    params.push(bound.from);
  }
  if (bound.to !== undefined) {
    parts.push(`${column} ${bound.toOpen ? '<' : '<='} ?`);
    params.push(bound.to);
  }
  return { sql: `(${parts.join(' AND ') || '1'})`, params };
}

/** Time never decreases with the sequence, so an interval of time is one of sequences. */
function withinTime(bound: Bound<string>): Where {
  const parts: string[] = [];
  const params: string[] = [];
  if (bound.from !== undefined) {
    const first = `SELECT seq FROM rows WHERE ts ${bound.fromOpen ? '>' : '>='} ? ORDER BY ts, seq LIMIT 1`;
    parts.push(`seq >= coalesce((${first}), 9007199254740991)`);
    params.push(bound.from);
  }
  if (bound.to !== undefined) {
    const last = `SELECT seq FROM rows WHERE ts ${bound.toOpen ? '<' : '<='} ? ORDER BY ts DESC, seq DESC LIMIT 1`;
    parts.push(`seq <= coalesce((${last}), -1)`);
    params.push(bound.to);
  }
  return { sql: `(${parts.join(' AND ') || '1'})`, params };
}
