/**
 * What moves a cursor, turns the direction of text or cannot be seen at all, with the fillers that
 * Unicode counts as letters. A name that holds one of these is not the name it looks like.
 */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\u115f\u1160\u3164\uffa0]/gu;

const code = (c: string): string => `\\u{${(c.codePointAt(0) ?? 0).toString(16)}}`;

/** Foreign text as one line: every such character is shown as its code, `\u{202e}`. */
export function printable(text: string): string {
  return text.replace(UNSEEN, code);
}

/** The same for a text of several lines: line ends and tabs stay. */
export function printableLines(text: string): string {
  return text.replace(UNSEEN, (c) => (c === '\n' || c === '\t' ? c : code(c)));
}
