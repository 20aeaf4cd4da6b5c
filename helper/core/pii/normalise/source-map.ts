/**
 * The exact way back from a text to what it was made of. The map is a list of pieces, either copied
 * unit by unit or standing as a whole for a range of the source: most texts need few of them.
 */

interface Piece {
  /** Where the piece stands in the output, and how long it is there. */
  at: number;
  size: number;
  /** The range of the source it came from. */
  from: number;
  to: number;
  /** Copied unit by unit; else every unit stands for the whole range. */
  same: boolean;
}

/** Pieces without gaps, in order. */
export type SourceMap = readonly Piece[];

/** Builds a text and its map, from left to right. */
export class Output {
  private readonly parts: string[] = [];
  private length = 0;
  private readonly pieces: Piece[] = [];

  /** Source units copied one to one. */
  copy(source: string, from: number, to: number): void {
    if (to <= from) return;
    this.parts.push(source.slice(from, to));
    this.pieces.push({ at: this.length, size: to - from, from, to, same: true });
    this.length += to - from;
  }

  /** A replacement whose every unit stands for the whole source range. */
  put(text: string, from: number, to: number): void {
    if (text.length === 0) {
      this.extendLast(to);
      return;
    }
    this.parts.push(text);
    this.pieces.push({ at: this.length, size: text.length, from, to, same: false });
    this.length += text.length;
  }

  /** A dropped character belongs to the unit before it, so that no trace of it is left behind. */
  private extendLast(to: number): void {
    const last = this.pieces[this.pieces.length - 1];
    if (last === undefined) return;
    if (!last.same) {
      last.to = to;
      return;
    }
    // Split the last unit off a copied piece, so that it alone carries the longer source.
    const unit = { at: last.at + last.size - 1, size: 1, from: last.to - 1, to, same: false };
    if (last.size === 1) this.pieces.pop();
    else {
      last.size--;
      last.to--;
    }
    this.pieces.push(unit);
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
    const moved = this.pieces.some((p) => p.at !== p.from || p.to - p.from !== p.size);
    return { text: this.parts.join(''), map: moved ? this.pieces : null };
  }
}

/** The piece that holds a unit of the output. */
function pieceAt(map: SourceMap, unit: number): Piece {
  let low = 0;
  let high = map.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (map[middle]!.at <= unit) low = middle;
    else high = middle - 1;
  }
  return map[low]!;
}

/** The range of the source that a range of the output came from. */
export function backOver(
  map: SourceMap,
  start: number,
  end: number,
): { start: number; end: number } {
  const first = pieceAt(map, start);
  const last = pieceAt(map, end - 1);
  return {
    start: first.same ? first.from + start - first.at : first.from,
    end: last.same ? last.from + end - last.at : last.to,
  };
}
