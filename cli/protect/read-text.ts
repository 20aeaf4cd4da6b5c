import { type BigIntStats, closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { AkiosError } from '../../shared/domain/errors.ts';
import { bytesOfText } from '../../shared/node/raw-text.ts';
import { assertPlain, fileFault } from './walk.ts';

/** Bytes read at once. */
const CHUNK = 262_144;
const { O_RDONLY, O_NONBLOCK, O_NOFOLLOW, O_NOCTTY } = constants;

type Decoder = InstanceType<typeof TextDecoder>;

/** A file that is open for reading, with what it was when it was opened. */
export interface OpenFile {
  name: string;
  bytes: number;
  /** The first bytes, to tell documents from text. */
  head: Buffer;
  chunks(): Iterable<Buffer>;
  close(): void;
}

/**
 * Opens a plain file without waiting (a pipe would) and without following a link unless asked to.
 * @throws AkiosError FILE_NOT_FOUND, DENIED, INPUT_INVALID
 */
export function openPlain(name: string, follow: boolean): OpenFile {
  let fd: number;
  try {
    const flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | (follow ? 0 : O_NOFOLLOW);
    fd = openSync(bytesOfText(name), flags);
  } catch (cause) {
    throw fileFault(name, cause);
  }
  try {
    assertPlain(name, fstatSync(fd));
    const before = fstatSync(fd, { bigint: true });
    const head = Buffer.alloc(8);
    const got = readSync(fd, head, 0, head.length, 0);
    return {
      name,
      bytes: Number(before.size),
      head: head.subarray(0, got),
      chunks: () => chunksOf(name, fd, before),
      close: () => closeSync(fd),
    };
  } catch (cause) {
    closeSync(fd);
    throw fileFault(name, cause);
  }
}

function* chunksOf(name: string, fd: number, before: BigIntStats): Generator<Buffer> {
  let at = 0;
  // One buffer for all: whoever takes a piece is done with it before the next.
  const chunk = Buffer.allocUnsafe(CHUNK);
  for (;;) {
    let got: number;
    try {
      got = readSync(fd, chunk, 0, CHUNK, at);
    } catch (cause) {
      throw fileFault(name, cause);
    }
    if (got === 0) break;
    at += got;
    yield chunk.subarray(0, got);
  }
  const after = fstatSync(fd, { bigint: true });
  if (before.size === 0n && at > 0) {
    throw new AkiosError(
      'INPUT_INVALID',
      `${name} has no size of its own (a file of the kernel).`,
      {
        hint: 'Scan a copy of it: cat FILE | akios protect scan -',
      },
    );
  }
  if (
    BigInt(at) !== before.size ||
    after.size !== before.size ||
    after.mtimeNs !== before.mtimeNs
  ) {
    throw new AkiosError('CONFLICT', `${name} changed while it was read.`, {
      hint: 'Scan a copy, or again when nothing writes to it.',
    });
  }
}

/**
 * Text of bytes that arrive in pieces: UTF-8, or UTF-16 with a byte-order mark. The mark stays, so
 * that offsets count the text as other programs read it.
 * @throws AkiosError INPUT_INVALID for binary data and for bytes that are no text in that encoding
 */
export class TextReader {
  readonly #name: string;
  #decoder: Decoder | null = null;
  #wide = false;
  #first: Buffer = Buffer.alloc(0);

  constructor(name: string) {
    this.#name = name;
  }

  push(bytes: Uint8Array): string {
    if (this.#decoder !== null) return this.#decode(bytes, true);
    this.#first = Buffer.concat([this.#first, bytes]);
    // A byte-order mark is two bytes, and a pipe may give them one by one.
    if (this.#first.length < 2) return '';
    this.#decoder = this.#choose(this.#first);
    return this.#decode(this.#first, true);
  }

  end(): string {
    this.#decoder ??= this.#choose(this.#first);
    return this.#decode(this.#first.length < 2 ? this.#first : new Uint8Array(), false);
  }

  #choose(bytes: Uint8Array): Decoder {
    const [a, b] = bytes;
    this.#wide = (a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff);
    const label = !this.#wide ? 'utf-8' : a === 0xff ? 'utf-16le' : 'utf-16be';
    return new TextDecoder(label, { fatal: true, ignoreBOM: true });
  }

  #decode(bytes: Uint8Array, stream: boolean): string {
    if (!this.#wide && bytes.includes(0)) throw this.#notText('holds binary data');
    try {
      return (this.#decoder as Decoder).decode(bytes, { stream });
    } catch (cause) {
      if (!(cause instanceof TypeError)) throw cause;
      throw this.#notText(this.#wide ? 'is not valid UTF-16' : 'is not valid UTF-8');
    }
  }

  #notText(why: string): AkiosError {
    return new AkiosError('INPUT_INVALID', `${this.#name} ${why}.`, {
      hint: why.startsWith('holds')
        ? 'Documents are read as pdf, docx, xlsx, eml and html.'
        : 'Convert it first, for example: iconv -f WINDOWS-1252 -t UTF-8 FILE',
    });
  }
}

/**
 * The bytes of stdin as they come. An interrupt ends it with CANCELLED, even while nothing comes.
 * @param signal of the command
 */
export async function* stdinChunks(signal: AbortSignal): AsyncGenerator<Buffer> {
  const { stdin } = process;
  const stop = (): void => void stdin.destroy();
  signal.addEventListener('abort', stop);
  try {
    for await (const chunk of stdin as AsyncIterable<Buffer>) yield chunk;
  } catch (cause) {
    if (!signal.aborted) throw fileFault('stdin', cause);
  } finally {
    signal.removeEventListener('abort', stop);
  }
  if (signal.aborted) throw new AkiosError('CANCELLED', 'Cancelled.');
}
