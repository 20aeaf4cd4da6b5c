/**
 * Counts the work of a synchronous call, for tests of growth: every look at a character, every
 * search by the distance it runs over, every walk over a list by its length. The prototypes'
 * methods are replaced for the time of the call.
 */
const STRING_SEARCHES = ['indexOf', 'lastIndexOf', 'includes'] as const;
const STRING_LOOKS = ['charCodeAt', 'charAt', 'startsWith', 'endsWith'] as const;
const LIST_WALKS = ['some', 'every', 'find', 'findIndex', 'filter', 'map', 'splice'] as const;

type Method = (this: { length: number }, ...args: unknown[]) => unknown;

/** The steps `work` takes. Not for code that awaits. */
export function stepsOf(work: () => void): number {
  let steps = 0;
  const undo: (() => void)[] = [];
  const replace = (owner: object, name: string, wrap: (plain: Method) => Method): void => {
    const held = Object.getOwnPropertyDescriptor(owner, name)!;
    Object.defineProperty(owner, name, { ...held, value: wrap(held.value as Method) });
    undo.push(() => Object.defineProperty(owner, name, held));
  };
  for (const name of STRING_LOOKS)
    replace(
      String.prototype,
      name,
      (plain) =>
        function (this, ...args) {
          steps++;
          return plain.apply(this, args);
        },
    );
  for (const name of LIST_WALKS)
    replace(
      Array.prototype,
      name,
      (plain) =>
        function (this, ...args) {
          steps += 1 + this.length;
          return plain.apply(this, args);
        },
    );
  for (const name of STRING_SEARCHES) replace(String.prototype, name, searching(name));
  replace(String.prototype, 'slice', (plain) => {
    return function (this, ...args) {
      const cut = plain.apply(this, args) as string;
      // Long slices share the memory of their source.
      steps += 1 + Math.min(cut.length, 64);
      return cut;
    };
  });
  replace(RegExp.prototype, 'exec', (plain) => {
    return function (this: unknown, ...args) {
      const re = this as RegExp;
      const text = args[0] as string;
      const from = re.lastIndex;
      const found = plain.apply(this as never, args) as RegExpExecArray | null;
      const reach = found === null ? text.length : found.index;
      // A pattern that is not sticky searches: from where it stands, or from the beginning.
      steps += 1 + (re.sticky ? 0 : re.global ? reach - from : reach);
      return found;
    };
  });
  function searching(name: string): (plain: Method) => Method {
    return (plain) =>
      function (this, ...args) {
        const found = plain.apply(this, args);
        const last = name === 'lastIndexOf';
        const from = typeof args[1] === 'number' ? args[1] : last ? this.length : 0;
        const at = typeof found === 'number' ? found : found === true ? 0 : -1;
        steps +=
          1 + (last ? from - Math.max(at, 0) : (at < 0 ? this.length : Math.max(at, from)) - from);
        return found;
      };
  }
  try {
    work();
  } finally {
    for (const back of undo.reverse()) back();
  }
  return steps;
}
