import type { Readable, Writable } from 'node:stream';
import { AkiosError } from '../../../shared/domain/errors.ts';
import type { WorkerOp, WorkerOps } from './port.ts';
import { escapeName } from './project-path.ts';
import { encodeFrame, frameReader, MAX_FRAME_BYTES, OP_SCHEMAS, replyFrame } from './protocol.ts';

interface Waiting {
  id: number;
  op: WorkerOp;
  resolve(value: unknown): void;
  reject(error: AkiosError): void;
}

const broken = (why: string, cause?: unknown) =>
  new AkiosError('STEP_FAILED', `The caged worker ${why}; the operation was not done.`, {
    hint: 'The document may be hostile or too large for the memory of the cage.',
    cause,
  });

/**
 * One request at a time over the worker's stdin and stdout. What comes back is hostile input: an
 * unknown id, an unexpected field, an oversized frame or unasked speech ends the worker.
 */
export class WorkerChannel {
  private readonly stdin: Writable;
  private waiting: Waiting | null = null;
  private nextId = 1;
  private closed: AkiosError | null = null;
  private readonly onBroken: (why: string) => void;

  constructor(stdin: Writable, stdout: Readable, onBroken: (why: string) => void) {
    this.stdin = stdin;
    this.onBroken = onBroken;
    const read = frameReader((value) => this.receive(value));
    stdout.on('data', (chunk: Buffer) => {
      if (this.closed !== null) return;
      try {
        read(chunk);
      } catch (thrown) {
        this.fail(broken('broke the protocol', thrown));
      }
    });
    stdout.on('error', (error) => this.fail(broken('lost its pipe', error)));
    stdin.on('error', (error) => this.fail(broken('lost its pipe', error)));
  }

  get usable(): boolean {
    return this.closed === null;
  }

  request<O extends WorkerOp>(op: O, input: WorkerOps[O]['in']): Promise<WorkerOps[O]['out']> {
    if (this.closed !== null) return Promise.reject(this.closed);
    const id = this.nextId++;
    const frame = encodeFrame({ id, op, input });
    if (frame.length > MAX_FRAME_BYTES) {
      return Promise.reject(new AkiosError('TOO_LARGE', 'The request to the worker is too large.'));
    }
    return new Promise((resolve, reject) => {
      this.waiting = {
        id,
        op,
        resolve: (value) => resolve(value as WorkerOps[O]['out']),
        reject,
      };
      this.stdin.write(frame);
    });
  }

  /** Ends the channel; a waiting call is rejected with `error`. */
  fail(error: AkiosError): void {
    if (this.closed !== null) return;
    this.closed = error;
    const waiting = this.waiting;
    this.waiting = null;
    waiting?.reject(error);
    this.onBroken(error.message);
  }

  private receive(value: unknown): void {
    const frame = replyFrame.parse(value);
    const waiting = this.waiting;
    if (waiting === null || frame.id !== waiting.id)
      throw new RangeError('answer without question');
    if (!frame.ok) {
      this.waiting = null;
      const { code, message, hint } = frame.error;
      waiting.reject(
        new AkiosError(
          code,
          escapeName(message),
          hint === undefined ? {} : { hint: escapeName(hint) },
        ),
      );
      return;
    }
    const out = cleaned(waiting.op, OP_SCHEMAS[waiting.op].out.parse(frame.value));
    this.waiting = null;
    waiting.resolve(out);
  }
}

/** Names a cage reports are shown to people: direction and control characters are escaped. */
function cleaned(op: WorkerOp, value: unknown): unknown {
  if (op === 'fs.list') {
    const { entries } = value as WorkerOps['fs.list']['out'];
    return { entries: entries.map((entry) => ({ ...entry, path: escapeName(entry.path) })) };
  }
  if (op === 'fs.stat') {
    const { entry } = value as WorkerOps['fs.stat']['out'];
    return { entry: { ...entry, path: escapeName(entry.path) } };
  }
  if (op === 'doc.parse' || op === 'doc.redact') {
    const out = value as { warnings: string[] };
    return { ...out, warnings: out.warnings.map(escapeName) };
  }
  return value;
}
