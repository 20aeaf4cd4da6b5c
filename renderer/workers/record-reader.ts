import type { CallInput, CallOutput } from '../../shared/contract/table.ts';
import type { Result } from '../../shared/domain/errors.ts';

type Input = CallInput<'audit.records'>;
type Records = Result<CallOutput<'audit.records'>>;

const AHEAD = 2;

/** Reads ranges of records in order; the next ones travel while one is hashed. */
export class RecordReader {
  readonly #ask: (input: Input) => Promise<Records>;
  readonly #ahead = new Map<number, Promise<Records>>();
  #project = '';

  constructor(ask: (input: Input) => Promise<Records>) {
    this.#ask = ask;
  }

  /** @param total records there are; nothing is read ahead beyond */
  read({ project, from, count }: Input, total: number): Promise<Records> {
    if (project !== this.#project || !this.#ahead.has(from)) this.#ahead.clear();
    this.#project = project;
    const start = (at: number): Promise<Records> => {
      const going = this.#ahead.get(at) ?? this.#ask({ project, from: at, count });
      this.#ahead.set(at, going);
      return going;
    };
    const wanted = start(from);
    for (let i = 1; i <= AHEAD && from + i * count < total; i++) void start(from + i * count);
    this.#ahead.delete(from);
    return wanted;
  }
}
