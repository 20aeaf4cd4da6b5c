/**
 * Every pattern of the detector, of the document readers and of what stands between them, fed with
 * the text that is hardest on it. Steps of a plain backtracking matcher are counted, never timed.
 */
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { countInHalves } from './growth/run.ts';

interface Line {
  pattern: string;
  where: string;
  sticky: boolean;
  /** On 10 KB, 100 KB and 1 MB. */
  steps: [number, number, number];
  sample: string;
}

/** One attempt of an anchored pattern may cost this, wherever it stands. */
const ATTEMPT = 100_000;
let lines: Line[] = [];

beforeAll(async () => {
  lines = await countInHalves<Line>([
    fileURLToPath(new URL('./growth/patterns-child.ts', import.meta.url)),
  ]);
}, 1_500_000);

describe('patterns', () => {
  it('are all judged', () => {
    expect(lines.length).toBeGreaterThan(700);
    expect(lines.filter((line) => line.where === 'built').length).toBeGreaterThan(60);
  });

  it('anchored: one attempt is bounded, whatever follows', () => {
    const wrong = lines.filter((line) => line.sticky && Math.max(...line.steps) > ATTEMPT);
    expect(wrong).toEqual([]);
  });

  it('searching: work grows with the text and no faster', () => {
    const wrong = lines.filter(
      ({ sticky, steps: [small, middle, large] }) =>
        !sticky && (middle > small * 14 + 10_000 || large > middle * 12),
    );
    expect(wrong).toEqual([]);
  });
});
