import { existsSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AkiosError, exitCodeOf } from '../../shared/domain/errors.ts';
import { runVerifyCommand } from '../../shared/node/audit/command.ts';
import { LOG_FILE } from '../../shared/node/audit/format.ts';
import { KNOWN_FILE } from '../../shared/node/audit/known.ts';
import { listReceipts, RETIRED_DIR } from '../../shared/node/audit/receipts.ts';
import { VERIFY_EXIT } from '../../shared/node/audit/verify.ts';
import { projectLedger } from '../../shared/node/ledger-places.ts';
import { stateDir } from '../../shared/node/paths.ts';
import { SERVICE, socketHere } from '../../shared/node/system-service.ts';
import { printHelp } from '../help.ts';
import { type Io, printable, usage } from '../io.ts';
import { projectAbove } from '../place.ts';

const FORM =
  'audit verify [--log DIR|(--bundle FILE|--export FILE [--receipt FILE]) [--log DIR]|--receipt FILE|DIR] [--vkey FILE] [--anchor FILE] [--quick|--full|--strict] [--json]';
/** Told by --help; the verifier reads them itself. */
const OPTIONS = {
  log: { type: 'string' },
  bundle: { type: 'string' },
  export: { type: 'string' },
  receipt: { type: 'string' },
  vkey: { type: 'string' },
  anchor: { type: 'string' },
  project: { type: 'string' },
  quick: { type: 'boolean' },
  incremental: { type: 'boolean' },
  full: { type: 'boolean' },
  strict: { type: 'boolean' },
  state: { type: 'string' },
} as const;

/**
 * The stand-alone verifier with its own exit codes. Without --log it takes the ledger of the current
 * project with the key and anchor of the state folder; no helper is asked either way.
 */
export async function verify(argv: string[], io: Io): Promise<number> {
  try {
    return await verifyHere(argv, io);
  } catch (error) {
    // Here 1 and 3 are verdicts: what hinders one must not end with them.
    if (error instanceof AkiosError && exitCodeOf(error.code) === VERIFY_EXIT.unreadable)
      throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw new AkiosError('INPUT_INVALID', `There is no verdict: ${message}`, { cause: error });
  }
}

async function verifyHere(argv: string[], io: Io): Promise<number> {
  const has = (...names: string[]): boolean =>
    argv.some((word) =>
      names.some((name) => word === `--${name}` || word.startsWith(`--${name}=`)),
    );
  if (argv.includes('--help') || argv.includes('-h')) {
    printHelp(io.out, io.json, FORM, OPTIONS);
    return 0;
  }
  const told = clean(io);
  if (has('log', 'bundle', 'export', 'receipt')) {
    return runVerifyCommand(ofProject(argv, has), told);
  }
  const { project = projectAbove(process.cwd()), rest } = projectIn(argv);
  const { system } = socketHere();
  const { logDir, trustDir } = projectLedger(project, system ? SERVICE.state : stateDir());
  const ownKey = !rest.some((word) => word.startsWith('--vkey'));
  const own = [
    '--log',
    logDir,
    ...(ownKey ? ['--vkey', `${trustDir}/log.vkey`] : []),
    ...(rest.some((word) => word.startsWith('--anchor'))
      ? []
      : ['--anchor', `${trustDir}/anchor.note`]),
    // Of the system service a member may read the trusted key and write nothing.
    ...(system ? [] : ['--state', `${trustDir}/${KNOWN_FILE}`]),
  ];
  if (!io.json && !argv.includes('--json'))
    for (const line of noLog(logDir, trustDir)) told.out(line);
  let last = '';
  const heard = {
    out: (line: string): void => {
      last = line;
      told.out(line);
    },
    err: told.err,
  };
  const code = await runVerifyCommand([...own, ...rest], heard, ownKey);
  // The state folder remembers the newest verdict, so that `status` can say when it was.
  if (
    !system &&
    code !== 2 &&
    rest.every((word) => /^--(?:quick|incremental|full|strict|json)$/.test(word))
  ) {
    tryKeep(trustDir, last, told);
  }
  return code;
}

/** The verdict stands, whether or not it can be remembered. */
function tryKeep(trustDir: string, report: string, { err }: Pick<Io, 'err'>): void {
  try {
    keep(trustDir, report);
  } catch (error) {
    err(`akios: the verdict is not remembered for akios status: ${(error as Error).message}`);
  }
}

/** Names in logs and arguments come from anywhere; the line for programs is JSON and stays. */
function clean(io: Io): Pick<Io, 'out' | 'err'> {
  const safe = (text: string): string =>
    text.startsWith('{"') ? text : text.split('\n').map(printable).join('\n');
  return { out: (line) => io.out(safe(line)), err: (line) => io.err(safe(line)) };
}

/** `--project DIR` or `--project=DIR`, which is ours and not the verifier's. */
function projectIn(argv: readonly string[]): { project?: string; rest: string[] } {
  const at = argv.findIndex((word) => word === '--project' || word.startsWith('--project='));
  if (at < 0) return { rest: [...argv] };
  const word = argv[at] ?? '';
  const inline = word.includes('=') ? word.slice(word.indexOf('=') + 1) : undefined;
  const project = inline ?? argv[at + 1] ?? '';
  if (project === '' || (inline === undefined && project.startsWith('--'))) {
    throw usage('--project needs a value.', `usage: akios ${FORM}`);
  }
  if (statSync(project, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw usage(`There is no folder ${project}.`, '--project names the folder of a project.');
  }
  return { project, rest: argv.toSpliced(at, inline === undefined ? 2 : 1) };
}

/** An export or a bundle of the project this is called in: its key, its anchor, and its log. */
function ofProject(argv: string[], has: (...names: string[]) => boolean): string[] {
  const project = has('log', 'vkey', 'anchor') ? null : projectAbove(process.cwd());
  if (project === null) return argv;
  const { system } = socketHere();
  const { logDir, trustDir } = projectLedger(project, system ? SERVICE.state : stateDir());
  const trusted = ['--vkey', `${trustDir}/log.vkey`, '--anchor', `${trustDir}/anchor.note`];
  return [...argv, ...(has('bundle', 'export') ? ['--log', logDir] : []), ...trusted];
}

/** Why there is nothing to verify, in the words of the receipts; empty where a log has its key. */
function noLog(logDir: string, trustDir: string): string[] {
  if (existsSync(join(trustDir, 'log.vkey'))) return [];
  const lies = existsSync(join(logDir, LOG_FILE));
  const erased = listReceipts(trustDir).findLast(({ body }) => body['kind'] === 'erasure');
  if (erased === undefined) {
    return lies ? [] : ['This project has no log: nothing was recorded in it yet.'];
  }
  const { at, actor, checkpoint } = erased.body;
  const size = String(checkpoint).split('\n')[1] ?? '?';
  const words = `${lies ? 'Its log' : 'It'} had ${size} records and was erased at ${at} by ${actor}: receipt ${erased.file}, signature ${erased.state}.`;
  return [
    lies
      ? 'A log lies here that this project has no key for: one that was put back, or of another place.'
      : 'This project has no log now: there is nothing to verify.',
    words.replace(/[^\x20-\x7e]/g, '?'),
    ...(lies ? [`Keys of ended logs are in ${join(trustDir, RETIRED_DIR)}.`] : []),
  ];
}

function keep(trustDir: string, report: string): void {
  if (!existsSync(trustDir)) return;
  const part = join(trustDir, `last-verify.${process.pid}.part`);
  writeFileSync(part, `${report}\n`, { mode: 0o600 });
  renameSync(part, join(trustDir, 'last-verify.json'));
}
