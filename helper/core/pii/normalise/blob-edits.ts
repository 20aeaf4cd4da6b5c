/** Values written in another alphabet: base64, hexadecimal, bytes one by one. */
import { BYTE_CLASS } from '../scan/bytes.ts';
import { DIGIT, UPPER } from '../scan/chars.ts';
import type { Tokens } from '../scan/tokens.ts';
import { type Blob, byteRun, decodeBlob, wrappedBlob } from './decode.ts';
import { type Edit, isWordChar } from './edit.ts';

/** A blob that goes on in lines of base64. */
function wrappedAt(text: string, run: number, end: number): Blob | null {
  const c = text.charCodeAt(end);
  if (c !== 10 && c !== 13 && c !== 61 && c !== 92) return null;
  // Marks of a soft break stand right before the line end.
  const next = text.charCodeAt(c === 61 && text.charCodeAt(end + 1) === 92 ? end + 2 : end + 1);
  if ((c === 61 || c === 92) && next !== 10 && next !== 13) return null;
  if (end - run < 10 || !/[A-Z\d]/.test(text.slice(run, end))) return null;
  return wrappedBlob(text, run, end);
}

/** Runs of bytes written one by one begin with two hexadecimal digits and a mark. */
export function byteEdits(text: string, tokens: Tokens, edits: Edit[]): void {
  let done = 0;
  for (const t of tokens.digits) {
    const at = tokens.start[t]!;
    if (at < done || !byteStart(text, at)) continue;
    const blob = byteRun(text, at);
    if (blob === null) continue;
    done = blob.end;
    edits.push({ start: blob.start, end: blob.end, text: blob.text, kind: 'decoded' });
  }
}

/** `34 31`, `34:31`, `0x34`: what the run must look like before a pattern is tried. */
function byteStart(text: string, at: number): boolean {
  const first = text.charCodeAt(at);
  if (first === 48 && text.charCodeAt(at + 1) === 120) return text.charCodeAt(at + 4) <= 44;
  if (first < 50 || first > 55) return false;
  const mark = text.charCodeAt(at + 2);
  if (mark !== 32 && mark !== 58) return false;
  const next = text.charCodeAt(at + 3);
  return (
    next >= 50 &&
    next <= 55 &&
    text.charCodeAt(at + 5) === mark &&
    !isWordChar(text.charCodeAt(at - 1))
  );
}

const [NONE, SMALL, FIRST, CAPS] = [0, 1, 2, 3];

/**
 * Words with `_` and `-` between, small, capitalised or in capitals, a letter of them no hexadecimal
 * digit, and nothing of a path around them. Base64 changes between small and capital within a word.
 */
function isPlainWord(bytes: Uint8Array, run: number): boolean {
  // `\fBname`: the font of a manual page
  let end = bytes[run - 1] === 92 && bytes[run] === 102 ? run + 2 : run;
  let plain = false;
  let last = NONE;
  for (let c = bytes[end]!; ; c = bytes[++end]!) {
    const low = c | 32;
    if (low >= 97 && low <= 122) {
      if (low > 102) plain = true;
      if (c === low) {
        if (last === CAPS) return false;
        last = SMALL;
      } else {
        if (last === SMALL) return false;
        last = last === NONE ? FIRST : CAPS;
      }
    } else if (c === 95 || c === 45) last = NONE;
    else break;
  }
  return (
    plain &&
    !PATH_BYTES.has(bytes[run - 1]!) &&
    !PATH_BYTES.has(bytes[end]!) &&
    BYTE_CLASS[bytes[end]!] !== DIGIT &&
    BYTE_CLASS[bytes[end]!] !== UPPER
  );
}

/** `+`, `/` and `=`: what else base64 is written with. */
const PATH_BYTES: ReadonlySet<number> = new Set([43, 47, 61]);

export function blobEdits(text: string, tokens: Tokens, edits: Edit[]): void {
  let done = 0;
  for (const run of tokens.long) {
    if (run < done || isPlainWord(tokens.bytes, run)) continue;
    for (let at = run; at >= 0; ) {
      const piece = decodeBlob(text, at, done);
      const { more } = piece;
      const wrapped = more < 0 ? wrappedAt(text, at, piece.end) : null;
      const blob = wrapped ?? piece.blob;
      const end = wrapped?.end ?? piece.end;
      // Further runs of the same blob, as of a path, open to the same.
      done = end;
      at = more;
      if (blob !== null)
        edits.push({ start: blob.start, end: blob.end, text: blob.text, kind: 'decoded' });
    }
  }
}
