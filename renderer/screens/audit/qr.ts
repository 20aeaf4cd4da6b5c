import { create } from 'qrcode';

/** Light modules around the symbol that a reader needs (ISO/IEC 18004, 6.3.8). */
const QUIET = 4;

export interface QrSymbol {
  /** Modules a side, without the quiet zone. */
  size: number;
  /** Row by row, 1 is dark. */
  modules: Uint8Array;
  version: number;
}

/**
 * The QR symbol of a text as UTF-8 bytes with error correction M, so that a fold or a stain of about
 * 15 % still reads. Null when the text is longer than the largest symbol holds (2,331 bytes).
 */
export function qrSymbol(text: string): QrSymbol | null {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length === 0 || bytes.length > 2331) return null;
  const { modules, version } = create([{ data: bytes, mode: 'byte' }], {
    errorCorrectionLevel: 'M',
  });
  return { size: modules.size, modules: Uint8Array.from(modules.data), version };
}

/** Side of the drawing in modules, quiet zone included. */
export const qrSide = ({ size }: QrSymbol): number => size + 2 * QUIET;

/** One SVG path over all dark modules, in units of a module; rows of dark modules are one stroke. */
export function qrPath({ size, modules }: QrSymbol): string {
  const parts: string[] = [];
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; ) {
      let run = 0;
      while (x + run < size && modules[y * size + x + run] === 1) run++;
      if (run > 0) parts.push(`M${x + QUIET} ${y + QUIET}h${run}v1h-${run}z`);
      x += Math.max(run, 1);
    }
  }
  return parts.join('');
}
