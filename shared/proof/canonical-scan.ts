/**
 * A quick look at the UTF-8 bytes of an event's body: whether they are, beyond doubt, one canonical
 * JSON object (RFC 8785) of the plainest kind. It knows fewer forms than the format has; whatever
 * it does not know is no fault, but a case for `JSON.parse` and `isCanonical`.
 */
export interface PlainBody {
  seq: number;
  ts: string;
  type: string;
}

/** Containers in containers; deeper ones are left to the careful reader. */
const MAX_DEPTH = 40;

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const OPEN = 0x7b;
const CLOSE = 0x7d;
/** What may follow a backslash in canonical form; `u` is left to the careful reader. */
const ESCAPES = new Set([...'"\\bfnrt'].map((c) => c.charCodeAt(0)));
/** Every integer of so many digits is a number of its own, written as it stands. */
const SAFE_DIGITS = 15;
const WORDS = ['true', 'false', 'null'].map((word) => [...word].map((c) => c.charCodeAt(0)));

/** Reads one body after another from a buffer that the caller fills. */
export class CanonicalScanner {
  #bytes: Uint8Array = new Uint8Array(0);
  #end = 0;
  #wanted: PlainBody = { seq: 0, ts: '', type: '' };
  /** Which of seq, ts and type were found at the top and are as wanted. */
  #found = 0;

  /**
   * True: `bytes[from, to)`, well-formed UTF-8, is one canonical object whose top-level `seq`, `ts`
   * and `type` are the wanted ones. False says nothing.
   */
  isPlain(bytes: Uint8Array, from: number, to: number, wanted: PlainBody): boolean {
    this.#bytes = bytes;
    this.#end = to;
    this.#wanted = wanted;
    this.#found = 0;
    return bytes[from] === OPEN && this.#object(from, 0) === to && this.#found === 7;
  }

  /** Position behind the value at `at`, or -1. */
  #value(at: number, depth: number): number {
    const c = this.#bytes[at]!;
    if (at >= this.#end) return -1;
    if (c === QUOTE) return this.#text(at);
    if (c === OPEN) return this.#object(at, depth + 1);
    if (c === OPEN_LIST) return this.#list(at, depth + 1);
    if (c === MINUS || (c >= ZERO && c <= NINE)) return this.#integer(at);
    for (const word of WORDS) {
      if (c === word[0] && this.#same(at, word)) return at + word.length;
    }
    return -1;
  }

  #same(at: number, word: readonly number[]): boolean {
    for (let i = 0; i < word.length; i++) if (this.#bytes[at + i] !== word[i]) return false;
    return at + word.length <= this.#end;
  }

  #text(at: number): number {
    const bytes = this.#bytes;
    const end = this.#end;
    for (let i = at + 1; i < end; i++) {
      const c = bytes[i]!;
      if (c === QUOTE) return i + 1;
      if (c < 0x20) return -1;
      if (c === BACKSLASH && !ESCAPES.has(bytes[++i]!)) return -1;
    }
    return -1;
  }

  /** An integer without leading zero, minus zero, fraction or exponent. */
  #integer(at: number): number {
    const bytes = this.#bytes;
    const first = bytes[at] === MINUS ? at + 1 : at;
    let i = first;
    while (i < this.#end && bytes[i]! >= ZERO && bytes[i]! <= NINE) i++;
    if (i === first || i - first > SAFE_DIGITS) return -1;
    if (bytes[first] === ZERO && (i - first > 1 || first > at)) return -1;
    return i;
  }

  #list(at: number, depth: number): number {
    if (depth > MAX_DEPTH) return -1;
    if (this.#bytes[at + 1] === CLOSE_LIST) return at + 2;
    for (let i = at + 1; ; i++) {
      i = this.#value(i, depth);
      if (i < 0 || i >= this.#end) return -1;
      if (this.#bytes[i] === CLOSE_LIST) return i + 1;
      if (this.#bytes[i] !== COMMA) return -1;
    }
  }

  #object(at: number, depth: number): number {
    const bytes = this.#bytes;
    if (depth > MAX_DEPTH) return -1;
    if (bytes[at + 1] === CLOSE) return at + 2;
    let lastFrom = 0;
    let lastTo = 0;
    for (let i = at + 1; ; i++) {
      const from = i + 1;
      const to = this.#key(i);
      if (to < 0 || !this.#after(lastFrom, lastTo, from, to)) return -1;
      lastFrom = from;
      lastTo = to;
      const value = to + 2;
      i = this.#value(value, depth);
      if (i < 0 || i >= this.#end) return -1;
      if (depth === 0) this.#note(from, to, value, i);
      if (bytes[i] === CLOSE) return i + 1;
      if (bytes[i] !== COMMA) return -1;
    }
  }

  /** End of a key of plain ASCII that begins with the quote at `at` and has its colon; or -1. */
  #key(at: number): number {
    const bytes = this.#bytes;
    if (bytes[at] !== QUOTE) return -1;
    let i = at + 1;
    while (i < this.#end && bytes[i] !== QUOTE) {
      const c = bytes[i]!;
      // Beyond ASCII the order of bytes is not that of UTF-16.
      if (c < 0x20 || c >= 0x7f || c === BACKSLASH) return -1;
      i++;
    }
    return bytes[i + 1] === COLON && i + 1 < this.#end ? i : -1;
  }

  /** Whether a key stands after the one before it; the first has none (an empty range at 0). */
  #after(lastFrom: number, lastTo: number, from: number, to: number): boolean {
    if (lastFrom === 0) return true;
    const bytes = this.#bytes;
    const shared = Math.min(lastTo - lastFrom, to - from);
    for (let i = 0; i < shared; i++) {
      const step = bytes[from + i]! - bytes[lastFrom + i]!;
      if (step !== 0) return step > 0;
    }
    return to - from > lastTo - lastFrom;
  }

  #note(from: number, to: number, value: number, end: number): void {
    const { seq, ts, type } = this.#wanted;
    if (to - from === 3 && this.#spells(from, to, 'seq')) {
      if (this.#spells(value, end, String(seq))) this.#found |= 1;
    } else if (to - from === 2 && this.#spells(from, to, 'ts')) {
      if (this.#quotes(value, end, ts)) this.#found |= 2;
    } else if (to - from === 4 && this.#spells(from, to, 'type')) {
      if (this.#quotes(value, end, type)) this.#found |= 4;
    }
  }

  #quotes(from: number, to: number, text: string): boolean {
    return this.#bytes[from] === QUOTE && this.#spells(from + 1, to - 1, text);
  }

  /** Whether bytes are this text, which must be plain ASCII without escapes. */
  #spells(from: number, to: number, text: string): boolean {
    if (to - from !== text.length) return false;
    for (let i = 0; i < text.length; i++) {
      const c = text.charCodeAt(i);
      if (c !== this.#bytes[from + i] || c >= 0x7f || c < 0x20 || c === BACKSLASH) return false;
    }
    return true;
  }
}
