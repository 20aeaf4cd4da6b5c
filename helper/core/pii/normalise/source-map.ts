/**
 * The exact way back from a text to what it was made of. The map is a list of pieces, either copied
 * unit by unit or standing as a whole for a range of the source: most texts need few of them.
 */

/**
 * Pieces without gaps, in order, as three columns: manual pages have a hundred thousand escapes, and
 * an object for each piece would cost more than reading them.
 */
export interface SourceMap {
  /** Where each piece stands in the output. */
  at: readonly number[];
  /** Where its source begins. */
  from: readonly number[];
  /** Where the source of a replacement ends, every unit of which stands for all of it; or COPIED. */
  to: readonly number[];
}

/** Units that stand for one unit of the source each. */
const COPIED = -1;

/** Builds a text and its map, from left to right. */
export class Output {
  private readonly parts: string[] = [];
  private length = 0;
  private readonly at: number[] = [];
  private readonly from: number[] = [];
  private readonly to: number[] = [];
  private moved = false;

  /** Source units copied one to one. */
  copy(source: string, from: number, to: number): void {
    if (to <= from) return;
    this.parts.push(source.slice(from, to));
    this.piece(from, COPIED);
    this.length += to - from;
  }

  /** A replacement whose every unit stands for the whole source range. */
  put(text: string, from: number, to: number): void {
    if (text.length === 0) {
      this.extendLast(to);
      return;
    }
    if (text.length !== to - from) this.moved = true;
    this.parts.push(text);
    this.piece(from, to);
    this.length += text.length;
  }

  /** Source that nothing stands for: what is copied next begins behind it. */
  skip(): void {
    this.moved = true;
  }

  private piece(from: number, to: number): void {
    this.at.push(this.length);
    this.from.push(from);
    this.to.push(to);
  }

  /** A dropped character belongs to the unit before it, so that no trace of it is left behind. */
  private extendLast(to: number): void {
    this.moved = true;
    const last = this.at.length - 1;
    if (last < 0) return;
    const size = this.length - this.at[last]!;
    if (this.to[last] !== COPIED || size === 1) {
      this.to[last] = to;
      return;
    }
    // Split the last unit off a copied piece, so that it alone carries the longer source.
    this.at.push(this.length - 1);
    this.from.push(this.from[last]! + size - 1);
    this.to.push(to);
  }

  /** Replaces the last unit, as composing an accent does. */
  replaceLast(char: string, to: number): void {
    this.extendLast(to);
    const last = this.parts[this.parts.length - 1]!;
    this.parts[this.parts.length - 1] = last.slice(0, -1) + char;
  }

  lastChar(): string {
    return this.parts[this.parts.length - 1]?.slice(-1) ?? '';
  }

  /** The text, and its map unless every unit stands where it stood. */
  finish(): { text: string; map: SourceMap | null } {
    const { at, from, to } = this;
    return { text: this.parts.join(''), map: this.moved ? { at, from, to } : null };
  }
}

/** Index of the piece that holds a unit of the output. */
function pieceAt({ at }: SourceMap, unit: number): number {
  let low = 0;
  let high = at.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (at[middle]! <= unit) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Where the source of a piece begins, with what was skipped before it: the backslash of an escape. */
function sourceStart({ at, from, to }: SourceMap, piece: number): number {
  if (piece === 0) return 0;
  const before = piece - 1;
  return to[before] === COPIED ? from[before]! + at[piece]! - at[before]! : to[before]!;
}

/**
 * The range of the source that a range of the output came from. An escape is taken whole: what is
 * left of `"\\/..."` when its slash goes would be no JSON.
 */
export function backOver(
  map: SourceMap,
  start: number,
  end: number,
): { start: number; end: number } {
  const { at, from, to } = map;
  const first = pieceAt(map, start);
  const last = pieceAt(map, end - 1);
  const inside = to[first] === COPIED ? start - at[first]! : 0;
  return {
    start: inside === 0 ? sourceStart(map, first) : from[first]! + inside,
    end: to[last] === COPIED ? from[last]! + end - at[last]! : to[last]!,
  };
}
