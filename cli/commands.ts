import { nearest } from '../shared/domain/nearest.ts';
import type { Io } from './io.ts';
import { usage } from './io.ts';
import { SUMMARIES } from './summaries.data.ts';

export type Run = (argv: string[], io: Io) => Promise<number>;

type Words = keyof typeof SUMMARIES;

interface Entry {
  words: Words;
  summary: string;
  load(): Promise<Run>;
}

/** The module that holds each command; it is loaded only when it is asked for. */
const LOADERS: readonly Omit<Entry, 'summary'>[] = [
  {
    words: 'init',
    load: async () => (await import('./commands/project.ts')).init,
  },
  {
    words: 'setup',
    load: async () => (await import('./commands/setup.ts')).setup,
  },
  {
    words: 'cage up',
    load: async () => (await import('./commands/cage.ts')).up,
  },
  {
    words: 'cage down',
    load: async () => (await import('./commands/cage.ts')).down,
  },
  {
    words: 'cage status',
    load: async () => (await import('./commands/cage.ts')).status,
  },
  {
    words: 'security up',
    load: async () => (await import('./commands/cage.ts')).up,
  },
  {
    words: 'security down',
    load: async () => (await import('./commands/cage.ts')).down,
  },
  {
    words: 'run',
    load: async () => (await import('./commands/run.ts')).run,
  },
  {
    words: 'run cancel',
    load: async () => (await import('./commands/runs.ts')).cancel,
  },
  {
    words: 'run pause',
    load: async () => (await import('./commands/runs.ts')).pause,
  },
  {
    words: 'run resume',
    load: async () => (await import('./commands/runs.ts')).resume,
  },
  {
    words: 'runs',
    load: async () => (await import('./commands/runs.ts')).list,
  },
  {
    words: 'approvals',
    load: async () => (await import('./commands/approvals.ts')).approvals,
  },
  {
    words: 'approve',
    load: async () => (await import('./commands/approvals.ts')).approve,
  },
  {
    words: 'deny',
    load: async () => (await import('./commands/approvals.ts')).deny,
  },
  {
    words: 'workflow validate',
    load: async () => (await import('./commands/workflow.ts')).validate,
  },
  {
    words: 'workflow list',
    load: async () => (await import('./commands/workflow.ts')).list,
  },
  {
    words: 'agent run',
    load: async () => (await import('./commands/agent-run.ts')).agentRun,
  },
  {
    words: 'protect scan',
    load: async () => (await import('./commands/protect-scan.ts')).scan,
  },
  {
    words: 'protect redact',
    load: async () => (await import('./commands/protect-redact.ts')).redact,
  },
  {
    words: 'protect preview',
    load: async () => (await import('./commands/protect.ts')).preview,
  },
  {
    words: 'protect show-prompt',
    load: async () => (await import('./commands/protect.ts')).showPrompt,
  },
  {
    words: 'status',
    load: async () => (await import('./commands/status.ts')).status,
  },
  {
    words: 'doctor',
    load: async () => (await import('./commands/doctor.ts')).doctor,
  },
  {
    words: 'logs',
    load: async () => (await import('./commands/audit.ts')).logs,
  },
  {
    words: 'audit verify',
    load: async () => (await import('./commands/audit-verify.ts')).verify,
  },
  {
    words: 'audit stats',
    load: async () => (await import('./commands/audit.ts')).stats,
  },
  {
    words: 'audit log',
    load: async () => (await import('./commands/audit.ts')).list,
  },
  {
    words: 'audit rotate',
    load: async () => (await import('./commands/audit.ts')).rotate,
  },
  {
    words: 'audit export',
    load: async () => (await import('./commands/audit-export.ts')).exportRows,
  },
  {
    words: 'audit prove',
    load: async () => (await import('./commands/audit.ts')).prove,
  },
  {
    words: 'audit prune',
    load: async () => (await import('./commands/audit.ts')).prune,
  },
  {
    words: 'audit renew',
    load: async () => (await import('./commands/audit-renew.ts')).renew,
  },
  {
    words: 'audit migrate',
    load: async () => (await import('./commands/audit-migrate.ts')).migrate,
  },
  {
    words: 'audit anchor',
    load: async () => (await import('./commands/audit-anchor.ts')).anchor,
  },
  {
    words: 'output latest',
    load: async () => (await import('./commands/project.ts')).outputLatest,
  },
  {
    words: 'templates list',
    load: async () => (await import('./commands/project.ts')).templatesList,
  },
  {
    words: 'templates',
    load: async () => (await import('./commands/project.ts')).templatesList,
  },
  {
    words: 'files',
    load: async () => (await import('./commands/project.ts')).files,
  },
  {
    words: 'http',
    load: async () => (await import('./commands/http.ts')).http,
  },
  {
    words: 'panic',
    load: async () => (await import('./commands/panic.ts')).panic,
  },
  {
    words: 'serve',
    load: async () => (await import('./commands/serve.ts')).serve,
  },
  {
    words: 'dashboard',
    load: async () => (await import('./commands/serve.ts')).serve,
  },
  {
    words: 'helper start',
    load: async () => (await import('./commands/helper.ts')).start,
  },
  {
    words: 'helper stop',
    load: async () => (await import('./commands/helper.ts')).stop,
  },
  {
    words: 'helper install',
    load: async () => (await import('./commands/helper-install.ts')).install,
  },
  {
    words: 'helper uninstall',
    load: async () => (await import('./commands/helper-install.ts')).uninstall,
  },
  {
    words: 'helper status',
    load: async () => (await import('./commands/helper.ts')).status,
  },
];

