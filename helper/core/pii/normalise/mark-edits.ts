/** Marks of layout inside a value: Markdown and HTML. */
import { digitNear, type Edit, fieldBefore, isLetter, isValue, valueAround } from './edit.ts';

const MARK_AT = /[*`<]|__|~~/g;
/** Tags of layout, with attributes or without, and comments: `12<!-- -->3-45-6789`. */
const TAG =
  /<(?:\/?(?:b|i|u|em|strong|span|code|wbr|s|mark|small|tt|font|sub|sup|ins|del|bdi|bdo|a)(?: [^<>\n]{0,80})?\/?|!--[^<>]{0,60}--)>/iy;

/** The end of the mark at `from`, or -1 when a `<` opens no tag of layout. */
function markEnd(text: string, from: number): number {
  const c = text.charCodeAt(from);
  if (c === 60) {
    TAG.lastIndex = from;
    return TAG.test(text) ? TAG.lastIndex : -1;
  }
  if (c === 95 || c === 126) return from + 2;
  let to = from + 1;
  if (c === 42) while (to - from < 4 && text.charCodeAt(to) === 42) to++;
  return to;
}

/** Longest run between two marks of one word. */
const WORD_MOST = 120;

/** `Ndm**U-TZ7rKg**`: the mark that ends what one inside the word began. */
function closes(text: string, from: number, edits: readonly Edit[]): boolean {
  const last = edits[edits.length - 1];
  if (last === undefined || from - last.end > WORD_MOST) return false;
  return !/\s/.test(text.slice(last.end, from));
}

/**
 * `named` tells whether a label stands before a place, close enough for its value to reach there:
 * a field of any other name is no reason to read on without its marks.
 */
export function markEdits(text: string, named: (at: number) => boolean, edits: Edit[]): void {
  MARK_AT.lastIndex = 0;
  while (MARK_AT.test(text)) {
    let from = MARK_AT.lastIndex - 1;
    if (text.charCodeAt(from) === 95 || text.charCodeAt(from) === 126) from--;
    const to = markEnd(text, from);
    if (to < 0) continue;
    MARK_AT.lastIndex = to;
    const left = isValue(text, from - 1);
    const right = isValue(text, to);
    // Backticks and tags around a word are ordinary; stars may stand before a space of the value.
    const star = text.charCodeAt(from) === 42;
    if (star && text.charCodeAt(from - 1) === 92) continue;
    if (star ? !left && !right : !left || !right) continue;
    // `*TE*6145550186*EM*`: elements of a message, each with its kind.
    if (
      star &&
      (/\*[A-Z]{2}$/.test(text.slice(from - 3, from)) || /^[A-Z]{2}\*/.test(text.slice(to, to + 3)))
    )
      continue;
    const before = text.charCodeAt(from - 1);
    const joinedWord = star && isLetter(before) && isLetter(text.charCodeAt(to));
    // `---**--BEGIN`: the dashes around a block.
    const dashes = star && before === 45 && text.charCodeAt(to) === 45;
    if (
      !joinedWord &&
      !dashes &&
      !(star && closes(text, from, edits)) &&
      !(
        (digitNear(text, from - 8, from) || digitNear(text, to, to + 8)) &&
        valueAround(text, from, to)
      ) &&
      !(fieldBefore(text, from) && named(from))
    )
      continue;
    edits.push({ start: from, end: to, text: '', kind: 'marks' });
  }
}
