/**
 * Counts what the language's own functions do: searches by the distance they run over, copies and
 * walks by their length. Characters looked at one by one are counted by the loop around them.
 */
type Native = (this: unknown, ...args: never[]) => unknown;

const steps = new Float64Array(1);

/** Steps so far. */
export function stepsTaken(): number {
  return steps[0]!;
}

function replace(owner: object, name: string, wrap: (plain: Native) => Native): void {
  const held = Object.getOwnPropertyDescriptor(owner, name);
  if (held === undefined) throw new Error(`no function ${name}`);
  Object.defineProperty(owner, name, { ...held, value: wrap(held.value as Native) });
}

/** Costs the length of what it is called on. */
const WHOLE_STRING = [
  'split',
  'replace',
  'replaceAll',
  'match',
  'matchAll',
  'search',
  'normalize',
  'toLowerCase',
  'toUpperCase',
  'trim',
  'trimStart',
  'trimEnd',
  'concat',
  'padStart',
  'padEnd',
] as const;
/** Their call-backs count themselves, as far as they are ours. */
const WHOLE_LIST = [
  'some',
  'every',
  'find',
  'findIndex',
  'findLast',
  'findLastIndex',
  'filter',
  'map',
  'flatMap',
  'flat',
  'forEach',
  'reduce',
  'splice',
  'includes',
  'indexOf',
  'lastIndexOf',
  'concat',
  'join',
  'reverse',
  'shift',
  'unshift',
  'fill',
] as const;
const WHOLE_TYPED = ['set', 'fill', 'join', 'map', 'sort', 'indexOf', 'includes'] as const;

function whole(plain: Native): Native {
  return function (this: { length: number }, ...args) {
    steps[0]! += 1 + this.length;
    return plain.apply(this, args);
  } as Native;
}

/** A slice of a list is a copy. */
function copied(plain: Native): Native {
  return function (this: unknown, ...args) {
    const list = plain.apply(this, args) as { length: number };
    steps[0]! += 1 + list.length;
    return list;
  } as Native;
}

/** A slice of a string shares the memory of its source, whatever its length. */
function cut(plain: Native): Native {
  return function (this: string, ...args) {
    const piece = plain.apply(this, args) as string;
    steps[0]! += 1 + Math.min(piece.length, 64);
    return piece;
  } as Native;
}

function searching(name: string): (plain: Native) => Native {
  const last = name === 'lastIndexOf';
  return (plain) =>
    function (this: string, ...args: unknown[]) {
      const found = plain.apply(this, args as never[]);
      const from = typeof args[1] === 'number' ? args[1] : last ? this.length : 0;
      const at = typeof found === 'number' ? found : found === true ? 0 : -1;
      const distance = last
        ? Math.min(from, this.length) - Math.max(at, 0)
        : (at < 0 ? this.length : Math.max(at, from)) - from;
      steps[0]! += 1 + Math.max(0, distance);
      return found;
    } as Native;
}

/** A pattern that is not sticky searches: from where it stands, or from the beginning. */
function matching(plain: Native): Native {
  return function (this: RegExp, ...args: unknown[]) {
    const text = args[0] as string;
    const from = this.lastIndex;
    const found = plain.apply(this, args as never[]) as RegExpExecArray | null;
    const reach = found === null ? text.length : found.index;
    steps[0]! += 1 + (this.sticky ? 0 : this.global ? Math.max(0, reach - from) : reach);
    return found;
  } as Native;
}

function sorting(plain: Native): Native {
  return function (this: { length: number }, ...args) {
    steps[0]! += 1 + this.length * Math.ceil(Math.log2(this.length + 2));
    return plain.apply(this, args);
  } as Native;
}

function* counted(list: Iterable<unknown>): Generator {
  for (const item of list) {
    steps[0]!++;
    yield item;
  }
}

function spread(list: Iterable<unknown>): Iterable<unknown> {
  if (!Array.isArray(list)) return counted(list);
  steps[0]! += list.length;
  return list;
}

/** From here on everything counts, for the rest of the process. */
export function countNatives(): void {
  Object.assign(globalThis, { growthSteps: steps, growthSpread: spread });
  for (const name of WHOLE_STRING) replace(String.prototype, name, whole);
  for (const name of ['slice', 'substring']) replace(String.prototype, name, cut);
  for (const name of ['indexOf', 'lastIndexOf', 'includes'])
    replace(String.prototype, name, searching(name));
  for (const name of WHOLE_LIST) replace(Array.prototype, name, whole);
  for (const name of ['sort', 'toSorted']) replace(Array.prototype, name, sorting);
  const typed = Object.getPrototypeOf(Int32Array.prototype) as object;
  for (const name of WHOLE_TYPED) replace(typed, name, whole);
  for (const owner of [Array.prototype, typed]) replace(owner, 'slice', copied);
  replace(RegExp.prototype, 'exec', matching);
}
