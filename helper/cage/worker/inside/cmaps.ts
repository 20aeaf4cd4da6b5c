/**
 * The predefined character maps that PDFs in Chinese, Japanese and Korean refer to by name, packed
 * in base64. Empty in the sources: the bundler (`bundle.ts`) puts the reader's own files in.
 */
export const CMAPS: Readonly<Record<string, string>> = {};
