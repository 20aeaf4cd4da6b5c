/**
 * The font of PDF copies, packed. None in the sources: the bundler (`bundle.ts`) puts it in.
 * @returns base64 of the font file under brotli
 */
export function packedFont(): string {
  return '';
}
