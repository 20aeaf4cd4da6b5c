/** The choice between overlapping findings, against its plain definition. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Candidate } from './model.ts';
import { byStrength, type Piece, resolveOverlaps, tidy } from './overlap.ts';

const TYPES = ['EMAIL', 'PHONE', 'US_SSN', 'PERSON_NAME', 'PASSWORD', 'CUSTOM_ONE'] as const;
const LETTERS = ['a', '7', ' ', '-', '.', '\n', 'é', '界', '１', '@', '$'] as const;

const texts = fc.array(fc.constantFrom(...LETTERS), { minLength: 40, maxLength: 40 });
const candidates = fc.array(
  fc
    .record({
      start: fc.nat(38),
      length: fc.integer({ min: 1, max: 20 }),
      type: fc.constantFrom(...TYPES),
      score: fc.constantFrom(0.5, 0.6, 0.62, 0.74, 0.9, 0.95),
      checked: fc.boolean(),
    })
    .map(
      ({ start, length, ...rest }): Candidate => ({
        ...rest,
        start,
        end: Math.min(40, start + length),
        evidence: [],
      }),
    ),
  { minLength: 1, maxLength: 14 },
);

/** Unit by unit: the strongest candidate over it. */
function plainPieces(found: readonly Candidate[]): Piece[] {
  const ranked = [...found].sort(byStrength);
  const pieces: Piece[] = [];
  for (let at = 0; at < 40; at++) {
    const owner = ranked.find((c) => c.start <= at && at < c.end);
    if (owner === undefined) continue;
    const last = pieces[pieces.length - 1];
    if (last?.owner === owner && last.end === at) last.end = at + 1;
    else pieces.push({ start: at, end: at + 1, owner });
  }
  return pieces;
}

const bare = ({ start, end, type, score }: Candidate): object => ({ start, end, type, score });

describe('overlapping findings', () => {
  it('are cut where the plain definition cuts them', () => {
    void fc.assert(
      fc.property(texts, candidates, (units, found) => {
        const text = units.join('');
        // Equal candidates are alike: which of them owns a stretch makes no difference.
        expect(resolveOverlaps(text, found).map(bare)).toEqual(
          tidy(text, plainPieces(found)).map(bare),
        );
      }),
      { numRuns: 3000 },
    );
  });

  it('stay covered, all of them, and nothing else is', () => {
    void fc.assert(
      fc.property(texts, candidates, (units, found) => {
        const text = units.join('');
        const spans = resolveOverlaps(text, found);
        let last = 0;
        for (const span of spans) {
          expect(span.start).toBeGreaterThanOrEqual(last);
          expect(span.end).toBeGreaterThan(span.start);
          last = span.end;
        }
        for (let at = 0; at < text.length; at++) {
          const over = found.filter((c) => c.start <= at && at < c.end);
          const covered = spans.some((s) => s.start <= at && at < s.end);
          if (covered) expect(over.length).toBeGreaterThan(0);
          else if (/[\p{L}\p{N}]/u.test(text.charAt(at))) expect(over).toEqual([]);
          else if (/\S/.test(text.charAt(at)))
            expect(over.sort(byStrength)[0]?.type).not.toBe('PASSWORD');
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('leave the strongest of all whole', () => {
    void fc.assert(
      fc.property(texts, candidates, (units, found) => {
        const best = [...found].sort(byStrength)[0]!;
        const spans = resolveOverlaps(units.join(''), found);
        const holder = spans.find((s) => s.start <= best.start && s.end >= best.end);
        expect(holder?.type).toBe(best.type);
      }),
      { numRuns: 1000 },
    );
  });

  it('do not depend on the order they were found in', () => {
    void fc.assert(
      fc.property(
        texts,
        candidates,
        fc.array(fc.nat(), { maxLength: 14 }),
        (units, found, keys) => {
          const text = units.join('');
          const shuffled = found
            .map((c, i) => ({ c, key: keys[i] ?? i }))
            .sort((a, b) => a.key - b.key)
            .map(({ c }) => c);
          expect(resolveOverlaps(text, shuffled).map(bare)).toEqual(
            resolveOverlaps(text, found).map(bare),
          );
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('cover what reaches past a winner of the same type and past one between', () => {
    const at = (start: number, end: number, type: string, score: number): Candidate => ({
      start,
      end,
      type,
      score,
      checked: false,
      evidence: [],
    });
    const spans = resolveOverlaps('a'.repeat(30), [
      at(0, 10, 'EMAIL', 0.9),
      at(12, 20, 'PHONE', 0.9),
      at(0, 30, 'EMAIL', 0.5),
    ]);
    expect(spans.map(bare)).toEqual([
      { start: 0, end: 12, type: 'EMAIL', score: 0.9 },
      { start: 12, end: 20, type: 'PHONE', score: 0.9 },
      { start: 20, end: 30, type: 'EMAIL', score: 0.5 },
    ]);
  });

  it('refuse a finding without extent', () => {
    const broken: Candidate = {
      start: 3,
      end: 3,
      type: 'EMAIL',
      score: 0.9,
      checked: false,
      evidence: [],
    };
    expect(() => resolveOverlaps('abcdef', [broken])).toThrow(
      expect.objectContaining({ code: 'REDACTION_FAILED' }),
    );
    expect(() => resolveOverlaps('abcdef', [{ ...broken, end: Number.NaN }])).toThrow(
      expect.objectContaining({ code: 'REDACTION_FAILED' }),
    );
  });
});
