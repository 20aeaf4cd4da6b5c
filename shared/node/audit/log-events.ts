import type { Findings } from './findings.ts';
import { receiptNumber } from './receipts.ts';

export interface Seal {
  size: number;
  row: number;
}

interface Span {
  from: number;
  to: number;
}

/** What the rows of a log say about the log itself, and the rows whose body is gone. */
export class LogEvents {
  readonly #findings: Findings;
  readonly #prunes: Span[] = [];
  readonly #empty: Span[] = [];
  readonly seals: Seal[] = [];
  /** SHA-256 of the receipts that rows of the log name, by number. */
  readonly receipts = new Map<number, string>();

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  /** To be told of a row without body. */
  noBody(idx: number): void {
    const last = this.#empty.at(-1);
    if (last?.to === idx) last.to = idx + 1;
    else this.#empty.push({ from: idx, to: idx + 1 });
  }

  /** To be told of a row whose body hashes to its leaf: what an edited one claims is no evidence. */
  see(idx: number, event: Record<string, unknown>): void {
    if (typeof event['type'] === 'string' && event['type'].startsWith('log.'))
      this.#seeReceipt(event);
    if (event['type'] === 'log.seal') {
      const size = event['seal'];
      if (isSize(size)) this.seals.push({ size, row: idx });
      else this.#findings.add('NOT_CANONICAL', { index: idx, detail: 'seal' });
    }
    if (event['type'] === 'log.prune') {
      const range: unknown = event['prune'];
      const [from, to] = Array.isArray(range) ? (range as unknown[]) : [];
      if (isSize(from) && isSize(to) && from <= to && (range as unknown[]).length === 2) {
        this.#prunes.push({ from, to: Math.min(to, idx) });
      } else this.#findings.add('NOT_CANONICAL', { index: idx, detail: 'prune' });
    }
  }

  #seeReceipt(event: Record<string, unknown>): void {
    const data = event['data'] as
      | { receipt?: { file?: unknown; sha256?: unknown } }
      | null
      | undefined;
    const { file, sha256 } = data?.receipt ?? {};
    const number = typeof file === 'string' ? receiptNumber(file) : 0;
    if (number > 0 && typeof sha256 === 'string') this.receipts.set(number, sha256);
  }

  /** Call after the last row: bodies that are missing without a log.prune event after them. */
  finish(): void {
    const allowed = merge(this.#prunes);
    let cover = 0;
    for (const gap of this.#empty.sort((a, b) => a.from - b.from)) {
      // Both lists ascend: one pass, whatever an attacker makes of their lengths.
      let listed = 0;
      for (let idx = gap.from; idx < gap.to && listed < 100; idx++) {
        while (cover < allowed.length && allowed[cover]!.to <= idx) cover += 1;
        const range = allowed[cover];
        if (range !== undefined && range.from <= idx) {
          idx = range.to - 1;
          continue;
        }
        this.#findings.add('UNAUTHORISED_PRUNE', { index: idx });
        listed += 1;
      }
    }
  }
}

export function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function merge(ranges: readonly Span[]): Span[] {
  const out: Span[] = [];
  for (const range of [...ranges].sort((a, b) => a.from - b.from)) {
    const last = out.at(-1);
    if (last !== undefined && range.from <= last.to) last.to = Math.max(last.to, range.to);
    else out.push({ ...range });
  }
  return out;
}
