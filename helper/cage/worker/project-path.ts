import { AkiosError } from '../../../shared/domain/errors.ts';

/** Control, direction, invisible and line-separating characters: never legal in a path we open. */
const UNSAFE_CHARS = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
const UNSAFE_EVERY = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** Shows a name that came out of a cage: control and direction characters become `\u{hex}`. */
export function escapeName(name: string): string {
  return name
    .toWellFormed()
    .replaceAll(UNSAFE_EVERY, (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`);
}

/**
 * The one spelling of a project path: relative, `/` between names, no `.` or `..`, no empty name.
 * `./a//b/` becomes `a/b`; `.` is the project itself. Throws INPUT_INVALID for anything that could
 * mean another place: absolute, `..`, backslash, drive letter, `~`, control characters, NUL.
 */
export function canonicalPath(raw: string): string {
  const refuse = (why: string) =>
    new AkiosError('INPUT_INVALID', `The path ${why}.`, {
      hint: 'Give a path relative to the project, such as data/input/letter.docx.',
    });
  if (raw.length === 0 || raw.length > 1024)
    throw refuse('is empty or longer than 1024 characters');
  if (!raw.isWellFormed() || UNSAFE_CHARS.test(raw)) throw refuse('holds control characters');
  if (raw.startsWith('/') || raw.startsWith('~') || /^[A-Za-z]:/.test(raw)) {
    throw refuse('is absolute');
  }
  if (raw.includes('\\')) throw refuse('holds a backslash');
  const names = raw.split('/').filter((name) => name !== '' && name !== '.');
  if (names.includes('..')) throw refuse('leaves the project with ".."');
  if (names.some((name) => Buffer.byteLength(name) > 255))
    throw refuse('has a name over 255 bytes');
  return names.length === 0 ? '.' : names.join('/');
}

/** True when `path` is `folder` or below it, by whole names (`data/input_x` is not in `data/input`). */
export function isWithin(path: string, folder: string): boolean {
  return folder === '.' || path === folder || path.startsWith(`${folder}/`);
}
