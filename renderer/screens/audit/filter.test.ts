import { expect, test } from 'vitest';
import { exportCommand } from './filter.ts';

test('the export line carries the filter, safe for a shell', () => {
  expect(exportCommand('')).toBe('akios audit export --format jsonl --output audit.jsonl');
  expect(exportCommand(`is:denied "it's"`)).toBe(
    `akios audit export --format jsonl --output audit.jsonl --filter 'is:denied "it'\\''s"'`,
  );
});
