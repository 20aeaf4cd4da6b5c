/** Reads the source of a regular expression into a tree, as far as the detector's patterns go. */

export type Tree =
  | { kind: 'sequence'; items: readonly Tree[] }
  | { kind: 'choice'; options: readonly Tree[] }
  | { kind: 'unit'; holds: (code: number) => boolean }
  | { kind: 'repeat'; body: Tree; min: number; max: number; isLazy: boolean }
  | { kind: 'edge'; edge: '^' | '$' | 'b' | 'B' }
  | { kind: 'look'; isAhead: boolean; isNegative: boolean; body: Tree }
  | { kind: 'group'; index: number; body: Tree }
  | { kind: 'same'; index: number };

const QUANTIFIER = /^(?:([*+?])|\{(\d+)(,(\d*))?\})(\??)/;
const ESCAPE =
  /^\\(?:u\{[0-9A-Fa-f]+\}|u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|[pP]\{[^}]*\}|c[A-Za-z]|[\s\S])/;
const CLASS = /^\[(?:[^\]\\]|\\[\s\S])*\]/;

class Reader {
  private readonly source: string;
  private readonly flags: string;
  private at = 0;
  private groups = 0;

  constructor(source: string, flags: string) {
    this.source = source;
    this.flags = flags.replace(/[^ius]/g, '');
  }

  read(): Tree {
    const tree = this.choice();
    if (this.at < this.source.length) throw new Error(`unread pattern: ${this.source}`);
    return tree;
  }

  private rest(): string {
    return this.source.slice(this.at);
  }

  private take(text: string): boolean {
    if (!this.source.startsWith(text, this.at)) return false;
    this.at += text.length;
    return true;
  }

  private choice(): Tree {
    const options = [this.sequence()];
    while (this.take('|')) options.push(this.sequence());
    return options.length === 1 ? options[0]! : { kind: 'choice', options };
  }

  private sequence(): Tree {
    const items: Tree[] = [];
    while (this.at < this.source.length && !/[|)]/.test(this.source.charAt(this.at)))
      items.push(this.repeated(this.atom()));
    return { kind: 'sequence', items };
  }

  private repeated(body: Tree): Tree {
    const found = QUANTIFIER.exec(this.rest());
    if (found === null) return body;
    this.at += found[0].length;
    const [, sign, low, range, high] = found;
    const min = sign === undefined ? Number(low) : sign === '+' ? 1 : 0;
    const open = sign === '*' || sign === '+' || (range !== undefined && high === '');
    const bounded = sign === '?' ? 1 : range === undefined ? min : Number(high);
    const max = open ? Number.POSITIVE_INFINITY : bounded;
    return { kind: 'repeat', body, min, max, isLazy: found[5] === '?' };
  }

  private atom(): Tree {
    for (const edge of ['^', '$'] as const) if (this.take(edge)) return { kind: 'edge', edge };
    for (const edge of ['b', 'B'] as const)
      if (this.take(`\\${edge}`)) return { kind: 'edge', edge };
    if (this.take('(')) return this.group();
    const same = /^\\([1-9])/.exec(this.rest());
    if (same !== null) {
      this.at += 2;
      return { kind: 'same', index: Number(same[1]) };
    }
    const raw = (ESCAPE.exec(this.rest()) ?? CLASS.exec(this.rest()))?.[0];
    const unit = raw ?? String.fromCodePoint(this.source.codePointAt(this.at)!);
    this.at += unit.length;
    return { kind: 'unit', holds: membership(unit, this.flags) };
  }

  private group(): Tree {
    let tree: Tree;
    const look = /^\?(<?)([=!])/.exec(this.rest());
    if (look !== null) {
      this.at += look[0].length;
      const isNegative = look[2] === '!';
      tree = { kind: 'look', isAhead: look[1] === '', isNegative, body: this.choice() };
    } else if (this.take('?:')) tree = this.choice();
    else {
      const name = /^\?<[A-Za-z]\w*>/.exec(this.rest());
      this.at += name?.[0].length ?? 0;
      const index = ++this.groups;
      tree = { kind: 'group', index, body: this.choice() };
    }
    if (!this.take(')')) throw new Error(`unread group: ${this.source}`);
    return tree;
  }
}

/** Whether a UTF-16 unit is one that a piece of a pattern stands for. */
function membership(raw: string, flags: string): (code: number) => boolean {
  const one = new RegExp(`^(?:${raw})$`, flags);
  const known = new Int8Array(65_536);
  return (code) => {
    if (known[code] === 0) known[code] = one.test(String.fromCharCode(code)) ? 1 : -1;
    return known[code] === 1;
  };
}

/** @throws Error when the pattern uses something this reader does not know */
export function treeOf(pattern: RegExp): Tree {
  return new Reader(pattern.source, pattern.flags).read();
}
