/** Asks for ranges of records in order; the next ones are on their way while one is used. */
export class RangeReader<T> {
  readonly #ask: (from: number, count: number) => Promise<T>;
  readonly #ahead: number;
  readonly #going = new Map<number, Promise<T>>();

  /** @param ahead ranges that are asked for before they are wanted */
  constructor(ask: (from: number, count: number) => Promise<T>, ahead: number) {
    this.#ask = ask;
    this.#ahead = ahead;
  }

  /** @param total records there are; nothing is asked for beyond */
  read(from: number, count: number, total: number): Promise<T> {
    // A range that nobody expected: an answer before it was short, so the ones ahead do not fit.
    if (!this.#going.has(from)) this.#going.clear();
    const wanted = this.#start(from, count);
    for (let i = 1; i <= this.#ahead && from + i * count < total; i++) {
      void this.#start(from + i * count, count);
    }
    this.#going.delete(from);
    return wanted;
  }

  #start(from: number, count: number): Promise<T> {
    const known = this.#going.get(from);
    if (known !== undefined) return known;
    const going = this.#ask(from, count);
    // Whoever reads the range gets its failure; one that is never read fails for nobody.
    going.catch(() => undefined);
    this.#going.set(from, going);
    return going;
  }
}
