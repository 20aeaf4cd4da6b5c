import { nearest } from '../shared/domain/nearest.ts';
import type { Io } from './io.ts';
import { usage } from './io.ts';

export type Run = (argv: string[], io: Io) => Promise<number>;

interface Entry {
  words: string;
  summary: string;
  load(): Promise<Run>;
}

/** Every command with the module that holds it; a module is loaded only when it is asked for. */
export const COMMANDS: readonly Entry[] = [
  {
    words: 'init',
    summary: 'Make a project with sample documents',
    load: async () => (await import('./commands/project.ts')).init,
  },
  {
    words: 'setup',
    summary: 'Choose provider, model and budget',
    load: async () => (await import('./commands/setup.ts')).setup,
  },
  {
    words: 'cage up',
    summary: 'Prove and raise the cage',
    load: async () => (await import('./commands/cage.ts')).up,
  },
  {
    words: 'cage down',
    summary: 'Lower the cage and erase session data',
    load: async () => (await import('./commands/cage.ts')).down,
  },
  {
    words: 'cage status',
    summary: 'What is wanted and what is proved',
    load: async () => (await import('./commands/cage.ts')).status,
  },
  {
    words: 'security up',
    summary: 'The same as cage up',
    load: async () => (await import('./commands/cage.ts')).up,
  },
  {
    words: 'security down',
    summary: 'The same as cage down',
    load: async () => (await import('./commands/cage.ts')).down,
  },
  {
    words: 'run',
    summary: 'Run a workflow in the cage',
    load: async () => (await import('./commands/run.ts')).run,
  },
  {
    words: 'run cancel',
    summary: 'Kill a run and its whole process tree',
    load: async () => (await import('./commands/runs.ts')).cancel,
  },
  {
    words: 'run pause',
    summary: 'Stop a run before its next step',
    load: async () => (await import('./commands/runs.ts')).pause,
  },
  {
    words: 'run resume',
    summary: 'Go on with a paused or interrupted run',
    load: async () => (await import('./commands/runs.ts')).resume,
  },
  {
    words: 'runs',
    summary: 'Runs of the project, newest first',
    load: async () => (await import('./commands/runs.ts')).list,
  },
  {
    words: 'approvals',
    summary: 'Questions that runs wait with',
    load: async () => (await import('./commands/approvals.ts')).approvals,
  },
  {
    words: 'approve',
    summary: 'Answer a question with yes',
    load: async () => (await import('./commands/approvals.ts')).approve,
  },
  {
    words: 'deny',
    summary: 'Answer a question with no',
    load: async () => (await import('./commands/approvals.ts')).deny,
  },
  {
    words: 'workflow validate',
    summary: 'Check a workflow file',
    load: async () => (await import('./commands/workflow.ts')).validate,
  },
  {
    words: 'workflow list',
    summary: 'Workflows of the project',
    load: async () => (await import('./commands/workflow.ts')).list,
  },
  {
    words: 'agent run',
    summary: 'Run a program as a caged agent',
    load: async () => (await import('./commands/agent-run.ts')).agentRun,
  },
  {
    words: 'protect scan',
    summary: 'Find personal data in files, folders, text or lines',
    load: async () => (await import('./commands/protect-scan.ts')).scan,
  },
  {
    words: 'protect redact',
    summary: 'A text or a copy of a document with markers in place of personal data',
    load: async () => (await import('./commands/protect-redact.ts')).redact,
  },
  {
    words: 'protect preview',
    summary: 'The prompts of a workflow with a table of what was found',
    load: async () => (await import('./commands/protect.ts')).preview,
  },
  {
    words: 'protect show-prompt',
    summary: 'The redacted prompt of every llm step',
    load: async () => (await import('./commands/protect.ts')).showPrompt,
  },
  {
    words: 'status',
    summary: 'One page of state',
    load: async () => (await import('./commands/status.ts')).status,
  },
  {
    words: 'doctor',
    summary: 'Every check with what was seen and the fix',
    load: async () => (await import('./commands/doctor.ts')).doctor,
  },
  {
    words: 'logs',
    summary: 'Recent actions',
    load: async () => (await import('./commands/audit.ts')).logs,
  },
  {
    words: 'audit verify',
    summary: 'Verify a ledger; needs no helper',
    load: async () => (await import('./commands/audit-verify.ts')).verify,
  },
  {
    words: 'audit stats',
    summary: 'Size, root and age of the ledger',
    load: async () => (await import('./commands/audit.ts')).stats,
  },
  {
    words: 'audit log',
    summary: 'Ledger rows',
    load: async () => (await import('./commands/audit.ts')).list,
  },
  {
    words: 'audit rotate',
    summary: 'Close the current segment',
    load: async () => (await import('./commands/audit.ts')).rotate,
  },
  {
    words: 'audit export',
    summary: 'Write rows to a file',
    load: async () => (await import('./commands/audit-export.ts')).exportRows,
  },
  {
    words: 'audit prove',
    summary: 'Inclusion proof of one record',
    load: async () => (await import('./commands/audit.ts')).prove,
  },
  {
    words: 'audit prune',
    summary: 'Remove old bodies, keep hashes',
    load: async () => (await import('./commands/audit.ts')).prune,
  },
  {
    words: 'audit renew',
    summary: 'Set a broken or moved log aside, begin a new one',
    load: async () => (await import('./commands/audit-renew.ts')).renew,
  },
  {
    words: 'audit migrate',
    summary: 'Take a log of the older form in as evidence',
    load: async () => (await import('./commands/audit-migrate.ts')).migrate,
  },
  {
    words: 'audit anchor',
    summary: 'Write the newest checkpoint to every anchor, or check one kept earlier',
    load: async () => (await import('./commands/audit-anchor.ts')).anchor,
  },
  {
    words: 'output latest',
    summary: 'output.json of the newest run',
    load: async () => (await import('./commands/project.ts')).outputLatest,
  },
  {
    words: 'templates list',
    summary: 'Workflow templates',
    load: async () => (await import('./commands/project.ts')).templatesList,
  },
  {
    words: 'templates',
    summary: 'Workflow templates',
    load: async () => (await import('./commands/project.ts')).templatesList,
  },
  {
    words: 'files',
    summary: 'Files of data/input and data/output',
    load: async () => (await import('./commands/project.ts')).files,
  },
  {
    words: 'http',
    summary: 'One HTTPS request through the gate',
    load: async () => (await import('./commands/http.ts')).http,
  },
  {
    words: 'panic',
    summary: 'Stop every run now',
    load: async () => (await import('./commands/panic.ts')).panic,
  },
  {
    words: 'serve',
    summary: 'Open the console in a browser',
    load: async () => (await import('./commands/serve.ts')).serve,
  },
  {
    words: 'dashboard',
    summary: 'The same as serve',
    load: async () => (await import('./commands/serve.ts')).serve,
  },
  {
    words: 'helper start',
    summary: 'Start the helper',
    load: async () => (await import('./commands/helper.ts')).start,
  },
  {
    words: 'helper stop',
    summary: 'Stop the helper',
    load: async () => (await import('./commands/helper.ts')).stop,
  },
  {
    words: 'helper install',
    summary: 'Make or upgrade the system service (root)',
    load: async () => (await import('./commands/helper-install.ts')).install,
  },
  {
    words: 'helper uninstall',
    summary: 'Remove the system service (root)',
    load: async () => (await import('./commands/helper-install.ts')).uninstall,
  },
  {
    words: 'helper status',
    summary: 'Which helper answers, and its level',
    load: async () => (await import('./commands/helper.ts')).status,
  },
];

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
    return findCommand([...words, '--help']);
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
