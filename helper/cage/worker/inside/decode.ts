import { AkiosError } from '../../../../shared/domain/errors.ts';

function decodeWith(label: string, bytes: Uint8Array): string | null {
  try {
    return new TextDecoder(label, { fatal: true }).decode(bytes);
  } catch (thrown) {
    if (thrown instanceof TypeError) return null;
    throw thrown;
  }
}

/**
 * Text of a file: UTF-8, UTF-16 with a byte-order mark, else windows-1252 (what older office
 * programs write). A NUL byte means binary and is refused: a scan of it would prove nothing.
 */
export function decodeText(bytes: Uint8Array, path: string): string {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return notBinary(decodeWith('utf-16le', bytes), path);
  if (first === 0xfe && second === 0xff) return notBinary(decodeWith('utf-16be', bytes), path);
  if (bytes.includes(0)) return notBinary(null, path);
  return decodeWith('utf-8', bytes) ?? notBinary(decodeWith('windows-1252', bytes), path);
}

function notBinary(text: string | null, path: string): string {
  if (text === null) {
    throw new AkiosError('INPUT_INVALID', `${path} is not a text file.`, {
      hint: 'Documents (pdf, docx, xlsx, eml, html) are read by their type.',
    });
  }
  return text;
}
