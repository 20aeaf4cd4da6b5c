import { expect, it } from 'vitest';
import { qrPath, qrSide, qrSymbol } from '../screens/audit/qr.ts';
import { readQr } from './qr-reader.ts';

const NOTE = `akios/10b42e77/efffa043252d
600
gTNXOHo07bde2gXsDXdjFAv5lPcCMA/E1qNEhNIZKug=

— akios/10b42e77/efffa043252d ${btoa('x'.repeat(68))}
`;

/** Dark modules as the drawing has them. */
function drawn(path: string, side: number): Uint8Array {
  const out = new Uint8Array(side * side);
  for (const [, x, y, run] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\3z/g)) {
    for (let i = 0; i < Number(run); i++) out[Number(y) * side + Number(x) + i] = 1;
  }
  return out;
}

it('a checkpoint reads back byte for byte from the drawing alone', () => {
  const symbol = qrSymbol(NOTE)!;
  const side = qrSide(symbol);
  const picture = drawn(qrPath(symbol), side);
  const quiet = 4;
  const inner = Uint8Array.from({ length: symbol.size ** 2 }, (_, i) => {
    const y = Math.floor(i / symbol.size) + quiet;
    return picture[y * side + (i % symbol.size) + quiet]!;
  });
  expect(new TextDecoder().decode(readQr(inner, symbol.size))).toBe(NOTE);
  // Nothing is drawn in the quiet zone.
  const dark = (cells: Uint8Array): number => cells.filter((cell) => cell === 1).length;
  expect(dark(picture)).toBe(dark(symbol.modules));
});

it('every length up to version 20 reads back, and a wrong module is noticed', () => {
  const versions = new Set<number>();
  for (let length = 1; length <= 666; length += 7) {
    const text = Array.from({ length }, (_, i) => String.fromCharCode(33 + ((i * 7) % 90))).join(
      '',
    );
    const symbol = qrSymbol(text)!;
    versions.add(symbol.version);
    expect(new TextDecoder().decode(readQr(symbol.modules, symbol.size))).toBe(text);
    symbol.modules[symbol.size * 9 + symbol.size - 1]! ^= 1;
    expect(() => readQr(symbol.modules, symbol.size)).toThrow('error correction');
  }
  expect(versions.size).toBe(20);
});

it('more than the largest symbol holds gives none', () => {
  expect(qrSymbol('')).toBeNull();
  expect(qrSymbol('x'.repeat(2331))!.size).toBe(177);
  expect(qrSymbol('x'.repeat(2332))).toBeNull();
});
