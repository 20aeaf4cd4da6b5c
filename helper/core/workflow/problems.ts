import type * as z from 'zod';
import { AkiosError, type ErrorValue } from '../../../shared/domain/errors.ts';
import { nearest } from '../../../shared/domain/nearest.ts';
import { stepSchema, workflowSchema } from './schema.ts';
import type { YamlSource } from './yaml-source.ts';

export type FieldPath = readonly (string | number)[];

const MAX_PROBLEMS = 50;

/** Collects what is wrong with one file, each with `file:line:col`, field, reason and hint. */
export class Problems {
  readonly errors: ErrorValue[] = [];
  readonly warnings: string[] = [];
  private readonly source: YamlSource;

  constructor(source: YamlSource) {
    this.source = source;
  }

  add(path: FieldPath, reason: string, hint?: string, part: 'key' | 'value' = 'value'): void {
    if (this.errors.length >= MAX_PROBLEMS) return;
    const field = fieldName(path);
    this.errors.push({
      code: 'WORKFLOW_INVALID',
      message: field ? `${field}: ${reason}` : reason,
      where: this.source.where(path, part),
      ...(hint ? { hint } : {}),
    });
  }

  warn(path: FieldPath, message: string): void {
    if (this.warnings.length < MAX_PROBLEMS) {
      this.warnings.push(`${this.source.where(path)} ${message}`);
    }
  }

  /** Runs `check`; a typed error of it becomes a problem at `path`. Anything else is a bug and goes on. */
  guard<T>(path: FieldPath, check: () => T): T | null {
    try {
      return check();
    } catch (error) {
      if (!(error instanceof AkiosError)) throw error;
      const column = /^condition:(\d+)$/.exec(error.where ?? '')?.[1];
      const reason = column
        ? `${error.message} (column ${column} of the condition)`
        : error.message;
      this.add(path, reason, error.hint);
      return null;
    }
  }

  zod(error: z.ZodError): void {
    // A mistyped key also makes the right one missing: the mistyped one is the useful message.
    const unknownFirst = error.issues.toSorted(
      (a, b) => Number(b.code === 'unrecognized_keys') - Number(a.code === 'unrecognized_keys'),
    );
    for (const issue of unknownFirst) {
      const path = issue.path.filter((p): p is string | number => typeof p !== 'symbol');
      if (issue.code === 'unrecognized_keys') {
        for (const key of issue.keys) this.unknownKey([...path, key], key, path);
      } else {
        this.add(path, reasonOf(issue));
      }
    }
  }

  private unknownKey(path: FieldPath, key: string, parent: FieldPath): void {
    const known = keysAt(parent);
    const close = nearest(key, known);
    const hint = close
      ? `Did you mean "${close}"?`
      : known.length > 0
        ? `Known keys: ${known.join(', ')}.`
        : undefined;
    this.add(path, 'unknown key', hint, 'key');
  }
}

function keysAt(parent: FieldPath): string[] {
  const last = parent.at(-1);
  if (parent.length === 0) return Object.keys(workflowSchema.shape);
  if (typeof last === 'number') return Object.keys(stepSchema.shape);
  const named: Record<string, string[]> = {
    compensate: ['agent', 'action', 'parameters', 'config'],
    retry: ['retries', 'backoff', 'max_backoff', 'factor', 'jitter'],
    for_each: ['items', 'as', 'max', 'concurrency'],
    approve: ['message', 'timeout'],
    hooks: ['before_step', 'after_step'],
    before_step: ['command', 'args', 'timeout'],
    after_step: ['command', 'args', 'timeout'],
  };
  return named[String(last)] ?? [];
}

function reasonOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_union') {
    const inner = issue.errors.flat().map((e) => e.message.replace(/^Invalid input: /, ''));
    return [...new Set(inner)].slice(0, 4).join(', or ') || 'not one of the allowed forms';
  }
  if (issue.code === 'invalid_type' && issue.message.endsWith('received undefined')) {
    return 'is missing';
  }
  return issue.message.replace(/^Invalid input: /, '');
}

/** `steps[2].parameters.path` from a path of keys and positions. */
function fieldName(path: FieldPath): string {
  return path.reduce<string>(
    (text, part) =>
      typeof part === 'number' ? `${text}[${part}]` : text ? `${text}.${part}` : part,
    '',
  );
}
