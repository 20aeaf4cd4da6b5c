import { AkiosError } from '../../../shared/domain/errors.ts';
import type { FieldTable } from '../../../shared/query/ast.ts';
import { parseQuery } from '../../../shared/query/parse.ts';

export interface FilterProblem {
  tone: 'danger' | 'warn';
  text: string;
}

/** What is wrong with a filter while it is typed; null when it can be asked. */
export function filterProblem(text: string, table: FieldTable): FilterProblem | null {
  try {
    parseQuery(text, table, { now: Date.now() });
    return null;
  } catch (cause) {
    if (!(cause instanceof AkiosError)) throw cause;
    return { tone: 'danger', text: cause.message };
  }
}

/** The CLI line that exports what a filter shows; quoted for a POSIX shell. */
export function exportCommand(q: string): string {
  const filter = q === '' ? '' : ` --filter '${q.replaceAll("'", "'\\''")}'`;
  return `akios audit export --format jsonl --output audit.jsonl${filter}`;
}

const ASK_AGAIN_MS = 2000;

/** A filter waits for the search index; the question is asked again until it can be answered. */
export function askAgainMs(error: Error | null): number | false {
  return error instanceof AkiosError && error.code === 'INDEX_BUILDING' ? ASK_AGAIN_MS : false;
}
