/** What an alternate reading changes in a text, and what the readings ask about its neighbours. */

export type ViewKind =
  | 'wrapped'
  | 'joined'
  | 'soft'
  | 'spaced'
  | 'spelled'
  | 'decoded'
  | 'marks'
  | 'gaps'
  | 'labels';

export interface Edit {
  start: number;
  end: number;
  text: string;
  kind: ViewKind;
}

const VALUE = /[A-Za-z0-9@.:/+=_\-\u00c0-\u024f]/;
/** By unit: a place outside the table would cost every look at it. */
const VALUES = Uint8Array.from({ length: 65_536 }, (_, code) =>
  code < 0x250 && VALUE.test(String.fromCharCode(code)) ? 1 : 0,
);

/** Whether the unit at `at` may stand inside a value. */
export function isValue(text: string, at: number): boolean {
  return at >= 0 && at < text.length && VALUES[text.charCodeAt(at)] === 1;
}

export function digitNear(text: string, from: number, to: number): boolean {
  const stop = Math.min(text.length, to);
  for (let i = Math.max(0, from); i < stop; i++) {
    const c = text.charCodeAt(i);
    if ((c >= 48 && c <= 57) || c === 64) return true;
  }
  return false;
}

/** Fewest digits of a value without `@` that may be broken by a line end or a mark. */
const DIGITS_IN_VALUE = 3;
const VALUE_REACH = 40;

/**
 * Whether the lines on both sides of an edit hold digits enough for a value, or an `@`: `2m` and
 * `.TP`, or the `5` of `\f5--name`, are no halves of anything. An escape of its own ends the stretch.
 */
export function valueAround(text: string, from: number, to: number): boolean {
  let digits = 0;
  for (let i = from - 1; i >= 0 && from - i <= VALUE_REACH; i--) {
    const c = text.charCodeAt(i);
    if (c === 10 || c === 92) break;
    if (c >= 48 && c <= 57) digits++;
    else if (c === 64) return true;
    if (digits === DIGITS_IN_VALUE) return true;
  }
  for (let i = to; i < text.length && i - to < VALUE_REACH; i++) {
    const c = text.charCodeAt(i);
    if (c === 10 || c === 92) break;
    if (c >= 48 && c <= 57) digits++;
    else if (c === 64) return true;
    if (digits === DIGITS_IN_VALUE) return true;
  }
  return false;
}

/** `--flatten`, `\fB--flatten`. */
const OPTION = /(?:\\f[A-Z0-9])?--/y;

/**
 * `user: jane*doe1`: the run an edit stands in is the value of a field. What `--` begins after
 * a colon is an option of a manual page.
 */
export function fieldBefore(text: string, from: number): boolean {
  let i = from - 1;
  for (; i >= 0 && from - i <= VALUE_REACH; i--) {
    const c = text.charCodeAt(i);
    // `https://`: the mark of an address opens no value.
    if (c === 58 && text.charCodeAt(i + 1) === 47) return false;
    if (c === 58 || c === 61) return true;
    if (c <= 32) break;
  }
  const before = text.charCodeAt(i - 1);
  OPTION.lastIndex = i + 1;
  return before === 61 || (before === 58 && !OPTION.test(text));
}

export function isLetter(c: number): boolean {
  const lower = c | 32;
  return lower >= 97 && lower <= 122;
}

export function isWordChar(c: number): boolean {
  return (c >= 48 && c <= 57) || (c >= 97 && c <= 122);
}
