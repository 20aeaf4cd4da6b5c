import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { nearest } from '../shared/domain/nearest.ts';
import { EVERYWHERE, printHelp } from './help.ts';
import { usage } from './io.ts';

export interface Parsed<O extends ParseArgsOptionsConfig> {
  values: ReturnType<
    typeof parseArgs<{ options: O; allowPositionals: true; strict: true }>
  >['values'];
  positionals: string[];
}

/**
 * Strict parsing: unknown options and missing values are usage errors.
 * @param form shown with every usage error, for example `run WORKFLOW [--plan]`
 */
export function options<const O extends ParseArgsOptionsConfig>(
  argv: readonly string[],
  form: string,
  config: O,
  positionals: { min: number; max: number },
): Parsed<O> {
  const parsed = parse(argv, form, { ...EVERYWHERE, ...config });
  if (parsed.values['help'] === true) {
    const json = parsed.values['json'] === true || process.env['AKIOS_JSON_MODE'] === '1';
    printHelp((text) => void process.stdout.write(`${text}\n`), json, form, config);
    process.exit(0);
  }
  const count = parsed.positionals.length;
  if (parsed.positionals.includes('')) {
    throw usage('An argument is empty.', `usage: akios ${form}`);
  }
  if (count < positionals.min) throw usage('An argument is missing.', `usage: akios ${form}`);
  if (count > positionals.max) {
    throw usage(
      `${JSON.stringify(parsed.positionals[positionals.max])} is one argument too many.`,
      `usage: akios ${form}`,
    );
  }
  return parsed as unknown as Parsed<O>;
}

function parse(argv: readonly string[], form: string, config: ParseArgsOptionsConfig) {
  try {
    return parseArgs({ args: [...argv], options: config, allowPositionals: true, strict: true });
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    const dash = /^Option '([^']+)' argument is ambiguous/.exec(cause.message)?.[1];
    if (dash !== undefined) {
      const name = dash.split(', ').at(-1) ?? dash;
      throw usage(
        `${name} needs a value; one that begins with a dash is written ${name}=-X.`,
        `usage: akios ${form}`,
      );
    }
    const first = cause.message.split('. ')[0] ?? cause.message;
    const unknown = /^Unknown option '--?([^']+)'/.exec(first)?.[1];
    const close = unknown === undefined ? null : nearest(unknown, Object.keys(config));
    const meant = close === null ? '' : `Did you mean --${close}? `;
    throw usage(`${first.replace(/\.$/, '')}.`, `${meant}usage: akios ${form}`);
  }
}

/** A whole number in bounds. @throws AkiosError USAGE */
export function wholeNumber(text: string, name: string, min: number, max: number): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  // An argument without a flag is named in capitals, as the usage line does.
  const shown = name === name.toUpperCase() ? name : `--${name}`;
  throw usage(`${shown} needs a whole number from ${min} to ${max}, not ${JSON.stringify(text)}.`);
}
