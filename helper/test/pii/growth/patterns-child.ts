/**
 * Prints what each pattern of its share costs on the hostile text that is worst for it, one JSON line
 * each. Arguments: share, number of shares.
 */
import { isMainThread, Worker } from 'node:worker_threads';
import { allPatterns } from './all-patterns.ts';
import { stepsToMatch } from './count-match.ts';
import { hostileTo } from './hostile.ts';
import { treeOf } from './pattern-tree.ts';

const SIZES = [10_000, 100_000, 1_000_000] as const;
const TRIAL = 2000;

async function judgeAll(share: number, shares: number): Promise<void> {
  for (const [index, { pattern, where }] of (await allPatterns()).entries()) {
    if (index % shares !== share) continue;
    const tree = treeOf(pattern);
    let worst: { cost: number; make: (size: number) => string } | null = null;
    for (const make of hostileTo(tree)) {
      const cost = stepsToMatch(pattern, tree, make(TRIAL));
      if (worst === null || cost > worst.cost) worst = { cost, make };
    }
    const steps = SIZES.map((size) =>
      worst === null ? 0 : stepsToMatch(pattern, tree, worst.make(size)),
    );
    const sample = worst?.make(60).slice(0, 80) ?? '';
    const line = { pattern: String(pattern), where, sticky: pattern.sticky, steps, sample };
    process.stdout.write(`${JSON.stringify(line)}\n`);
  }
}

// The matcher goes as deep as a text is long.
if (isMainThread)
  new Worker(new URL(import.meta.url), {
    argv: process.argv.slice(2),
    resourceLimits: { stackSizeMb: 900 },
  }).on('error', (error) => {
    throw error;
  });
else await judgeAll(Number(process.argv[2]), Number(process.argv[3]));
