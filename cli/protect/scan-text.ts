import type { CallOutput } from '../../shared/contract/table.ts';
import type { Place } from '../../shared/redaction/place.ts';
import type { Ask } from './ask.ts';

export interface Finding {
  start: number;
  end: number;
  type: string;
  subtype?: string | undefined;
  score: number;
  place: Place;
}

/** Units of one stretch; a text up to this length goes in one piece. */
export const STRETCH = 262_144;

/** Counts lines over a text that passes in stretches. */
export class LineCounter {
  #line = 1;
  #lineStart = 0;
  #offset = 0;

  /** Places of spans (in order) inside `taken`, which follows what was counted before. */
  places(taken: string, starts: readonly number[]): Place[] {
    const places: Place[] = [];
    let next = 0;
    for (let at = 0; ; ) {
      const end = taken.indexOf('\n', at);
      const stop = end < 0 ? taken.length : end + 1;
      while (next < starts.length && (starts[next] ?? 0) < stop) {
        const column = this.#offset + (starts[next] ?? 0) - this.#lineStart + 1;
        places.push({ line: this.#line, column });
        next += 1;
      }
      if (end < 0) break;
      at = stop;
      this.#line += 1;
      this.#lineStart = this.#offset + stop;
    }
    this.#offset += taken.length;
    return places;
  }

  get offset(): number {
    return this.#offset;
  }
}

type Answer = CallOutput<'protect.part'>;

/** Sends a text of any length in stretches; each answer with the text it settles. */
export class PartSender {
  readonly #ask: Ask;
  readonly #project: { project?: string };
  readonly #redact: boolean;
  #held = '';
  #state: Answer['state'] | null = null;

  constructor(ask: Ask, project: { project?: string }, redact: boolean) {
    this.#ask = ask;
    this.#project = project;
    this.#redact = redact;
  }

  async *push(text: string, last: boolean): AsyncGenerator<{ taken: string; answer: Answer }> {
    this.#held += text;
    let from = 0;
    while (this.#held.length - from > (last ? 0 : STRETCH)) {
      const piece = this.#held.slice(from, from + 2 * STRETCH);
      const ends = last && from + piece.length === this.#held.length;
      const answer = await this.#ask.call('protect.part', {
        ...this.#project,
        text: piece,
        state: this.#state,
        last: ends,
        redact: this.#redact,
      });
      this.#state = answer.state;
      from += answer.taken;
      yield { taken: piece.slice(0, answer.taken), answer };
      if (answer.taken === 0) break;
    }
    this.#held = this.#held.slice(from);
  }
}

/** Findings of a text that is given in chunks, as soon as each is certain. */
export async function* scanText(
  ask: Ask,
  project: { project?: string },
  chunks: Iterable<string> | AsyncIterable<string>,
): AsyncGenerator<Finding[]> {
  let first = '';
  let sender: PartSender | null = null;
  const lines = new LineCounter();
  for await (const chunk of chunks) {
    if (sender === null && first.length + chunk.length <= STRETCH) {
      first += chunk;
      continue;
    }
    const text = sender === null ? first + chunk : chunk;
    sender ??= new PartSender(ask, project, false);
    for await (const { taken, answer } of sender.push(text, false)) {
      yield placed(lines, taken, answer.spans);
    }
  }
  if (sender !== null) {
    for await (const { taken, answer } of sender.push('', true)) {
      yield placed(lines, taken, answer.spans);
    }
    return;
  }
  if (first === '') return;
  const { items } = await ask.call('protect.scan', {
    ...project,
    items: [{ id: '0', text: first }],
  });
  yield placed(lines, first, items[0]?.spans ?? []);
}

function placed(lines: LineCounter, taken: string, spans: Answer['spans']): Finding[] {
  const { offset } = lines;
  const places = lines.places(
    taken,
    spans.map((span) => span.start),
  );
  return spans.map((span, i) => ({
    ...span,
    start: span.start + offset,
    end: span.end + offset,
    place: places[i] ?? { line: 1, column: 1 },
  }));
}
