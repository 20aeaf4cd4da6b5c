import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatBytes, fromBase64, fromUtf8, toBase64, toHex, utf8 } from './bytes.ts';
import { canonicalize, isCanonical } from './canonical.ts';
import { verifyConsistency, verifyInclusion } from './proofs.ts';
import { sha256 } from './sha256.ts';
import { HASH_SIZE, levelSizes, nodesFromTiles, rangeFromNodes, TILE_WIDTH } from './tiles.ts';
import { CompactRange, consistencyPath, inclusionPath, splitPoint, treeHasher } from './tree.ts';

const hasher = treeHasher((data) => createHash('sha256').update(data).digest());

/** The definition of RFC 6962 2.1, word for word. */
function mth(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 0) return hasher.empty;
  if (leaves.length === 1) return leaves[0]!;
  const k = splitPoint(leaves.length);
  return hasher.node(mth(leaves.slice(0, k)), mth(leaves.slice(k)));
}

function makeLeaves(count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, i) => hasher.leaf(utf8(`leaf ${i}`)));
}

/** Tiles built from the definition, not by the code under test. */
function tilesOf(leaves: readonly Uint8Array[]): (level: number, n: number) => Uint8Array | null {
  const levels = [leaves];
  while (levels.at(-1)!.length >= TILE_WIDTH) {
    const below = levels.at(-1)!;
    const full = Math.floor(below.length / TILE_WIDTH);
    levels.push(
      Array.from({ length: full }, (_, n) =>
        mth(below.slice(n * TILE_WIDTH, (n + 1) * TILE_WIDTH)),
      ),
    );
  }
  return (level, n) => {
    const part = levels[level]?.slice(n * TILE_WIDTH, (n + 1) * TILE_WIDTH) ?? [];
    return part.length > 0 ? concatBytes(...part) : null;
  };
}

describe('tree', () => {
  it('compact range, tiles and definition agree; every proof verifies and a changed one fails', () => {
    const all = makeLeaves(700);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 700 }), fc.nat(), fc.nat(), (size, a, b) => {
        const leaves = all.slice(0, size);
        const root = mth(leaves);
        const range = new CompactRange(hasher);
        for (const leaf of leaves) range.append(leaf);
        expect(toHex(range.root())).toBe(toHex(root));
        const node = nodesFromTiles(hasher, tilesOf(leaves));
        expect(rangeFromNodes(node, size).map(toHex)).toEqual(range.hashes.map(toHex));

        const index = a % size;
        const proof = inclusionPath(hasher, node, index, size);
        const claim = { index: BigInt(index), size: BigInt(size), leafHash: leaves[index]!, root };
        expect(verifyInclusion(hasher, { ...claim, proof })).toBe(true);
        expect(verifyInclusion(hasher, { ...claim, proof, index: claim.index + 1n })).toBe(false);
        expect(verifyInclusion(hasher, { ...claim, proof: [...proof, root] })).toBe(false);

        const first = (b % size) + 1;
        const firstRoot = mth(leaves.slice(0, first));
        const path = consistencyPath(hasher, node, first, size);
        const both = { first: BigInt(first), second: BigInt(size), firstRoot, secondRoot: root };
        expect(verifyConsistency(hasher, { ...both, proof: path })).toBe(true);
        if (first < size) {
          expect(verifyConsistency(hasher, { ...both, proof: path, firstRoot: root })).toBe(false);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('names the levels of the tile store', () => {
    expect(levelSizes(600)).toEqual([600, 2]);
    expect(levelSizes(255)).toEqual([255]);
    expect(levelSizes(65536)).toEqual([65536, 256, 1]);
    expect(HASH_SIZE * TILE_WIDTH).toBe(8192);
  });

  it('pure SHA-256 equals the platform one, also across block borders', () => {
    for (const n of [0, 1, 55, 56, 63, 64, 65, 119, 120, 128, 1000]) {
      const data = new Uint8Array(n).fill(n);
      expect(toHex(sha256(data))).toBe(createHash('sha256').update(data).digest('hex'));
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (data) => {
        expect(toHex(sha256(data))).toBe(createHash('sha256').update(data).digest('hex'));
      }),
    );
  });
});

describe('bytes and canonical JSON', () => {
  it('base64 and UTF-8 round trip and refuse every other spelling', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (data) => {
        expect(toBase64(data)).toBe(Buffer.from(data).toString('base64'));
        expect(fromBase64(toBase64(data))).toEqual(data);
      }),
    );
    for (const bad of ['AA', 'AB==', 'AAB=', 'A===', 'AA==\n', 'AA-_', ' AA==']) {
      expect(fromBase64(bad)).toBeNull();
    }
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(fromUtf8(utf8(text))).toBe(text);
        expect(Buffer.from(utf8(text))).toEqual(Buffer.from(text, 'utf8'));
      }),
    );
    for (const bad of [
      [0xc0, 0x80],
      [0xed, 0xa0, 0x80],
      [0xf4, 0x90, 0x80, 0x80],
      [0x80],
      [0xe2],
    ]) {
      expect(fromUtf8(Uint8Array.from(bad))).toBeNull();
    }
  });

  it('canonical form is a fixed point, and every rewriting of it is told apart', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalize(value);
        expect(isCanonical(text, JSON.parse(text))).toBe(true);
        expect(canonicalize(JSON.parse(text))).toBe(text);
      }),
    );
    const bad = ['{"a":1,"a":1}', '{"b":1,"a":1}', '{ "a":1}', '{"a":1.0}', '{"a":"\\u0041"}'];
    bad.push('"\\ud800"', '{"9":1,"10":2}', '[1,2] ', '1e0', '-0', '"\\/"');
    for (const text of bad)
      expect([text, isCanonical(text, JSON.parse(text))]).toEqual([text, false]);
    expect(isCanonical('{"10":1,"9":2}', JSON.parse('{"10":1,"9":2}'))).toBe(true);
    expect(() => canonicalize('\ud800')).toThrow(TypeError);
    expect(() => canonicalize(Number.NaN)).toThrow(TypeError);
  });
});
