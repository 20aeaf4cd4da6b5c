import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toHex, utf8 } from '../../shared/proof/bytes.ts';
import { sha256 } from '../../shared/proof/sha256.ts';
import { isHexOf, makeSha256 } from './fast-sha256.ts';

const fast = makeSha256();

test('the published values', () => {
  expect(toHex(fast(utf8('')))).toBe(
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  );
  expect(toHex(fast(utf8('abc')))).toBe(
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  );
});

test('every length around the block ends, one call after another, equals the plain one', () => {
  for (let n = 0; n < 200; n++) {
    const data = Uint8Array.from({ length: n }, (_, i) => (i * 7 + n) & 255);
    expect(toHex(fast(data))).toBe(toHex(sha256(data)));
  }
});

test('any bytes hash as the plain one does, and hex is compared exactly', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2000 }), (data) => {
      const hash = fast(data);
      const hex = toHex(sha256(data));
      expect(toHex(hash)).toBe(hex);
      expect(isHexOf(hex, hash)).toBe(true);
      expect(isHexOf(hex.toUpperCase(), hash)).toBe(!/[a-f]/.test(hex));
      expect(isHexOf(`${hex.slice(0, -1)}${hex.endsWith('0') ? '1' : '0'}`, hash)).toBe(false);
    }),
  );
});
