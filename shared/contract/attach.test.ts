import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  encodeFrame,
  FRAME,
  FRAME_HEADER,
  type Frame,
  FrameDecoder,
  type FrameType,
  frameHeader,
  MAX_FRAME,
  shellStatus,
} from './attach.ts';

const frameType = fc.constantFrom(...Object.values(FRAME)) as fc.Arbitrary<FrameType>;
const frames = fc.array(fc.tuple(frameType, fc.uint8Array({ maxLength: 300 })), { maxLength: 20 });

function join(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((n, part) => n + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.byteLength;
  }
  return out;
}

describe('frames', () => {
  it('come out as they went in, whatever the chunking', () => {
    fc.assert(
      fc.property(
        frames,
        fc.array(fc.integer({ min: 1, max: 64 }), { minLength: 1 }),
        (given, cuts) => {
          const stream = join(given.map(([type, payload]) => encodeFrame(type, payload)));
          const decoder = new FrameDecoder();
          const got: Frame[] = [];
          for (let at = 0, i = 0; at < stream.byteLength; i += 1) {
            const step = cuts[i % cuts.length] ?? 1;
            got.push(...decoder.push(stream.slice(at, at + step)));
            at += step;
          }
          expect(got.map(({ type, payload }) => [type, [...payload]])).toEqual(
            given.map(([type, payload]) => [type, [...payload]]),
          );
          expect(decoder.partial).toBe(false);
        },
      ),
    );
  });

  it('keeps a cut frame and says so', () => {
    const decoder = new FrameDecoder();
    const whole = encodeFrame(FRAME.stdout, new Uint8Array([1, 2, 3]));
    expect(decoder.push(whole.subarray(0, FRAME_HEADER + 1))).toEqual([]);
    expect(decoder.partial).toBe(true);
    expect(decoder.push(whole.subarray(FRAME_HEADER + 1))).toHaveLength(1);
  });

  it('refuses an unknown type and a length past the bound before it holds the payload', () => {
    expect(() => new FrameDecoder().push(new Uint8Array([7, 0, 0, 0, 0]))).toThrow(RangeError);
    expect(() => new FrameDecoder().push(frameHeader(FRAME.stdin, MAX_FRAME + 1))).toThrow(
      RangeError,
    );
    expect(() => encodeFrame(FRAME.stdin, new Uint8Array(MAX_FRAME + 1))).toThrow(RangeError);
  });

  it('gives the exit status of a shell', () => {
    expect(shellStatus(7, null)).toBe(7);
    expect(shellStatus(null, 'SIGTERM')).toBe(143);
    expect(shellStatus(null, 'SIGSYS')).toBe(159);
    expect(shellStatus(null, null)).toBe(1);
  });
});
