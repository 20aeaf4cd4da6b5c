/** A plain backtracking matcher that counts its steps: what a pattern may cost at the worst. */
import type { Tree } from './pattern-tree.ts';

type Next = (at: number) => boolean;
type Match = (at: number, next: Next) => boolean;

/** Where counting ends: far beyond what a linear pattern takes on the largest text. */
const MOST_STEPS = 1_000_000_000;
/** Units a look behind may reach back. */
const BEHIND = 64;

class TooManySteps extends Error {}

/** Units a match of a tree can begin with; `empty` when it may also match nothing. */
interface Begin {
  empty: boolean;
  holds: (code: number) => boolean;
}

const NOTHING: Begin = { empty: true, holds: () => false };

function either(parts: readonly Begin[], empty: boolean): Begin {
  const ascii = Uint8Array.from({ length: 128 }, (_, code) =>
    Number(parts.some((part) => part.holds(code))),
  );
  return {
    empty,
    holds: (code) => (code < 128 ? ascii[code] === 1 : parts.some((part) => part.holds(code))),
  };
}

function beginOf(tree: Tree): Begin {
  if (tree.kind === 'unit') return { empty: false, holds: tree.holds };
  if (tree.kind === 'group') return beginOf(tree.body);
  if (tree.kind === 'repeat') {
    const { empty, holds } = beginOf(tree.body);
    return { empty: empty || tree.min === 0, holds };
  }
  if (tree.kind === 'choice') {
    const parts = tree.options.map(beginOf);
    return either(
      parts,
      parts.some((part) => part.empty),
    );
  }
  // A back reference may begin with anything; edges and looks take nothing.
  if (tree.kind === 'same') return { empty: true, holds: () => true };
  if (tree.kind !== 'sequence') return NOTHING;
  const parts: Begin[] = [];
  for (const item of tree.items) {
    const begin = beginOf(item);
    parts.push(begin);
    if (!begin.empty) return either(parts, false);
  }
  return either(parts, true);
}

class Matcher {
  steps = 0;
  private readonly text: string;
  private readonly multiline: boolean;
  private readonly captures: [start: number, end: number][] = [];
  private readonly most: number;

  constructor(text: string, multiline: boolean, most: number) {
    this.text = text;
    this.most = most;
    this.multiline = multiline;
  }

  compile(tree: Tree): Match {
    switch (tree.kind) {
      case 'unit':
        return (at, next) => this.isUnit(tree, at) && next(at + 1);
      case 'sequence':
        return this.sequence(tree.items.map((item) => this.compile(item)));
      case 'choice': {
        const options = tree.options.map((option) => this.possible(option));
        return (at, next) => options.some((option) => option(at, next));
      }
      case 'repeat':
        return tree.body.kind === 'unit' ? this.run(tree, tree.body) : this.repeat(tree);
      case 'edge':
        return (at, next) => this.isEdge(tree.edge, at) && next(at);
      case 'look':
        return this.look(tree);
      case 'group':
        return this.group(tree.index, this.compile(tree.body));
      case 'same':
        return (at, next) => {
          const [start, end] = this.captures[tree.index] ?? [0, 0];
          const value = this.text.slice(start, end);
          this.steps += value.length;
          return this.text.startsWith(value, at) && next(at + value.length);
        };
    }
  }

  /** One step tells whether a match can begin here, as it does in any engine. */
  possible(tree: Tree): Match {
    const match = this.compile(tree);
    const begin = beginOf(tree);
    const { text } = this;
    return (at, next) => {
      this.step();
      const fits = begin.empty || (at < text.length && begin.holds(text.charCodeAt(at)));
      return fits && match(at, next);
    };
  }

  private step(): true {
    if (++this.steps > this.most) throw new TooManySteps();
    return true;
  }

  private isUnit(tree: Tree & { kind: 'unit' }, at: number): boolean {
    this.step();
    return at < this.text.length && tree.holds(this.text.charCodeAt(at));
  }

