import { AkiosError } from '../../../shared/domain/errors.ts';
import type { FieldTable } from '../../../shared/query/ast.ts';
import { parseQuery } from '../../../shared/query/parse.ts';
import { shellValue } from '../../ui/shell-word.ts';

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

/** The CLI line that exports what a filter shows; null when its words cannot be pasted safely. */
export function exportCommand(q: string): string | null {
  const command = 'akios audit export --format jsonl --output audit.jsonl';
  if (q === '') return command;
  const value = shellValue(q);
  return value === null ? null : `${command} --filter=${value}`;
}

/** How far the search index is that a filter waits for; null when the error is something else. */
export function indexProgress(error: AkiosError | null): { indexed: number; of: number } | null {
  if (error?.code !== 'INDEX_BUILDING') return null;
  const { indexed, of } = error.details ?? {};
  return { indexed: Number(indexed ?? 0), of: Number(of ?? 0) };
}

const ASK_AGAIN_MS = 2000;

/** A filter waits for the search index; the question is asked again until it can be answered. */
export function askAgainMs(error: Error | null): number | false {
  return error instanceof AkiosError && error.code === 'INDEX_BUILDING' ? ASK_AGAIN_MS : false;
}
