import type { ParseArgsOptionsConfig } from 'node:util';
import { COMMAND_HELP, COMMON_OPTIONS } from './help.data.ts';
import { SUMMARIES } from './summaries.data.ts';

/** Options every command takes. */
export const EVERYWHERE = {
  json: { type: 'boolean' },
  debug: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const satisfies ParseArgsOptionsConfig;

export interface CommandHelp {
  usage: string;
  summary: string;
  options: { name: string; text: string }[];
  notes: readonly string[];
  examples: readonly string[];
}

/** Of a form like `audit log [--limit N]`, the longest command it begins with. */
function commandOf(form: string): { words: string; summary: string } {
  const found = Object.entries(SUMMARIES).filter(([words]) => `${form} `.startsWith(`${words} `));
  const longest = found.sort(([a], [b]) => b.length - a.length)[0];
  if (longest === undefined) throw new Error(`There is no command for ${form}.`);
  return { words: longest[0], summary: longest[1] };
}

/** What a command says of itself: `form` as shown with its usage errors, `config` its own options. */
export function commandHelp(form: string, config: ParseArgsOptionsConfig): CommandHelp {
  const { words, summary } = commandOf(form);
  const own = COMMAND_HELP[words] ?? {};
  const all: ParseArgsOptionsConfig = { ...config, ...EVERYWHERE };
  const options = Object.entries(all).map(([name, { type, short }]) => {
    const text = own.options?.[name] ?? COMMON_OPTIONS[name];
    if (text === undefined) throw new Error(`--help of ${words} does not explain --${name}.`);
    const flag = `${short === undefined ? '' : `-${short}, `}--${name}`;
    return { name: `${flag}${type === 'string' ? ` ${placeholder(form, name)}` : ''}`, text };
  });
  const { notes = [], examples = [] } = own;
  return { usage: `usage: akios ${form}`, summary, options, notes, examples };
}

const PLACEHOLDERS: Readonly<Record<string, string>> = { project: 'DIR', state: 'FILE' };

/** The word that the form shows for a value, so that both say the same. */
function placeholder(form: string, name: string): string {
  const shown = new RegExp(`--${name} ([^\\s\\])]+)`).exec(form)?.[1];
  // Alternatives are the form's: `DIR|(--bundle` names a folder.
  return shown?.split('|(')[0]?.split('|--')[0] ?? PLACEHOLDERS[name] ?? 'VALUE';
}

/** The help of one command as text. */
export function helpText(help: CommandHelp): string {
  const width = Math.max(...help.options.map(({ name }) => name.length));
  const sections = [
    [help.summary],
    [help.usage],
    help.options.map(({ name, text }) => `  ${name.padEnd(width)}  ${text}`),
    help.notes,
    help.examples.map((line) => `  ${line}`),
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

/** Prints it, as one JSON document where JSON was asked for. */
export function printHelp(
  out: (line: string) => void,
  json: boolean,
  form: string,
  config: ParseArgsOptionsConfig,
): void {
  const help = commandHelp(form, config);
  out(json ? JSON.stringify({ ...help, exit_code: 0 }) : helpText(help));
}
