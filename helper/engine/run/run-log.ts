import type { LogLine } from '../../../shared/contract/runs.ts';
import { AkiosError } from '../../../shared/domain/errors.ts';
import type { Config } from '../../core/config/fields.ts';
import type { TextRedactor } from '../port.ts';
import { escapeControl, redactText } from '../redaction.ts';

export interface RunLogParts {
  /** Null: redaction is switched off for this run. */
  redactor(): TextRedactor | null;
  level(): Config['log_level'];
  /** Milliseconds since 1970. */
  now(): number;
  put(step: number | null, line: LogLine): void;
  redacted(counts: Readonly<Record<string, number>>): void;
  /** Lines that an earlier part of the run has written. */
  written: number;
}

/** What a run's log leaves out; refusals and the run's own lines are always kept. */
const DROPPED: Readonly<Record<Config['log_level'], ReadonlySet<LogLine['stream']>>> = {
  DEBUG: new Set(),
  INFO: new Set(),
  WARNING: new Set(['stdout']),
  ERROR: new Set(['stdout', 'stderr']),
};
const MAX_LINES = 20_000;
const MAX_LINE_CHARS = 4_000;
const MAX_PENDING_CHARS = 65_536;
/** Lines that plugged-in detectors are shown in one turn. */
const BATCH = 500;
const FULL = 'The log of this run is full; later lines are not kept.';
const WITHHELD = '(line withheld: the scan for personal data failed)';

/** The log of one run: lines in order, redacted, control and direction characters made visible. */
export class RunLog {
  readonly #parts: RunLogParts;
  readonly #partial = new Map<string, string>();
  readonly #waiting: { raw: string; put(text: string): void }[] = [];
  #draining: Promise<void> | null = null;
  #lines: number;

  constructor(parts: RunLogParts) {
    this.#parts = parts;
    this.#lines = parts.written;
  }

  /** Text of a program: cut into lines (a value split over two chunks is still one), then cleaned. */
  output(step: number, stream: 'stdout' | 'stderr', text: string): void {
    const key = `${step}:${stream}`;
    const held = (this.#partial.get(key) ?? '') + text;
    const parts = held.split(/\r?\n/);
    let rest = parts.pop() ?? '';
    for (const line of parts) this.line(stream, line, step);
    while (rest.length > MAX_PENDING_CHARS) {
      this.line(stream, rest.slice(0, MAX_PENDING_CHARS), step);
      rest = rest.slice(MAX_PENDING_CHARS);
    }
    this.#partial.set(key, rest);
  }

  /** Begun lines count as lines; of one step, or of all. */
  flush(step?: number): void {
    for (const [key, rest] of this.#partial) {
      const [index, stream] = key.split(':');
      if (step !== undefined && Number(index) !== step) continue;
      this.#partial.delete(key);
      if (rest) this.line(stream === 'stderr' ? 'stderr' : 'stdout', rest, Number(index));
    }
  }

  line(stream: LogLine['stream'], raw: string, step: number | null): void {
    if (this.#lines >= MAX_LINES || DROPPED[this.#parts.level()].has(stream)) return;
    this.#lines += 1;
    const n = this.#lines;
    const at = new Date(this.#parts.now()).toISOString();
    const put = (text: string): void => this.#parts.put(step, { n, at, stream, text });
    const redactor = this.#parts.redactor();
    const full = n === MAX_LINES;
    if (redactor?.plugged === true || this.#draining !== null) {
      this.#waiting.push(full ? { raw: '', put: () => put(FULL) } : { raw, put });
      if (this.#draining === null) this.#draining = this.#drain();
    } else put(full ? FULL : this.#clean(raw, redactor));
  }

  /** Resolves when every line so far is written. */
  async settled(): Promise<void> {
    while (this.#draining !== null) await this.#draining;
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, BATCH);
      const redactor = await this.#prepared(batch.map(({ raw }) => raw));
      for (const { raw, put } of batch) put(redactor ? this.#clean(raw, redactor) : WITHHELD);
    }
    this.#draining = null;
  }

  /** Null when a detector that is required did not answer: then the lines are withheld. */
  async #prepared(lines: readonly string[]): Promise<TextRedactor | null> {
    const redactor = this.#parts.redactor();
    if (redactor === null) return null;
    try {
      return await redactor.prepare(lines);
    } catch (error) {
      if (error instanceof AkiosError) return null;
      throw error;
    }
  }

  #clean(raw: string, redactor: TextRedactor | null): string {
    if (redactor === null) return cut(escapeControl(raw));
    try {
      const counts: Record<string, number> = {};
      const text = redactText(redactor, raw, counts);
      this.#parts.redacted(counts);
      return cut(escapeControl(text));
    } catch (error) {
      if (error instanceof AkiosError) return WITHHELD;
      throw error;
    }
  }
}

function cut(text: string): string {
  return text.length > MAX_LINE_CHARS ? `${text.slice(0, MAX_LINE_CHARS)} …` : text;
}
