/**
 * Prints what each pattern of its share costs on the hostile text that is worst for it, one JSON line
 * each. Arguments: share, number of shares.
 */
import { isMainThread, Worker } from 'node:worker_threads';
import { allPatterns } from './all-patterns.ts';
import { stepsToMatch } from './count-match.ts';
import { hostileTo } from './hostile.ts';
import { type Tree, treeOf } from './pattern-tree.ts';

const SIZES = [10_000, 100_000, 1_000_000] as const;
const TRIAL = 2000;
/** Of four times the length: more than that is a text whose cost grows faster than itself. */
const SUSPECT = 6;

type Maker = (size: number) => string;

/** JSON has no infinity. */
const finite = (steps: number): number => Math.min(steps, Number.MAX_SAFE_INTEGER);

/** The text whose cost grows fastest, or where none grows faster than itself, that costs most. */
function worstOf(pattern: RegExp, tree: Tree): Maker | null {
  let worst: Maker | null = null;
  let most = -1;
  for (const make of hostileTo(tree)) {
    const [small, large] = [TRIAL / 4, TRIAL].map((size) =>
      finite(stepsToMatch(pattern, tree, make(size))),
    ) as [number, number];
    const growth = large / (small + 100);
    const badness = growth > SUSPECT ? growth * 1e12 : large;
    if (badness > most) [worst, most] = [make, badness];
  }
  return worst;
}

async function judgeAll(share: number, shares: number): Promise<void> {
  for (const [index, { pattern, where }] of (await allPatterns()).entries()) {
    if (index % shares !== share) continue;
    const tree = treeOf(pattern);
    const worst = worstOf(pattern, tree);
    const steps = SIZES.map((size) =>
      worst === null ? 0 : finite(stepsToMatch(pattern, tree, worst(size))),
    );
    const sample = worst?.(60).slice(0, 80) ?? '';
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
