import { AkiosError } from '../../../shared/domain/errors.ts';

export type Token =
  | { kind: 'number'; text: string; value: number; at: number }
  | { kind: 'string'; text: string; value: string; at: number }
  | { kind: 'word' | 'op' | 'end'; text: string; at: number };

const SPACE = /[ \t\r\n]+/y;
const NUMBER = /(?:\d{1,15}(?:\.\d{1,15})?)(?:[eE][+-]?\d{1,3})?/y;
/** Step names may hold a hyphen, so a word directly after `steps.` is read with it. */
const STEP_NAME = /[A-Za-z_][A-Za-z0-9_-]*/y;
const WORD = /[A-Za-z_][A-Za-z0-9_]*/y;
const OP = /==|!=|>=|<=|\/\/|[<>()[\]{},.+\-*/%]/y;

/** Splits a condition into tokens. @throws AkiosError CONDITION_INVALID at the first bad character */
export function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < source.length) {
    const space = match(SPACE, source, at);
    if (space !== null) {
      at += space.length;
      continue;
    }
    const token = next(source, at, tokens);
    tokens.push(token);
    at += token.text.length;
  }
  tokens.push({ kind: 'end', text: '', at: source.length + 1 });
  return tokens;
}

function next(source: string, at: number, before: readonly Token[]): Token {
  const character = source[at] as string;
  if (character === '"' || character === "'") return quoted(source, at, character);
  const number = match(NUMBER, source, at);
  if (number !== null) {
    const value = Number(number);
    const after = source[at + number.length];
    if (!Number.isFinite(value) || (after !== undefined && /[A-Za-z0-9_]/.test(after))) {
      throw bad('Not a number', source, at);
    }
    return { kind: 'number', text: number, value, at: at + 1 };
  }
  const afterSteps = before.at(-1)?.text === '.' && before.at(-2)?.text === 'steps';
  const word = match(afterSteps ? STEP_NAME : WORD, source, at);
  if (word !== null) return { kind: 'word', text: word, at: at + 1 };
  const op = match(OP, source, at);
  if (op !== null) return { kind: 'op', text: op, at: at + 1 };
  throw bad('Did not expect', source, at);
}

function quoted(source: string, at: number, quote: string): Token {
  let value = '';
  for (let i = at + 1; i < source.length; i += 1) {
    const character = source[i] as string;
    if (character === quote) {
      return { kind: 'string', text: source.slice(at, i + 1), value, at: at + 1 };
    }
    if (character === '\\') {
      i += 1;
      const escaped = source[i];
      const plain = escaped === undefined ? undefined : ESCAPES[escaped];
      if (plain === undefined) throw bad('Unknown escape', source, i - 1);
      value += plain;
    } else value += character;
  }
  throw bad('The text has no closing quote', source, at);
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '\\': '\\',
  '"': '"',
  "'": "'",
};

function match(pattern: RegExp, source: string, at: number): string | null {
  pattern.lastIndex = at;
  return pattern.exec(source)?.[0] ?? null;
}

function bad(what: string, source: string, at: number): AkiosError {
  return new AkiosError(
    'CONDITION_INVALID',
    `${what}: ${JSON.stringify(source.slice(at, at + 12))}.`,
    {
      where: `condition:${at + 1}`,
      hint: 'Allowed: == != > < >= <=, and or not, in, not in, + - * / // %, text in quotes, numbers, true false null, step outputs.',
    },
  );
}
