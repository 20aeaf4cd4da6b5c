/**
 * Reads a QR symbol of level M, versions 1 to 20, module by module from ISO/IEC 18004; for tests. It
 * shares nothing with the library that draws them, corrects nothing, and refuses any wrong module.
 */

/** Error correction bytes a block, then pairs of (blocks, data bytes each), by version. */
const BLOCKS: readonly (readonly number[])[] = [
  [10, 1, 16],
  [16, 1, 28],
  [26, 1, 44],
  [18, 2, 32],
  [24, 2, 43],
  [16, 4, 27],
  [18, 4, 31],
  [22, 2, 38, 2, 39],
  [22, 3, 36, 2, 37],
  [26, 4, 43, 1, 44],
  [30, 1, 50, 4, 51],
  [22, 6, 36, 2, 37],
  [22, 8, 37, 1, 38],
  [24, 4, 40, 5, 41],
  [24, 5, 41, 5, 42],
  [28, 7, 45, 3, 46],
  [28, 10, 46, 1, 47],
  [26, 9, 43, 4, 44],
  [26, 3, 44, 11, 45],
  [26, 3, 41, 13, 42],
];
/** Centres of alignment patterns from version 2 on. */
const CENTRES: readonly (readonly number[])[] = [
  [6, 18],
  [6, 22],
  [6, 26],
  [6, 30],
  [6, 34],
  [6, 22, 38],
  [6, 24, 42],
  [6, 26, 46],
  [6, 28, 50],
  [6, 30, 54],
  [6, 32, 58],
  [6, 34, 62],
  [6, 26, 46, 66],
  [6, 26, 48, 70],
  [6, 26, 50, 74],
  [6, 30, 54, 78],
  [6, 30, 56, 82],
  [6, 30, 58, 86],
  [6, 34, 62, 90],
];
const MASKS: readonly ((y: number, x: number) => boolean)[] = [
  (y, x) => (y + x) % 2 === 0,
  (y) => y % 2 === 0,
  (_y, x) => x % 3 === 0,
  (y, x) => (y + x) % 3 === 0,
  (y, x) => (Math.floor(y / 2) + Math.floor(x / 3)) % 2 === 0,
  (y, x) => ((y * x) % 2) + ((y * x) % 3) === 0,
  (y, x) => (((y * x) % 2) + ((y * x) % 3)) % 2 === 0,
  (y, x) => (((y + x) % 2) + ((y * x) % 3)) % 2 === 0,
];

/** The bytes of a symbol of one byte segment. Throws Error for anything wrong in it. */
export function readQr(modules: Uint8Array, size: number): Uint8Array {
  const version = (size - 17) / 4;
  const at = (y: number, x: number): number => modules[y * size + x]!;
  checkFinders(at, size);
  const mask = maskOf(at);
  const function_ = functionModules(size, version);
  const bits: number[] = [];
  for (const [y, x] of zigzag(size)) {
    if (function_(y, x)) continue;
    bits.push(at(y, x) ^ (MASKS[mask]!(y, x) ? 1 : 0));
  }
  return payload(dataBytes(toBytes(bits), BLOCKS[version - 1]!), version);
}

type At = (y: number, x: number) => number;

function checkFinders(at: At, size: number): void {
  for (const [top, left] of [
    [0, 0],
    [0, size - 7],
    [size - 7, 0],
  ] as const) {
    for (let y = 0; y < 7; y++) {
      for (let x = 0; x < 7; x++) {
        const ring = Math.max(Math.abs(y - 3), Math.abs(x - 3));
        if (at(top + y, left + x) !== (ring === 2 ? 0 : 1)) throw new Error('finder');
      }
    }
  }
  for (let i = 8; i < size - 8; i++) {
    if (at(6, i) !== (i + 1) % 2 || at(i, 6) !== (i + 1) % 2) throw new Error('timing');
  }
}

