/**
 * Prints the steps of one scan for each text of its share, one JSON line each. To be run with
 * `--import hook.ts`; arguments: share, number of shares.
 */
import type { Candidate } from '../../../core/pii/model.ts';
import { resolveOverlaps } from '../../../core/pii/overlap.ts';
import { stepsTaken } from './natives.ts';
import { createWork, growthTexts, type Maker, shapeTexts } from './texts.ts';

const SIZES = [10_000, 100_000, 1_000_000];
const [share, shares] = process.argv.slice(2).map(Number) as [number, number];
const work = createWork();

function counted(run: () => void): number {
  const before = stepsTaken();
  run();
  return stepsTaken() - before;
}

function print(name: string, steps: readonly number[]): void {
  process.stdout.write(`${JSON.stringify({ name, steps })}\n`);
}

/** Findings that overlap in one chain over the whole text, and long ones over all of them. */
function chain(length: number): Candidate[] {
  const types = ['EMAIL', 'PHONE', 'US_SSN'];
  const found: Candidate[] = [];
  const add = (start: number, end: number, i: number): void =>
    void found.push({
      start,
      end,
      type: types[i % 3]!,
      score: 0.5 + ((i * 7919) % 50) / 100,
      checked: false,
      evidence: [],
    });
  for (let i = 0; i * 5 + 12 < length; i++) add(i * 5, i * 5 + 12, i);
  for (let i = 0; i < length / 50; i++) add(i, length - i, i);
  return found;
}

function scan(texts: ReadonlyMap<string, Maker>): void {
  [...texts].forEach(([name, make], index) => {
    if (index % shares !== share) return;
    const steps = SIZES.map((size) => {
      const text = make(size);
      return counted(() => work(text));
    });
    print(name, steps);
  });
}

scan(growthTexts());
scan(shapeTexts());
if (share === 0) {
  const steps = SIZES.map((size) => {
    const [text, found] = ['a'.repeat(size), chain(size)];
    return counted(() => void resolveOverlaps(text, found));
  });
  print('overlapping findings in a chain', steps);
}
