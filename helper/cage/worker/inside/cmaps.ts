/**
 * The predefined character maps that PDFs in Chinese, Japanese and Korean refer to by name, in
 * base64. None in the sources: the bundler (`bundle.ts`) puts the reader's own files in.
 */
export function packedCmap(_name: string): string | undefined {
  return undefined;
}
