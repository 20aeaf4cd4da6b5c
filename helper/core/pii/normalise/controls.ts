/**
 * Control characters: sequences that colour a terminal, characters struck over, and the zero bytes
 * of a text that was UTF-16. A reader does not see them, so no value may hide behind them.
 */

const TERMINAL =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it looks for.
  /\u001b(?:\[[0-?]{0,32}[ -/]{0,4}([@-~])|\][^\u0007\u001b\n]{0,200}(?:\u0007|\u001b\\)|[ -/][0-~]|[0-Z\\^_a-~])/y;
/** What moves the cursor or erases: what stands behind it is written elsewhere. */
const MOVES = /[A-Kf]/;
/** The same as program text and logs write it. */
const WRITTEN = /\\(?:x1[bB]|u001[bB]|033)\[[0-9;]{0,16}m/y;

export interface Control {
  char: string;
  length: number;
  /** Stands in the place of the character before it. */
  over: boolean;
}

/** Length of `\\x1b[31m` at a backslash, else 0. */
export function terminalAt(source: string, at: number): number {
  WRITTEN.lastIndex = at;
  return WRITTEN.test(source) ? WRITTEN.lastIndex - at : 0;
}

/** Separators of messages and lists: between the characters of a word they are none. */
function isSeparator(code: number): boolean {
  return code <= 1 || (code >= 0x1c && code <= 0x1f);
}

/** What a control character stands for, with what belongs to it; null when it stays. */
export function controlAt(source: string, at: number): Control | null {
  const code = source.charCodeAt(at);
  const one = (char: string): Control => ({ char, length: 1, over: false });
  if (code === 9 || code === 10) return null;
  // Page ends, and line ends of old systems.
  if (code === 11 || code === 12 || code === 13) return one('\n');
  if (code === 0x1b) {
    TERMINAL.lastIndex = at;
    const match = TERMINAL.exec(source);
    if (match === null) return one('');
    const moves = match[1] !== undefined && MOVES.test(match[1]);
    return { char: moves ? ' ' : '', length: match[0].length, over: false };
  }
  const next = source.charCodeAt(at + 1);
  if (code === 8)
    return next > 32 ? { char: source.charAt(at + 1), length: 2, over: true } : one('');
  const through = source.charCodeAt(at - 2) === code || source.charCodeAt(at + 2) === code;
  return one(isSeparator(code) && !through ? '\n' : '');
}
