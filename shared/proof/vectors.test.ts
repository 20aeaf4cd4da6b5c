import { createPublicKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fromBase64, fromHex, toHex } from './bytes.ts';
import { canonicalize, isCanonical } from './canonical.ts';
import { checkSignature, parseCheckpoint, parseNote, parseVkey } from './note.ts';
import { verifyConsistency, verifyInclusion } from './proofs.ts';
import { sha256 } from './sha256.ts';
import { CompactRange, treeHasher } from './tree.ts';

const hasher = treeHasher(sha256);

function load<T>(name: string): T {
  const text = readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8');
  return JSON.parse(text.replace(/"(leafIdx|treeSize|size1|size2)":\s*(\d+)/g, '"$1":"$2"')) as T;
}

const hash = (text: string | null): Uint8Array => fromBase64(text ?? '') ?? new Uint8Array(0);
const ed25519 = (key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean =>
  verify(
    null,
    message,
    createPublicKey({
      key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(key).toString('base64url') },
      format: 'jwk',
    }),
    signature,
  );

interface InclusionCase {
  id: string;
  leafIdx: string;
  treeSize: string;
  root: string;
  leafHash: string;
  proof: string[] | null;
  wantErr: boolean;
}
interface ConsistencyCase {
  id: string;
  size1: string;
  size2: string;
  root1: string;
  root2: string;
  proof: string[] | null;
  wantErr: boolean;
}

describe('public vectors', () => {
  const inclusion = load<{ cases: InclusionCase[] }>('rfc6962-inclusion.json').cases;
  it('holds all published proof cases', () => {
    expect(inclusion).toHaveLength(98);
  });
  it.each(inclusion)('$id', (c) => {
    const got = verifyInclusion(hasher, {
      index: BigInt(c.leafIdx),
      size: BigInt(c.treeSize),
      leafHash: hash(c.leafHash),
      root: hash(c.root),
      proof: (c.proof ?? []).map(hash),
    });
    expect(got).toBe(!c.wantErr);
  });

  const consistency = load<{ cases: ConsistencyCase[] }>('rfc6962-consistency.json').cases;
  it.each(consistency)('$id', (c) => {
    const got = verifyConsistency(hasher, {
      first: BigInt(c.size1),
      second: BigInt(c.size2),
      firstRoot: hash(c.root1),
      secondRoot: hash(c.root2),
      proof: (c.proof ?? []).map(hash),
    });
    expect(got).toBe(!c.wantErr);
  });

  it('computes the reference tree', () => {
    const tree = load<{
      leafInputsHex: string[];
      levelHashesHex: string[][];
      rootsHexBySize: string[];
    }>('rfc6962-tree.json');
    const range = new CompactRange(hasher);
    expect(toHex(range.root())).toBe(tree.rootsHexBySize[0]);
    tree.leafInputsHex.forEach((input, i) => {
      const leaf = hasher.leaf(fromHex(input)!);
      expect(toHex(leaf)).toBe(tree.levelHashesHex[0]![i]);
      range.append(leaf);
      expect(toHex(range.root())).toBe(tree.rootsHexBySize[i + 1]);
    });
  });

  const jcs = load<{ cases: { id: string; inputBase64: string; outputBase64: string }[] }>(
    'rfc8785-jcs.json',
  ).cases;
  it.each(jcs)('canonical JSON: $id', (c) => {
    const input = Buffer.from(c.inputBase64, 'base64').toString('utf8');
    const output = Buffer.from(c.outputBase64, 'base64').toString('utf8');
    expect(canonicalize(JSON.parse(input))).toBe(output);
    expect(isCanonical(output, JSON.parse(output))).toBe(true);
    expect(isCanonical(input, JSON.parse(input))).toBe(input === output);
  });

  it('verifies the published signed notes and parses the published checkpoint', () => {
    const { cases } = load<{ cases: { id: string; vkey?: string; note: string }[] }>(
      'signed-note.json',
    );
    for (const c of cases) {
      const note = parseNote(c.note)!;
      if (c.vkey === undefined) {
        const checkpoint = parseCheckpoint(note.text)!;
        expect(checkpoint.origin).toBe('example.com/behind-the-sofa');
        expect(checkpoint.size).toBe(20852163n);
        continue;
      }
      const key = parseVkey(sha256, c.vkey)!;
      expect(checkSignature(ed25519, note, key)).toBe('ok');
      const edited = { ...note, text: note.text.replace(/e/, 'E') };
      expect(checkSignature(ed25519, edited, key)).toBe('invalid');
    }
    expect(cases).toHaveLength(3);
  });
});