  private sequence(items: readonly Match[]): Match {
    const from =
      (index: number): Match =>
      (at, next) =>
        index === items.length
          ? next(at)
          : items[index]!(at, (after) => from(index + 1)(after, next));
    return from(0);
  }

  /** Many of one kind of unit: counted along the text, without depth. */
  private run(tree: Tree & { kind: 'repeat' }, unit: Tree & { kind: 'unit' }): Match {
    return (at, next) => {
      if (tree.isLazy) {
        for (let n = 0; n <= tree.max; n++) {
          if (n >= tree.min && this.step() && next(at + n)) return true;
          if (!this.isUnit(unit, at + n)) return false;
        }
        return false;
      }
      let n = 0;
      while (n < tree.max && this.isUnit(unit, at + n)) n++;
      for (; n >= tree.min; n--) if (this.step() && next(at + n)) return true;
      return false;
    };
  }

  private repeat(tree: Tree & { kind: 'repeat' }): Match {
    const body = this.compile(tree.body);
    const more = (n: number, at: number, next: Next): boolean => {
      this.step();
      const again = (): boolean =>
        n < tree.max && body(at, (after) => after !== at && more(n + 1, after, next));
      const enough = (): boolean => n >= tree.min && next(at);
      return tree.isLazy ? enough() || again() : again() || enough();
    };
    return (at, next) => more(0, at, next);
  }

  private look(tree: Tree & { kind: 'look' }): Match {
    const body = this.compile(tree.body);
    const holds = (at: number): boolean => {
      if (tree.isAhead) return body(at, () => true);
      for (let from = at; from >= Math.max(0, at - BEHIND); from--)
        if (body(from, (end) => end === at)) return true;
      return false;
    };
    return (at, next) => holds(at) !== tree.isNegative && next(at);
  }

  private group(index: number, body: Match): Match {
    return (at, next) =>
      body(at, (end) => {
        const before = this.captures[index];
        this.captures[index] = [at, end];
        if (next(end)) return true;
        if (before === undefined) delete this.captures[index];
        else this.captures[index] = before;
        return false;
      });
  }

  private isEdge(edge: '^' | '$' | 'b' | 'B', at: number): boolean {
    this.step();
    if (edge === '^') return at === 0 || (this.multiline && this.text[at - 1] === '\n');
    if (edge === '$') return at === this.text.length || (this.multiline && this.text[at] === '\n');
    const isWord = (i: number): boolean => /\w/.test(this.text.charAt(i));
    return (isWord(at - 1) !== isWord(at)) === (edge === 'b');
  }
}

/** Whether a pattern can only match at the beginning of a text. */
function isAnchored(tree: Tree): boolean {
  if (tree.kind === 'edge') return tree.edge === '^';
  if (tree.kind === 'sequence') return tree.items[0] !== undefined && isAnchored(tree.items[0]);
  if (tree.kind === 'group') return isAnchored(tree.body);
  return tree.kind === 'choice' && tree.options.every(isAnchored);
}

/**
 * Steps of all matches of a pattern in a text: one attempt where it is sticky, else a search that
 * goes on behind every match, as replacing all of them would. Infinite when there are more than `most`.
 */
export function stepsToMatch(pattern: RegExp, tree: Tree, text: string, most = MOST_STEPS): number {
  const matcher = new Matcher(text, pattern.multiline, most);
  const match = matcher.possible(tree);
  const last = pattern.sticky || (isAnchored(tree) && !pattern.multiline) ? 0 : text.length;
  try {
    for (let at = 0; at <= last; ) {
      let end = -1;
      match(at, (found) => {
        end = found;
        return true;
      });
      at = Math.max(end, at + 1);
    }
  } catch (error) {
    if (!(error instanceof TooManySteps)) throw error;
    return Number.POSITIVE_INFINITY;
  }
  return matcher.steps;
}
