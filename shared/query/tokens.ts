import { queryError } from './query-error.ts';

export type Token =
  | { kind: 'open' | 'close' | 'or' | 'not'; at: number }
  | { kind: 'word'; text: string; quoted: boolean; at: number }
  | { kind: 'field'; name: string; value: string; quoted: boolean; at: number; valueAt: number };

const MAX_LENGTH = 2000;
const FIELD = /[A-Za-z_][A-Za-z0-9_.]*:/y;
const BARE = /[^\s()"]+/y;

/** Positions are UTF-16 offsets. Throws INPUT_INVALID for an open quote. */
export function tokenize(text: string): Token[] {
  if (text.length > MAX_LENGTH) {
    throw queryError('The filter is too long.', MAX_LENGTH, `At most ${MAX_LENGTH} characters.`);
  }
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const c = text[at]!;
    if (/\s/.test(c)) at += 1;
    else if (c === '(' || c === ')') tokens.push({ kind: c === '(' ? 'open' : 'close', at: at++ });
    else if (c === '-' && at + 1 < text.length && !/[\s)]/.test(text[at + 1]!)) {
      tokens.push({ kind: 'not', at: at++ });
    } else at = readTerm(text, at, tokens);
  }
  return tokens;
}

function readTerm(text: string, at: number, tokens: Token[]): number {
  FIELD.lastIndex = at;
  const field = FIELD.exec(text);
  if (field !== null) {
    const valueAt = at + field[0].length;
    const { value, end, quoted } = readValue(text, valueAt);
    const name = field[0].slice(0, -1).toLowerCase();
    tokens.push({ kind: 'field', name, value, quoted, at, valueAt });
    return end;
  }
  const { value, end, quoted } = readValue(text, at);
  if (!quoted && value === 'OR') tokens.push({ kind: 'or', at });
  else if (quoted || value !== 'AND') tokens.push({ kind: 'word', text: value, quoted, at });
  return end;
}

function readValue(text: string, at: number): { value: string; end: number; quoted: boolean } {
  if (text[at] !== '"') {
    BARE.lastIndex = at;
    const value = BARE.exec(text)?.[0] ?? '';
    return { value, end: at + value.length, quoted: false };
  }
  let value = '';
  for (let i = at + 1; i < text.length; i++) {
    if (text[i] === '"') return { value, end: i + 1, quoted: true };
    if (text[i] === '\\' && i + 1 < text.length) i += 1;
    value += text[i]!;
  }
  throw queryError('This quote is not closed.', at, 'Add a closing quote.');
}
