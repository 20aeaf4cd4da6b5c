import { runVerifyCommand } from '../../shared/node/audit/command.ts';
import { projectLedger } from '../../shared/node/ledger-places.ts';
import type { Io } from '../io.ts';
import { projectAbove } from '../place.ts';

/**
 * The stand-alone verifier with its own exit codes. Without --log it takes the ledger of the current
 * project with the key and anchor of the state folder; no helper is asked either way.
 */
export async function verify(argv: string[], io: Io): Promise<number> {
  const named = argv.some((word) => word === '--log' || word.startsWith('--log='));
  if (named || argv.includes('--help')) return runVerifyCommand(argv, io);
  const at = argv.indexOf('--project');
  const project = at >= 0 ? argv[at + 1] : projectAbove(process.cwd());
  const rest = at >= 0 ? argv.filter((_word, i) => i !== at && i !== at + 1) : argv;
  const { logDir, trustDir } = projectLedger(project ?? null);
  const own = [
    '--log',
    logDir,
    ...(rest.some((word) => word.startsWith('--vkey')) ? [] : ['--vkey', `${trustDir}/log.vkey`]),
    ...(rest.some((word) => word.startsWith('--anchor'))
      ? []
      : ['--anchor', `${trustDir}/anchor.note`]),
  ];
  return runVerifyCommand([...own, ...rest], io);
}
