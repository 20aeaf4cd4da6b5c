/** `akios`: finds the command, loads only what it needs, and ends with its exit code. */
import { existsSync, writeSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { stateDir } from '../shared/node/paths.ts';
import { makePrivateFolder } from '../shared/node/private-folder.ts';
import { findCommand } from './commands.ts';
import { fail, terminal } from './io.ts';

/** Without a cache this only takes longer; Node never comes back from making one below /proc. */
function canMake(folder: string): boolean {
  try {
    makePrivateFolder(folder);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return false;
  }
}

/** A full disk behind stdout: what was printed is not whole, and silence would hide it. */
function outputLost(error: NodeJS.ErrnoException): void {
  const why = error.code === 'ENOSPC' ? 'the disk is full' : (error.code ?? 'unknown');
  try {
    writeSync(2, `akios: The output could not be written: ${why}.\n`);
  } catch (second) {
    // Neither can be written: the exit status is all that is left.
    if ((second as NodeJS.ErrnoException).code === undefined) throw second;
  }
}

const argv = process.argv.slice(2);
const io = terminal(argv, process.env);
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // The reader went away; there is nobody left to tell.
    if (error.code === 'EPIPE') process.exit(141);
    if (stream === process.stdout) outputLost(error);
    process.exit(1);
  });
}
try {
  // Parsing our own files again at each start would cost more than running them. Not with the rights
  // of root over a folder that may be another user's (sudo can keep HOME).
  if (process.getuid?.() !== 0 || argv[0] !== 'helper') {
    const cache = join(stateDir(), 'cache', 'compile');
    if (existsSync(stateDir()) && canMake(cache)) enableCompileCache(cache);
  }
  const command = findCommand(argv);
  process.exitCode = await command.run(command.rest, io);
} catch (error) {
  process.exitCode = fail(io, error);
}
