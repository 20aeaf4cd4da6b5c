import { AkiosError } from '../../shared/domain/errors.ts';
import type { Io } from '../io.ts';
import type { Ask } from '../protect/ask.ts';
import { TextReader } from '../protect/read-text.ts';
import { PartSender, STRETCH } from '../protect/scan-text.ts';

/** A batch is sent when it is this large, or when no input came for a moment. */
const BATCH_CHARS = STRETCH;
const BATCH_ITEMS = 500;
/** Batches on their way at once: one is scanned while the next is read. */
const IN_FLIGHT = 2;
/** Milliseconds without input after which everything that waits is answered. */
const PAUSE_MS = 5;
const MAX_LINE = 64 * 1024 * 1024;

interface Line {
  /** As given, of any JSON type; it is written back unchanged. */
  id: unknown;
  text: string;
}
interface WireSpan {
  start: number;
  end: number;
  type: string;
  score: number;
}

/**
 * One JSON object `{"id","text"}` a line in, one `{"id","spans"}` a line out, in order. Stops with
 * the line number at the first line that cannot be read. Returns how many spans were found.
 */
export async function scanLines(
  ask: Ask,
  project: { project?: string },
  input: AsyncIterable<Buffer>,
  io: Io,
): Promise<number> {
  const sender = new BatchSender(ask, project, io);
  const reader = new TextReader('stdin');
  let rest: string[] = [];
  let held = 0;
  let number = 0;
  const take = async (line: string): Promise<void> => {
    number += 1;
    if (line.trim() !== '') await sender.add(readLine(line, number));
  };
  for await (const chunk of withPauses(input)) {
    if (chunk === null) {
      // Whoever writes may be waiting for our answers.
      await sender.finish();
      continue;
    }
    const lines = reader.push(chunk).split('\n');
    const last = lines.pop() ?? '';
    for (const line of lines) {
      await take(rest.join('') + line);
      rest = [];
      held = 0;
    }
    rest.push(last);
    held += last.length;
    if (held > MAX_LINE) throw tooLong(number + 1);
  }
  const end = rest.join('') + reader.end();
  if (end !== '') await take(end);
  await sender.finish();
  return sender.found;
}

/** The chunks of an input, and null whenever none came for a moment. */
async function* withPauses(input: AsyncIterable<Buffer>): AsyncGenerator<Buffer | null> {
  const iterator = input[Symbol.asyncIterator]();
  for (;;) {
    const next = iterator.next();
    let timer: NodeJS.Timeout | undefined;
    const pause = new Promise<null>((resolve) => {
      timer = setTimeout(() => resolve(null), PAUSE_MS);
    });
    const first = await Promise.race([next, pause]);
    clearTimeout(timer);
    if (first === null) yield null;
    const { done, value } = first ?? (await next);
    if (done === true) return;
    yield value;
  }
}

function readLine(line: string, number: number): Line {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw badLine(number, 'is not JSON', cause);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw badLine(number, 'is no object');
  const { id, text } = value as { id?: unknown; text?: unknown };
  if (typeof text !== 'string') throw badLine(number, 'has no "text" that is a string');
  return { id: id ?? null, text };
}

function badLine(number: number, why: string, cause?: unknown): AkiosError {
  return new AkiosError('INPUT_INVALID', `The line ${why}.`, {
    where: `stdin:${number}`,
    hint: 'Each line is one object: {"id": "1", "text": "..."}.',
    cause,
  });
}

function tooLong(number: number): AkiosError {
  return new AkiosError('TOO_LARGE', 'The line is too long.', { where: `stdin:${number}` });
}

class BatchSender {
  found = 0;
  readonly #ask: Ask;
  readonly #project: { project?: string };
  readonly #io: Io;
  #batch: Line[] = [];
  #chars = 0;
  /** Answers in the order of their questions. */
  #waiting: Promise<{ lines: Line[]; spans: WireSpan[][] }>[] = [];

  constructor(ask: Ask, project: { project?: string }, io: Io) {
    this.#ask = ask;
    this.#project = project;
    this.#io = io;
  }

  async add(line: Line): Promise<void> {
    if (line.text.length > STRETCH) return this.#addLong(line);
    this.#batch.push(line);
    this.#chars += line.text.length;
    if (this.#chars >= BATCH_CHARS || this.#batch.length >= BATCH_ITEMS) await this.flush();
  }

  async flush(): Promise<void> {
    if (this.#batch.length === 0) return;
    const lines = this.#batch;
    this.#batch = [];
    this.#chars = 0;
    await this.#queue(this.#send(lines));
  }

  async finish(): Promise<void> {
    await this.flush();
    await this.#drain(0);
  }

  /** A text too long for a batch goes in stretches. */
  async #addLong(line: Line): Promise<void> {
    await this.finish();
    const spans: WireSpan[] = [];
    const sender = new PartSender(this.#ask, this.#project, false);
    let offset = 0;
    for await (const { taken, answer } of sender.push(line.text, true)) {
      for (const span of answer.spans) {
        spans.push({ ...span, start: span.start + offset, end: span.end + offset });
      }
      offset += taken.length;
    }
    await this.#queue(Promise.resolve({ lines: [line], spans: [spans] }));
  }

  async #queue(answer: Promise<{ lines: Line[]; spans: WireSpan[][] }>): Promise<void> {
    // A failure is met in order, by `#drain`.
    answer.catch(() => undefined);
    this.#waiting.push(answer);
    if (this.#waiting.length >= IN_FLIGHT) await this.#drain(IN_FLIGHT - 1);
  }

  async #drain(left: number): Promise<void> {
    while (this.#waiting.length > left) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      const { lines, spans } = await next;
      let out = '';
      lines.forEach(({ id }, i) => {
        const found = spans[i] ?? [];
        this.found += found.length;
        out += `${JSON.stringify({ id, spans: found.map(wire) })}\n`;
      });
      this.#io.raw(out);
    }
  }

  async #send(lines: Line[]): Promise<{ lines: Line[]; spans: WireSpan[][] }> {
    const items = lines.map(({ text }, i) => ({ id: String(i), text }));
    const answer = await this.#ask.call('protect.scan', { ...this.#project, items });
    if (
      answer.items.length !== lines.length ||
      answer.items.some((item, i) => item.id !== String(i))
    ) {
      throw new AkiosError(
        'REDACTION_FAILED',
        'The helper answered for other texts than were asked.',
      );
    }
    return { lines, spans: answer.items.map((item) => item.spans) };
  }
}

function wire({ start, end, type, score }: WireSpan): WireSpan {
  return { start, end, type, score };
}
