/** Decodes the front-coded word lists. */

export interface ListedWord {
  word: string;
  /** Also an ordinary word of some language. */
  common: boolean;
}

/** Each entry: one digit (letters shared with the entry before), the rest, `*` when common. */
export function decodeList(coded: string): ListedWord[] {
  const out: ListedWord[] = [];
  let previous = '';
  for (const match of coded.matchAll(/(\d)([a-z]+)(\*?)/g)) {
    const word = previous.slice(0, Number(match[1])) + match[2];
    out.push({ word, common: match[3] === '*' });
    previous = word;
  }
  return out;
}
