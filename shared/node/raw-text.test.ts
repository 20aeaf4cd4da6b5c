import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOfText, textOfBytes } from './raw-text.ts';

describe('bytes as text', () => {
  it('come back unchanged, whatever they are', () => {
    void fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect([...bytesOfText(textOfBytes(bytes))]).toEqual([...bytes]);
      }),
    );
  });

  it('survive JSON', () => {
    const bytes = Buffer.from([0x61, 0xff, 0xfe, 0xc3, 0xa4, 0xc3, 0xed, 0xa0, 0x80, 0xf0, 0x9f]);
    const carried = JSON.parse(JSON.stringify(textOfBytes(bytes))) as string;
    expect(bytesOfText(carried)).toEqual(bytes);
  });

  it('are plain text where they are UTF-8, byte order mark included', () => {
    expect(textOfBytes(Buffer.from('\ufeffä€😀'))).toBe('\ufeffä€😀');
  });
});
