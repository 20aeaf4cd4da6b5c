/**
 * Framing of an attached program (`POST /agents/run` with `Connection: Upgrade` and
 * `Upgrade: akios-attach`). The request body is the JSON input; the answer is `101`, or a plain
 * HTTP error with the usual envelope. After `101` both sides send frames:
 *
 *     1 byte type | 4 bytes payload length, big endian | payload
 *
 * A side that stops reading stops the other through the socket's own flow control. The helper
 * kills the program's whole tree when the connection ends before the exit frame.
 */
export const FRAME = {
  stdin: 0,
  stdinEof: 1,
  stdout: 2,
  stderr: 3,
  /** Payload: signal name, for example SIGINT. Ends the tree. */
  signal: 4,
  /** Payload: JSON `AttachExit`. The last frame. */
  exit: 5,
  /** Payload: JSON error value. The last frame; no exit follows. */
  error: 6,
} as const;

export type FrameType = (typeof FRAME)[keyof typeof FRAME];

export const UPGRADE_TOKEN = 'akios-attach';
export const FRAME_HEADER = 5;
/** A frame with a longer payload is a protocol error. */
export const MAX_FRAME = 1_048_576;

/** How an attached program ended. */
export interface AttachExit {
  /** exit, timeout, memory, pids, output, disk, killed, seccomp, start-failed */
  end: string;
  code: number | null;
  signal: string | null;
  /** Exit status a shell would show: the code, or 128 + signal number. */
  status: number;
  detail: string;
  wallMs: number;
  level: string;
  /** Ledger records of the intent and of the outcome. */
  records: number[];
}

export interface Frame {
  type: number;
  payload: Uint8Array;
}

/** Header and payload in one array. Throws RangeError when the payload is too long. */
export function encodeFrame(type: FrameType, payload: Uint8Array): Uint8Array {
  if (payload.byteLength > MAX_FRAME) throw new RangeError('frame payload too long');
  const out = new Uint8Array(FRAME_HEADER + payload.byteLength);
  out.set(frameHeader(type, payload.byteLength));
  out.set(payload, FRAME_HEADER);
  return out;
}

export function frameHeader(type: FrameType, length: number): Uint8Array {
  const header = new Uint8Array(FRAME_HEADER);
  header[0] = type;
  new DataView(header.buffer).setUint32(1, length);
  return header;
}

/** Cuts a byte stream into frames, whatever the chunking. Throws RangeError on a broken stream. */
export class FrameDecoder {
  #parts: Uint8Array[] = [];
  #held = 0;

  /** Frames completed by this chunk, in order. */
  push(chunk: Uint8Array): Frame[] {
    this.#parts.push(chunk);
    this.#held += chunk.byteLength;
    const frames: Frame[] = [];
    while (this.#held >= FRAME_HEADER) {
      const header = this.#peek(FRAME_HEADER);
      const type = header[0] ?? 0;
      const length = new DataView(header.buffer, header.byteOffset).getUint32(1);
      if (type > FRAME.error) throw new RangeError('unknown frame type');
      if (length > MAX_FRAME) throw new RangeError('frame payload too long');
      if (this.#held < FRAME_HEADER + length) break;
      const whole = this.#take(FRAME_HEADER + length);
      frames.push({ type, payload: whole.subarray(FRAME_HEADER) });
    }
    return frames;
  }

  /** True when the stream ended in the middle of a frame. */
  get partial(): boolean {
    return this.#held > 0;
  }

  #peek(length: number): Uint8Array {
    const first = this.#parts[0];
    if (first !== undefined && first.byteLength >= length) return first.subarray(0, length);
    const joined = this.#join();
    this.#parts = [joined];
    return joined.subarray(0, length);
  }

  #take(length: number): Uint8Array {
    const joined = this.#parts.length === 1 ? (this.#parts[0] ?? new Uint8Array()) : this.#join();
    const rest = joined.subarray(length);
    this.#parts = rest.byteLength > 0 ? [rest] : [];
    this.#held = rest.byteLength;
    return joined.subarray(0, length);
  }

  #join(): Uint8Array {
    const joined = new Uint8Array(this.#held);
    let at = 0;
    for (const part of this.#parts) {
      joined.set(part, at);
      at += part.byteLength;
    }
    return joined;
  }
}

/** Linux numbers, aliases included: 6 is SIGABRT or SIGIOT, whichever name a runtime gives it. */
const SIGNAL_NUMBER: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGTRAP: 5,
  SIGABRT: 6,
  SIGIOT: 6,
  SIGBUS: 7,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGSEGV: 11,
  SIGUSR2: 12,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
  SIGSTKFLT: 16,
  SIGXCPU: 24,
  SIGXFSZ: 25,
  SIGVTALRM: 26,
  SIGPROF: 27,
  SIGIO: 29,
  SIGPOLL: 29,
  SIGPWR: 30,
  SIGSYS: 31,
  SIGUNUSED: 31,
};

/** Exit status a shell would show; 1 when neither code nor signal is known. */
export function shellStatus(code: number | null, signal: string | null): number {
  if (code !== null) return code;
  if (signal === null) return 1;
  // Real-time signals have numbers only: SIG34.
  const number = SIGNAL_NUMBER[signal] ?? Number(/^SIG(\d{1,2})$/.exec(signal)?.[1] ?? Number.NaN);
  return Number.isNaN(number) ? 1 : 128 + number;
}
