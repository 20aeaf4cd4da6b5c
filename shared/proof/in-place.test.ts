import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toHex } from './bytes.ts';
import { inPlaceHasher } from './in-place.ts';
import { treeHasher } from './tree.ts';

const encoder = new TextEncoder();
const own = inPlaceHasher((text, target) => encoder.encodeInto(text, target));
const platform = treeHasher((data) => createHash('sha256').update(data).digest());

test('texts, bytes and nodes of any content, one after another, hash as the platform does', () => {
  const anyText = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 400 }),
    fc.array(fc.integer({ min: 0xd7f0, max: 0xe010 }), { maxLength: 80 }).map((units) =>
      // Lone surrogates among others.
      String.fromCharCode(...units),
    ),
  );
  fc.assert(
    fc.property(anyText, fc.uint8Array({ maxLength: 300 }), (text, bytes) => {
      const body = encoder.encode(text);
      let seen = '';
      const leaf = own.leafOfText(text, (all, from, to) => {
        seen = toHex(all.slice(from, to));
      });
      expect(toHex(leaf)).toBe(toHex(platform.leaf(body)));
      expect(seen).toBe(toHex(body));
      expect(toHex(own.leaf(bytes))).toBe(toHex(platform.leaf(bytes)));
      expect(toHex(own.node(body, bytes))).toBe(toHex(platform.node(body, bytes)));
      expect(toHex(own.empty)).toBe(toHex(platform.empty));
    }),
  );
});

test('a text larger than the buffer, then small ones, then every length at a block end', () => {
  for (const text of ['ü'.repeat(100_000), 'x', '']) {
    expect(toHex(own.leafOfText(text))).toBe(toHex(platform.leaf(encoder.encode(text))));
  }
  for (let n = 0; n < 300; n++) {
    const text = 'y'.repeat(n);
    expect(toHex(own.leafOfText(text))).toBe(toHex(platform.leaf(encoder.encode(text))));
  }
});

test('a hash that was given out does not change when the next one is made', () => {
  const first = own.leafOfText('first');
  const before = toHex(first);
  own.leafOfText('second');
  expect(toHex(first)).toBe(before);
});