/** Every command. */
export const COMMANDS: readonly Entry[] = LOADERS.map((entry) => ({
  ...entry,
  summary: SUMMARIES[entry.words],
}));

const HELP_ONLY: ReadonlySet<string> = new Set(['--help', '-h', '--json', '--debug']);

export interface Found {
  rest: string[];
  run: Run;
}

/** Longest match of leading words. @throws AkiosError USAGE with the nearest family */
export function findCommand(argv: readonly string[]): Found {
  const [first] = argv;
  if (first === undefined || first === '--help' || first === '-h') {
    const code = first === undefined ? 2 : 0;
    return { rest: [], run: async (_rest, io) => help(io, code, COMMANDS) };
  }
  // `akios help audit prune` is `akios audit prune --help`.
  if (first === 'help') {
    const words = argv.slice(1).filter((word) => !word.startsWith('-'));
    return findCommand([...words, '--help', ...argv.filter((word) => HELP_ONLY.has(word))]);
  }
  const family = COMMANDS.filter(({ words }) => words.startsWith(`${first} `));
  const lone = COMMANDS.every(({ words }) => words !== first);
  if (family.length > 0 && lone && argv.slice(1).every((word) => HELP_ONLY.has(word))) {
    if (argv.includes('--help') || argv.includes('-h'))
      return { rest: [], run: async (_rest, io) => help(io, 0, family) };
  }
  if (first === '--version' || first === '-V' || first === 'version') {
    return {
      rest: [],
      run: async (_rest, io) => (await import('./commands/version.ts')).version(io),
    };
  }
  for (const length of [2, 1]) {
    const words = argv.slice(0, length).join(' ');
    const entry = COMMANDS.find((command) => command.words === words);
    if (entry === undefined) continue;
    return {
      rest: argv.slice(length),
      run: async (rest, io) => (await entry.load())(rest, io),
    };
  }
  throw noSuchCommand(argv, first);
}

function noSuchCommand(argv: readonly string[], first: string): Error {
  const words = argv.filter((word) => !word.startsWith('-')).slice(0, 2);
  const family = COMMANDS.filter((command) => command.words.startsWith(`${first} `));
  const ways = family.map((command) => command.words.slice(first.length + 1));
  const known = COMMANDS.map((command) => command.words);
  const close =
    nearest(words.join(' '), known) ??
    // A family that was named right is no mistake.
    (ways.length > 0
      ? null
      : nearest(first, [...known, ...known.map((k) => k.split(' ')[0] ?? k)]));
  const meant = close === null ? '' : `Did you mean "akios ${close}"? `;
  return usage(
    ways.length > 0
      ? `${first} needs one of: ${ways.join(', ')}.`
      : words.length === 0
        ? 'A command is missing.'
        : `There is no command ${JSON.stringify(words.join(' '))}.`,
    `${meant}\`akios --help\` lists all commands.`,
  );
}

const EXIT_CODES = `Exit codes: 0 done, 1 failed, 2 wrong use or invalid input, 3 denied, 4 not found, 5 integrity,
6 no helper or cage down, 7 rollback incomplete, 8 stopped by budget or loop, 9 cage not proved,
130 interrupted. audit verify: 0 verified, 1 tampered, 2 unreadable, 3 unanchored.`;

function help(io: Io, code: number, shown: readonly Entry[]): number {
  if (io.json) {
    const commands = shown.map(({ words, summary }) => ({ command: words, summary }));
    io.out(JSON.stringify({ commands, exit_code: code }));
    return code;
  }
  const print = code === 0 ? io.out : io.err;
  print('akios: a cage for AI agents, with proof\n\nusage: akios COMMAND [options]\n');
  const width = Math.max(...shown.map(({ words }) => words.length));
  for (const { words, summary } of shown) print(`  ${words.padEnd(width)}  ${summary}`);
  print(
    '\nEvery command takes --json (one JSON document on stdout) and --help (or `akios help COMMAND`).',
  );
  print(EXIT_CODES);
  return code;
}
