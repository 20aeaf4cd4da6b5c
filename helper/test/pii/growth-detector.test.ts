/**
 * The work of a scan grows with the length of the text and no faster, on texts made to provoke the
 * opposite. Steps are counted, never timed: loops, calls, searches and copies (growth/instrument.ts,
 * growth/natives.ts).
 */
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { countInHalves } from './growth/run.ts';
import { growthTexts, shapeTexts } from './growth/texts.ts';

const file = (name: string): string => fileURLToPath(new URL(`./growth/${name}`, import.meta.url));
const steps = new Map<string, readonly number[]>();

beforeAll(async () => {
  const lines = await countInHalves<{ name: string; steps: number[] }>([
    '--import',
    file('hook.ts'),
    file('detector-child.ts'),
  ]);
  for (const line of lines) steps.set(line.name, line.steps);
}, 1_500_000);

function expectGrowth([small, middle, large]: readonly number[]): void {
  expect(large).toBeDefined();
  // Fewer steps than units would mean that nothing was counted.
  expect(small).toBeGreaterThan(1000);
  expect(middle).toBeLessThan(small! * 14 + 10_000);
  expect(large).toBeLessThan(middle! * 12);
}

describe('a scan of 10 KB, 100 KB and 1 MB', () => {
  it.each([
    ...growthTexts().keys(),
    ...shapeTexts().keys(),
    'overlapping findings in a chain',
  ])('grows with %s', (name) => {
    expect(steps.get(name)).toHaveLength(3);
    expectGrowth(steps.get(name)!);
  });
});
