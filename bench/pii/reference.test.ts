import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { REFERENCE_FILE, redactionReference } from './reference.ts';

describe('docs/redaction.md', () => {
  it('says what the detector does today (bin/node bench/pii/reference.ts)', () => {
    expect(readFileSync(REFERENCE_FILE, 'utf8')).toBe(redactionReference());
  });
});
