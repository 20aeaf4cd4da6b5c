/** Texts that are hard on one pattern, made from the pattern itself. */
import type { Tree } from './pattern-tree.ts';

/** Units to try where a pattern names a class: the first that belongs is taken. */
const UNITS = [
  ...'aA1 -.,:;/@_"\'=\n\t<>()[]{}|#&%+*~!?$^\\`bBcdefgxyzXYZ023456789',
  ...'é«»“’–—\u00a0\u0301\u200bаß',
].map((unit) => unit.charCodeAt(0));
const LONGEST_RUN = 40;

function unitOf(tree: Tree & { kind: 'unit' }): string {
  const known = UNITS.find(tree.holds);
  if (known !== undefined) return String.fromCharCode(known);
  for (let code = 0; code < 65_536; code++) if (tree.holds(code)) return String.fromCharCode(code);
  return '';
}

/** A text the pattern likes; `fill` takes bounded repeats to their end. */
export function sampleOf(tree: Tree, fill: boolean): string {
  switch (tree.kind) {
    case 'unit':
      return unitOf(tree);
    case 'sequence':
      return tree.items.map((item) => sampleOf(item, fill)).join('');
    case 'choice':
      return sampleOf(tree.options[fill ? tree.options.length - 1 : 0]!, fill);
    case 'repeat': {
      const most = Math.min(tree.max, Math.max(tree.min, LONGEST_RUN));
      return sampleOf(tree.body, fill).repeat(fill ? most : Math.max(1, tree.min));
    }
    case 'group':
      return sampleOf(tree.body, fill);
    case 'look':
      return tree.isAhead && !tree.isNegative ? sampleOf(tree.body, false) : '';
    default:
      return '';
  }
}

/** What stands before each repeat, and what it repeats. */
function pumps(tree: Tree, before: string, out: { before: string; unit: string }[]): void {
  if (tree.kind === 'sequence') {
    let lead = before;
    for (const item of tree.items) {
      pumps(item, lead, out);
      lead += sampleOf(item, false);
    }
  } else if (tree.kind === 'choice') for (const option of tree.options) pumps(option, before, out);
  else if (tree.kind === 'group' || tree.kind === 'look') pumps(tree.body, before, out);
  else if (tree.kind === 'repeat') {
    const unit = sampleOf(tree.body, false);
    if (unit !== '') out.push({ before, unit });
    pumps(tree.body, before, out);
  }
}

/** Makers of hostile texts of any size for a pattern, none of them alike. */
export function hostileTo(tree: Tree): ((size: number) => string)[] {
  const units = new Map<string, { before: string; unit: string }>();
  const add = (before: string, unit: string): void => {
    if (unit !== '') units.set(`${before}\u0000${unit}`, { before, unit });
  };
  for (const fill of [false, true]) {
    const sample = sampleOf(tree, fill);
    add('', sample);
    add('', sample.slice(0, -1));
    add('', `${sample.slice(0, -1)}\u0001`);
    add('', `${sample} `);
  }
  const runs: { before: string; unit: string }[] = [];
  pumps(tree, '', runs);
  for (const { before, unit } of runs) {
    add(before, unit);
    add('', before + unit.repeat(LONGEST_RUN));
  }
  // What ends a run of marks does not end a run of anything else.
  return [...units.values()].flatMap(({ before, unit }) =>
    ['\u0001', ' \u0001'].map(
      (end) =>
        (size: number): string =>
          before + unit.repeat(Math.ceil((size - before.length) / unit.length)) + end,
    ),
  );
}
