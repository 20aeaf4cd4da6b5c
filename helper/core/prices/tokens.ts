/**
 * Token counts without a tokenizer. A missing tokenizer must not stop a call, so the count is
 * estimated high: measured tables of several vendors average about 4 letters a token in English
 * prose, and fewer for names, digits, punctuation and other scripts.
 */
const PIECE = /[A-Za-z]+|[ \t]{2,}|[\s\S]/gu;

/** Tokens one message costs besides its text (role, separators). */
export const MESSAGE_OVERHEAD = 8;

/** Likely upper count of tokens in `text`: words at 3 letters a token, each digit and sign one. */
export function estimateTokens(text: string): number {
  let tokens = 0;
  for (const [piece] of text.matchAll(PIECE)) {
    const code = piece.codePointAt(0) ?? 0;
    if (code >= 0x80) tokens += code < 0x250 ? 1 : code < 0x1_0000 ? 2 : 4;
    else if (piece.length === 1) tokens += piece === ' ' ? 0 : 1;
    else if (piece[0] === ' ' || piece[0] === '\t') tokens += Math.ceil(piece.length / 4);
    else tokens += Math.ceil(piece.length / 3);
  }
  return tokens;
}

/**
 * A count no byte-level tokenizer can exceed: every token covers at least one byte of UTF-8. Used
 * to reserve money, so that the settled price is never above the reservation.
 */
export function maxTokens(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x1_0000 ? 3 : 4;
  }
  return bytes;
}
