import type { FieldTable, QueryNode } from './ast.ts';
import { queryError } from './query-error.ts';
import { type Token, tokenize } from './tokens.ts';
import { parseNumber, parseTime } from './values.ts';

export interface QueryOptions {
  /** Milliseconds since 1970, for `time:24h`. */
  now: number;
}

const MAX_DEPTH = 40;

/** Null for an empty query (everything matches). Throws INPUT_INVALID with `details.position`. */
export function parseQuery(
  text: string,
  table: FieldTable,
  options: QueryOptions,
): QueryNode | null {
  const parser = new Parser(tokenize(text), table, options, text.length);
  return parser.whole();
}

class Parser {
  readonly #tokens: Token[];
  readonly #table: FieldTable;
  readonly #options: QueryOptions;
  readonly #end: number;
  #at = 0;

  constructor(tokens: Token[], table: FieldTable, options: QueryOptions, end: number) {
    this.#tokens = tokens;
    this.#table = table;
    this.#options = options;
    this.#end = end;
  }

  whole(): QueryNode | null {
    if (this.#tokens.length === 0) return null;
    const node = this.#or(0);
    const rest = this.#tokens[this.#at];
    if (rest !== undefined) {
      throw queryError('A closing parenthesis without an opening one.', rest.at, 'Remove it.');
    }
    return node;
  }

  #or(depth: number): QueryNode {
    const start = this.#tokens[this.#at]?.at ?? this.#end;
    if (depth > MAX_DEPTH) throw queryError('Too many parentheses.', start, 'Write it flatter.');
    const items = [this.#and(depth)];
    while (this.#tokens[this.#at]?.kind === 'or') {
      this.#at += 1;
      items.push(this.#and(depth));
    }
    return items.length === 1 ? items[0]! : { kind: 'or', items };
  }

  #and(depth: number): QueryNode {
    const items: QueryNode[] = [];
    for (;;) {
      const token = this.#tokens[this.#at];
      if (token === undefined || token.kind === 'or' || token.kind === 'close') break;
      items.push(this.#term(token, depth));
    }
    if (items.length === 0) {
      const at = this.#tokens[this.#at]?.at ?? this.#end;
      throw queryError(
        'A term is missing here.',
        at,
        'Write a word or field:value on both sides of OR and inside ( ).',
      );
    }
    return items.length === 1 ? items[0]! : { kind: 'and', items };
  }

  #term(token: Token, depth: number): QueryNode {
    this.#at += 1;
    if (token.kind === 'not') {
      const next = this.#tokens[this.#at];
      if (
        next === undefined ||
        next.kind === 'or' ||
        next.kind === 'close' ||
        next.kind === 'not'
      ) {
        throw queryError('Nothing to negate after the minus.', token.at, 'Write -field:value.');
      }
      return { kind: 'not', item: this.#term(next, depth + 1) };
    }
    if (token.kind === 'open') {
      const node = this.#or(depth + 1);
      if (this.#tokens[this.#at]?.kind !== 'close') {
        throw queryError('This parenthesis is not closed.', token.at, 'Add a closing parenthesis.');
      }
      this.#at += 1;
      return node;
    }
    if (token.kind === 'word') return { kind: 'text', text: token.text, phrase: token.quoted };
    if (token.kind === 'field') return this.#field(token);
    throw queryError('This cannot stand here.', token.at, 'Quote it to search for it.');
  }

  #field(token: Extract<Token, { kind: 'field' }>): QueryNode {
    const { name, value, quoted, at, valueAt } = token;
    if (name === 'is') {
      if (this.#table.flags.includes(value)) return { kind: 'flag', flag: value };
      throw queryError(
        `Unknown flag is:${value}.`,
        valueAt,
        `Known: ${this.#table.flags.join(', ')}.`,
      );
    }
    const type = Object.hasOwn(this.#table.fields, name) ? this.#table.fields[name] : undefined;
    if (type === undefined) {
      const known = Object.keys(this.#table.fields).join(', ');
      throw queryError(
        `Unknown field ${name}.`,
        at,
        `Known: ${known}, is. Quote the word to search for it.`,
      );
    }
    if (value === '')
      throw queryError(`The value of ${name} is missing.`, valueAt, `Write ${name}:value.`);
    if (type === 'time') {
      return { kind: 'time', field: name, bound: parseTime(value, valueAt, this.#options.now) };
    }
    if (type === 'text') {
      const prefix = !quoted && value.length > 1 && value.endsWith('*');
      return { kind: 'equals', field: name, value: prefix ? value.slice(0, -1) : value, prefix };
    }
    return { kind: 'number', field: name, bound: parseNumber(value, valueAt, type) };
  }
}
