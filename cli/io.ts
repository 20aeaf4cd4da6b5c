import { AkiosError, exitCodeOf, toErrorValue } from '../shared/domain/errors.ts';
import { printable } from '../shared/domain/printable.ts';
import { fileError } from './text-file.ts';

export { printable };

/** Where a command writes. With `json`, stdout holds one JSON document and nothing else. */
export interface Io {
  readonly json: boolean;
  readonly debug: boolean;
  /** Both ends are a terminal: a live view makes sense, questions may be asked. */
  readonly interactive: boolean;
  readonly color: boolean;
  out(line: string): void;
  err(line: string): void;
  raw(text: string): void;
}

export function terminal(argv: readonly string[], env: NodeJS.ProcessEnv): Io {
  const own = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv;
  return {
    json: own.includes('--json') || env['AKIOS_JSON_MODE'] === '1',
    debug: own.includes('--debug') || env['AKIOS_DEBUG'] === '1',
    interactive: process.stdout.isTTY === true && process.stdin.isTTY === true,
    color: process.stdout.isTTY === true && !env['NO_COLOR'],
    out: (line) => void process.stdout.write(`${line}\n`),
    err: (line) => void process.stderr.write(`${line}\n`),
    raw: (text) => void process.stdout.write(text),
  };
}

/** Prints one failure in the form of this invocation and gives its exit code. */
export function fail(io: Io, thrown: unknown): number {
  const named = fileError(thrown);
  const error = toErrorValue(named ?? thrown);
  const code = exitCodeOf(error.code);
  if (io.json) io.out(jsonText({ error, exit_code: code }));
  else {
    const where = error.where === undefined ? '' : `${error.where}: `;
    io.err(`akios: ${printable(`${where}${error.message}`)}`);
    if (error.hint !== undefined) io.err(`  ${printable(error.hint)}`);
  }
  if (io.debug || (error.code === 'INTERNAL' && !(thrown instanceof AkiosError) && !io.json)) {
    io.err(thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown));
  }
  return code;
}

/** JSON for a program that a person may look at too: what moves a cursor or turns text is escaped. */
export function jsonText(value: object): string {
  // A character beyond the first plane is two units, each of which JSON can name.
  return JSON.stringify(value).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (c) =>
    c
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}

/** The one JSON document of a command that worked. */
export function printJson(io: Io, value: object, exitCode = 0): number {
  io.out(jsonText({ ...value, exit_code: exitCode }));
  return exitCode;
}

export function usage(message: string, hint?: string): AkiosError {
  return new AkiosError('USAGE', message, hint === undefined ? {} : { hint });
}
