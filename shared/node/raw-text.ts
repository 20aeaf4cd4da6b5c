/**
 * Arguments and names are bytes on Unix and text in JSON. Bytes that are not UTF-8 travel as the lone
 * surrogates U+DC80 to U+DCFF, one each, as Python's surrogateescape does; nothing is replaced.
 */

const FIRST = 0xdc80;

/** Text for bytes. `bytesOfText` gives the same bytes back. */
export function textOfBytes(bytes: Uint8Array): string {
  const whole = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  try {
    return whole.decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
  let text = '';
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceLength(bytes, at);
    text +=
      length === 0
        ? String.fromCharCode(0xdc00 + (bytes[at] ?? 0))
        : whole.decode(bytes.subarray(at, at + length));
    at += Math.max(1, length);
  }
  return text;
}

/** Bytes of the well-formed sequence at `at`; 0 when there is none. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0;
  const length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  const part = bytes.subarray(at, at + length);
  try {
    return part.length === length &&
      [...new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(part)].length === 1
      ? length
      : 0;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return 0;
  }
}

/** UTF-8, and for U+DC80 to U+DCFF standing alone the byte each stands for. */
export function bytesOfText(text: string): Buffer {
  if (text.isWellFormed()) return Buffer.from(text);
  const parts = [...text].map((character) => {
    const code = character.codePointAt(0) ?? 0;
    return code >= FIRST && code <= 0xdcff ? Buffer.of(code - 0xdc00) : Buffer.from(character);
  });
  return Buffer.concat(parts);
}
