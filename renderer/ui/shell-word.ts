import { printable } from '../../shared/domain/printable.ts';

const PLAIN = /^[A-Za-z0-9_./:=@%+-]+$/;

/**
 * One word of a command line that is copied into a POSIX shell; null when it cannot be pasted
 * safely. The name of a file may be `a;rm -rf x.yml`, and a control character may end a terminal's
 * bracketed paste even between quotes.
 */
export function shellWord(text: string): string | null {
  // A word that begins with a dash would be an option.
  return text === '' || text.startsWith('-') ? null : shellValue(text);
}

/** The same for what stands directly behind `--name=`, where a dash is only a dash. */
export function shellValue(text: string): string | null {
  if (PLAIN.test(text)) return text;
  return printable(text) === text ? `'${text.replaceAll("'", "'\\''")}'` : null;
}
