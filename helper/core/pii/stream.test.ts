/** What a stream holds back is bounded by its window, whatever arrives and however it is cut. */
import { describe, expect, it } from 'vitest';
import { createDetector } from './detector.ts';
import { createSegmentStream } from './stream.ts';

const detector = createDetector();
const BLOCK = 16_384;
/** The window, the longest run it may grow by, and what is carried into the next one. */
const MOST = BLOCK + 65_536 + 2 * 4096 + 8192;

/** Most units a stream had taken and not yet released. */
function mostHeld(chunks: Iterable<string>): { held: number; taken: number } {
  const stream = createSegmentStream(detector, { block: BLOCK });
  let held = 0;
  let taken = 0;
  let released = 0;
  for (const chunk of chunks) {
    taken += chunk.length;
    for (const segment of stream.push(chunk)) released += segment.text.length;
    held = Math.max(held, taken - released);
  }
  for (const segment of stream.flush()) released += segment.text.length;
  expect(released).toBe(taken);
  return { held, taken };
}

function* repeated(piece: string, size: number, total: number): Generator<string> {
  const chunk = piece.repeat(Math.ceil(size / piece.length)).slice(0, size);
  for (let sent = 0; sent < total; sent += size) yield chunk;
}

describe('what a stream holds back', () => {
  it.each([
    ['log lines', 'INFO request 12 from 10.20.30.40 by jane@example.com\n'],
    ['one line without an end', 'word 12 '],
    ['a run without white space', 'QUJDREVGR0g0'],
    ['an unfinished key block', '-----BEGIN PRIVATE KEY-----\nMIIEabcdefghijk\n'],
    ['a table', 'Jane Doe,1980-01-02,POL-100200\n'],
  ])('stays below the window on %s', (_name, piece) => {
    const small = mostHeld(repeated(piece, 4000, 200_000));
    const large = mostHeld(repeated(piece, 4000, 1_000_000));
    expect(small.held).toBeLessThan(MOST);
    expect(large.held).toBeLessThan(MOST);
  });

  it('gives the same segments when a long run arrives unit by unit', () => {
    const text = `${'a'.repeat(20_000)} SSN: 123-45-6789 ${'b'.repeat(90_000)} x`;
    const whole = createSegmentStream(detector, { block: BLOCK });
    const expected = [...whole.push(text), ...whole.flush()];
    const single = createSegmentStream(detector, { block: BLOCK });
    const got = [...text].flatMap((unit) => single.push(unit));
    expect([...got, ...single.flush()]).toEqual(expected);
  });
});
