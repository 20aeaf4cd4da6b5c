import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isHexOf, toHex, utf8 } from './bytes.ts';
import { makeSha256, sha256 } from './sha256.ts';

const own = makeSha256();
const platform = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex');

test('the published values', () => {
  expect(toHex(own(utf8('')))).toBe(
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  );
  expect(toHex(own(utf8('abc')))).toBe(
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  );
});

test('every length around the block ends, one call after another, equals the platform', () => {
  for (let n = 0; n < 200; n++) {
    const data = Uint8Array.from({ length: n }, (_, i) => (i * 7 + n) & 255);
    expect(toHex(own(data))).toBe(platform(data));
  }
});

test('any bytes hash as the platform does, and hex is compared exactly', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2000 }), (data) => {
      const hash = own(data);
      const hex = platform(data);
      expect(toHex(sha256(data))).toBe(hex);
      expect(toHex(hash)).toBe(hex);
      expect(isHexOf(hex, hash)).toBe(true);
      expect(isHexOf(hex.toUpperCase(), hash)).toBe(!/[a-f]/.test(hex));
      expect(isHexOf(`${hex.slice(0, -1)}${hex.endsWith('0') ? '1' : '0'}`, hash)).toBe(false);
    }),
  );
});
