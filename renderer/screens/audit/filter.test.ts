import { expect, test } from 'vitest';
import { AkiosError } from '../../../shared/domain/errors.ts';
import { askAgainMs, exportCommand, indexProgress } from './filter.ts';

test('the export line carries the filter, safe for a shell', () => {
  expect(exportCommand('')).toBe('akios audit export --format jsonl --output audit.jsonl');
  expect(exportCommand(`is:denied "it's"`)).toBe(
    `akios audit export --format jsonl --output audit.jsonl --filter='is:denied "it'\\''s"'`,
  );
  // A value of its own that begins with a dash would be taken for an option.
  expect(exportCommand('-is:denied')).toMatch(/ --filter=-is:denied$/);
  expect(exportCommand('subject:x\u001b[201~;reboot')).toBeNull();
});

test('only a search index that is being made is asked again', () => {
  expect(askAgainMs(new AkiosError('INDEX_BUILDING', '5 of 9 records'))).toBeGreaterThan(0);
  expect(askAgainMs(new AkiosError('INPUT_INVALID', 'no'))).toBe(false);
  expect(askAgainMs(null)).toBe(false);
});

test('how far the index is comes from the refusal, not from its words', () => {
  const details = { indexed: 60_000, of: 250_003 };
  expect(indexProgress(new AkiosError('INDEX_BUILDING', 'x', { details }))).toEqual(details);
  expect(indexProgress(new AkiosError('INDEX_BUILDING', 'x'))).toEqual({ indexed: 0, of: 0 });
  expect(indexProgress(new AkiosError('INTERNAL', 'x', { details }))).toBeNull();
  expect(indexProgress(null)).toBeNull();
});