/** The 15 format bits beside the first finder: level M is 00, then three bits of the mask. */
function maskOf(at: At): number {
  const cells = [0, 1, 2, 3, 4, 5, 7, 8].map((x) => at(8, x));
  cells.push(...[7, 5, 4, 3, 2, 1, 0].map((y) => at(y, 8)));
  const word = cells.reduce((sum, bit) => (sum << 1) | bit, 0) ^ 0b101010000010010;
  let rest = word;
  for (let i = 14; i >= 10; i--) if ((rest >> i) & 1) rest ^= 0b10100110111 << (i - 10);
  if (rest !== 0 || word >> 13 !== 0) throw new Error('format');
  return (word >> 10) & 7;
}

function functionModules(size: number, version: number): (y: number, x: number) => boolean {
  const centres = version === 1 ? [] : CENTRES[version - 2]!;
  const last = centres.length - 1;
  return (y, x) => {
    const corner = (y < 9 && x < 9) || (y < 9 && x >= size - 8) || (y >= size - 8 && x < 9);
    if (corner || y === 6 || x === 6) return true;
    if (version >= 7) {
      if (y < 6 && x >= size - 11) return true;
      if (x < 6 && y >= size - 11) return true;
    }
    return centres.some((cy, i) =>
      centres.some((cx, j) => {
        const finder = (i === 0 && (j === 0 || j === last)) || (i === last && j === 0);
        return !finder && Math.abs(y - cy) <= 2 && Math.abs(x - cx) <= 2;
      }),
    );
  };
}

function* zigzag(size: number): Generator<[number, number]> {
  let up = true;
  for (let right = size - 1; right > 0; right -= 2) {
    if (right === 6) right = 5;
    for (let i = 0; i < size; i++) {
      const y = up ? size - 1 - i : i;
      yield [y, right];
      yield [y, right - 1];
    }
    up = !up;
  }
}

function toBytes(bits: readonly number[]): number[] {
  return Array.from({ length: Math.floor(bits.length / 8) }, (_, i) =>
    bits.slice(8 * i, 8 * i + 8).reduce((sum, bit) => (sum << 1) | bit, 0),
  );
}

/** Takes the interleaved blocks apart and checks each one's Reed-Solomon syndromes. */
function dataBytes(all: readonly number[], table: readonly number[]): number[] {
  const [ecc, ...groups] = table as [number, ...number[]];
  const lengths: number[] = [];
  for (let g = 0; g < groups.length; g += 2) {
    for (let n = 0; n < groups[g]!; n++) lengths.push(groups[g + 1]!);
  }
  const blocks: number[][] = lengths.map(() => []);
  let next = 0;
  for (let i = 0; i < Math.max(...lengths); i++) {
    lengths.forEach((length, b) => {
      if (i < length) blocks[b]!.push(all[next++]!);
    });
  }
  const parity: number[][] = lengths.map(() => []);
  for (let i = 0; i < ecc; i++) for (const block of parity) block.push(all[next++]!);
  if (next !== all.length) throw new Error('length');
  for (const [b, block] of blocks.entries()) checkSyndromes([...block, ...parity[b]!], ecc);
  return blocks.flat();
}

function checkSyndromes(code: readonly number[], ecc: number): void {
  for (let i = 0, root = 1; i < ecc; i++, root = times(root, 2)) {
    let sum = 0;
    for (const byte of code) sum = times(sum, root) ^ byte;
    if (sum !== 0) throw new Error('error correction');
  }
}

/** Product in GF(256) with the polynomial x^8 + x^4 + x^3 + x^2 + 1. */
function times(a: number, b: number): number {
  let out = 0;
  for (let x = a, y = b; y > 0; y >>= 1) {
    if (y & 1) out ^= x;
    x = x & 128 ? (x << 1) ^ 0x11d : x << 1;
  }
  return out;
}

function payload(bytes: readonly number[], version: number): Uint8Array {
  let at = 0;
  const take = (count: number): number => {
    let out = 0;
    for (let i = 0; i < count; i++, at++) {
      out = (out << 1) | ((bytes[at >> 3]! >> (7 - (at & 7))) & 1);
    }
    return out;
  };
  if (take(4) !== 0b0100) throw new Error('mode');
  const length = take(version < 10 ? 8 : 16);
  return Uint8Array.from({ length }, () => take(8));
}
