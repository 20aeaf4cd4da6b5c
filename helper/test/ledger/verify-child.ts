import { runVerifyCommand } from '../../../shared/node/audit/command.ts';

/** The stand-alone verifier as a process of its own. */
const out = (line: string): void => void process.stdout.write(`${line}\n`);
const err = (line: string): void => void process.stderr.write(`${line}\n`);
process.exitCode = await runVerifyCommand(process.argv.slice(2), { out, err });
