/** Policies, strategies, custom patterns and merging. */
import { describe, expect, it } from 'vitest';
import { AkiosError } from '../../../shared/domain/errors.ts';
import { checkPattern, runCustom } from './custom.ts';
import { createDetector } from './detector.ts';
import { assertDetection, mergeDetections } from './merge.ts';

const TEXT = 'Contact jane.doe@example.com, SSN 123-45-6789.';
const KEY = new Uint8Array(32).fill(7);

describe('policy', () => {
  it('lets an allowed value pass, whatever its case', () => {
    const detector = createDetector({ allowValues: ['Jane.Doe@Example.com'] });
    expect(detector.detect(TEXT).spans.map((s) => s.type)).toEqual(['US_SSN']);
  });

  it('leaves a disabled type and applies a threshold', () => {
    expect(
      createDetector({ disabledTypes: ['EMAIL'] })
        .detect(TEXT)
        .spans.map((s) => s.type),
    ).toEqual(['US_SSN']);
    expect(
      createDetector({ thresholds: { US_SSN: 0.99 } })
        .detect(TEXT)
        .spans.map((s) => s.type),
    ).toEqual(['EMAIL']);
  });

  it('makes context keywords compulsory', () => {
    const detector = createDetector({ contextKeywords: { EMAIL: ['customer'] } });
    expect(detector.detect('mail jane@example.com').spans).toEqual([]);
    expect(detector.detect('customer mail jane@example.com').spans).toHaveLength(1);
  });

  it.each([
    { thresholds: { NO_SUCH: 0.5 } },
    { thresholds: { EMAIL: 2 } },
    { disabledTypes: ['lower'] },
    { threshold: Number.NaN },
  ])('refuses %j', (policy) => {
    expect(() => createDetector(policy)).toThrow(AkiosError);
  });
});

describe('strategies', () => {
  const detector = createDetector();

  it('masks with the words of the specification', () => {
    expect(detector.redact(TEXT).text).toBe('Contact «EMAIL», SSN «SSN».');
  });

  it('removes and keeps the last four', () => {
    expect(detector.redact(TEXT, { strategy: 'remove' }).text).toBe('Contact , SSN .');
    expect(detector.redact(TEXT, { strategies: { US_SSN: 'partial' } }).text).toContain(
      '«SSN»6789',
    );
  });

  it('hashes with a key: same value same suffix, other key other suffix', () => {
    const twice = detector.redact(`${TEXT} ${TEXT}`, { strategy: 'hash', key: KEY });
    expect(twice.replacements[0]!.marker).toBe(twice.replacements[2]!.marker);
    expect(twice.replacements[0]!.marker).toMatch(/^«EMAIL:[0-9a-f]{16}»$/);
    const other = detector.redact(TEXT, { strategy: 'hash', key: new Uint8Array(32).fill(8) });
    expect(other.replacements[0]!.marker).not.toBe(twice.replacements[0]!.marker);
    expect(detector.redact(twice.text, { strategy: 'hash', key: KEY }).text).toBe(twice.text);
  });

  it('blocks a hash without a key', () => {
    expect(() => detector.redact(TEXT, { strategy: 'hash' })).toThrow(
      expect.objectContaining({ code: 'REDACTION_FAILED' }),
    );
  });
});

describe('custom patterns', () => {
  it.each([
    '(a+)+',
    'a*',
    '(?:a{0,200}){0,200}',
    '(a)\\1',
    '(?=x)y',
    '[',
    '',
    'x{0,5}',
    'a{1,}',
  ])('refuses %j', (pattern) => {
    expect(() => checkPattern({ type: 'CASE_ID', pattern })).toThrow(
      expect.objectContaining({ code: 'POLICY_INVALID' }),
    );
  });

  it('runs a bounded one, near its keywords', () => {
    const custom = { type: 'CASE_ID', pattern: 'CASE-\\d{4,8}', contextKeywords: ['file'] };
    checkPattern(custom);
    expect(runCustom('file CASE-12345', [custom])).toMatchObject([
      { start: 5, end: 15, type: 'CASE_ID' },
    ]);
    expect(runCustom('CASE-12345', [custom])).toEqual([]);
  });
});

describe('merging', () => {
  it.each([
    null,
    { spans: [] },
    { spans: [], complete: 'true' },
    { spans: [{ start: 0, end: 99, type: 'EMAIL', score: 1 }], complete: true },
    { spans: [{ start: 2, end: 2, type: 'EMAIL', score: 1 }], complete: true },
    { spans: [{ start: 0, end: 2, type: 'e', score: 1 }], complete: true },
    { spans: [{ start: 0, end: 2, type: 'EMAIL', score: 7 }], complete: true },
  ])('refuses %j', (answer) => {
    expect(() => assertDetection(answer, 10, 'x')).toThrow(
      expect.objectContaining({ code: 'REDACTION_FAILED' }),
    );
  });

  it('covers the union of overlapping findings', () => {
    const a = { start: 0, end: 8, type: 'PERSON_NAME', score: 0.9, source: 'a' };
    const b = { start: 5, end: 14, type: 'ADDRESS', score: 0.6, source: 'b' };
    const merged = mergeDetections('Jane Doe Street', [
      { spans: [a], complete: true },
      { spans: [b], complete: true },
    ]);
    expect(merged.spans.map((s) => [s.start, s.end, s.source])).toEqual([
      [0, 8, 'a'],
      [9, 14, 'b'],
    ]);
  });
});
