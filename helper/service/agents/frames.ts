import type { Duplex, Readable, Writable } from 'node:stream';
import {
  FRAME,
  type Frame,
  FrameDecoder,
  type FrameType,
  frameHeader,
  MAX_FRAME,
} from '../../../shared/contract/attach.ts';

export interface FrameHandlers {
  onFrame(frame: Frame): void;
  /** The peer went away or broke the protocol. Called once. */
  onEnd(reason: string): void;
}

/** Reads frames until the connection ends. `pause` stops the peer through flow control. */
export function readFrames(connection: Duplex, head: Buffer, handlers: FrameHandlers): void {
  const decoder = new FrameDecoder();
  let ended = false;
  const end = (reason: string): void => {
    if (ended) return;
    ended = true;
    handlers.onEnd(reason);
  };
  const take = (chunk: Buffer): void => {
    if (ended) return;
    try {
      for (const frame of decoder.push(chunk)) handlers.onFrame(frame);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      end(`broken frames: ${error.message}`);
    }
  };
  connection.on('end', () => end('the caller went away'));
  connection.on('close', () => end('the caller went away'));
  if (head.byteLength > 0) take(head);
  connection.on('data', take);
  connection.resume();
}

export function sendFrame(connection: Duplex, type: FrameType, payload: Uint8Array): boolean {
  if (connection.destroyed || connection.writableEnded) return false;
  connection.cork();
  connection.write(frameHeader(type, payload.byteLength));
  const flowing = payload.byteLength === 0 || connection.write(payload);
  process.nextTick(() => connection.uncork());
  return flowing;
}

/** Copies a stream into frames; stops reading while the peer does not read. */
export function pumpOut(source: Readable, connection: Duplex, type: FrameType): Promise<void> {
  return new Promise((resolve) => {
    source.on('data', (chunk: Buffer) => {
      let flowing = true;
      for (let at = 0; at < chunk.byteLength; at += MAX_FRAME) {
        flowing = sendFrame(connection, type, chunk.subarray(at, at + MAX_FRAME));
      }
      if (flowing || connection.destroyed) return;
      source.pause();
      connection.once('drain', () => source.resume());
    });
    connection.once('close', () => source.resume());
    source.once('close', resolve);
    source.once('end', resolve);
    source.once('error', () => resolve());
  });
}

/** Feeds stdin frames to a program; stops the peer while the program does not read. */
export function stdinSink(target: Writable, connection: Duplex): (frame: Frame) => void {
  // The program may end without reading its input; that is its right.
  target.on('error', () => target.destroy());
  return (frame) => {
    if (frame.type === FRAME.stdinEof) target.end();
    else if (frame.type === FRAME.stdin && target.writable && !target.write(frame.payload)) {
      connection.pause();
      const go = (): void => {
        target.off('drain', go);
        target.off('close', go);
        connection.resume();
      };
      target.once('drain', go);
      target.once('close', go);
    }
  };
}
