import { createReadStream } from 'node:fs';
import { InputUnreadable, openAtOnce } from './inputs.ts';

/** A line that breaks the format of a bundle. */
export class Malformed extends Error {
  override readonly name: string = 'Malformed';
}

/** All lines were read, and the last one is not ended. */
export class Unended extends Malformed {
  override readonly name = 'Unended';
}

export type Line = Record<string, unknown>;

/** Bytes of a line with its LF. */
const MAX_LINE = 4_194_304;
const LF = 10;
/** Nothing may stand in a line that is not checked: a reader would take it for verified. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  'akios-evidence': [
    ...['version', 'origin', 'filter', 'rows', 'total', 'root', 'note', 'at', 'complete', 'keys'],
    ...['anchor', 'consistency'],
  ],
  rotation: ['seq', 'body', 'proof', 'note', 'consistency'],
  event: ['seq', 'leaf', 'body', 'proof'],
  verifier: ['name', 'text'],
  end: ['rows'],
};

/**
 * The lines of a bundle, one at a time. Only LF ends a line: bodies hold U+2028 and its like as they
 * are. Throws Malformed for a line of another form, InputUnreadable when the file cannot be read.
 */
export async function* bundleLines(file: string): AsyncGenerator<Line> {
  for await (const bytes of rawLines(file)) yield parseLine(bytes);
}

async function* rawLines(file: string): AsyncGenerator<Buffer> {
  let held: Buffer[] = [];
  let size = 0;
  const take = (piece: Buffer): void => {
    held.push(piece);
    size += piece.length;
    if (size >= MAX_LINE) throw new Malformed('a line is too long');
  };
  try {
    const input = createReadStream('', { fd: openAtOnce(file), highWaterMark: 1 << 20 });
    for await (const chunk of input as AsyncIterable<Buffer>) {
      let from = 0;
      for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, from)) {
        take(chunk.subarray(from, end));
        yield Buffer.concat(held);
        [held, size, from] = [[], 0, end + 1];
      }
      take(chunk.subarray(from));
    }
  } catch (error) {
    if (error instanceof Malformed) throw error;
    throw new InputUnreadable(`The bundle cannot be read: ${file}.`, { cause: error });
  }
  if (size === 0) return;
  yield Buffer.concat(held);
  throw new Unended('the last line has no end');
}

function parseLine(bytes: Buffer): Line {
  let line: unknown;
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    line = JSON.parse(text);
    // One spelling: a name twice, or a number written otherwise, would be read in two ways.
    if (JSON.stringify(line) !== text) line = null;
  } catch (error) {
    // TypeError: no UTF-8. RangeError: nested so deep that no stack holds it.
    const own =
      error instanceof SyntaxError || error instanceof TypeError || error instanceof RangeError;
    if (!own) throw error;
  }
  if (typeof line !== 'object' || line === null || Array.isArray(line)) {
    throw new Malformed('a line is no JSON object');
  }
  return checkFields(line as Line);
}

function checkFields(line: Line): Line {
  const kind = line['kind'];
  const fields = typeof kind === 'string' && Object.hasOwn(FIELDS, kind) ? FIELDS[kind]! : null;
  if (fields === null) throw new Malformed('a line of unknown kind');
  const odd = Object.keys(line).find((name) => name !== 'kind' && !fields.includes(name));
  if (odd !== undefined) throw new Malformed('a field that the format does not have');
  for (const value of Object.values(line).flat()) {
    if (typeof value === 'string' && !value.isWellFormed()) throw new Malformed('no Unicode text');
  }
  return line;
}
