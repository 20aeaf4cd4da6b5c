/**
 * The keys above a place in JSON, kept while a text is read once from its beginning: however long a
 * list is, its last object has the same parent as its first.
 */
import { isAlnum } from '../scan/chars.ts';

interface Frame {
  /** Code of the bracket. */
  kind: number;
  at: number;
  key: string;
  /** A colon stands between key and bracket, so that the key holds, however far it is. */
  named: boolean;
}

const BRACE = 123;
const BRACKET = 91;
/** Deeper brackets are counted, not kept. */
const MAX_DEPTH = 256;
/** A word without a colon before a bracket is its key only this near: code and prose have such. */
const REACH = 600;
const MAX_KEY = 40;

function isKeyPart(c: number): boolean {
  return isAlnum(c) || c === 95 || c === 46 || c === 45 || c === 58;
}

/** Space, quote, colon, equals sign or opening bracket: what stands between a key and its object. */
function isLink(c: number): boolean {
  return (
    c === 32 || (c >= 9 && c <= 13) || c === 58 || c === 61 || c === 34 || c === 39 || c === BRACKET
  );
}

export class JsonParents {
  private readonly text: string;
  private readonly frames: Frame[] = [];
  private deeper = 0;
  private done = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** The key that holds the object around `at`, or ''. To be asked in order of the places. */
  at(at: number): string {
    this.readTo(at);
    if (this.deeper > 0) return '';
    for (let i = this.frames.length - 1; i >= 0; i--) {
      const { kind, key, named, at: from } = this.frames[i]!;
      if (kind !== BRACE) continue;
      return named || at - from <= REACH ? key : '';
    }
    return '';
  }

  private readTo(at: number): void {
    const text = this.text;
    const frames = this.frames;
    for (; this.done < at; this.done++) {
      const c = text.charCodeAt(this.done);
      // Brackets and braces differ from their ends by two.
      if (c === BRACE || c === BRACKET) this.open(c, this.done);
      else if (c === BRACE + 2 || c === BRACKET + 2) {
        if (this.deeper > 0) this.deeper--;
        else if (frames[frames.length - 1]?.kind === c - 2) frames.pop();
      }
    }
  }

  private open(kind: number, at: number): void {
    if (this.frames.length >= MAX_DEPTH) {
      this.deeper++;
      return;
    }
    const text = this.text;
    let to = at;
    let named = false;
    const low = Math.max(0, at - MAX_KEY);
    while (to > low && isLink(text.charCodeAt(to - 1))) {
      if (text.charCodeAt(to - 1) === 58) named = true;
      to--;
    }
    let from = to;
    while (from > 0 && to - from < MAX_KEY && isKeyPart(text.charCodeAt(from - 1))) from--;
    const above = this.frames[this.frames.length - 1];
    // A member of a list is what the list is.
    if (from === to && above?.kind === BRACKET)
      this.frames.push({ kind, at, key: above.key, named: above.named });
    else this.frames.push({ kind, at, key: text.slice(from, to), named });
  }
}
