import { AkiosError } from '../../../shared/domain/errors.ts';
import { type Dialect, type SqlToken, tokenizeSql } from './sql-tokens.ts';
import { FUNCTIONS, KEYWORDS_BEFORE_PAREN } from './sql-words.data.ts';

/** What a statement may do; anything that is not listed is refused. */
const READS = ['SELECT', 'WITH', 'VALUES'];
const WRITES = ['INSERT', 'UPDATE', 'DELETE', 'REPLACE'];

/** Words that change something or reach outside wherever they stand unquoted. */
const NEVER: ReadonlySet<string> = new Set(
  `ALTER ANALYZE ATTACH BEGIN CALL CHECKPOINT CLUSTER COMMENT COMMIT COPY CREATE DEALLOCATE DECLARE
  DETACH DISCARD DROP EXECUTE EXPLAIN GRANT IMPORT LISTEN LOAD LOCK MERGE NOTIFY PRAGMA PREPARE
  REASSIGN REFRESH REINDEX RELEASE RESET REVOKE ROLLBACK SAVEPOINT SECURITY SHARE SHOW TABLESAMPLE
  TRUNCATE UNLISTEN VACUUM`.split(/\s+/),
);
const WRITE_ONLY: ReadonlySet<string> = new Set([
  'INSERT',
  'UPDATE',
  'DELETE',
  'INTO',
  'SET',
  'DO',
]);

export interface Statement {
  /** Without a closing semicolon. */
  text: string;
  kind: 'read' | 'write';
}

/**
 * Checks that a text is one allowed statement. This is the first of two walls: the database itself
 * enforces the same (authorizer and read-only file in SQLite, read-only transaction in PostgreSQL).
 * @throws AkiosError INPUT_INVALID (form) or DENIED (what it would do)
 */
export function checkStatement(sql: string, dialect: Dialect, write: boolean): Statement {
  const tokens = tokenizeSql(sql, dialect);
  while (isSign(tokens.at(-1), ';')) tokens.pop();
  const first = tokens[0];
  if (!first) throw new AkiosError('INPUT_INVALID', 'query: is empty.', { where: 'query' });
  if (tokens.some((token) => isSign(token, ';'))) {
    throw denied('holds more than one statement', 'Use one step for each statement.');
  }
  const kind = kindOf(first, write);
  for (const token of tokens) {
    if (token.kind !== 'word') continue;
    const forbidden = NEVER.has(token.value) || (kind === 'read' && WRITE_ONLY.has(token.value));
    if (forbidden) {
      throw denied(
        `holds ${token.value}`,
        'A column or table of that name must be quoted ("name"). Data is only read unless allow_write is true.',
      );
    }
  }
  checkFunctions(tokens);
  return { text: sql.replace(/[\s;]+$/, ''), kind };
}

function kindOf(first: SqlToken, write: boolean): 'read' | 'write' {
  if (first.kind === 'word' && READS.includes(first.value)) return 'read';
  if (first.kind === 'word' && WRITES.includes(first.value)) {
    if (write) return 'write';
    throw denied(`is ${first.value}`, 'Use action: execute with allow_write: true to change data.');
  }
  throw denied(
    `begins with ${JSON.stringify(first.value.slice(0, 20))}`,
    `Allowed: ${READS.join(', ')}, and with allow_write ${WRITES.join(', ')}.`,
  );
}

/**
 * Every name directly before a parenthesis must be a listed function: both servers have functions
 * that read files, sleep, or open connections, and new ones come with extensions.
 */
function checkFunctions(tokens: readonly SqlToken[]): void {
  tokens.forEach((token, i) => {
    if (!isSign(tokens[i + 1], '(')) return;
    if (token.kind !== 'word' && token.kind !== 'quoted') return;
    const name = token.value.toUpperCase();
    if (token.kind === 'word' && KEYWORDS_BEFORE_PAREN.has(name)) return;
    const before = tokens[i - 1];
    const listed = before?.kind === 'word' && ['INTO', 'AS'].includes(before.value);
    if (listed || isCommonTable(tokens, i)) return;
    const qualified = isSign(before, '.');
    if (token.kind === 'word' && !qualified && FUNCTIONS.has(name)) return;
    throw denied(
      `calls ${JSON.stringify(token.value.toLowerCase().slice(0, 40))}`,
      'Only common functions for text, numbers, dates, JSON and groups may be called.',
    );
  });
}

/** `WITH name (a, b) AS [NOT] [MATERIALIZED] (`. */
function isCommonTable(tokens: readonly SqlToken[], at: number): boolean {
  const before = tokens[at - 1];
  const starts =
    isSign(before, ',') || (before?.kind === 'word' && /^(?:WITH|RECURSIVE)$/.test(before.value));
  if (!starts) return false;
  let depth = 0;
  for (let i = at + 1; i < tokens.length; i += 1) {
    if (isSign(tokens[i], '(')) depth += 1;
    else if (isSign(tokens[i], ')')) depth -= 1;
    else if (
      tokens[i]?.kind !== 'word' &&
      tokens[i]?.kind !== 'quoted' &&
      !isSign(tokens[i], ',')
    ) {
      return false;
    }
    if (depth === 0) {
      let after = i + 1;
      if (!isWord(tokens[after], 'AS')) return false;
      after += 1;
      if (isWord(tokens[after], 'NOT')) after += 1;
      if (isWord(tokens[after], 'MATERIALIZED')) after += 1;
      return isSign(tokens[after], '(');
    }
  }
  return false;
}

function isSign(token: SqlToken | undefined, value: string): boolean {
  return token?.kind === 'sign' && token.value === value;
}

function isWord(token: SqlToken | undefined, value: string): boolean {
  return token?.kind === 'word' && token.value === value;
}

function denied(what: string, hint: string): AkiosError {
  return new AkiosError('DENIED', `The query ${what}, which is not allowed.`, {
    where: 'query',
    hint,
    details: { rule: 'database.statement' },
  });
}
