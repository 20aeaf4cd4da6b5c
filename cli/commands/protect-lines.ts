import { StringDecoder } from 'node:string_decoder';
import { AkiosError } from '../../shared/domain/errors.ts';
import { withHelper } from '../../shared/node/helper-start.ts';
import { errorOfBody, readBody, unixRequest } from '../../shared/node/unix-http.ts';
import type { Caller } from '../client.ts';
import type { Io } from '../io.ts';

/** A batch is sent when it is this large, or when no more input is waiting. */
const BATCH_CHARS = 512 * 1024;
const BATCH_ITEMS = 500;
/** Batches on their way at once: one is scanned while the next is read. */
const IN_FLIGHT = 2;
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
  caller: Caller,
  project: { project?: string },
  input: AsyncIterable<Buffer>,
  io: Io,
): Promise<number> {
  const sender = new BatchSender(caller, project, io);
  const decoder = new StringDecoder('utf8');
  let rest = '';
  let number = 0;
  const take = (line: string): void => {
    number += 1;
    if (line.trim() !== '') sender.add(readLine(line, number));
  };
  for await (const chunk of input) {
    const lines = (rest + decoder.write(chunk)).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > MAX_LINE) throw tooLong(number + 1);
    for (const line of lines) {
      take(line);
      if (sender.full) await sender.flush();
    }
    await sender.flush();
  }
  rest += decoder.end();
  if (rest !== '') take(rest);
  await sender.finish();
  return sender.found;
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
  readonly #caller: Caller;
  readonly #project: { project?: string };
  readonly #io: Io;
  #batch: Line[] = [];
  #chars = 0;
  /** Answers in the order of their questions. */
  #waiting: Promise<{ lines: Line[]; spans: WireSpan[][] }>[] = [];

  constructor(caller: Caller, project: { project?: string }, io: Io) {
    this.#caller = caller;
    this.#project = project;
    this.#io = io;
  }

  get full(): boolean {
    return this.#chars >= BATCH_CHARS || this.#batch.length >= BATCH_ITEMS;
  }

  add(line: Line): void {
    this.#batch.push(line);
    this.#chars += line.text.length;
  }

  async flush(): Promise<void> {
    if (this.#batch.length === 0) return;
    const lines = this.#batch;
    this.#batch = [];
    this.#chars = 0;
    const answer = this.#ask(lines);
    // A failure is met in order, by `#drain`.
    answer.catch(() => undefined);
    this.#waiting.push(answer);
    if (this.#waiting.length >= IN_FLIGHT) await this.#drain(IN_FLIGHT - 1);
  }

  async finish(): Promise<void> {
    await this.flush();
    await this.#drain(0);
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

  async #ask(lines: Line[]): Promise<{ lines: Line[]; spans: WireSpan[][] }> {
    const items = lines.map(({ text }, i) => ({ id: String(i), text }));
    const body = JSON.stringify({ ...this.#project, items });
    const { place } = this.#caller;
    return withHelper(place, async () => {
      const response = await unixRequest(place, {
        method: 'POST',
        url: '/api/v1/protect/scan',
        body,
      });
      const text = await readBody(response);
      const status = response.statusCode ?? 0;
      if (status !== 200) throw AkiosError.fromValue(errorOfBody(status, text));
      const answer = JSON.parse(text) as { items: { id: string; spans: WireSpan[] }[] };
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
    });
  }
}

function wire({ start, end, type, score }: WireSpan): WireSpan {
  return { start, end, type, score };
}
