import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import type { CallOutput } from '../../shared/contract/table.ts';
import { AkiosError } from '../../shared/domain/errors.ts';
import { connect } from '../client.ts';
import { type Io, printJson } from '../io.ts';
import { options } from '../options.ts';
import { currentProject } from '../place.ts';
import { fileError } from '../text-file.ts';

type Taken = CallOutput<'audit.migrate'>;

/** What one call may carry; a larger log goes in parts of whole lines. */
const PART_BYTES = 8 * 1024 * 1024;
const LINE_FEED = 0x0a;

/**
 * Takes `audit_events.jsonl` of the older form into the ledger as evidence. The file is read here,
 * with the rights of the person who asks. What was taken before a failure or an interrupt stays, and
 * giving the same file again goes on without recording a line twice.
 */
export async function migrate(argv: string[], io: Io): Promise<number> {
  const { values, positionals } = options(
    argv,
    'audit migrate FILE [--json]',
    { project: { type: 'string' } },
    { min: 1, max: 1 },
  );
  const project = currentProject(values.project);
  const caller = connect();
  const parts: Taken[] = [];
  for (const { bytes, read, size } of partsOf(positionals[0] ?? '')) {
    const content = Buffer.from(bytes).toString('base64');
    parts.push(await caller.call('audit.migrate', { project, content }));
    if (size > PART_BYTES && !io.json) io.err(`${Math.floor((read / size) * 100)} % taken in`);
  }
  const total = sum(parts);
  if (io.json) return printJson(io, { ...total, parts });
  const odd = total.unreadable === 0 ? '' : `, ${total.unreadable} of them not of the old form`;
  const known = total.known === 0 ? '' : `, ${total.known} of them known from an earlier import`;
  io.out(`Recorded ${total.lines} lines${odd}${known}.`);
  for (const part of parts) {
    io.out(`Kept ${part.attachment} (records ${part.records.join(' to ')})`);
  }
  io.out('The kept copy holds the old texts as they were, not redacted; only the helper reads it.');
  return 0;
}

function sum(parts: readonly Taken[]): Pick<Taken, 'lines' | 'unreadable' | 'known'> {
  const total = { lines: 0, unreadable: 0, known: 0 };
  for (const part of parts) {
    total.lines += part.lines;
    total.unreadable += part.unreadable;
    total.known += part.known;
  }
  return total;
}

interface Part {
  bytes: Uint8Array;
  /** Bytes of the file up to the end of this part. */
  read: number;
  size: number;
}

/** Throws FILE_NOT_FOUND, INPUT_INVALID, TOO_LARGE (a line longer than a part). */
function* partsOf(file: string): Generator<Part> {
  const name = JSON.stringify(file);
  const handle = openPlain(file);
  try {
    const { size } = fstatSync(handle);
    if (size === 0) throw new AkiosError('INPUT_INVALID', `${name} is empty.`);
    const buffer = Buffer.alloc(PART_BYTES);
    for (let at = 0; at < size; ) {
      const got = readSync(handle, buffer, 0, PART_BYTES, at);
      if (got === 0) throw new AkiosError('INPUT_INVALID', `${name} became shorter meanwhile.`);
      const end = at + got >= size ? got : buffer.lastIndexOf(LINE_FEED, got - 1) + 1;
      if (end === 0) {
        throw new AkiosError('TOO_LARGE', `${name} has a line of more than 8 MiB.`, {
          where: `byte ${at}`,
          hint: 'Give a JSON-lines log: one event a line.',
        });
      }
      at += end;
      yield { bytes: buffer.subarray(0, end), read: at, size };
    }
  } finally {
    closeSync(handle);
  }
}

function openPlain(file: string): number {
  const name = JSON.stringify(file);
  let handle: number;
  try {
    // Without waiting: a pipe put in the place of the log must not hang the command.
    handle = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new AkiosError('FILE_NOT_FOUND', `There is no file ${name}.`, {
        hint: 'Give the path of audit_events.jsonl.',
      });
    }
    throw fileError(error, name) ?? error;
  }
  if (fstatSync(handle).isFile()) return handle;
  closeSync(handle);
  throw new AkiosError('INPUT_INVALID', `${name} is not a plain file.`);
}
