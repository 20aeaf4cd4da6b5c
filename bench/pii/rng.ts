/** Deterministic random source (mulberry32): the same seed gives the same set on every machine. */
export class Rng {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** 0 <= x < 1 */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  /** Integer, both ends included. */
  int(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1));
  }

  chance(p: number): boolean {
    return this.next() < p;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.int(0, items.length - 1)] as T;
  }

  digits(n: number): string {
    return Array.from({ length: n }, () => String(this.int(0, 9))).join('');
  }

  chars(alphabet: string, n: number): string {
    return Array.from({ length: n }, () => alphabet[this.int(0, alphabet.length - 1)]).join('');
  }

  sample<T>(items: readonly T[], n: number): T[] {
    const left = [...items];
    const out: T[] = [];
    while (out.length < n && left.length > 0) {
      out.push(...left.splice(this.int(0, left.length - 1), 1));
    }
    return out;
  }
}
