import { inflateSync } from 'node:zlib';

/** Unpacked bytes that are looked through at most, in one stream and in all. */
const MAX_STREAM = 16 * 1024 * 1024;
const MAX_TOTAL = 64 * 1024 * 1024;
const ACTUAL =
  /\/(?:ActualText|Alt)\s{0,8}(?:\(((?:[^()\\]|\\[\s\S]){0,4000})\)|<([0-9A-Fa-f\s]{0,8000})>)/g;

function* sources(bytes: Uint8Array): Generator<string> {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  yield file.toString('latin1');
  let total = 0;
  for (let at = file.indexOf('stream'); at >= 0; at = file.indexOf('stream', at + 6)) {
    const start = at + (file[at + 6] === 13 ? 8 : 7);
    // Only what is packed the usual way: 0x78 begins it.
    if (file[start] !== 0x78 || total > MAX_TOTAL) continue;
    try {
      const options = { finishFlush: 2, maxOutputLength: MAX_STREAM };
      const out = inflateSync(file.subarray(start), options);
      total += out.length;
      yield out.toString('latin1');
    } catch (thrown) {
      // Another kind of stream, or a picture of many megabytes: no text to find.
      if (!(thrown instanceof Error)) throw thrown;
    }
  }
}

/** Text of a PDF string: escapes undone, UTF-16 where its mark says so (ISO 32000-2, 7.9.2). */
function decoded(literal: string | undefined, hex: string | undefined): string {
  const raw =
    literal === undefined
      ? Buffer.from((hex ?? '').replaceAll(/\s/g, ''), 'hex').toString('latin1')
      : literal.replaceAll(/\\([0-7]{1,3}|\r?\n|[\s\S])/g, (_all, code: string) => {
          if (/^[0-7]/.test(code)) return String.fromCharCode(Number.parseInt(code, 8) & 0xff);
          return { n: '\n', r: '\r', t: '\t' }[code] ?? (/^[\r\n]/.test(code) ? '' : code);
        });
  if (!raw.startsWith('\u00fe\u00ff')) return raw;
  return Buffer.from(raw.slice(2), 'latin1')
    .subarray(0, (raw.length - 2) & ~1)
    .swap16()
    .toString('utf16le');
}

/** Texts that stand for what is drawn: a program that copies or reads aloud gives these instead. */
export function actualTexts(bytes: Uint8Array): string[] {
  const found = new Set<string>();
  for (const source of sources(bytes)) {
    for (const [, literal, hex] of source.matchAll(ACTUAL)) found.add(decoded(literal, hex));
  }
  return [...found];
}
