import { expect, test } from 'vitest';
import { AkiosError } from '../../../shared/domain/errors.ts';
import { askAgainMs, exportCommand } from './filter.ts';

test('the export line carries the filter, safe for a shell', () => {
  expect(exportCommand('')).toBe('akios audit export --format jsonl --output audit.jsonl');
  expect(exportCommand(`is:denied "it's"`)).toBe(
    `akios audit export --format jsonl --output audit.jsonl --filter 'is:denied "it'\\''s"'`,
  );
});

test('only a search index that is being made is asked again', () => {
  expect(askAgainMs(new AkiosError('INDEX_BUILDING', '5 of 9 records'))).toBeGreaterThan(0);
  expect(askAgainMs(new AkiosError('INPUT_INVALID', 'no'))).toBe(false);
  expect(askAgainMs(null)).toBe(false);
});
