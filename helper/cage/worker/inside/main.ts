import { writeSync } from 'node:fs';
import * as z from 'zod';
import { AkiosError } from '../../../../shared/domain/errors.ts';
import { DirHandle, errnoOf } from '../../../../shared/node/open-at.ts';
import type { WorkerOp, WorkerOps } from '../port.ts';
import { canonicalPath } from '../project-path.ts';
import { encodeFrame, frameReader, MAX_TEXT_CHARS, OP_SCHEMAS, requestFrame } from '../protocol.ts';
import { fileOps, readBytes } from './fs-ops.ts';
import { parseDocument } from './parse.ts';
import { redactDocument } from './redact.ts';

z.config({ jitless: true });

type Handlers = {
  [O in WorkerOp]: (
    input: WorkerOps[O]['in'],
  ) => WorkerOps[O]['out'] | Promise<WorkerOps[O]['out']>;
};

function handlers(root: DirHandle): Handlers {
  return {
    ...fileOps(root),
    'doc.parse': async ({ path, maxChars, hidden }) => {
      const limit = Math.min(maxChars, MAX_TEXT_CHARS);
      const { shown: _shown, ...parsed } = await parseDocument(
        canonicalPath(path),
        readBytes(root, path),
        limit,
        hidden === true,
      );
      return parsed;
    },
    'doc.redact': (input) => redactDocument(root, input),
  };
}

async function answer(ops: Handlers, op: WorkerOp, input: unknown): Promise<unknown> {
  const parsed = OP_SCHEMAS[op].in.safeParse(input);
  if (!parsed.success) throw new AkiosError('INPUT_INVALID', `The request ${op} is malformed.`);
  const run = ops[op] as (value: unknown) => unknown;
  return await run(parsed.data);
}

function errorOf(thrown: unknown): { code: string; message: string; hint?: string } {
  if (thrown instanceof AkiosError) {
    const { code, message, hint } = thrown;
    return hint === undefined ? { code, message } : { code, message, hint };
  }
  if (thrown instanceof RangeError) {
    return { code: 'TOO_LARGE', message: 'The document is too large to be held in memory.' };
  }
  // The text of an unknown error may quote the document; only its kind leaves.
  const kind = thrown instanceof Error ? thrown.name : 'fault';
  console.error(`worker: ${kind} ${errnoOf(thrown)}`);
  return { code: 'STEP_FAILED', message: `The document could not be read (${kind}).` };
}

function send(value: unknown): void {
  const frame = encodeFrame(value);
  for (let at = 0; at < frame.length; ) {
    try {
      at += writeSync(1, frame, at, frame.length - at);
    } catch (thrown) {
      // A pipe that the helper set non-blocking is full for the moment.
      if (errnoOf(thrown) !== 'EAGAIN') throw thrown;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
    }
  }
}

function serve(rootPath: string): void {
  const ops = handlers(DirHandle.open(rootPath));
  let queue: Promise<void> = Promise.resolve();
  const read = frameReader((value) => {
    const frame = requestFrame.parse(value);
    queue = queue.then(async () => {
      try {
        send({ id: frame.id, ok: true, value: await answer(ops, frame.op, frame.input) });
      } catch (thrown) {
        send({ id: frame.id, ok: false, error: errorOf(thrown) });
      }
    });
  });
  process.stdin.on('data', (chunk: Buffer) => read(chunk));
  process.stdin.on('end', () => void queue.then(() => process.exit(0)));
}

serve(process.argv[2] ?? '/project');
