import { AkiosError } from '../../../shared/domain/errors.ts';

export type Dialect = 'sqlite' | 'postgresql';

export interface SqlToken {
  kind: 'word' | 'quoted' | 'text' | 'number' | 'parameter' | 'sign';
  /** Words are in upper case; quoted names without their quotes. */
  value: string;
}

export const MAX_SQL_CHARS = 20_000;

const SPACE = /[ \t\r\n\f]+/y;
const LINE_COMMENT = /--[^\r\n]*/y;
const WORD = /[A-Za-z_\u0080-\uffff][A-Za-z0-9_$\u0080-\uffff]*/y;
const NUMBER = /(?:0[xX][0-9a-fA-F]+|\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)/y;
const PARAMETER = /(?:\?\d{0,4}|\$\d{1,4}|[:@][A-Za-z_]\w*)/y;
const DOLLAR_QUOTE = /\$(?:[A-Za-z_]\w{0,30})?\$/y;
const SIGN = /::|<>|!=|<=|>=|\|\||->>|->|[-+*/%<>=(),.;[\]&|~:^#!@?]/y;

/**
 * Splits one SQL text exactly as the server will: where the dialects disagree about what is text
 * and what is command (nested comments, escapes), the statement is refused.
 * @throws AkiosError INPUT_INVALID with the place
 */
export function tokenizeSql(sql: string, dialect: Dialect): SqlToken[] {
  if (sql.length > MAX_SQL_CHARS) throw bad('is longer than 20,000 characters', 0);
  if (!sql.isWellFormed() || hasControl(sql)) throw bad('holds control characters', 0);
  const tokens: SqlToken[] = [];
  let at = 0;
  while (at < sql.length) {
    const skipped = match(SPACE, sql, at) ?? match(LINE_COMMENT, sql, at) ?? blockComment(sql, at);
    if (skipped !== null) {
      at += skipped.length;
      continue;
    }
    const [token, length] = next(sql, at, dialect);
    tokens.push(token);
    at += length;
  }
  return tokens;
}

function next(sql: string, at: number, dialect: Dialect): [SqlToken, number] {
  const sign = sql[at] as string;
  if (sign === "'") return quoted(sql, at, "'", 'text');
  if (sign === '"') return quoted(sql, at, '"', 'quoted');
  if (sign === '`' || sign === '[') {
    if (dialect === 'sqlite' && sign === '`') return quoted(sql, at, '`', 'quoted');
    if (dialect === 'sqlite') return bracketed(sql, at);
    if (sign === '`') throw bad('holds a back-quote', at);
  }
  if (sign === '$' && match(DOLLAR_QUOTE, sql, at) !== null) {
    throw bad('holds a dollar-quoted text, which is not allowed', at);
  }
  const parameter = match(PARAMETER, sql, at);
  if (parameter !== null && !(dialect === 'postgresql' && parameter[0] === '?')) {
    return [{ kind: 'parameter', value: parameter }, parameter.length];
  }
  const number = match(NUMBER, sql, at);
  if (number !== null) return [{ kind: 'number', value: number }, number.length];
  const word = match(WORD, sql, at);
  if (word !== null) {
    const after = sql[at + word.length];
    // E'..', B'..', X'..', N'..' and U&'..' have rules of their own for what ends them.
    if (after === "'" || (/^u$/i.test(word) && after === '&')) {
      throw bad('holds a prefixed text, which is not allowed', at);
    }
    return [{ kind: 'word', value: word.toUpperCase() }, word.length];
  }
  const operator = match(SIGN, sql, at);
  if (operator !== null) return [{ kind: 'sign', value: operator }, operator.length];
  throw bad(`holds an unexpected ${JSON.stringify(sign)}`, at);
}

function quoted(
  sql: string,
  at: number,
  quote: string,
  kind: 'text' | 'quoted',
): [SqlToken, number] {
  let value = '';
  for (let i = at + 1; i < sql.length; i += 1) {
    if (sql[i] !== quote) {
      value += sql[i];
    } else if (sql[i + 1] === quote) {
      value += quote;
      i += 1;
    } else {
      return [{ kind, value }, i + 1 - at];
    }
  }
  throw bad('has a text or name that does not end', at);
}

function bracketed(sql: string, at: number): [SqlToken, number] {
  const end = sql.indexOf(']', at);
  if (end < 0) throw bad('has a name that does not end', at);
  return [{ kind: 'quoted', value: sql.slice(at + 1, end) }, end + 1 - at];
}

/** PostgreSQL nests block comments and SQLite does not: nested ones are refused. */
function blockComment(sql: string, at: number): string | null {
  if (!sql.startsWith('/*', at)) return null;
  const end = sql.indexOf('*/', at + 2);
  if (end < 0) throw bad('has a comment that does not end', at);
  const comment = sql.slice(at, end + 2);
  if (comment.includes('/*', 2)) throw bad('has a comment inside a comment', at);
  return comment;
}

function hasControl(sql: string): boolean {
  for (let i = 0; i < sql.length; i += 1) {
    const code = sql.charCodeAt(i);
    if (code === 0x7f || (code < 0x20 && !(code >= 0x09 && code <= 0x0d))) return true;
  }
  return false;
}

function match(pattern: RegExp, sql: string, at: number): string | null {
  pattern.lastIndex = at;
  return pattern.exec(sql)?.[0] ?? null;
}

function bad(reason: string, at: number): AkiosError {
  return new AkiosError('INPUT_INVALID', `query: ${reason} (character ${at + 1}).`, {
    where: `query:${at + 1}`,
    hint: 'Give one plain statement and pass values in params.',
  });
}
